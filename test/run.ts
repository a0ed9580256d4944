/**
 * Runs test files with node's own runner: `run.ts [--serial] PATTERN...`. Node 20 expands no patterns itself, and no
 * file found must not pass as success.
 */
import { spawnSync } from "node:child_process";
// biome-ignore lint/suspicious/noDeprecatedImports: only the overload without patterns is deprecated.
import { glob } from "tinyglobby";

const patterns = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const serial = process.argv.includes("--serial");
const found = await glob(patterns, { ignore: ["**/node_modules/**", "test/vscode/host/**"] });
const files = found.sort();
if (files.length === 0) throw new Error(`no test files match ${patterns.join(" ")}`);

const run = (some: readonly string[], flags: readonly string[]): number =>
  spawnSync(process.execPath, ["--import", "tsx", "--test", "--test-reporter=spec", ...flags, ...some], {
    stdio: "inherit",
  }).status ?? 1;

/** One after the other. A browser on a busy machine may be late once, which is said; twice is a failure. */
function runSerial(some: readonly string[]): number {
  const flags = ["--test-concurrency=1", "--test-timeout=300000"];
  const failed = some.filter((file) => run([file], flags) !== 0);
  for (const file of failed) console.log(`${file} failed and is run once more`);
  return failed.length === 0 ? 0 : run(failed, flags);
}

process.exitCode = serial ? runSerial(files) : run(files, ["--test-concurrency=2"]);
