import { type Dirent, existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { type IgnoreRules, ignoreNothing, ignoreRulesFor } from "./git-ignore.ts";

/** Folders that hold other people's code or caches. Hidden folders are skipped as well. */
const neverOurs = new Set(["__pycache__", "__pypackages__", "node_modules", "site-packages", "venv"]);

export interface WalkOptions {
  /** Asked with absolute paths; folders end with `/`. */
  isExcluded?(path: string): boolean;
  /** Told of folders that cannot be read, and why. */
  onUnread?(folder: string, why: string): void;
  /** Whether `.gitignore` holds; it does unless `false`. */
  readonly ignores?: boolean;
}

/**
 * The Python files below a folder, sorted, as git would see them: hidden folders, virtual environments and
 * whatever a `.gitignore` names are left out. Links are not followed. The folder itself was asked for, so nobody ignores it.
 */
export async function* pythonFilesIn(root: string, options: WalkOptions = {}): AsyncGenerator<string> {
  yield* walk(root, options.ignores === false ? ignoreNothing : ignoreRulesFor(root), options, isPython);
}

/** Of those files, as git would see them, the ones whose name is of interest. */
export async function* filesIn(root: string, isWanted: (name: string) => boolean): AsyncGenerator<string> {
  yield* walk(root, ignoreRulesFor(root), {}, isWanted);
}

const isPython = (name: string): boolean => name.endsWith(".py");

async function* walk(
  folder: string,
  rules: IgnoreRules,
  options: WalkOptions,
  isWanted: (name: string) => boolean,
): AsyncGenerator<string> {
  const isLeftOut = (path: string): boolean => rules.ignores(path) || options.isExcluded?.(path) === true;
  for (const entry of await entriesOf(folder, options)) {
    const path = folder === "/" ? `/${entry.name}` : `${folder}/${entry.name}`;
    if (entry.isFile()) {
      if (isWanted(entry.name) && !isLeftOut(path)) yield path;
    } else if (entry.isDirectory()) {
      if (entry.name.startsWith(".") || neverOurs.has(entry.name) || isLeftOut(`${path}/`)) continue;
      if (existsSync(`${path}/pyvenv.cfg`)) continue;
      yield* walk(path, rules.below(path), options, isWanted);
    }
  }
}

/** A folder that cannot be read has no entries for us. */
async function entriesOf(folder: string, { onUnread }: WalkOptions): Promise<readonly Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    onUnread?.(folder, error instanceof Error ? error.message : String(error));
    return [];
  }
}
