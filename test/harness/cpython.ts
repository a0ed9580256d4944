import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Neutral } from "./dump-ast.ts";

const script = fileURLToPath(new URL("dump-ast.py", import.meta.url));

/** The first Python 3.8 or later on this machine, or `undefined`. */
export function findPython(): string | undefined {
  const check = "import sys; sys.exit(sys.version_info < (3, 8))";
  return ["python3", "python"].find((name) => spawnSync(name, ["-c", check]).status === 0);
}

/** The folder of the standard library of `python`. */
export function stdlibOf(python: string): string {
  const run = spawnSync(python, ["-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"], {
    encoding: "utf8",
  });
  return run.stdout.trim();
}

export interface Dumped {
  readonly path: string;
  readonly text: string;
  readonly body: readonly Neutral[];
}

const isDumped = (value: unknown): value is Dumped =>
  typeof value === "object" && value !== null && "text" in value && "body" in value;

/** CPython's trees of `paths`; files it cannot parse are left out. */
export async function* dumpWithCPython(python: string, paths: readonly string[]): AsyncGenerator<Dumped> {
  const child = spawn(python, [script], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(paths.map((path) => `${path}\n`).join(""));
  for await (const line of createInterface({ input: child.stdout })) {
    const parsed: unknown = JSON.parse(line);
    if (isDumped(parsed)) yield parsed;
  }
}
