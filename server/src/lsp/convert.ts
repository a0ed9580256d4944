import {
  type CodeDescription,
  type Diagnostic,
  DiagnosticSeverity,
  DiagnosticTag,
  type Position,
  type Range,
  type TextDocumentContentChangeEvent,
  type TextEdit,
} from "vscode-languageserver/node";
import type { Finding } from "../analysis/finding.ts";
import { fixSafetyOf } from "../analysis/report-of.ts";
import { type Edit, positionAt, type Span } from "../base/text.ts";
import type { Severity } from "../report/report.ts";
import { rulePage } from "../report/rule-page.ts";
import { lineStartsAfter } from "./line-index.ts";

/** What the findings of EcoCompute are signed with in an editor. */
export const source = "EcoCompute";

export const rangeOf = (starts: readonly number[], { start, end }: Span): Range => ({
  start: positionAt(starts, start),
  end: positionAt(starts, end),
});

/** Offset of an LSP position; one behind the end of its line counts as the end, as the protocol asks. */
export function offsetAt(text: string, starts: readonly number[], { line, character }: Position): number {
  const start = starts[line];
  if (start === undefined) return line < 0 ? 0 : text.length;
  let end = starts[line + 1] ?? text.length;
  if (line + 1 < starts.length) {
    if (text[end - 1] === "\n") end--;
    if (text[end - 1] === "\r" && end > start) end--;
  }
  return Math.max(start, Math.min(end, start + character));
}

export function spanOf(text: string, starts: readonly number[], range: Range): Span {
  const start = offsetAt(text, starts, range.start);
  return { start, end: Math.max(start, offsetAt(text, starts, range.end)) };
}

/** A text with the offsets at which its lines start. */
export interface IndexedText {
  readonly text: string;
  readonly starts: readonly number[];
}

/** What an editor says of changes as edits of ours, and the text they leave. */
export function editsOf(
  before: IndexedText,
  changes: readonly TextDocumentContentChangeEvent[],
): IndexedText & { readonly edits: readonly Edit[] } {
  let { text, starts } = before;
  const edits = changes.map((change): Edit => {
    const span = "range" in change ? spanOf(text, starts, change.range) : { start: 0, end: text.length };
    const edit = { span, text: change.text };
    text = text.slice(0, span.start) + change.text + text.slice(span.end);
    starts = lineStartsAfter(starts, edit, text);
    return edit;
  });
  return { text, starts, edits };
}

export const textEditOf = (starts: readonly number[], edit: Edit): TextEdit => ({
  range: rangeOf(starts, edit.span),
  newText: edit.text,
});

function severityOf(severity: Severity): DiagnosticSeverity {
  switch (severity) {
    case "critical":
    case "error":
      return DiagnosticSeverity.Error;
    case "warning":
      return DiagnosticSeverity.Warning;
    case "info":
      return DiagnosticSeverity.Information;
    case "hint":
      return DiagnosticSeverity.Hint;
  }
}

/** What the client can show of a diagnostic. */
export interface DiagnosticFeatures {
  readonly relatedInformation: boolean;
  readonly codeDescription: boolean;
  readonly tags: boolean;
  readonly data: boolean;
}

export function diagnosticOf(
  finding: Finding,
  uri: string,
  starts: readonly number[],
  can: DiagnosticFeatures,
): Diagnostic {
  const page: CodeDescription = { href: rulePage(finding.rule.id) };
  return {
    range: rangeOf(starts, finding.span),
    severity: severityOf(finding.severity),
    source,
    code: finding.rule.id,
    message: finding.message,
    ...(can.codeDescription ? { codeDescription: page } : {}),
    ...(can.tags && finding.rule.unnecessary === true ? { tags: [DiagnosticTag.Unnecessary] } : {}),
    ...(can.relatedInformation && finding.related.length > 0
      ? {
          relatedInformation: finding.related.map((each) => ({
            location: { uri, range: rangeOf(starts, each.span) },
            message: each.message,
          })),
        }
      : {}),
    ...(can.data ? { data: { fix: fixSafetyOf(finding) } } : {}),
  };
}
