import type { Report } from "../../../server/src/report/report.ts";

/**
 * A report of the workspace in which what is said of `files` is replaced by what `newer` says of them. The count of
 * files stays: these files were part of it before.
 */
export function replaceFiles(report: Report, files: ReadonlySet<string>, newer: Report): Report {
  return {
    ...report,
    findings: [...report.findings.filter((finding) => !files.has(finding.file)), ...newer.findings],
    problems: [...report.problems.filter((problem) => !files.has(problem.file)), ...newer.problems],
  };
}
