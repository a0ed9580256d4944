import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { GateResult } from "../gate/gate-result.ts";
import { renderCodeQuality } from "../gate/render-gitlab.ts";
import { renderGateSarif } from "../gate/render-sarif.ts";
import type { PullEvent } from "./event.ts";
import { type GateRunFile, runFileName } from "./run-file.ts";

/** Where the reports of a run lie. */
export interface ReportFiles {
  readonly folder: string;
  readonly report: string;
  readonly sarif: string;
}

/** The folder that `output_dir` names, or one that the runner takes away. */
export function reportFolder(
  named: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const folder = resolve(named ?? join(environment["RUNNER_TEMP"] ?? ".", "ecocompute-gate"));
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Writes what later steps and jobs read.
 * @param workspace what paths of the result start from
 * @param pull for a job that comments on it later
 */
export function writeReports(
  folder: string,
  workspace: string,
  result: GateResult,
  markdown: string,
  pull: PullEvent | undefined,
): ReportFiles {
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  write("report.md", markdown);
  write("code-quality.json", json(renderCodeQuality(result)));
  if (pull !== undefined)
    write(
      runFileName,
      json({
        schema: "ecocompute.gate-run/1",
        pull: pull.number,
        head: pull.head,
        result,
      } satisfies GateRunFile),
    );
  const root = pathToFileURL(`${workspace}/`).href;
  return {
    folder,
    report: write("result.json", json(result)),
    sarif: write("ecocompute.sarif", json(renderGateSarif(result, root))),
  };
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;
