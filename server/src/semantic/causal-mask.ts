import type { Call, Expr } from "../syntax/ast.ts";
import { attributeValues } from "./attributes.ts";
import { enclosingMethod, instanceName } from "./methods.ts";
import type { Module } from "./module.ts";
import { qualifiedName } from "./names.ts";
import { reaching } from "./reaching.ts";
import { argumentOf, callsIn, methodsOf, selfAttribute } from "./structure.ts";

/**
 * What a square tensor of tokens by tokens says at its entries: `ones` and `-inf` everywhere; the lower triangle with the diagonal
 * (`lower`) or the upper without (`upper`), as numbers or as booleans; or a float mask to add, `-inf` above the diagonal.
 */
type Pattern =
  | "ones"
  | "true"
  | "minus-infinity"
  | "zeros"
  | "lower"
  | "upper"
  | "lower-true"
  | "upper-true"
  | "added";

const maxSteps = 10;

/**
 * Whether a mask is causal and nothing else, of as many queries as keys: boolean, true up to the diagonal, or added, `-inf` above it.
 * Its shape has to fit the scores, so a square mask proves that the two counts are equal.
 */
export function isCausalMask(mask: Expr, module: Module): boolean {
  const pattern = patternOf(mask, module, maxSteps);
  return pattern === "lower-true" || pattern === "added";
}

function patternOf(expr: Expr, module: Module, steps: number): Pattern | undefined {
  if (steps === 0) return undefined;
  const next = (inner: Expr): Pattern | undefined => patternOf(inner, module, steps - 1);
  switch (expr.kind) {
    case "Name": {
      const given = reaching(expr);
      return given?.kind === "assign" ? next(given.value) : undefined;
    }
    case "Attribute":
      return fromAttribute(expr, next);
    case "Subscript":
      return keepsSquare(expr.index) ? next(expr.value) : undefined;
    case "UnaryOp":
      return expr.op === "~" ? negated(next(expr.operand)) : undefined;
    case "Compare":
      return compared(expr, next);
    case "Call":
      return fromCall(expr, module, next);
    default:
      return undefined;
  }
}

const negated = (pattern: Pattern | undefined): Pattern | undefined =>
  pattern === "upper-true" ? "lower-true" : pattern === "lower-true" ? "upper-true" : undefined;

/** `mask == 1`, `mask == 0`, `mask > 0`. */
function compared(
  expr: Extract<Expr, { readonly kind: "Compare" }>,
  next: (inner: Expr) => Pattern | undefined,
) {
  const [to, ...others] = expr.comparators;
  if (others.length > 0 || to?.kind !== "Int") return undefined;
  const base = next(expr.left);
  const pattern =
    base === "lower" || base === "lower-true"
      ? "lower-true"
      : base === "upper" || base === "upper-true"
        ? "upper-true"
        : undefined;
  const [op] = expr.ops;
  if ((op === "==" && to.value === 1) || ((op === ">" || op === "!=") && to.value === 0)) return pattern;
  return op === "==" && to.value === 0 ? negated(pattern) : undefined;
}

/** `self.mask`, assigned once or registered as a buffer. */
function fromAttribute(
  expr: Extract<Expr, { readonly kind: "Attribute" }>,
  next: (inner: Expr) => Pattern | undefined,
): Pattern | undefined {
  const place = enclosingMethod(expr);
  const attr = place && selfAttribute(expr, instanceName(expr, place.method));
  if (place === undefined || attr === undefined) return undefined;
  const [only, ...others] = [...attributeValues(place.cls, attr), ...registered(place.cls, attr)];
  return only === undefined || others.length > 0 ? undefined : next(only);
}

const registered = (cls: Parameters<typeof methodsOf>[0], attr: string): readonly Expr[] =>
  callsIn([...methodsOf(cls).values()].flatMap((method) => method.body)).flatMap((call) => {
    const [name, value] = call.args;
    const isRegistration = call.func.kind === "Attribute" && call.func.attr === "register_buffer";
    return isRegistration && name?.kind === "Str" && name.value === attr && value !== undefined
      ? [value]
      : [];
  });

/** New axes, whole axes, and the same number of rows and columns from the start: `[:, :, :n, :n]`, `[None, None]`. */
function keepsSquare(index: Expr): boolean {
  const parts = index.kind === "Tuple" ? index.elts : [index];
  const ends: (string | undefined)[] = [];
  for (const part of parts) {
    if (part.kind === "None" || part.kind === "Ellipsis") continue;
    if (part.kind !== "Slice" || part.lower !== undefined || part.step !== undefined) return false;
    if (part.upper !== undefined) ends.push(sizeOf(part.upper));
  }
  const isEven = ends.length === 2 && ends[0] !== undefined && ends[0] === ends[1];
  return ends.length === 0 || isEven;
}

/** How a size is written, for sizes that two places write the same way. */
function sizeOf(expr: Expr): string | undefined {
  if (expr.kind === "Int") return String(expr.value);
  if (expr.kind === "Name") return expr.id;
  if (expr.kind === "Attribute") {
    const owner = sizeOf(expr.value);
    return owner === undefined ? undefined : `${owner}.${expr.attr}`;
  }
  if (expr.kind === "Call" && expr.func.kind === "Attribute" && expr.func.attr === "size") {
    const owner = sizeOf(expr.func.value);
    const [axis] = expr.args;
    return owner === undefined || axis === undefined ? undefined : `${owner}.size(${sizeOf(axis)})`;
  }
  if (expr.kind === "Subscript") {
    const owner = sizeOf(expr.value);
    const at = sizeOf(expr.index);
    return owner === undefined || at === undefined ? undefined : `${owner}[${at}]`;
  }
  return expr.kind === "UnaryOp" && expr.op === "-" ? `-${sizeOf(expr.operand)}` : undefined;
}

