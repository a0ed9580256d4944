import { existsSync } from "node:fs";
import { folderOf } from "./paths.ts";

/** Files and folders that stand where a project begins; where there is none of the first, one of the second. */
const marks: readonly (readonly string[])[] = [
  [".git", "pyproject.toml", "ecocompute.toml", "setup.py", "setup.cfg"],
  ["requirements.txt", "environment.yml", "LICENSE", "README.md"],
];

/** The nearest folder around a file in which a project begins; its own folder when none says so. */
export function projectFolder(file: string): string {
  for (const names of marks)
    for (let at = folderOf(file); ; at = folderOf(at)) {
      if (names.some((name) => existsSync(`${at}/${name}`))) return at;
      if (at === folderOf(at)) break;
    }
  return folderOf(file);
}
