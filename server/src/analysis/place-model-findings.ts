import type { Span } from "../base/text.ts";
import type { Severity } from "../report/report.ts";
import type { NamedRule } from "../rules/_rule.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import type { AnalyzedFile } from "./analyzer.ts";
import { fileSuppressions, isSuppressedInFile, isSuppressedOnLine } from "./directives.ts";
import type { Finding } from "./finding.ts";
import type { ModelFinding } from "./run-model-rules.ts";

/** Findings of models in the words of the file, less those that a comment silences or whose rule does not run. */
export function placeModelFindings(
  found: readonly ModelFinding[],
  source: SourceFile,
  rules: ReadonlyMap<string, NamedRule>,
  severities: ReadonlyMap<string, Severity>,
): readonly Finding[] {
  const inFile = fileSuppressions(source);
  return found.flatMap(({ rule: id, certainty, span, message, manual, related }) => {
    const rule = rules.get(id);
    const standard = rule?.severity[certainty] ?? "off";
    if (rule === undefined || standard === "off") return [];
    if (isSuppressedInFile(inFile, id) || isSuppressed(source, span, id)) return [];
    const severity = severities.get(id) ?? standard;
    return [
      { rule, category: rule.category, severity, certainty, span, message, fixes: [], manual, related },
    ];
  });
}

/** The file with more findings, in the order of the text. */
export const withFindings = (file: AnalyzedFile, more: readonly Finding[]): AnalyzedFile =>
  more.length === 0
    ? file
    : { ...file, findings: [...file.findings, ...more].sort((a, b) => a.span.start - b.span.start) };

/** Ends of a span may lie in two chunks; a comment speaks in its own. */
function isSuppressed({ chunks }: SourceFile, { start, end }: Span, rule: string): boolean {
  return chunks.some(({ chunk, start: from }) => {
    const to = from + chunk.text.length;
    return (
      start < to && end > from && isSuppressedOnLine(chunk, { start: start - from, end: end - from }, rule)
    );
  });
}
