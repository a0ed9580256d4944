/** Half-open range of UTF-16 code units in one text. The only notion of place below the rim. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/**
 * Applies edits that do not overlap; the last one in the text goes first, so that offsets stay true.
 * @throws RangeError when two edits overlap: applying them would garble the user's text.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const ordered = [...edits].sort((a, b) => b.span.start - a.span.start || b.span.end - a.span.end);
  let result = text;
  let limit = Number.POSITIVE_INFINITY;
  for (const { span, text: replacement } of ordered) {
    if (span.end > limit) throw new RangeError(`edits overlap at offset ${span.start}`);
    result = result.slice(0, span.start) + replacement + result.slice(span.end);
    limit = span.start;
  }
  return result;
}

export const shift = (span: Span, by: number): Span => ({ start: span.start + by, end: span.end + by });

/** Zero-based line and UTF-16 character, as LSP counts them. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** Whether a line ends with a carriage return alone, as on an old Macintosh. */
export const hasLoneReturns = (text: string): boolean => text.includes("\r") && /\r(?!\n)/.test(text);

/** `text` with `\n` for lone carriage returns, which end lines in Python too; every offset stays true. */
export const withoutLoneReturns = (text: string): string =>
  text.includes("\r") ? text.replace(/\r(?!\n)/g, "\n") : text;

/** Offsets at which the lines of `text` start. A line ends with `\n`, `\r\n` or a lone `\r`, as in LSP. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) starts.push(i + 1);
  }
  return starts;
}

export function positionAt(starts: readonly number[], offset: number): Position {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low, character: offset - (starts[low] ?? 0) };
}
