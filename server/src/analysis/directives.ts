import { didYouMean, unknownRule } from "../base/did-you-mean.ts";
import { type Span, shift } from "../base/text.ts";
import type { Chunk, SourceFile } from "../syntax/chunk.ts";

/**
 * `# ecocompute: ignore[rule, rule] reason`, or `ignore` for all rules, or `ignore-file`. It stands at the end of a line of
 * the finding, or alone above it.
 */
export interface Suppression {
  readonly scope: "line" | "file";
  /** `undefined` for all rules. Empty brackets name none. */
  readonly rules: readonly string[] | undefined;
  readonly reason: string;
  /** Chunk-relative span of the comment. */
  readonly span: Span;
  /** The comment stands alone on its line, so it speaks of the line below. */
  readonly ownLine: boolean;
}

/** A comment that was meant to silence something and does not, or not what it names. */
export interface SuppressionProblem {
  /** Absolute span of the comment. */
  readonly span: Span;
  readonly message: string;
}

interface Parsed {
  readonly suppressions: readonly Suppression[];
  readonly malformed: readonly { readonly span: Span; readonly message: string }[];
}

const directive = /#\s*ecocompute\s*:\s*([\w-]+)(.*)$/i;
const scopes = { ignore: "line", "ignore-file": "file" } as const;

const parsed = new WeakMap<Chunk, Parsed>();

function parse(chunk: Chunk): Parsed {
  const known = parsed.get(chunk);
  if (known !== undefined) return known;
  const suppressions: Suppression[] = [];
  const malformed: Parsed["malformed"][number][] = [];
  for (const { start, end } of chunk.comments) {
    const text = chunk.text.slice(start, end).trimEnd();
    const [, word, rest] = directive.exec(text) ?? [];
    if (word === undefined || rest === undefined) continue;
    const span = { start, end: start + text.length };
    const keyword = word.toLowerCase();
    if (keyword !== "ignore" && keyword !== "ignore-file") {
      const near = didYouMean(keyword, Object.keys(scopes));
      if (near !== undefined)
        malformed.push({ span, message: `Unknown directive \`${word}\`. Did you mean \`${near}\`?` });
      continue;
    }
    const list = /^\s*\[([^\]]*)(\]?)/.exec(rest);
    if (list !== null && list[2] === "") {
      malformed.push({
        span,
        message: `The list of rules after \`${word}\` is not closed: nothing is ignored.`,
      });
      continue;
    }
    const lineStart = chunk.text.lastIndexOf("\n", start - 1) + 1;
    suppressions.push({
      scope: scopes[keyword],
      rules: list?.[1]
        ?.split(",")
        .map((name) => name.trim())
        .filter((name) => name !== ""),
      reason: rest.slice(list?.[0].length ?? 0).trim(),
      span,
      ownLine: chunk.text.slice(lineStart, start).trim() === "",
    });
  }
  const fresh = { suppressions, malformed };
  parsed.set(chunk, fresh);
  return fresh;
}

export const suppressionsOf = (chunk: Chunk): readonly Suppression[] => parse(chunk).suppressions;

/** Comments that name rules there are not, name none, or cannot be read. */
export function suppressionProblems(
  source: SourceFile,
  rules: readonly string[],
): readonly SuppressionProblem[] {
  return source.chunks.flatMap(({ chunk, start }) => {
    const { suppressions, malformed } = parse(chunk);
    const misnamed = suppressions.flatMap(({ span, rules: named }) => {
      if (named?.length === 0) return [{ span, message: "The list of rules is empty: nothing is ignored." }];
      return (named ?? [])
        .filter((name) => !rules.includes(name))
        .map((name) => ({ span, message: unknownRule(name, rules) }));
    });
    return [...malformed, ...misnamed]
      .sort((a, b) => a.span.start - b.span.start)
      .map(({ span, message }) => ({ span: shift(span, start), message }));
  });
}

/** The file-wide suppressions: of all rules, or of some. */
export function fileSuppressions(source: SourceFile): readonly Suppression[] {
  return source.chunks.flatMap((placed) =>
    suppressionsOf(placed.chunk).filter((each) => each.scope === "file"),
  );
}

const speaksOf = (suppression: Suppression, rule: string): boolean =>
  suppression.rules === undefined || suppression.rules.includes(rule);

export const isSuppressedInFile = (suppressions: readonly Suppression[], rule: string): boolean =>
  suppressions.some((each) => speaksOf(each, rule));

/** A comment on the first or last line of the finding, or alone on the line above it. */
export const isSuppressedOnLine = (chunk: Chunk, span: Span, rule: string): boolean =>
  suppressionsOf(chunk).some(
    (each) => each.scope === "line" && speaksOf(each, rule) && silences(chunk, each, span),
  );

/** Whether a comment for a line stands where it speaks of what is found at `span`. */
export function silences({ text }: Chunk, { ownLine, span: comment }: Suppression, span: Span): boolean {
  const target = ownLine ? nextLineStart(text, comment.end) : comment.start;
  return sameLine(text, target, span.start) || sameLine(text, target, span.end);
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
