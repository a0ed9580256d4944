import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findPython, stdlibOf } from "../harness/cpython.ts";

export interface BenchFile {
  readonly path: string;
  readonly text: string;
  readonly lines: number;
}

const torchFolders = ["/usr/lib/python3/dist-packages/torch", "/usr/lib/python3/dist-packages/torchvision"];

/** The real Python files whose length is nearest to `lines`: torch's own where it is installed, else the standard library. */
export function filesOfAbout(lines: number, count: number): readonly BenchFile[] {
  return allFiles()
    .filter((file) => file.lines > lines * 0.5)
    .sort((a, b) => Math.abs(a.lines - lines) - Math.abs(b.lines - lines) || a.path.localeCompare(b.path))
    .slice(0, count);
}

let known: readonly BenchFile[] | undefined;

function allFiles(): readonly BenchFile[] {
  known ??= folders().flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".py"))
      .map((name) => read(join(folder, name)))
      .filter((file) => file.lines >= 500),
  );
  return known;
}

function folders(): readonly string[] {
  const torch = torchFolders.filter((folder) => existsSync(folder));
  if (torch.length > 0) return torch;
  const python = findPython();
  if (python === undefined)
    throw new Error("no torch and no Python here: there are no real files to type in");
  return [stdlibOf(python)];
}

function read(path: string): BenchFile {
  const text = readFileSync(path, "utf8");
  // The server leaves files alone that never speak of torch.
  const relevant = /torch/.test(text) ? text : `import torch\n${text}`;
  return { path, text: relevant, lines: relevant.split("\n").length };
}
