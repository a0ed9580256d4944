import { type ReportFinding, type Severity, severities } from "../../server/src/report/report.ts";
import type { PanelReport } from "../src/panel/messages.ts";

export type Grouping = "rule" | "severity" | "file";

/** What the user narrowed the report to. */
export interface Filter {
  /** Severities that are hidden. */
  readonly hidden: ReadonlySet<Severity>;
  /** Words that must all occur in the rule, the message or the file, in any case. */
  readonly text: string;
}

export interface Row {
  /** The same for the same finding in the next report, unless its line moved. */
  readonly key: string;
  readonly finding: ReportFinding;
  /** One-based line, after the path where rows of a report may lie in different files. */
  readonly place: string;
}

export interface Group {
  readonly key: string;
  readonly title: string;
  /** The gravest among its rows. */
  readonly severity: Severity;
  /** The page of the rule, when all rows are of one rule. */
  readonly page: string | undefined;
  readonly rows: readonly Row[];
}

export const severityNames: Readonly<Record<Severity, string>> = {
  critical: "Critical",
  error: "Error",
  warning: "Warning",
  info: "Info",
  hint: "Hint",
};

const rank = (severity: Severity): number => severities.indexOf(severity);

/** Groups in the order they should be read: gravest first, then the most frequent, then by name. */
export function groupFindings(report: PanelReport, grouping: Grouping, filter: Filter): readonly Group[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const withPath = grouping !== "file" && report.filesChecked !== 1;
  const groups = new Map<string, Row[]>();
  const seen = new Map<string, number>();
  for (const finding of [...report.findings].sort(byPlace(report))) {
    if (filter.hidden.has(finding.severity)) continue;
    const label = labelOf(report, finding.file);
    const haystack = `${finding.rule} ${finding.message} ${label}`.toLowerCase();
    if (!words.every((word) => haystack.includes(word))) continue;
    const group = groupKey(finding, grouping);
    const base = `${group}|${finding.rule}|${finding.file}|${finding.range.start.line}|${finding.range.start.character}`;
    const repeat = seen.get(base) ?? 0;
    seen.set(base, repeat + 1);
    const line = finding.range.start.line + 1;
    const row: Row = {
      key: repeat === 0 ? base : `${base}|${repeat}`,
      finding,
      place: withPath ? `${label}:${line}` : `line ${line}`,
    };
    const rows = groups.get(group);
    if (rows === undefined) groups.set(group, [row]);
    else rows.push(row);
  }
  return [...groups].map(([key, rows]) => toGroup(report, grouping, key, rows)).sort(byGravity);
}

/** How many findings there are of each severity, the filter of severities left aside. */
export function countBySeverity(report: PanelReport): ReadonlyMap<Severity, number> {
  const counts = new Map<Severity, number>(severities.map((severity) => [severity, 0]));
  for (const { severity } of report.findings) counts.set(severity, (counts.get(severity) ?? 0) + 1);
  return counts;
}

/** One sentence on the whole report, read out when it changes. */
export function summary(report: PanelReport, subject: string, shown: number): string {
  const total = report.findings.length;
  const files = report.filesChecked === 1 ? "" : ` (${plural(report.filesChecked, "file")} checked)`;
  if (total === 0) return `No findings in ${subject}${files}`;
  const among = shown === total ? "" : `${shown} shown of `;
  return `${among}${plural(total, "finding")} in ${subject}${files}`;
}

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

const labelOf = (report: PanelReport, file: string): string => report.labels[file] ?? file;

function groupKey(finding: ReportFinding, grouping: Grouping): string {
  switch (grouping) {
    case "rule":
      return finding.rule;
    case "severity":
      return finding.severity;
    case "file":
      return finding.file;
  }
}

function toGroup(report: PanelReport, grouping: Grouping, key: string, rows: readonly Row[]): Group {
  const first = rows[0]?.finding;
  const severity = severities.find((each) => rows.some(({ finding }) => finding.severity === each)) ?? "hint";
  switch (grouping) {
    case "rule":
      return { key, title: key, severity, page: first?.page, rows };
    case "severity":
      return { key, title: severityNames[severity], severity, page: undefined, rows };
    case "file":
      return { key, title: labelOf(report, key), severity, page: undefined, rows };
  }
}

const byPlace =
  (report: PanelReport) =>
  (a: ReportFinding, b: ReportFinding): number =>
    labelOf(report, a.file).localeCompare(labelOf(report, b.file)) ||
    a.range.start.line - b.range.start.line ||
    a.range.start.character - b.range.start.character;

const byGravity = (a: Group, b: Group): number =>
  rank(a.severity) - rank(b.severity) || b.rows.length - a.rows.length || a.title.localeCompare(b.title);
