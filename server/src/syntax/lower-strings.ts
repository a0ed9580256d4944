import type { Expr, FormattedValue, Str } from "./ast.ts";
import {
  childByField,
  childOfType,
  children,
  endOf,
  namedChildren,
  startOf,
  textOf,
  typeOf,
} from "./flat-tree.ts";
import { type ExprTable, type LoweringTree, lowerExpr, missing } from "./lowering.ts";

type Part = Str | FormattedValue;

/** What the letters before the quotes say. */
interface Prefix {
  readonly raw: boolean;
  readonly bytes: boolean;
  readonly formatted: boolean;
}

const lowerString = (tree: LoweringTree, node: number): Expr => combine(tree, node, [node]);

/** Adjacent literals: `"a" f"{b}"` is one string. */
const lowerStrings = (tree: LoweringTree, node: number): Expr =>
  combine(tree, node, namedChildren(tree, node));

function combine(tree: LoweringTree, node: number, literals: readonly number[]): Expr {
  const start = startOf(tree, node);
  const end = endOf(tree, node);
  const parts: Part[] = [];
  let bytes = false;
  let fields = false;
  for (const literal of literals) {
    const opener = literal + 1;
    const hasOpener = (tree.next[literal] ?? 0) > opener && typeOf(tree, opener) === "string_start";
    if (!hasOpener) continue;
    const prefix = readPrefix(tree, opener);
    bytes ||= prefix.bytes;
    fields = readParts(tree, literal, opener, prefix, parts) || fields;
  }
  if (fields) return { kind: "FString", parts, start, end };
  const [first] = parts;
  const single = parts.length === 1 && first !== undefined && first.kind === "Str";
  const value = single ? first.value : parts.map((part) => (part.kind === "Str" ? part.value : "")).join("");
  return { kind: bytes ? "Bytes" : "Str", value, start, end };
}

function readPrefix(tree: LoweringTree, opener: number): Prefix {
  const prefix = { raw: false, bytes: false, formatted: false };
  const end = endOf(tree, opener);
  for (let at = startOf(tree, opener); at < end; at++) {
    switch (tree.text.charCodeAt(at) | 0x20) {
      case 0x72: // r
        prefix.raw = true;
        break;
      case 0x62: // b
        prefix.bytes = true;
        break;
      case 0x66: // f
        prefix.formatted = true;
        break;
      default:
        break;
    }
  }
  return prefix;
}

/** Length of the quotes alone: the closing token may hold backslashes of a raw string too. */
function quotesLength(tree: LoweringTree, opener: number): number {
  const end = endOf(tree, opener);
  return end - startOf(tree, opener) >= 3 && tree.text.charCodeAt(end - 2) === tree.text.charCodeAt(end - 1)
    ? 3
    : 1;
}

/** Appends the pieces of one literal to `parts`; true when one of them is a replacement field. */
function readParts(
  tree: LoweringTree,
  literal: number,
  opener: number,
  prefix: Prefix,
  parts: Part[],
): boolean {
  let at = endOf(tree, opener);
  let closing = endOf(tree, literal);
  let fields = false;
  const flush = (until: number): void => {
    if (until <= at) return;
    const text = tree.text.slice(at, until);
    const plain = prefix.formatted ? text.replaceAll("{{", "{").replaceAll("}}", "}") : text;
    parts.push({ kind: "Str", value: plainText(plain, prefix), start: at, end: until });
  };
  const last = tree.next[literal] ?? 0;
  for (let piece = opener; piece < last; piece = tree.next[piece] ?? last) {
    const type = typeOf(tree, piece);
    if (type === "string_end") closing = endOf(tree, piece) - quotesLength(tree, opener);
    if (type !== "interpolation") continue;
    flush(startOf(tree, piece));
    parts.push(readInterpolation(tree, piece, prefix));
    at = endOf(tree, piece);
    fields = true;
  }
  flush(closing);
  return fields;
}

function readInterpolation(tree: LoweringTree, node: number, prefix: Prefix): FormattedValue {
  const start = startOf(tree, node);
  const expression = childByField(tree, node, "expression");
  const conversion = childByField(tree, node, "type_conversion");
  const specifier = childByField(tree, node, "format_specifier");
  const equals = childOfType(tree, node, "=");
  return {
    kind: "FormattedValue",
    value: expression === undefined ? missing(start + 1) : lowerExpr(tree, expression),
    conversion: conversion === undefined ? undefined : textOf(tree, conversion).slice(1),
    spec: specifier === undefined ? [] : readSpecifier(tree, specifier, prefix),
    debug: equals === undefined ? undefined : debugText(tree, start + 1, endOf(tree, equals)),
    start,
    end: endOf(tree, node),
  };
}

/** The text of `{ x = }` that is printed before the value: blanks after the sign belong to it. */
function debugText(tree: LoweringTree, start: number, afterSign: number): string {
  let end = afterSign;
  while (tree.text.charCodeAt(end) === 0x20 || tree.text.charCodeAt(end) === 0x09) end++;
  return tree.text.slice(start, end);
}

function readSpecifier(tree: LoweringTree, node: number, prefix: Prefix): readonly Part[] {
  const parts: Part[] = [];
  // The specifier starts with its colon.
  let at = startOf(tree, node) + 1;
  const flush = (until: number): void => {
    if (until <= at) return;
    parts.push({ kind: "Str", value: plainText(tree.text.slice(at, until), prefix), start: at, end: until });
  };
  for (const child of children(tree, node)) {
    const type = typeOf(tree, child);
    if (type !== "interpolation" && type !== "format_expression") continue;
    flush(startOf(tree, child));
    parts.push(readInterpolation(tree, child, prefix));
    at = endOf(tree, child);
  }
  flush(endOf(tree, node));
  return parts;
}

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ["\n", ""],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);

const escapes = /\\([0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\s\S])/g;

/**
 * What Python makes of the text between the quotes. Every line break is `\n`.
 * Named characters (`\N{...}`) stay as written: no rule or model depends on them.
 */
function plainText(text: string, prefix: Prefix): string {
  const lines = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  if (prefix.raw || !lines.includes("\\")) return lines;
  return lines.replace(escapes, (whole: string, code: string) => {
    const simple = simpleEscapes.get(code);
    if (simple !== undefined) return simple;
    const first = code.charCodeAt(0);
    if (first >= 0x30 && first <= 0x37) {
      const value = Number.parseInt(code, 8);
      return String.fromCharCode(prefix.bytes ? value & 0xff : value);
    }
    if (code.length === 1 || (prefix.bytes && first !== 0x78)) return whole;
    const point = Number.parseInt(code.slice(1), 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}

export const stringLowerers: ExprTable = {
  string: lowerString,
  concatenated_string: lowerStrings,
};
