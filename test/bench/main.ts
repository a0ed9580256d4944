import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { built } from "../harness/built.ts";

/**
 * Bundles the bench as the server is bundled and runs it by itself: the loader of TypeScript that development uses
 * wraps every inner function, which no user pays for.
 */
const outfile = fileURLToPath(new URL("../../node_modules/.cache/ecocompute-bench.mjs", import.meta.url));
await build({
  entryPoints: [fileURLToPath(new URL("run.ts", import.meta.url))],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
  logLevel: "error",
});
// The thread that estimates models and the server are measured as they are shipped.
built("server.cjs");
const { status } = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { stdio: "inherit" });
rmSync(outfile, { force: true });
process.exitCode = status ?? 1;
