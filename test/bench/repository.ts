import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PositionEncoding, Workspace } from "@astral-sh/ruff-wasm-nodejs";
import { emptyConfig } from "../../server/src/analysis/config.ts";
import { createDisk } from "../../server/src/host/disk.ts";
import { createLinter } from "../../server/src/host/linter.ts";
import { rules } from "../../server/src/rules/registry.gen.ts";
import { syntax } from "../harness/syntax.ts";

interface SourceText {
  readonly path: string;
  readonly text: string;
}

export interface RepositoryRow {
  readonly name: string;
  /** Of the processor, in all threads; what a busy machine does not stretch. */
  readonly cpuSeconds: number;
  readonly findings: number;
}

export interface Repository {
  readonly files: number;
  readonly lines: number;
  /** Files that speak of torch: the others are not parsed. */
  readonly concerned: number;
  readonly rows: readonly RepositoryRow[];
}

/** A whole repository, checked once, as `check` and as ruff in the same runtime do. Reading files is not counted. */
export function timeRepository(folders: readonly string[], maxFiles: number): Repository {
  const files = folders.flatMap(textsIn).slice(0, maxFiles);
  return {
    files: files.length,
    lines: files.reduce((sum, { text }) => sum + text.split("\n").length, 0),
    concerned: files.filter(({ text }) => text.includes("torch")).length,
    rows: [
      timed("EcoCompute, all rules", () => ours(files, folders)),
      timed("ruff-wasm, all rules", () => ruff(files, { lint: { select: ["ALL"] } })),
      timed("ruff-wasm, default rules", () => ruff(files, Workspace.defaultSettings())),
    ],
  };
}

function ours(files: readonly SourceText[], roots: readonly string[]): number {
  const linter = createLinter({
    syntax,
    rules,
    config: { ...emptyConfig, preset: "strict" },
    folder: roots[0] ?? "/",
    baseline: undefined,
    torch: undefined,
    files: createDisk(),
    roots,
    onCrash: (rule, error) => {
      throw new Error(`${rule.id} threw`, { cause: error });
    },
  });
  return files.reduce((sum, { path, text }) => sum + linter.analyze(path, text).findings.length, 0);
}

function ruff(files: readonly SourceText[], settings: unknown): number {
  const workspace = new Workspace(settings, PositionEncoding.Utf16);
  const count = files.reduce((sum, { text }) => sum + workspace.check(text).length, 0);
  workspace.free();
  return count;
}

function timed(name: string, work: () => number): RepositoryRow {
  const began = process.cpuUsage();
  const findings = work();
  const { user, system } = process.cpuUsage(began);
  return { name, cpuSeconds: (user + system) / 1e6, findings };
}

function textsIn(folder: string): readonly SourceText[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".py"))
    .sort()
    .map((name) => join(folder, name))
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));
}
