import { applyEdits, type Edit } from "../base/text.ts";
import type { AnalyzedFile } from "./analyzer.ts";

export interface FixedFile {
  readonly file: AnalyzedFile;
  /** Fixes applied. */
  readonly count: number;
  /** What turns the text before into the text after; relative to the text before, not overlapping. */
  readonly edits: readonly Edit[];
}

/** A fix may uncover another; more rounds than this mean that two fixes undo each other. */
const maxRounds = 20;

/**
 * Applies the safe fixes of a file until none is left. Of fixes that overlap, the first one wins the round. A round
 * that would break the syntax is not taken.
 * @param again analyzes the text anew, under the rules that found the fixes.
 */
export function applySafeFixes(start: AnalyzedFile, again: (text: string) => AnalyzedFile): FixedFile {
  let file = start;
  let count = 0;
  let edits: readonly Edit[] = [];
  for (let round = 0; round < maxRounds; round++) {
    const fixes = compatibleFixes(file);
    if (fixes.length === 0) break;
    const next = again(applyEdits(file.text, fixes.flat()));
    if (hasErrors(next) && !hasErrors(file)) break;
    edits = round === 0 ? fixes.flat() : [editBetween(start.text, next.text)];
    file = next;
    count += fixes.length;
  }
  return { file, count, edits };
}

/** The edits of each safe fix that touches nothing a fix before it touches. */
function compatibleFixes(file: AnalyzedFile): readonly (readonly Edit[])[] {
  const taken: Edit[] = [];
  const chosen: (readonly Edit[])[] = [];
  for (const finding of file.findings) {
    const fix = finding.fixes.find((each) => each.safety === "safe");
    if (fix === undefined || fix.edits.some((edit) => taken.some((other) => touches(edit, other)))) continue;
    taken.push(...fix.edits);
    chosen.push(fix.edits);
  }
  return chosen;
}

/** Insertions at one place count: their order would be a matter of chance. */
const touches = (a: Edit, b: Edit): boolean => a.span.start <= b.span.end && b.span.start <= a.span.end;

const hasErrors = (file: AnalyzedFile): boolean =>
  file.source?.chunks.some((placed) => placed.chunk.hasErrors) ?? false;

/** The one edit that turns `before` into `after`: all between their common beginning and end. */
function editBetween(before: string, after: string): Edit {
  const limit = Math.min(before.length, after.length);
  let start = 0;
  while (start < limit && before[start] === after[start]) start++;
  while (start > 0 && (isInsidePair(before, start) || isInsidePair(after, start))) start--;
  let tail = 0;
  while (tail < limit - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  while (tail > 0 && (isInsidePair(before, before.length - tail) || isInsidePair(after, after.length - tail)))
    tail--;
  return { span: { start, end: before.length - tail }, text: after.slice(start, after.length - tail) };
}

/** Between the halves of a surrogate pair or of `\r\n`, where no editor lets an edit begin. */
const isInsidePair = (text: string, at: number): boolean =>
  /^(?:[\uD800-\uDBFF][\uDC00-\uDFFF]|\r\n)$/.test(text.slice(at - 1, at + 1));
