import { statSync } from "node:fs";
import { pythonFilesMatching } from "../host/glob.ts";
import { absolutePath } from "../host/paths.ts";
import { pythonFilesIn } from "../host/walk.ts";

export interface Collected {
  /** Absolute, sorted, each once. */
  readonly files: readonly string[];
  /** The files among them that were named one by one. */
  readonly named: ReadonlySet<string>;
  /** Arguments that name nothing. */
  readonly missing: readonly string[];
  /** Folders whose files are not known. */
  readonly unread: readonly UnreadFolder[];
  /** Folders that were named and hold Python files, each of which is left out. */
  readonly leftOut: readonly string[];
}

export interface UnreadFolder {
  /** Absolute. */
  readonly path: string;
  readonly why: string;
  /** An argument, not a folder below one. */
  readonly isNamed: boolean;
}

/**
 * The files that arguments stand for: a file itself, whatever it is called and whoever ignores it; the Python files below
 * a folder; what a pattern matches.
 */
export async function collectFiles(
  args: readonly string[],
  folder: string,
  isExcluded: (path: string) => boolean,
): Promise<Collected> {
  const files = new Set<string>();
  const named = new Set<string>();
  const missing: string[] = [];
  const unread = new Map<string, UnreadFolder>();
  const leftOut: string[] = [];
  for (const arg of args) {
    const path = absolutePath(arg, folder);
    const kind = kindOf(path);
    if (kind === "file") {
      files.add(path);
      named.add(path);
    } else if (kind === "folder") {
      const onUnread = (at: string, why: string): void => {
        unread.set(at, { path: at, why, isNamed: at === path });
      };
      let isEmpty = true;
      for await (const found of pythonFilesIn(path, { isExcluded, onUnread })) {
        files.add(found);
        isEmpty = false;
      }
      if (isEmpty && (await holdsPython(path))) leftOut.push(path);
    } else {
      const matches = await pythonFilesMatching(arg, folder);
      for (const match of matches) files.add(match);
      if (matches.length === 0) missing.push(arg);
    }
  }
  return { files: [...files].sort(), named, missing, unread: [...unread.values()], leftOut };
}

async function holdsPython(folder: string): Promise<boolean> {
  for await (const _ of pythonFilesIn(folder, { ignores: false })) return true;
  return false;
}

function kindOf(path: string): "file" | "folder" | undefined {
  try {
    return statSync(path).isDirectory() ? "folder" : "file";
  } catch {
    return undefined;
  }
}
