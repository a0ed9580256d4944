import { statSync } from "node:fs";
import { pythonFilesMatching } from "../host/glob.ts";
import { absolutePath } from "../host/paths.ts";
import { pythonFilesIn } from "../host/walk.ts";

export interface Collected {
  /** Absolute, sorted, each once. */
  readonly files: readonly string[];
  /** Arguments that name nothing. */
  readonly missing: readonly string[];
}

/**
 * The files that arguments stand for: a file itself, whatever it is called; the Python files below a folder; what a
 * pattern matches.
 */
export async function collectFiles(
  args: readonly string[],
  folder: string,
  isExcluded: (path: string) => boolean,
): Promise<Collected> {
  const files = new Set<string>();
  const missing: string[] = [];
  for (const arg of args) {
    const path = absolutePath(arg, folder);
    const kind = kindOf(path);
    if (kind === "file") files.add(path);
    else if (kind === "folder") for await (const found of pythonFilesIn(path, isExcluded)) files.add(found);
    else {
      const matches = await pythonFilesMatching(arg, folder);
      for (const match of matches) files.add(match);
      if (matches.length === 0) missing.push(arg);
    }
  }
  return { files: [...files].sort(), missing };
}

function kindOf(path: string): "file" | "folder" | undefined {
  try {
    return statSync(path).isDirectory() ? "folder" : "file";
  } catch {
    return undefined;
  }
}
