import { anyBelow, type Scan } from "./scan.ts";

/** The files of one side, as far as imports go. */
export interface FileIndex {
  readonly has: (path: string) => boolean;
  /** Python files in a folder and below it; "" is the root. */
  readonly below: (folder: string) => Iterable<string>;
  /** `undefined` for what is no Python file. */
  readonly scanOf: (path: string) => Scan | undefined;
}

/**
 * Finds the files that a file depends on: what it imports, what that imports, the packages around it, and settings that
 * any of them names. A name that could be several files stands for all of them.
 */
export function createClosures({ has, below, scanOf }: FileIndex): (path: string) => ReadonlySet<string> {
  const direct = new Map<string, readonly string[]>();
  const resolved = (path: string): readonly string[] => {
    const known = direct.get(path);
    if (known !== undefined) return known;
    const scan = scanOf(path);
    const found = new Set<string>();
    if (scan !== undefined) {
      for (const name of scan.imports)
        for (const file of name === anyBelow ? below(folderOf(path)) : filesOf(name, path, has))
          found.add(file);
      for (const name of scan.data) for (const file of dataFilesOf(name, path, has)) found.add(file);
    }
    const list = [...found];
    direct.set(path, list);
    return list;
  };
  return (path) => {
    const home = folderOf(path);
    const found = new Set([path]);
    for (const at of found) {
      for (const next of resolved(at)) found.add(next);
      // Names that nothing around the file explains may lie beside the program that is run.
      if (folderOf(at) !== home)
        for (const name of scanOf(at)?.imports ?? [])
          if (!name.startsWith(".")) for (const file of candidates(home, name, has)) found.add(file);
    }
    return found;
  };
}

const folderOf = (path: string): string => {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
};

/** A folder and all above it, the root of the tree being "". */
function foldersAbove(folder: string): readonly string[] {
  const found = [folder];
  for (let at = folder; at !== ""; ) {
    at = folderOf(at);
    found.push(at);
  }
  return found;
}

function filesOf(name: string, importer: string, has: FileIndex["has"]): readonly string[] {
  const level = /^\.*/.exec(name)?.[0].length ?? 0;
  const own = folderOf(importer);
  if (level > 0) {
    const above = foldersAbove(own)[level - 1];
    return above === undefined ? [] : candidates(above, name.slice(level), has);
  }
  return [...foldersAbove(own), "src"].flatMap((folder) => candidates(folder, name, has));
}

/** The module itself and the packages that are imported on the way to it. */
function candidates(folder: string, name: string, has: FileIndex["has"]): readonly string[] {
  const parts = name === "" ? [] : name.split(".");
  const found: string[] = [];
  const add = (path: string): void => {
    if (has(path)) found.push(path);
  };
  for (let length = 0; length <= parts.length; length++) {
    const base = [folder, ...parts.slice(0, length)].filter((part) => part !== "").join("/");
    if (length > 0) add(`${base}.py`);
    if (base !== "") add(`${base}/__init__.py`);
  }
  return found;
}

/** Programs are run in their own folder or in one above it. */
function dataFilesOf(name: string, path: string, has: FileIndex["has"]): readonly string[] {
  const plain = name.replace(/^(?:\.?\/)+/, "");
  return [...foldersAbove(folderOf(path)), "src"]
    .map((folder) => (folder === "" ? plain : `${folder}/${plain}`))
    .filter(has);
}
