import type { Expr, Pattern } from "./ast.ts";
import { children, type FlatTree, namedChildren, textOf, typeOf } from "./flat-tree.ts";
import { endOf, lowerDotted, lowerExpr, missing, spanOf } from "./lower-expressions.ts";

/** Lowers one pattern of a `case` clause. */
export function lowerPattern(tree: FlatTree, node: number): Pattern {
  const span = spanOf(tree, node);
  const inner = namedChildren(tree, node);
  switch (typeOf(tree, node)) {
    case "case_pattern": {
      const only = inner[0];
      if (only !== undefined)
        return textOf(tree, node).startsWith("-") ? negative(tree, node, only) : lowerPattern(tree, only);
      return textOf(tree, node) === "_"
        ? { kind: "MatchAs", pattern: undefined, name: undefined, ...span }
        : { kind: "Invalid", ...span };
    }
    case "_":
      return { kind: "MatchAs", pattern: undefined, name: undefined, ...span };
    case "identifier":
      return capture(textOf(tree, node), span);
    case "dotted_name":
      return inner.length === 1
        ? capture(textOf(tree, node), span)
        : { kind: "MatchValue", value: lowerDotted(tree, node), ...span };
    case "as_pattern": {
      const [pattern, name] = inner;
      return {
        kind: "MatchAs",
        pattern: pattern === undefined ? undefined : lowerPattern(tree, pattern),
        name: name === undefined ? undefined : textOf(tree, name),
        ...span,
      };
    }
    case "union_pattern":
      return { kind: "MatchOr", patterns: inner.map((child) => lowerPattern(tree, child)), ...span };
    case "list_pattern":
    case "tuple_pattern":
      return { kind: "MatchSequence", patterns: inner.map((child) => lowerPattern(tree, child)), ...span };
    case "splat_pattern": {
      const name = inner[0];
      const text = name === undefined ? "_" : textOf(tree, name);
      return { kind: "MatchStar", name: text === "_" ? undefined : text, ...span };
    }
    case "dict_pattern":
      return lowerMapping(tree, node);
    case "class_pattern":
      return lowerClassPattern(tree, node);
    default:
      return { kind: "MatchValue", value: lowerExpr(tree, node), ...span };
  }
}

const capture = (name: string, span: { start: number; end: number }): Pattern => ({
  kind: "MatchAs",
  pattern: undefined,
  name: name === "_" ? undefined : name,
  ...span,
});

function negative(tree: FlatTree, node: number, number: number): Pattern {
  const operand = lowerExpr(tree, number);
  const value: Expr = { kind: "UnaryOp", op: "-", operand, ...spanOf(tree, node) };
  return { kind: "MatchValue", value, ...spanOf(tree, node) };
}

function lowerMapping(tree: FlatTree, node: number): Pattern {
  const keys: Expr[] = [];
  const patterns: Pattern[] = [];
  let rest: string | undefined;
  for (const child of namedChildren(tree, node)) {
    const type = typeOf(tree, child);
    if (type === "splat_pattern") rest = textOf(tree, child).replace(/^\*+/, "");
    else if (type === "case_pattern" || keys.length > patterns.length)
      patterns.push(lowerPattern(tree, child));
    else keys.push(lowerExpr(tree, child));
  }
  while (patterns.length < keys.length) patterns.push(missing(endOf(tree, node)));
  return { kind: "MatchMapping", keys, patterns, rest, ...spanOf(tree, node) };
}

function lowerClassPattern(tree: FlatTree, node: number): Pattern {
  const [name, ...given] = namedChildren(tree, node);
  const patterns: Pattern[] = [];
  const kwNames: string[] = [];
  const kwPatterns: Pattern[] = [];
  for (const child of given) {
    const inner = typeOf(tree, child) === "case_pattern" ? (namedChildren(tree, child)[0] ?? child) : child;
    if (typeOf(tree, inner) !== "keyword_pattern") {
      patterns.push(lowerPattern(tree, child));
      continue;
    }
    const [keyword, value] = children(tree, inner).filter((c) => typeOf(tree, c) !== "=");
    kwNames.push(keyword === undefined ? "" : textOf(tree, keyword));
    kwPatterns.push(value === undefined ? missing(endOf(tree, inner)) : lowerPattern(tree, value));
  }
  const cls = name === undefined ? missing(endOf(tree, node)) : lowerExpr(tree, name);
  return { kind: "MatchClass", cls, patterns, kwNames, kwPatterns, ...spanOf(tree, node) };
}
