import { existsSync, readdirSync } from "node:fs";
import { folderOf } from "./paths.ts";

const environments = [".venv", "venv", "env", ".env"];

/**
 * Folders of installed packages, found by looking, never by running Python: those of the interpreters or folders that
 * the user names, otherwise of a virtual environment in a project folder.
 *
 * @param named absolute paths of Python interpreters, of environments or of package folders.
 */
export function packageFolders(named: readonly string[], projects: readonly string[]): readonly string[] {
  const given = named.flatMap(packagesOf);
  if (given.length > 0) return [...new Set(given)];
  const found = projects.flatMap((project) =>
    environments.flatMap((name) => packagesIn(`${project}/${name}`)),
  );
  return [...new Set(found)];
}

function packagesOf(path: string): readonly string[] {
  // `env/bin/python`, `env/Scripts/python.exe`.
  const isInterpreter = /\/python[\d.]*(?:\.exe)?$/.test(path);
  const prefix = isInterpreter ? folderOf(folderOf(path)) : path;
  const inside = packagesIn(prefix);
  if (inside.length > 0) return inside;
  return !isInterpreter && existsSync(path) ? [path] : [];
}

function packagesIn(prefix: string): readonly string[] {
  const lib = `${prefix}/lib`;
  const versions = list(lib).filter((name) => /^python3[\d.]*$/.test(name));
  const candidates = [
    ...versions.flatMap((name) => [`${lib}/${name}/site-packages`, `${lib}/${name}/dist-packages`]),
    `${prefix}/Lib/site-packages`,
  ];
  return candidates.filter((folder) => existsSync(folder));
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
