import { TorchError } from "./_op.ts";

/** One side of a pattern: groups of axis names. `...` stands for many axes, `#2` for an anonymous axis of length 2. */
export interface Side {
  readonly groups: readonly (readonly string[])[];
  readonly hasEllipsis: boolean;
}

export const anonymous = (name: string): number | undefined =>
  name.startsWith("#") ? Number(name.slice(1)) : undefined;

/** `(...)`: the many axes as one. */
export const allTogether = "(...)";

/** Reads `b c (h p) ...`. Inputs of `einsum` may say a name twice. @throws TorchError `EinopsError` */
export function parseSide(text: string, pattern: string, mayRepeat = false): Side {
  const groups: string[][] = [];
  let open: string[] | undefined;
  let hasEllipsis = false;
  for (const [token] of text.matchAll(/\.\.\.|\u2026|[()]|[^\s()]+?(?=\.\.\.)|[^\s()]+/g)) {
    if (token === "(") {
      if (open !== undefined)
        throw bad("Axis composition is one-level (brackets inside brackets not allowed)", pattern);
      open = [];
    } else if (token === ")") {
      if (open === undefined) throw bad("Brackets are not balanced", pattern);
      groups.push(open.length === 1 && open[0] === "..." ? [allTogether] : open);
      open = undefined;
    } else {
      const isEllipsis = token === "..." || token === "\u2026";
      if (isEllipsis && hasEllipsis)
        throw bad("Expression may contain dots only inside ellipsis (...)", pattern);
      hasEllipsis ||= isEllipsis;
      const name = isEllipsis ? "..." : /^\d+$/.test(token) ? `#${token}` : token;
      if (!isEllipsis && !/^#?\w+$/.test(name)) throw bad(`Invalid axis identifier: ${token}`, pattern);
      if (open !== undefined) {
        if (name !== "#1") open.push(name);
      } else groups.push(name === "#1" ? [] : [name]);
    }
  }
  if (open !== undefined) throw bad("Imbalanced parentheses in expression", pattern);
  const names = groups.flat().filter((n) => n !== "..." && n !== allTogether && !n.startsWith("#"));
  const twice = mayRepeat ? undefined : names.find((n, i) => names.indexOf(n) !== i);
  if (twice !== undefined) throw bad(`Indexing expression contains duplicate dimension "${twice}"`, pattern);
  return { groups, hasEllipsis };
}

export function parsePattern(pattern: string): readonly [Side, Side] {
  const parts = pattern.split("->");
  if (parts.length !== 2) throw bad("Pattern must contain one ->", pattern);
  return [parseSide(parts[0] ?? "", pattern), parseSide(parts[1] ?? "", pattern)];
}

export const bad = (why: string, pattern: string): TorchError =>
  new TorchError(`${why} (in pattern "${pattern}")`, "EinopsError");