const layout =
  /^(?:to|cuda|cpu|type|float|half|view|reshape|unsqueeze|expand|contiguous|clone|detach|type_as|repeat)$/;

function fromCall(
  call: Call,
  module: Module,
  next: (inner: Expr) => Pattern | undefined,
): Pattern | undefined {
  const name = qualifiedName(call.func, module);
  const [first] = call.args;
  if (name !== undefined && /(?:^|\.)generate_square_subsequent_mask$/.test(name)) return "added";
  switch (name) {
    case "torch.ones":
      return isSquare(call.args) ? (hasBoolDtype(call, module) ? "true" : "ones") : undefined;
    case "torch.zeros":
      return isSquare(call.args) ? "zeros" : undefined;
    case "torch.full": {
      const fill = argumentOf(call, "fill_value", 1);
      const isFull = first !== undefined && isSquare([first]) && fill !== undefined && fill !== "unknown";
      return isFull && isMinusInfinity(fill, module) ? "minus-infinity" : undefined;
    }
    case "torch.tril":
    case "torch.triu":
      return first === undefined
        ? undefined
        : triangle(name === "torch.tril", next(first), argumentOf(call, "diagonal", 1));
    default:
      break;
  }
  if (name !== undefined || call.func.kind !== "Attribute") return undefined;
  const { attr, value } = call.func;
  if (attr === "tril" || attr === "triu")
    return triangle(attr === "tril", next(value), argumentOf(call, "diagonal", 0));
  if (
    attr === "bool" ||
    (attr === "to" && call.args.some((arg) => qualifiedName(arg, module) === "torch.bool"))
  )
    return asBool(next(value));
  if (attr === "logical_not") return negated(next(value));
  if (attr === "masked_fill") return filled(call, value, module, next);
  return layout.test(attr) ? next(value) : undefined;
}

/** `torch.zeros(n, n).masked_fill(~lower, float("-inf"))`. */
function filled(
  call: Call,
  value: Expr,
  module: Module,
  next: (inner: Expr) => Pattern | undefined,
): Pattern | undefined {
  const [where, fill] = call.args;
  if (where === undefined || fill === undefined || !isMinusInfinity(fill, module)) return undefined;
  return next(value) === "zeros" && next(where) === "upper-true" ? "added" : undefined;
}

const asBool = (pattern: Pattern | undefined): Pattern | undefined =>
  pattern === "lower"
    ? "lower-true"
    : pattern === "upper"
      ? "upper-true"
      : pattern === "ones"
        ? "true"
        : pattern === "added"
          ? undefined
          : pattern;

function triangle(
  isLower: boolean,
  of: Pattern | undefined,
  diagonal: Expr | "unknown" | undefined,
): Pattern | undefined {
  const at =
    diagonal === undefined
      ? 0
      : diagonal !== "unknown" && diagonal.kind === "Int"
        ? diagonal.value
        : undefined;
  if (isLower)
    return at !== 0 ? undefined : of === "ones" ? "lower" : of === "true" ? "lower-true" : undefined;
  if (at !== 1) return undefined;
  return of === "ones"
    ? "upper"
    : of === "true"
      ? "upper-true"
      : of === "minus-infinity"
        ? "added"
        : undefined;
}

/** `(n, n)` as two arguments or one, behind axes of size 1. */
function isSquare(args: readonly Expr[]): boolean {
  const [first] = args;
  const sizes = first?.kind === "Tuple" || first?.kind === "List" ? first.elts : args;
  const [rows, columns] = sizes.slice(-2).map(sizeOf);
  return (
    sizes.length >= 2 &&
    rows !== undefined &&
    rows === columns &&
    sizes.slice(0, -2).every((size) => size.kind === "Int" && size.value === 1)
  );
}

function hasBoolDtype(call: Call, module: Module): boolean {
  const dtype = argumentOf(call, "dtype", undefined);
  if (dtype === undefined || dtype === "unknown") return false;
  return (dtype.kind === "Name" && dtype.id === "bool") || qualifiedName(dtype, module) === "torch.bool";
}

/** `float("-inf")`, `-torch.inf`, `-math.inf`, `-1e9`, `torch.finfo(dtype).min`. */
function isMinusInfinity(expr: Expr, module: Module): boolean {
  if (expr.kind === "Call") {
    const [text] = expr.args;
    return (
      expr.func.kind === "Name" && expr.func.id === "float" && text?.kind === "Str" && text.value === "-inf"
    );
  }
  if (expr.kind === "Attribute" && expr.attr === "min")
    return expr.value.kind === "Call" && qualifiedName(expr.value.func, module) === "torch.finfo";
  if (expr.kind !== "UnaryOp" || expr.op !== "-") return false;
  const { operand } = expr;
  if (operand.kind === "Float" || operand.kind === "Int") return operand.value >= 1e4;
  if (operand.kind === "Call") {
    const [text] = operand.args;
    return (
      operand.func.kind === "Name" &&
      operand.func.id === "float" &&
      text?.kind === "Str" &&
      text.value === "inf"
    );
  }
  return /\.inf$/.test(qualifiedName(operand, module) ?? "");
}
