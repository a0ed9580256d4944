import type { Span } from "../base/text.ts";
import type { Chunk, SourceFile } from "../syntax/chunk.ts";

/** `# ecocompute: ignore[rule, rule] reason`, or `ignore` for all rules, or `ignore-file`. */
export interface Suppression {
  readonly scope: "line" | "file";
  /** Empty for all rules. */
  readonly rules: readonly string[];
  readonly reason: string;
  /** Chunk-relative span of the comment. */
  readonly span: Span;
  /** The comment stands alone on its line, so it speaks of the line below. */
  readonly ownLine: boolean;
}

const pattern = /#\s*ecocompute:\s*(ignore-file|ignore)\b\s*(?:\[([^\]]*)\])?\s*(.*)$/;

const parsed = new WeakMap<Chunk, readonly Suppression[]>();

export function suppressionsOf(chunk: Chunk): readonly Suppression[] {
  const known = parsed.get(chunk);
  if (known !== undefined) return known;
  const found: Suppression[] = [];
  for (const span of chunk.comments) {
    const match = pattern.exec(chunk.text.slice(span.start, span.end));
    if (match === null) continue;
    const lineStart = chunk.text.lastIndexOf("\n", span.start - 1) + 1;
    found.push({
      scope: match[1] === "ignore-file" ? "file" : "line",
      rules: (match[2] ?? "")
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== ""),
      reason: (match[3] ?? "").trim(),
      span,
      ownLine: chunk.text.slice(lineStart, span.start).trim() === "",
    });
  }
  parsed.set(chunk, found);
  return found;
}

/** The file-wide suppressions: of all rules, or of some. */
export function fileSuppressions(source: SourceFile): readonly Suppression[] {
  return source.chunks.flatMap((placed) =>
    suppressionsOf(placed.chunk).filter((each) => each.scope === "file"),
  );
}

const speaksOf = (suppression: Suppression, rule: string): boolean =>
  suppression.rules.length === 0 || suppression.rules.includes(rule);

export const isSuppressedInFile = (suppressions: readonly Suppression[], rule: string): boolean =>
  suppressions.some((each) => speaksOf(each, rule));

/** A comment on the first or last line of the finding, or alone on the line above it. */
export function isSuppressedOnLine(chunk: Chunk, span: Span, rule: string): boolean {
  return suppressionsOf(chunk).some((each) => {
    if (each.scope !== "line" || !speaksOf(each, rule)) return false;
    const target = each.ownLine ? nextLineStart(chunk.text, each.span.end) : each.span.start;
    return sameLine(chunk.text, target, span.start) || sameLine(chunk.text, target, span.end);
  });
}

/** Start of the next line that is neither blank nor a comment. */
function nextLineStart(text: string, from: number): number {
  const match = /\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*/g;
  match.lastIndex = from;
  const found = match.exec(text);
  return found === null ? text.length : found.index + found[0].length;
}

function sameLine(text: string, a: number, b: number): boolean {
  const [low, high] = a < b ? [a, b] : [b, a];
  const lineBreak = text.indexOf("\n", low);
  return lineBreak === -1 || lineBreak >= high;
}
