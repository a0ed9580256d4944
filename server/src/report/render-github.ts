import { commandData, commandFile, commandProperty, logLine } from "./escape.ts";
import type { Range, Report, Severity } from "./report.ts";
import { savingText } from "./saving.ts";

/** Workflow commands that GitHub shows as annotations on the lines of a pull request. */
export function renderGithub(report: Report): string {
  const lines = [
    ...report.findings.map(({ severity, file, range, rule, message, saving }) =>
      annotation(
        levelOf(severity),
        file,
        range,
        `EcoCompute: ${rule}`,
        saving === undefined ? message : `${message} (${savingText(saving)})`,
      ),
    ),
    ...report.problems.map(({ file, range, message }) =>
      annotation("warning", file, range, "EcoCompute: problem", message),
    ),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** A message keeps its lines, and shows whatever else cannot be seen. */
const visibleLines = (message: string): string =>
  message
    .split(/(\r?\n)/)
    .map((part, i) => (i % 2 === 1 ? part : logLine(part)))
    .join("");

function levelOf(severity: Severity): "error" | "warning" | "notice" {
  switch (severity) {
    case "critical":
    case "error":
      return "error";
    case "warning":
      return "warning";
    case "info":
    case "hint":
      return "notice";
  }
}

function annotation(
  level: string,
  file: string,
  range: Range | undefined,
  title: string,
  message: string,
): string {
  const properties = [
    ...(file === "" ? [] : [`file=${commandFile(file)}`]),
    ...(range === undefined ? [] : place(range)),
    `title=${commandProperty(logLine(title))}`,
  ].join(",");
  return `::${level} ${properties}::${commandData(visibleLines(message))}`;
}

/** GitHub takes columns only for a range within one line. */
function place({ start, end }: Range): readonly string[] {
  const lines = [`line=${start.line + 1}`, `endLine=${end.line + 1}`];
  if (start.line !== end.line) return lines;
  return [...lines, `col=${start.character + 1}`, `endColumn=${end.character + 1}`];
}
