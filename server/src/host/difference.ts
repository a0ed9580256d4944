import type { Edit } from "../base/text.ts";

/** One edit that turns `before` into `after`: what lies between their common beginning and end. */
export function difference(before: string, after: string): readonly Edit[] {
  if (before === after) return [];
  const limit = Math.min(before.length, after.length);
  let start = 0;
  while (start < limit && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let tail = 0;
  while (
    tail < limit - start &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  )
    tail++;
  return [{ span: { start, end: before.length - tail }, text: after.slice(start, after.length - tail) }];
}
