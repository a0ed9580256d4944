import { type Dirent, existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { type IgnoreRules, ignoreRulesFor } from "./git-ignore.ts";

/** Folders that hold other people's code or caches. Hidden folders are skipped as well. */
const neverOurs = new Set(["__pycache__", "__pypackages__", "node_modules", "site-packages", "venv"]);

/**
 * The Python files below a folder, sorted, as git would see them: hidden folders, virtual environments and
 * whatever a `.gitignore` names are left out. Links are not followed.
 * @param isExcluded asked with absolute paths; folders end with `/`.
 */
export async function* pythonFilesIn(
  root: string,
  isExcluded: (path: string) => boolean = () => false,
): AsyncGenerator<string> {
  yield* walk(root, ignoreRulesFor(root), isExcluded, isPython);
}

/** Of those files, as git would see them, the ones whose name is of interest. */
export async function* filesIn(root: string, isWanted: (name: string) => boolean): AsyncGenerator<string> {
  yield* walk(root, ignoreRulesFor(root), () => false, isWanted);
}

const isPython = (name: string): boolean => name.endsWith(".py");

async function* walk(
  folder: string,
  rules: IgnoreRules,
  isExcluded: (path: string) => boolean,
  isWanted: (name: string) => boolean,
): AsyncGenerator<string> {
  for (const entry of await entriesOf(folder)) {
    const path = folder === "/" ? `/${entry.name}` : `${folder}/${entry.name}`;
    if (entry.isFile()) {
      if (!isWanted(entry.name) || rules.ignores(path) || isExcluded(path)) continue;
      yield path;
    } else if (entry.isDirectory()) {
      if (entry.name.startsWith(".") || neverOurs.has(entry.name)) continue;
      if (rules.ignores(`${path}/`) || isExcluded(`${path}/`)) continue;
      if (existsSync(`${path}/pyvenv.cfg`)) continue;
      yield* walk(path, rules.below(path), isExcluded, isWanted);
    }
  }
}

/** A folder that cannot be read has no entries for us. */
async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}
