import type { Edit } from "../base/text.ts";

/**
 * The line starts of the text after an edit, from those before it: only the edited part is read again.
 * @param after the whole text after the edit.
 */
export function lineStartsAfter(
  before: readonly number[],
  { span, text }: Edit,
  after: string,
): readonly number[] {
  const { start, end } = span;
  // What makes an offset a line start is the character before it and, for a lone `\r`, the one behind it.
  const starts = before.slice(0, firstFrom(before, start));
  const until = start + text.length;
  for (let at = start; at <= until; at++) if (isLineStart(after, at)) starts.push(at);
  const shift = text.length - (end - start);
  for (let i = firstFrom(before, end + 1); i < before.length; i++) starts.push((before[i] ?? 0) + shift);
  return starts;
}

/** Index of the first start at `offset` or behind it. */
function firstFrom(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isLineStart(text: string, at: number): boolean {
  if (at === 0) return true;
  const before = text.charCodeAt(at - 1);
  return before === 10 || (before === 13 && text.charCodeAt(at) !== 10);
}
