import { existsSync, writeFileSync } from "node:fs";
import { type BaselineEntry, renderBaseline } from "../analysis/baseline.ts";
import { baselineName, readBaseline } from "../host/baseline-file.ts";
import { absolutePath, folderOf, relativeTo } from "../host/paths.ts";
import { count } from "../report/count.ts";
import type { ReportProblem } from "../report/report.ts";
import type { FileResult } from "./check-file.ts";
import { isModelRule } from "./check-models.ts";
import type { CheckSettings, FileConfig } from "./check-settings.ts";

/** Why the baseline that the command line names cannot be used; empty when it can. */
export function baselineProblems({ baseline, folder }: CheckSettings): readonly ReportProblem[] {
  if (baseline.kind !== "file") return [];
  const read = readBaseline(absolutePath(baseline.path, folder));
  if (read.kind === "baseline") return [];
  return [{ file: baseline.path, message: `This baseline is not used: ${read.why}.`, range: undefined }];
}

/**
 * Writes down what was found as known. Files that were not checked keep their entries as long as they exist.
 * @returns a sentence for each file written.
 */
export function writeBaselines(
  results: readonly FileResult[],
  named: string | undefined,
  settings: CheckSettings,
  configOf: (path: string) => FileConfig,
): readonly string[] {
  const byTarget = new Map<string, FileResult[]>();
  for (const result of results) {
    const target = targetOf(result.path, named, settings, configOf);
    const same = byTarget.get(target);
    if (same === undefined) byTarget.set(target, [result]);
    else same.push(result);
  }
  return [...byTarget].map(([target, checked]) => {
    const folder = folderOf(target);
    const read = readBaseline(target);
    const entries = new Map<string, readonly BaselineEntry[]>();
    if (read.kind === "baseline")
      for (const [path, old] of read.file.baseline)
        if (existsSync(absolutePath(path, folder))) entries.set(path, old);
    for (const { path, entries: found } of checked) {
      const name = relativeTo(folder, path);
      // Of rules that did not run, what was known stays known.
      const unasked = settings.models
        ? []
        : (entries.get(name) ?? []).filter(({ rule }) => isModelRule(rule));
      entries.set(name, [...found, ...unasked]);
    }
    writeFileSync(target, renderBaseline(entries));
    const total = [...entries.values()].reduce((sum, each) => sum + each.length, 0);
    return `Wrote ${count(total, "finding")} to ${relativeTo(settings.folder, target)}.`;
  });
}

function targetOf(
  path: string,
  named: string | undefined,
  { folder }: CheckSettings,
  configOf: (path: string) => FileConfig,
): string {
  if (named !== undefined) return absolutePath(named, folder);
  return configOf(path).found.baselinePath ?? absolutePath(baselineName, folder);
}
