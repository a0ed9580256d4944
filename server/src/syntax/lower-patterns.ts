import type { Expr, Pattern } from "./ast.ts";
import {
  childOfType,
  children,
  endOf,
  fieldOf,
  firstNamed,
  isNamed,
  namedChildren,
  startOf,
  textOf,
  typeOf,
} from "./flat-tree.ts";
import { lowerDotted } from "./lower-primaries.ts";
import { invalid, type LoweringTree, lastComma, lowerExpr, missing } from "./lowering.ts";

/** A child that is a pattern or part of one: `_` is the only one without a name of its own in the grammar. */
const isPattern = (tree: LoweringTree, node: number): boolean =>
  isNamed(tree, node) || typeOf(tree, node) === "_";

/** The patterns directly below `node`; a minus sign belongs to the number after it. */
function patternsBelow(tree: LoweringTree, node: number): readonly Pattern[] {
  const found: Pattern[] = [];
  let minus: number | undefined;
  for (const child of children(tree, node)) {
    if (typeOf(tree, child) === "-") minus = child;
    else if (isPattern(tree, child)) {
      found.push(minus === undefined ? lowerPattern(tree, child) : negative(tree, minus, child));
      minus = undefined;
    }
  }
  return found;
}

/** Lowers one pattern of a `case` clause. */
export function lowerPattern(tree: LoweringTree, node: number): Pattern {
  const start = startOf(tree, node);
  const end = endOf(tree, node);
  switch (typeOf(tree, node)) {
    case "case_pattern":
      return patternsBelow(tree, node)[0] ?? invalid(tree, node);
    case "_":
      return { kind: "MatchAs", pattern: undefined, name: undefined, start, end };
    case "identifier":
      return capture(textOf(tree, node), start, end);
    case "dotted_name":
      return namedChildren(tree, node).length === 1
        ? capture(textOf(tree, node), start, end)
        : { kind: "MatchValue", value: lowerDotted(tree, node), start, end };
    case "as_pattern": {
      const [pattern, name] = namedChildren(tree, node);
      return {
        kind: "MatchAs",
        pattern: pattern === undefined ? undefined : lowerPattern(tree, pattern),
        name: name === undefined ? undefined : textOf(tree, name),
        start,
        end,
      };
    }
    case "union_pattern":
      return { kind: "MatchOr", patterns: patternsBelow(tree, node), start, end };
    case "list_pattern":
      return { kind: "MatchSequence", patterns: patternsBelow(tree, node), start, end };
    case "tuple_pattern": {
      const patterns = patternsBelow(tree, node);
      const [only] = patterns;
      const grouped = patterns.length === 1 && lastComma(tree, node) === undefined;
      if (only !== undefined && grouped && only.kind !== "MatchStar") return only;
      return { kind: "MatchSequence", patterns, start, end };
    }
    case "splat_pattern": {
      const name = textOf(tree, node).replace(/^\*+\s*/, "");
      return { kind: "MatchStar", name: name === "_" ? undefined : name, start, end };
    }
    case "dict_pattern":
      return lowerMapping(tree, node);
    case "class_pattern":
      return lowerClassPattern(tree, node);
    case "complex_pattern":
      return { kind: "MatchValue", value: lowerComplex(tree, node), start, end };
    default:
      return { kind: "MatchValue", value: lowerExpr(tree, node), start, end };
  }
}

const capture = (name: string, start: number, end: number): Pattern => ({
  kind: "MatchAs",
  pattern: undefined,
  name: name === "_" ? undefined : name,
  start,
  end,
});

function negated(tree: LoweringTree, minus: number, number: number): Expr {
  const operand = lowerExpr(tree, number);
  return { kind: "UnaryOp", op: "-", operand, start: startOf(tree, minus), end: operand.end };
}

function negative(tree: LoweringTree, minus: number, number: number): Pattern {
  const value = negated(tree, minus, number);
  return { kind: "MatchValue", value, start: value.start, end: value.end };
}

