import type { Edit, Span } from "../base/text.ts";
import type { AnalyzedFile } from "./analyzer.ts";
import { suppressionsOf } from "./directives.ts";
import type { Finding } from "./finding.ts";

/** A comment of ours with absolute offsets. */
interface PlacedSuppression {
  readonly scope: "line" | "file";
  readonly rules: readonly string[] | undefined;
  readonly span: Span;
}

/**
 * The edit that silences one finding where it stands: its rule joins the `# ecocompute: ignore[...]` that is there,
 * or a new comment ends the line, or stands above it where the line cannot take one (inside a string, before a
 * backslash). `undefined` when no place works.
 * @param edited the file after an edit under the same rules: each candidate is tried before it is offered.
 */
export function suppressOnLine(
  file: AnalyzedFile,
  finding: Finding,
  edited: (edit: Edit) => AnalyzedFile,
): Edit | undefined {
  const { text } = file;
  const { id } = finding.rule;
  const first = lineAround(text, finding.span.start);
  const last = lineAround(text, Math.max(finding.span.start, finding.span.end));
  const above = first.start === 0 ? undefined : lineAround(text, first.start - 1);
  const comments = suppressionsIn(file).filter((each) => each.scope === "line" && each.rules !== undefined);
  const extended = comments
    .filter(({ span }) => [first, last, above].some((line) => line !== undefined && isWithin(span, line)))
    .map((comment) => extend(text, comment, id));
  const candidates = [
    ...extended,
    atLineEnd(text, last, `# ecocompute: ignore[${id}]`),
    atLineEnd(text, first, `# ecocompute: ignore[${id}]`),
    aboveLine(text, first, `# ecocompute: ignore[${id}]`),
  ];
  return candidates.find((edit) => silences(file, finding, edit, edited));
}

/** The edit that silences a rule in the whole file. */
export function suppressInFile(
  file: AnalyzedFile,
  finding: Finding,
  edited: (edit: Edit) => AnalyzedFile,
): Edit | undefined {
  const { text } = file;
  const { id } = finding.rule;
  const known = suppressionsIn(file).filter((each) => each.scope === "file" && each.rules !== undefined);
  // A shebang and an encoding only count on the first two lines, and an editor's byte order mark before all.
  const head = /^\uFEFF?(?:#!.*(?:\r\n|\r|\n))?(?:[ \t\f]*#.*coding[:=].*(?:\r\n|\r|\n))?/.exec(text);
  const at = head?.[0].length ?? 0;
  const fresh = {
    span: { start: at, end: at },
    text: `# ecocompute: ignore-file[${id}]${lineBreakOf(text)}`,
  };
  return [...known.map((comment) => extend(text, comment, id)), fresh].find((edit) =>
    silences(file, finding, edit, edited),
  );
}

function silences(
  file: AnalyzedFile,
  finding: Finding,
  edit: Edit,
  edited: (edit: Edit) => AnalyzedFile,
): boolean {
  const after = edited(edit);
  const count = (of: AnalyzedFile): number =>
    of.findings.filter((each) => each.rule.id === finding.rule.id).length;
  return count(after) < count(file) && errors(after) <= errors(file);
}

const errors = (file: AnalyzedFile): number =>
  file.source?.chunks.filter((placed) => placed.chunk.hasErrors).length ?? 0;

const suppressionsIn = (file: AnalyzedFile): readonly PlacedSuppression[] =>
  (file.source?.chunks ?? []).flatMap((placed) =>
    suppressionsOf(placed.chunk).map(({ scope, rules, span }) => ({
      scope,
      rules,
      span: { start: span.start + placed.start, end: span.end + placed.start },
    })),
  );

/** @param comment one with a list of rules in brackets. */
function extend(text: string, { span, rules }: PlacedSuppression, id: string): Edit {
  const list = /#\s*ecocompute\s*:\s*[\w-]+\s*\[[^\]]*/i.exec(text.slice(span.start, span.end));
  const at = span.start + (list === null ? 0 : list.index + list[0].trimEnd().length);
  return { span: { start: at, end: at }, text: rules?.length === 0 ? id : `, ${id}` };
}

function atLineEnd(text: string, line: Span, comment: string): Edit {
  const code = text.slice(line.start, line.end).trimEnd();
  return { span: { start: line.start + code.length, end: line.end }, text: `  ${comment}` };
}

function aboveLine(text: string, line: Span, comment: string): Edit {
  const indent = /^[ \t]*/.exec(text.slice(line.start, line.end))?.[0] ?? "";
  return {
    span: { start: line.start, end: line.start },
    text: `${indent}${comment}${lineBreakOf(text)}`,
  };
}

/** The line around an offset without its line break. */
function lineAround(text: string, offset: number): Span {
  let start = offset;
  while (start > 0 && !isBreak(text[start - 1])) start--;
  let end = offset;
  while (end < text.length && !isBreak(text[end])) end++;
  return { start, end };
}

const isBreak = (character: string | undefined): boolean => character === "\n" || character === "\r";
const isWithin = (span: Span, line: Span): boolean => line.start <= span.start && span.start <= line.end;
const lineBreakOf = (text: string): string => /\r\n|\r|\n/.exec(text)?.[0] ?? "\n";
