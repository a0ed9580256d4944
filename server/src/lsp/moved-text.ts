import type { Span } from "../base/text.ts";

/**
 * Follows offsets from a text to the one it was edited into, as if one edit had replaced what differs:
 * what an earlier analysis found stays at its place while the user types elsewhere. `undefined` inside the edit.
 */
export interface MovedText {
  offset(before: number): number | undefined;
  span(before: Span): Span | undefined;
}

export function movedText(before: string, after: string): MovedText {
  const limit = Math.min(before.length, after.length);
  let start = 0;
  while (start < limit && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let tail = 0;
  while (
    tail < limit - start &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  )
    tail++;
  const end = before.length - tail;
  const offset = (at: number): number | undefined => {
    if (at <= start) return at;
    return at >= end ? at + after.length - before.length : undefined;
  };
  return {
    offset,
    span(span) {
      const from = offset(span.start);
      const to = offset(span.end);
      // An edit inside leaves both ends in place and yet changes what was meant.
      const isTouched = before !== after && span.start <= start && span.end >= end && span.end > span.start;
      return from === undefined || to === undefined || isTouched ? undefined : { start: from, end: to };
    },
  };
}
