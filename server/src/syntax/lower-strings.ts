import type { Expr, FormattedValue, Str } from "./ast.ts";
import { childByField, children, type FlatTree, namedChildren, textOf, typeOf } from "./flat-tree.ts";

type LowerExpr = (tree: FlatTree, node: number) => Expr;

interface Literal {
  readonly bytes: boolean;
  readonly parts: readonly (Str | FormattedValue)[];
}

export function lowerString(tree: FlatTree, node: number, lowerExpr: LowerExpr): Expr {
  return combine(tree, node, [readLiteral(tree, node, lowerExpr)]);
}

/** Adjacent literals: `"a" f"{b}"` is one string. */
export function lowerStrings(tree: FlatTree, node: number, lowerExpr: LowerExpr): Expr {
  const literals = namedChildren(tree, node).map((child) => readLiteral(tree, child, lowerExpr));
  return combine(tree, node, literals);
}

function combine(tree: FlatTree, node: number, literals: readonly Literal[]): Expr {
  const start = tree.start[node] ?? 0;
  const end = tree.end[node] ?? 0;
  const parts = literals.flatMap((literal) => literal.parts);
  if (parts.some((part) => part.kind === "FormattedValue")) return { kind: "FString", parts, start, end };
  const value = parts.map((part) => (part.kind === "Str" ? part.value : "")).join("");
  return literals.some((literal) => literal.bytes)
    ? { kind: "Bytes", value, start, end }
    : { kind: "Str", value, start, end };
}

function readLiteral(tree: FlatTree, node: number, lowerExpr: LowerExpr): Literal {
  const parts: (Str | FormattedValue)[] = [];
  const pieces = children(tree, node);
  const opener = pieces[0];
  const closer = pieces[pieces.length - 1];
  const prefix = opener === undefined ? "" : textOf(tree, opener).toLowerCase();
  const raw =
    prefix.startsWith("r") || prefix.startsWith("br") || prefix.startsWith("fr") || /^[bf]?r/.test(prefix);
  const formatted = prefix.includes("f");
  let at = opener === undefined ? (tree.start[node] ?? 0) : (tree.end[opener] ?? 0);
  const flush = (until: number): void => {
    if (until <= at) return;
    const text = tree.text.slice(at, until);
    const plain = formatted ? text.replaceAll("{{", "{").replaceAll("}}", "}") : text;
    parts.push({ kind: "Str", value: raw ? plain : unescapePython(plain), start: at, end: until });
  };
  for (const piece of pieces) {
    if (typeOf(tree, piece) !== "interpolation") continue;
    flush(tree.start[piece] ?? at);
    parts.push(readInterpolation(tree, piece, lowerExpr));
    at = tree.end[piece] ?? at;
  }
  const closed = closer !== undefined && typeOf(tree, closer) === "string_end";
  flush(closed ? (tree.start[closer] ?? at) : (tree.end[node] ?? at));
  return { bytes: /^(b|br|rb)$/.test(prefix.replace(/["']/g, "")), parts };
}

function readInterpolation(tree: FlatTree, node: number, lowerExpr: LowerExpr): FormattedValue {
  const start = tree.start[node] ?? 0;
  const end = tree.end[node] ?? 0;
  const expression = childByField(tree, node, "expression");
  const conversion = childByField(tree, node, "type_conversion");
  const specifier = childByField(tree, node, "format_specifier");
  const equals = children(tree, node).find((child) => typeOf(tree, child) === "=");
  return {
    kind: "FormattedValue",
    value: expression === undefined ? { kind: "Invalid", start, end } : lowerExpr(tree, expression),
    conversion: conversion === undefined ? undefined : textOf(tree, conversion).slice(1),
    spec: specifier === undefined ? [] : readSpecifier(tree, specifier, lowerExpr),
    debug: equals === undefined ? undefined : tree.text.slice(start + 1, tree.end[equals] ?? end),
    start,
    end,
  };
}

function readSpecifier(
  tree: FlatTree,
  node: number,
  lowerExpr: LowerExpr,
): readonly (Str | FormattedValue)[] {
  const parts: (Str | FormattedValue)[] = [];
  // The specifier starts with its colon.
  let at = (tree.start[node] ?? 0) + 1;
  const flush = (until: number): void => {
    if (until > at) parts.push({ kind: "Str", value: tree.text.slice(at, until), start: at, end: until });
  };
  for (const child of namedChildren(tree, node)) {
    const type = typeOf(tree, child);
    if (type !== "interpolation" && type !== "format_expression") continue;
    flush(tree.start[child] ?? at);
    parts.push(readInterpolation(tree, child, lowerExpr));
    at = tree.end[child] ?? at;
  }
  flush(tree.end[node] ?? at);
  return parts;
}

const escapes: Readonly<Record<string, string>> = {
  "\n": "",
  "\r\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** Named characters (`\N{...}`) stay as written: no rule or model depends on them. */
function unescapePython(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(
    /\\(\r\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\s\S])/g,
    (whole: string, code: string) => {
      const simple = escapes[code];
      if (simple !== undefined) return simple;
      if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
      if (/^[xuU]./.test(code)) {
        const point = Number.parseInt(code.slice(1), 16);
        return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
      }
      return whole;
    },
  );
}
