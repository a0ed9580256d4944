import { type ReportFinding, type Severity, severities } from "./report.ts";

/** `1 file`, `2 files`, `1,200 files`. */
export const count = (number: number, singular: string, plural = `${singular}s`): string =>
  `${number.toLocaleString("en-US")} ${number === 1 ? singular : plural}`;

/** `1 critical, 2 errors, 3 warnings`, the gravest first; empty without findings. */
export function severityCounts(findings: readonly ReportFinding[]): string {
  return severities
    .flatMap((severity) => {
      const number = findings.filter((finding) => finding.severity === severity).length;
      return number === 0 ? [] : [severityCount(number, severity)];
    })
    .join(", ");
}

function severityCount(number: number, severity: Severity): string {
  return severity === "critical" || severity === "info"
    ? `${number.toLocaleString("en-US")} ${severity}`
    : count(number, severity);
}
