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

const { status } = spawnSync(
  process.execPath,
  [
    "--import",
    "tsx",
    "--test",
    "--test-reporter=spec",
    `--test-concurrency=${serial ? 1 : 2}`,
    ...(serial ? ["--test-timeout=300000"] : []),
    ...files,
  ],
  { stdio: "inherit" },
);
process.exitCode = status ?? 1;
