import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { linkedFolders } from "./path-files.ts";
import { absolutePath, folderOf, nameOf } from "./paths.ts";
import { readTextIfThere } from "./read-file.ts";

const environments = [".venv", "venv", "env", ".env"];

/**
 * Folders of installed packages, found by looking, never by running Python: those of the interpreters or folders that
 * are named, otherwise of a virtual environment in a project folder. Behind each come the folders that its `.pth` files
 * and editable installs add.
 *
 * @param named absolute paths of Python interpreters, of environments or of package folders.
 */
export function packageFolders(named: readonly string[], projects: readonly string[]): readonly string[] {
  const given = named.flatMap(packagesOf);
  const found =
    given.length > 0
      ? given
      : projects.flatMap((project) => environments.flatMap((name) => ofEnvironment(`${project}/${name}`)));
  return [...new Set(found.flatMap((folder) => [folder, ...linkedFolders(folder)]))];
}

function packagesOf(path: string): readonly string[] {
  if (isFolder(path)) {
    const inside = ofEnvironment(path);
    return inside.length > 0 ? inside : [path];
  }
  return /^python[\d.]*(?:\.exe)?$/.test(nameOf(path)) ? ofInterpreter(path) : [];
}

/** `env/bin/python`, `env/Scripts/python.exe`, `C:/Python312/python.exe`, `/usr/bin/python3`. */
function ofInterpreter(path: string): readonly string[] {
  const prefix = prefixOf(path);
  if (existsSync(`${prefix}/pyvenv.cfg`)) return ofEnvironment(prefix);
  const real = realPath(path);
  const version = /python(3\.\d+)/.exec(`${nameOf(path)} ${nameOf(real)}`)?.[1];
  const own = sitePackages(prefix, version);
  const all = own.length > 0 || real === path ? own : sitePackages(prefixOf(real), version);
  return [...userPackages(version), ...all];
}

function prefixOf(interpreter: string): string {
  const folder = folderOf(interpreter);
  return /^(?:bin|Scripts)$/i.test(nameOf(folder)) ? folderOf(folder) : folder;
}

/** Of a virtual or conda environment, with the packages of the Python below it where it lets them through. */
function ofEnvironment(prefix: string): readonly string[] {
  const own = sitePackages(prefix, undefined);
  const settings = readTextIfThere(`${prefix}/pyvenv.cfg`) ?? "";
  const setting = (name: string): string | undefined =>
    new RegExp(`^${name}\\s*=\\s*(.*?)\\s*$`, "im").exec(settings)?.[1];
  const home = setting("home");
  if (home === undefined || setting("include-system-site-packages")?.toLowerCase() !== "true") return own;
  const version = /3\.\d+/.exec(setting("version(?:_info)?") ?? "")?.[0];
  return [...own, ...sitePackages(prefixOf(`${absolutePath(home)}/python`), version)];
}

/** @param version such as `3.11`, when it is known: a prefix may hold several. */
function sitePackages(prefix: string, version: string | undefined): readonly string[] {
  const candidates = ["lib", "lib64"].flatMap((lib) => {
    const versions = list(`${prefix}/${lib}`)
      .filter((name) => /^python3[\d.]*$/.test(name))
      .filter((name) => version === undefined || name === "python3" || name === `python${version}`)
      .sort(newestFirst);
    return versions.flatMap((name) => [
      `${prefix}/${lib}/${name}/site-packages`,
      // Debian's own: what pip installed, then what the system did.
      `${prefix}/local/${lib}/${name}/dist-packages`,
      `${prefix}/${lib}/${name}/dist-packages`,
    ]);
  });
  const found = [...candidates, `${prefix}/Lib/site-packages`].filter(isFolder);
  return [...new Map(found.map((folder) => [realPath(folder), folder])).values()];
}

/** What `pip install --user` made: environments do not see it, an installed Python does. */
function userPackages(version: string | undefined): readonly string[] {
  if (version === undefined) return [];
  const home = absolutePath(homedir());
  return [
    `${home}/.local/lib/python${version}/site-packages`,
    `${home}/Library/Python/${version}/lib/python/site-packages`,
    `${home}/AppData/Roaming/Python/Python${version.replace(".", "")}/site-packages`,
  ].filter(isFolder);
}

/** `python3.11` before `python3.9`; `python3`, which is all versions', last. */
function newestFirst(a: string, b: string): number {
  const minor = (name: string): number => Number(name.split(".")[1] ?? -1);
  return minor(b) - minor(a);
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function realPath(path: string): string {
  try {
    return absolutePath(realpathSync(path));
  } catch {
    return path;
  }
}