/** `-1+2j`: a number with a sign, an operator, another number. */
function lowerComplex(tree: LoweringTree, node: number): Expr {
  const parts = children(tree, node);
  const signed = parts[0] !== undefined && typeOf(tree, parts[0]) === "-";
  const [first, operator, second] = signed ? parts.slice(1) : parts;
  if (first === undefined || operator === undefined || second === undefined) return invalid(tree, node);
  return {
    kind: "BinOp",
    left: signed ? negated(tree, node + 1, first) : lowerExpr(tree, first),
    op: typeOf(tree, operator) === "-" ? "-" : "+",
    right: lowerExpr(tree, second),
    start: startOf(tree, node),
    end: endOf(tree, node),
  };
}

function lowerMapping(tree: LoweringTree, node: number): Pattern {
  const keys: Expr[] = [];
  const patterns: Pattern[] = [];
  let rest: string | undefined;
  let minus: number | undefined;
  for (const child of children(tree, node)) {
    const type = typeOf(tree, child);
    if (type === "splat_pattern") rest = textOf(tree, child).replace(/^\*+\s*/, "");
    else if (type === "-") minus = child;
    else if (isPattern(tree, child) && fieldOf(tree, child) === "key") {
      keys.push(minus === undefined ? lowerKey(tree, child) : negated(tree, minus, child));
      minus = undefined;
    } else if (isPattern(tree, child) && patterns.length < keys.length) {
      patterns.push(lowerPattern(tree, child));
    }
  }
  while (patterns.length < keys.length) patterns.push(missing(endOf(tree, node)));
  return { kind: "MatchMapping", keys, patterns, rest, start: startOf(tree, node), end: endOf(tree, node) };
}

const lowerKey = (tree: LoweringTree, node: number): Expr =>
  typeOf(tree, node) === "complex_pattern" ? lowerComplex(tree, node) : lowerExpr(tree, node);

function lowerClassPattern(tree: LoweringTree, node: number): Pattern {
  const [name, ...given] = namedChildren(tree, node);
  const patterns: Pattern[] = [];
  const kwNames: string[] = [];
  const kwPatterns: Pattern[] = [];
  for (const child of given) {
    const keyword = keywordPattern(tree, child);
    if (keyword === undefined) {
      patterns.push(lowerPattern(tree, child));
    } else {
      kwNames.push(keyword.name);
      kwPatterns.push(keyword.pattern);
    }
  }
  const cls = name === undefined ? missing(endOf(tree, node)) : lowerExpr(tree, name);
  return {
    kind: "MatchClass",
    cls,
    patterns,
    kwNames,
    kwPatterns,
    start: startOf(tree, node),
    end: endOf(tree, node),
  };
}

interface KeywordPattern {
  readonly name: string;
  readonly pattern: Pattern;
}

/** `name=pattern`. The grammar reads `name=a as b` as `(name=a) as b`; Python as `name=(a as b)`. */
function keywordPattern(tree: LoweringTree, node: number): KeywordPattern | undefined {
  const direct = childOfType(tree, node, "keyword_pattern");
  if (direct !== undefined) {
    const key = firstNamed(tree, direct);
    // The name itself reads as a capture pattern: the value is what follows it.
    const pattern = patternsBelow(tree, direct)[1] ?? missing(endOf(tree, direct));
    return { name: key === undefined ? "" : textOf(tree, key), pattern };
  }
  const as = childOfType(tree, node, "as_pattern");
  const [left, name] = as === undefined ? [] : namedChildren(tree, as);
  const inner = left === undefined ? undefined : keywordPattern(tree, left);
  if (inner === undefined || as === undefined || name === undefined) return inner;
  const { pattern } = inner;
  const bound = { pattern, name: textOf(tree, name), start: pattern.start, end: endOf(tree, as) };
  return { name: inner.name, pattern: { kind: "MatchAs", ...bound } };
}
