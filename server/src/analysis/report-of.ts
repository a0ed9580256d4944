import { lineStarts, positionAt, type Span } from "../base/text.ts";
import type { DetailedFinding } from "../report/detailed-report.ts";
import { createFingerprints } from "../report/fingerprint.ts";
import type { FixSafety, Range, ReportProblem } from "../report/report.ts";
import { rulePage } from "../report/rule-page.ts";
import type { AnalyzedFile } from "./analyzer.ts";
import { suppressionProblems } from "./directives.ts";
import type { Finding } from "./finding.ts";

/** The strongest fix that this finding brings. */
export function fixSafetyOf({ fixes }: Finding): FixSafety {
  if (fixes.some((fix) => fix.safety === "safe")) return "safe";
  return fixes.length > 0 ? "suggestion" : "none";
}

/** The findings of a file as plain data. @param name what the report calls the file. */
export function reportFindings(file: AnalyzedFile, name: string): readonly DetailedFinding[] {
  if (file.findings.length === 0) return [];
  const starts = lineStarts(file.text);
  const range = ({ start, end }: Span): Range => ({
    start: positionAt(starts, start),
    end: positionAt(starts, end),
  });
  const fingerprint = createFingerprints();
  return file.findings.map((finding) => {
    const at = range(finding.span);
    const line = file.text.slice(starts[at.start.line], starts[at.start.line + 1]);
    return {
      rule: finding.rule.id,
      severity: finding.severity,
      category: finding.category,
      message: finding.message,
      file: name,
      range: at,
      fix: fixSafetyOf(finding),
      page: rulePage(finding.rule.id),
      related: finding.related.map((each) => ({
        file: name,
        range: range(each.span),
        message: each.message,
      })),
      ...(finding.saving === undefined ? {} : { saving: finding.saving }),
      fingerprint: fingerprint(finding.rule.id, line),
      fixes: finding.fixes.map((fix) => ({
        title: fix.title,
        safety: fix.safety,
        edits: fix.edits.map((edit) => ({ range: range(edit.span), text: edit.text })),
      })),
    };
  });
}

/** The comments in a file that were meant to silence something and do not. @param rules the names of all rules. */
export function reportProblems(
  file: AnalyzedFile,
  name: string,
  rules: readonly string[],
): readonly ReportProblem[] {
  const problems = file.source === undefined ? [] : suppressionProblems(file.source, rules);
  if (problems.length === 0) return [];
  const starts = lineStarts(file.text);
  return problems.map(({ span, message }) => ({
    file: name,
    message,
    range: { start: positionAt(starts, span.start), end: positionAt(starts, span.end) },
  }));
}
