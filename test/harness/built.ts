import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

const lock = "dist/.building";

/** The path of what is shipped, built from the sources as they are now. */
export function built(file: "server.cjs" | "cli.js" | "action.mjs"): string {
  const path = resolve("dist", file);
  if (isStale(path)) withLock(() => (isStale(path) ? build() : undefined));
  return path;
}

const build = (): void => {
  execFileSync(process.execPath, ["esbuild.mjs"], {
    stdio: ["ignore", "inherit", "inherit"],
    timeout: 60_000,
  });
};

function isStale(path: string): boolean {
  const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return readdirSync("server/src", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .some((name) => (statSync(join("server/src", name), { throwIfNoEntry: false })?.mtimeMs ?? 0) > made);
}

/** Test files run in processes of their own: one of them builds, the others wait. */
function withLock(work: () => void): void {
  mkdirSync("dist", { recursive: true });
  for (const began = Date.now(); ; ) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      // Whoever held it for this long is gone.
      if (Date.now() - began > 60_000) break;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
  try {
    work();
  } finally {
    try {
      rmdirSync(lock);
    } catch {
      // Another process that had given up waiting was faster.
    }
  }
}
