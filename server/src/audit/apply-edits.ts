import type { TextEdit } from "./model-report.ts";

export type Applied =
  | { readonly kind: "applied"; readonly text: string }
  | { readonly kind: "failed"; readonly why: string };

/** The text after edits, one after the other. Each must be found exactly once, so that nothing is changed by mistake. */
export function applyTextEdits(text: string, edits: readonly TextEdit[]): Applied {
  let result = text;
  const breaks = text.includes("\r\n") ? "\r\n" : "\n";
  const asFile = (part: string): string => part.replaceAll("\r\n", "\n").replaceAll("\n", breaks);
  for (const { find, replace } of edits) {
    const wanted = asFile(find);
    const first = result.indexOf(wanted);
    if (first < 0) return { kind: "failed", why: "the lines it changes are not in the file" };
    if (result.indexOf(wanted, first + 1) >= 0)
      return { kind: "failed", why: "the lines it changes stand in the file more than once" };
    result = result.slice(0, first) + asFile(replace) + result.slice(first + wanted.length);
  }
  return result === text ? { kind: "failed", why: "it changes nothing" } : { kind: "applied", text: result };
}
