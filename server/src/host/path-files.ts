import { readdirSync, readFileSync, statSync } from "node:fs";
import { absolutePath, folderOf, nameOf } from "./paths.ts";

/** Larger files were not written by an installer. */
const maxBytes = 1_000_000;

/**
 * Folders that a folder of packages adds to the search path, without running what it would run: the lines of its `.pth`
 * files that are paths, and the packages that the finders of editable installs map.
 */
export function linkedFolders(folder: string): readonly string[] {
  return namesIn(folder).flatMap((name) => {
    if (name.endsWith(".pth")) return fromPathFile(folder, name);
    return /^__editable___\w+_finder\.py$/.test(name) ? fromFinder(`${folder}/${name}`) : [];
  });
}

/** Python's own rules (`site.addpackage`): comments and lines that begin with `import` are no paths. */
function fromPathFile(folder: string, name: string): readonly string[] {
  return readText(`${folder}/${name}`)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#") && !/^import[ \t]/.test(line))
    .map((line) => absolutePath(line, folder))
    .filter(isFolder);
}

/** setuptools writes `MAPPING = {'package': '/project/src/package'}`; the folder around the package is searched. */
function fromFinder(path: string): readonly string[] {
  const mapping = /^MAPPING\b[^=\n]*=\s*\{(.*)\}\s*$/m.exec(readText(path))?.[1] ?? "";
  const found: string[] = [];
  for (const [, name = "", place = ""] of mapping.matchAll(/'([\w.]+)'\s*:\s*'([^']*)'/g)) {
    const target = absolutePath(place.replaceAll("\\\\", "\\"));
    const last = name.slice(name.lastIndexOf(".") + 1);
    if (!name.includes(".") && nameOf(target).replace(/\.py$/, "") === last) found.push(folderOf(target));
  }
  return [...new Set(found)].filter(isFolder);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".pth") || name.startsWith("__editable__"))
      .sort();
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return statSync(path).size > maxBytes ? "" : readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
