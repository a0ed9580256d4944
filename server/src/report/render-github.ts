import { commandData, commandProperty } from "./escape.ts";
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
  const properties: readonly (readonly [string, string])[] = [
    ...(file === "" ? [] : [["file", file] as const]),
    ...(range === undefined ? [] : place(range)),
    ["title", title],
  ];
  const listed = properties.map(([name, value]) => `${name}=${commandProperty(value)}`).join(",");
  return `::${level} ${listed}::${commandData(message)}`;
}

/** GitHub takes columns only for a range within one line. */
function place({ start, end }: Range): readonly (readonly [string, string])[] {
  const lines = [
    ["line", String(start.line + 1)],
    ["endLine", String(end.line + 1)],
  ] as const;
  if (start.line !== end.line) return lines;
  return [...lines, ["col", String(start.character + 1)], ["endColumn", String(end.character + 1)]];
}
