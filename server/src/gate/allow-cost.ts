import type { ModelSnapshot } from "./snapshot.ts";

/** `# ecocompute: allow-cost reason` at the end of the line of a class, or alone above it. */
const directive = /#\s*ecocompute\s*:\s*allow-cost\b[ \t:-]*(.*)$/i;

/** What a comment at a class lets pass. @param line of the class, from 1. */
export function allowanceAt(text: string, line: number): ModelSnapshot["allowed"] {
  const lines = text.split(/\r\n|\n|\r/);
  for (let at = line; at > 0; at--) {
    const code = lines[at - 1] ?? "";
    // Above the class only its decorators and comments speak of it.
    if (at < line && !/^\s*[@#]/.test(code)) return null;
    const reason = directive.exec(code)?.[1]?.trim();
    if (reason !== undefined) return reason === "" ? null : { reason, line: at };
  }
  return null;
}

/** Lines of comments that give no reason and therefore allow nothing. */
export const withoutReason = (text: string): readonly number[] =>
  text.includes("allow-cost")
    ? text.split(/\r\n|\n|\r/).flatMap((line, i) => (directive.exec(line)?.[1]?.trim() === "" ? [i + 1] : []))
    : [];
