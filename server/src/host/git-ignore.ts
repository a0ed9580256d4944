import { existsSync } from "node:fs";
import ignore from "ignore";
import { folderOf, relativeTo } from "./paths.ts";
import { readTextIfThere } from "./read-file.ts";

/** The ignore files that hold in one folder, the nearest first. */
export interface IgnoreRules {
  /** @param path absolute; folders end with `/`. */
  ignores(path: string): boolean;
  /** The rules of a folder right below. */
  below(folder: string): IgnoreRules;
}

interface Layer {
  readonly folder: string;
  readonly matcher: ignore.Ignore;
}

/**
 * The rules for what is below `folder`: its own `.gitignore` and those above it up to the root of its repository. Those above
 * do not hold where they ignore the folder itself.
 */
export function ignoreRulesFor(folder: string): IgnoreRules {
  const [own = folder, ...above] = foldersUpToRepository(folder);
  const outer = above.flatMap(layersAt);
  return rulesOf(rulesOf(outer).ignores(`${folder}/`) ? layersAt(own) : [...layersAt(own), ...outer]);
}

export const ignoreNothing: IgnoreRules = { ignores: () => false, below: () => ignoreNothing };

/** Ignore files by which projects keep files from being read by services. */
const keptFromServices = [".gitignore", ".git/info/exclude", ".aiexclude", ".geminiignore"];

/** Up to the repository; outside of one up to the root, as nobody says where a project begins. */
function foldersAbove(path: string): readonly string[] {
  const found = foldersUpToRepository(folderOf(path));
  if (existsSync(`${found.at(-1)}/.git`)) return found;
  const all: string[] = [];
  for (let at = folderOf(path); ; at = folderOf(at)) {
    all.push(at);
    if (at === folderOf(at)) return all;
  }
}

/** The ignore file that keeps a file from being sent anywhere; `undefined` when none does. */
export function keptPrivateBy(path: string): string | undefined {
  return foldersAbove(path)
    .flatMap((folder) => keptFromServices.map((name) => ({ folder, name })))
    .find(({ folder, name }) => {
      const text = readTextIfThere(`${folder}/${name}`);
      const own = relativeTo(folder, path);
      return text !== undefined && ignore.isPathValid(own) && ignore().add(text).ignores(own);
    })?.name;
}

function rulesOf(layers: readonly Layer[]): IgnoreRules {
  const rules: IgnoreRules = {
    ignores(path) {
      for (const { folder, matcher } of layers) {
        const name = relativeTo(folder, path);
        if (!ignore.isPathValid(name)) continue;
        const verdict = matcher.test(name);
        if (verdict.ignored) return true;
        if (verdict.unignored) return false;
      }
      return false;
    },
    below: (folder) => {
      const own = layersAt(folder);
      return own.length === 0 ? rules : rulesOf([...own, ...layers]);
    },
  };
  return rules;
}

function layersAt(folder: string): readonly Layer[] {
  return [`${folder}/.gitignore`, `${folder}/.git/info/exclude`].flatMap((path) => {
    const text = readTextIfThere(path);
    return text === undefined ? [] : [{ folder, matcher: ignore().add(text) }];
  });
}

/** `folder` and its ancestors up to the one that holds `.git`; `folder` alone outside of a repository. */
function foldersUpToRepository(folder: string): readonly string[] {
  const found: string[] = [];
  for (let at = folder; ; at = folderOf(at)) {
    found.push(at);
    if (existsSync(`${at}/.git`)) return found;
    if (at === folderOf(at)) return [folder];
  }
}
