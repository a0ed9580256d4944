import { count, severityCounts } from "./count.ts";
import { logLine, visibleLine } from "./escape.ts";
import type { Report, ReportFinding, ReportProblem, Severity } from "./report.ts";
import { savingText } from "./saving.ts";

/** How words stand out on a terminal; each returns its text unchanged where there are no colors. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  blue(text: string): string;
  green(text: string): string;
  cyan(text: string): string;
}

export interface TextOptions {
  readonly paint: Paint;
  /** Nothing but findings and problems. */
  readonly quiet: boolean;
  /** Adds counts by rule. */
  readonly statistics: boolean;
  /** Fixes that were applied; `undefined` when none were asked for. */
  readonly fixed: number | undefined;
  /** Findings of the baseline that are there no more. */
  readonly gone: number;
  /** What else was done, a sentence each. */
  readonly written: readonly string[];
}

/** One line for each finding, grouped by file, and a summary: what a person reads on a terminal. */
export function renderText(report: Report, options: TextOptions): string {
  const { paint, quiet, statistics } = options;
  const files = [...new Set(report.findings.map((finding) => finding.file))];
  const groups = files.map((file) =>
    report.findings.filter((finding) => finding.file === file).map((finding) => line(finding, paint)),
  );
  const problems = report.problems.map((problem) => problemLine(problem, paint));
  const parts = [
    ...groups.map((lines) => lines.join("\n")),
    ...(problems.length === 0 ? [] : [problems.join("\n")]),
    ...(statistics && report.findings.length > 0 ? [ruleCounts(report.findings, paint)] : []),
    ...(quiet ? [] : [summary(report, options)]),
  ];
  return parts.length === 0 ? "" : `${parts.join("\n\n")}\n`;
}

function line({ file, range, severity, rule, message, saving }: ReportFinding, paint: Paint): string {
  const place = `${paint.bold(logLine(file))}${paint.dim(`:${range.start.line + 1}:${range.start.character + 1}`)}`;
  return `${place} ${colored(severity, paint)} ${paint.cyan(rule)} ${visibleLine(message)}${saving === undefined ? "" : paint.green(` (${savingText(saving)})`)}`;
}

function problemLine({ file, range, message }: ReportProblem, paint: Paint): string {
  const at = range === undefined ? "" : `:${range.start.line + 1}:${range.start.character + 1}`;
  const place = file === "" ? "" : `${paint.bold(logLine(file))}${paint.dim(at)} `;
  return `${place}${paint.yellow("problem")} ${visibleLine(message)}`;
}

function colored(severity: Severity, paint: Paint): string {
  switch (severity) {
    case "critical":
      return paint.bold(paint.red(severity));
    case "error":
      return paint.red(severity);
    case "warning":
      return paint.yellow(severity);
    case "info":
    case "hint":
      return paint.blue(severity);
  }
}

/** Where to begin: the three largest savings, by their share of the energy. */
function mostToSave(findings: readonly ReportFinding[], paint: Paint): readonly string[] {
  const best = findings
    .flatMap((finding) => (finding.saving === undefined ? [] : [{ ...finding, saving: finding.saving }]))
    .sort((a, b) => b.saving.percent - a.saving.percent)
    .slice(0, 3);
  if (best.length < 2) return [];
  const places = best.map(
    ({ file, range, rule, saving }) =>
      `${visibleLine(file)}:${range.start.line + 1} ${paint.cyan(rule)} ${Math.round(saving.percent)} %`,
  );
  return [`Most to save: ${places.join(", ")}.`];
}

function ruleCounts(findings: readonly ReportFinding[], paint: Paint): string {
  const counts = new Map<string, number>();
  for (const { rule } of findings) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  const rows = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const width = Math.max(...rows.map(([, number]) => String(number).length));
  return rows.map(([rule, number]) => `${String(number).padStart(width)}  ${paint.cyan(rule)}`).join("\n");
}

function summary(report: Report, { paint, fixed, gone, written }: TextOptions): string {
  const { findings, filesChecked, problems } = report;
  const fixes = [
    ...(fixed === undefined ? [] : [`Applied ${count(fixed, "fix", "fixes")}.`]),
    ...(gone === 0
      ? []
      : [
          `${count(gone, "finding")} of the baseline ${gone === 1 ? "is" : "are"} fixed: ${paint.bold("--write-baseline")} takes ${gone === 1 ? "it" : "them"} out.`,
        ]),
  ];
  if (written.length > 0) return [...fixes, ...written].join("\n");
  const files = count(filesChecked, "file");
  if (findings.length === 0) {
    const verdict =
      filesChecked === 0
        ? "No Python files were checked."
        : `${problems.length === 0 ? paint.green("All clean") : "No findings"}: ${files} checked.`;
    return [...fixes, verdict].join("\n");
  }
  const withFindings = new Set(findings.map((finding) => finding.file)).size;
  const where =
    withFindings === filesChecked ? `in ${files}` : `in ${withFindings.toLocaleString("en-US")} of ${files}`;
  const safe = findings.filter((finding) => finding.fix === "safe").length;
  return [
    ...fixes,
    `Found ${count(findings.length, "finding")} ${where}: ${severityCounts(findings)}.`,
    ...mostToSave(findings, paint),
    ...(safe > 0 ? [`${count(safe, "finding")} can be fixed safely with ${paint.bold("--fix")}.`] : []),
  ].join("\n");
}
