import { readFileSync, statSync } from "node:fs";
import type { FileSystem } from "../semantic/file-system.ts";
import { createDisk } from "./disk.ts";
import { openGit, readObjects } from "./git.ts";
import { maxBytes, type TreeEntries, type TreeEntry } from "./git-changes.ts";
import { isInside, relativeTo } from "./paths.ts";
import { decodePython, type PythonText } from "./read-python.ts";

/** Where the contents of a tree lie: plain data, another thread can open it too. */
export interface TreeSource {
  /** Absolute: what the paths of its files start with, whether they are there or not. */
  readonly root: string;
  readonly entries: TreeEntries;
  /** The files of these paths are read from disk, all others from the repository; `all` where there is none. */
  readonly onDisk: ReadonlySet<string> | "all";
  /** Contents that were read already, by id. */
  readonly known: ReadonlyMap<string, Uint8Array>;
}

/** One state of a project. */
export interface Tree {
  readonly root: string;
  readonly entries: TreeEntries;
  /** The hash of a file; `undefined` where there is none. */
  idOf(path: string): string | undefined;
  read(path: string): Uint8Array | undefined;
  python(path: string): PythonText;
  /** Reads many files at once. */
  prefetch(paths: Iterable<string>): void;
  source(paths: Iterable<string>): TreeSource;
}

export function openTree({ root, entries, onDisk, known }: TreeSource): Tree {
  const contents = new Map(known);
  const git = openGit(root);
  const isOnDisk = (path: string): boolean => onDisk === "all" || onDisk.has(path);
  const fileAt = (path: string): TreeEntry | undefined => {
    const entry = entries.get(path);
    return entry?.kind === "file" ? entry : undefined;
  };
  const read = (path: string): Uint8Array | undefined => {
    const entry = fileAt(path);
    if (entry === undefined) return undefined;
    if (!contents.has(entry.id)) prefetch([path]);
    return contents.get(entry.id);
  };
  const prefetch = (paths: Iterable<string>): void => {
    const wanted = new Set<string>();
    for (const path of paths) {
      const id = fileAt(path)?.id;
      if (id === undefined || contents.has(id)) continue;
      if (isOnDisk(path)) {
        const bytes = readIfThere(`${root}/${path}`);
        if (bytes !== undefined) contents.set(id, bytes);
      } else wanted.add(id);
    }
    if (wanted.size > 0)
      for (const [id, bytes] of readObjects(git, [...wanted], maxBytes)) contents.set(id, bytes);
  };
  return {
    root,
    entries,
    idOf: (path) => fileAt(path)?.id,
    read,
    python(path) {
      const bytes = read(path);
      if (bytes === undefined)
        return { kind: "unreadable", why: "it is too large, or not in this repository" };
      return decodePython(bytes);
    },
    prefetch,
    source(paths) {
      prefetch(paths);
      const ids = [...paths].flatMap((path) => fileAt(path)?.id ?? []);
      return {
        root,
        entries,
        onDisk,
        known: new Map(
          ids.flatMap((id) => {
            const bytes = contents.get(id);
            return bytes === undefined ? [] : [[id, bytes] as const];
          }),
        ),
      };
    },
  };
}

/** The files of a tree in the place of those on disk; outside of its root, and in `packages`, the disk itself. */
export function treeFiles(tree: Tree, packages: readonly string[]): FileSystem {
  const disk = createDisk();
  const isElsewhere = (path: string): boolean =>
    !isInside(path, tree.root) || packages.some((folder) => folder !== tree.root && isInside(path, folder));
  return {
    isFile(path) {
      if (isInside(path, tree.root) && tree.idOf(relativeTo(tree.root, path)) !== undefined) return true;
      return isElsewhere(path) && disk.isFile(path);
    },
    readText(path) {
      const name = relativeTo(tree.root, path);
      if (isInside(path, tree.root) && tree.idOf(name) !== undefined) {
        const read = tree.python(name);
        return read.kind === "text" ? read.text : undefined;
      }
      return isElsewhere(path) ? disk.readText(path) : undefined;
    },
    list(path) {
      const names = isInside(path, tree.root) ? namesIn(tree, relativeTo(tree.root, path)) : undefined;
      return names ?? (isElsewhere(path) ? disk.list?.(path) : undefined);
    },
  };
}

function namesIn(tree: Tree, folder: string): readonly string[] | undefined {
  const start = folder === "" ? "" : `${folder}/`;
  const names = new Set<string>();
  for (const path of tree.entries.keys())
    if (path.startsWith(start)) names.add(/^[^/]*\/?/.exec(path.slice(start.length))?.[0] ?? "");
  return names.size === 0 ? undefined : [...names].sort();
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return statSync(path).size > maxBytes ? undefined : readFileSync(path);
  } catch {
    return undefined;
  }
}
