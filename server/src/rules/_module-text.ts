import type { Place } from "../base/known.ts";
import type { Span } from "../base/text.ts";

/** Whole words of a text, each with where it stands. */
export function mentionsOf(name: string, source: string): readonly Span[] {
  if (!source.includes(name)) return [];
  return [...source.matchAll(new RegExp(`(?<![\\w])${name}(?![\\w])`, "g"))].map(({ index }) => ({
    start: index,
    end: index + name.length,
  }));
}

/** The statements `self.name = ...` in a text: from `self` to the end of the name. */
export const assignmentsOf = (name: string, source: string): readonly Span[] =>
  [...source.matchAll(new RegExp(`(?<![\\w.])self\\.${name}\\s*(?::[^=\\n]*)?=(?!=)`, "g"))].map(
    ({ index }) => ({
      start: index,
      end: index + "self.".length + name.length,
    }),
  );

/** The name that stands at a place: an empty span in front of it is widened to it. */
export function nameAt({ file, span }: Place, source: string): Place {
  const name = /^\w+/.exec(source.slice(span.start))?.[0] ?? "";
  return { file, span: { start: span.start, end: Math.max(span.end, span.start + name.length) } };
}
