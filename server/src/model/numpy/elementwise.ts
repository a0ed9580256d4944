import type { Unknown } from "../../base/known.ts";
import type { DType } from "../../graph/dtype.ts";
import { Tensor } from "../../graph/tensor.ts";
import type { BinaryOperator } from "../../syntax/ast.ts";
import type { Machine } from "../machine.ts";
import { isUnknown, type Kwargs, native, none, type PyNative, type Value } from "../values.ts";
import { arrayOf, cast, given, tensorOnHost, write } from "./array.ts";
import { arrayTensor } from "./held.ts";
import { floatFor, kindOf, resultKind } from "./kinds.ts";
import { ufunc } from "./ufuncs.ts";

/** What becomes of the kind of the operands: real numbers of it, itself, or truths. */
type Rule = "real" | "same" | "truth" | "divided";

const unary: readonly (readonly [names: string, op: string, rule: Rule])[] = [
  ["sqrt", "sqrt", "real"],
  ["exp", "exp", "real"],
  ["exp2", "exp2", "real"],
  ["expm1", "expm1", "real"],
  ["log", "log", "real"],
  ["log2", "log2", "real"],
  ["log10", "log10", "real"],
  ["log1p", "log1p", "real"],
  ["sin", "sin", "real"],
  ["cos", "cos", "real"],
  ["tan", "tan", "real"],
  ["arcsin", "asin", "real"],
  ["arccos", "acos", "real"],
  ["arctan", "atan", "real"],
  ["sinh", "sinh", "real"],
  ["cosh", "cosh", "real"],
  ["tanh", "tanh", "real"],
  ["arcsinh", "asinh", "real"],
  ["arccosh", "acosh", "real"],
  ["arctanh", "atanh", "real"],
  ["sinc", "sinc", "real"],
  ["degrees rad2deg", "rad2deg", "real"],
  ["radians deg2rad", "deg2rad", "real"],
  ["reciprocal", "reciprocal", "real"],
  ["floor", "floor", "real"],
  ["ceil", "ceil", "real"],
  ["trunc fix", "trunc", "real"],
  ["rint", "round", "real"],
  ["fabs", "abs", "real"],
  ["abs absolute", "abs", "same"],
  ["negative", "neg", "same"],
  ["positive", "positive", "same"],
  ["square", "square", "same"],
  ["sign", "sign", "same"],
  ["invert bitwise_not", "bitwise_not", "same"],
  ["isnan", "isnan", "truth"],
  ["isinf", "isinf", "truth"],
  ["isfinite", "isfinite", "truth"],
  ["logical_not", "logical_not", "truth"],
];

interface Binary {
  readonly names: string;
  readonly op: string;
  readonly rule: Rule;
  /** Python's operator for two plain numbers, sizes among them. */
  readonly sign?: BinaryOperator;
}

const binary: readonly Binary[] = [
  { names: "add", op: "add", rule: "same", sign: "+" },
  { names: "subtract", op: "sub", rule: "same", sign: "-" },
  { names: "multiply", op: "mul", rule: "same", sign: "*" },
  { names: "divide true_divide", op: "div", rule: "divided" },
  { names: "floor_divide", op: "floor_divide", rule: "same", sign: "//" },
  { names: "mod remainder", op: "remainder", rule: "same", sign: "%" },
  { names: "fmod", op: "fmod", rule: "same" },
  { names: "power", op: "pow", rule: "same" },
  { names: "float_power", op: "pow", rule: "real" },
  { names: "maximum fmax", op: "maximum", rule: "same" },
  { names: "minimum fmin", op: "minimum", rule: "same" },
  { names: "arctan2", op: "atan2", rule: "real" },
  { names: "hypot", op: "hypot", rule: "real" },
  { names: "copysign", op: "copysign", rule: "real" },
  { names: "logaddexp", op: "logaddexp", rule: "real" },
  { names: "gcd", op: "gcd", rule: "same" },
  { names: "lcm", op: "lcm", rule: "same" },
  { names: "bitwise_and", op: "bitwise_and", rule: "same" },
  { names: "bitwise_or", op: "bitwise_or", rule: "same" },
  { names: "bitwise_xor", op: "bitwise_xor", rule: "same" },
  { names: "left_shift", op: "bitwise_left_shift", rule: "same" },
  { names: "right_shift", op: "bitwise_right_shift", rule: "same" },
  { names: "logical_and", op: "logical_and", rule: "truth" },
  { names: "logical_or", op: "logical_or", rule: "truth" },
  { names: "logical_xor", op: "logical_xor", rule: "truth" },
  { names: "equal", op: "eq", rule: "truth" },
  { names: "not_equal", op: "ne", rule: "truth" },
  { names: "less", op: "lt", rule: "truth" },
  { names: "less_equal", op: "le", rule: "truth" },
  { names: "greater", op: "gt", rule: "truth" },
  { names: "greater_equal", op: "ge", rule: "truth" },
];

const isNumber = (value: Value): boolean =>
  typeof value === "number" ||
  typeof value === "boolean" ||
  (typeof value === "object" &&
    (value.kind === "float" ||
      value.kind === "poly" ||
      value.kind === "complex" ||
      (value.kind === "unknown" && value.number !== undefined)));

/**
 * Element by element over the broadcast of the operands. Of tensors of torch it gives a tensor.
 */
function together(m: Machine, op: string, rule: Rule, operands: readonly Value[], wanted?: DType): Value {
  const tensors: Tensor[] = [];
  for (const each of operands) {
    const made = arrayOf(m, each);
    if (isUnknown(made)) return made;
    tensors.push(made);
  }
  const kind = wanted ?? kindFor(rule, tensors, operands);
  const cased: Tensor[] = [];
  for (const each of tensors) {
    const made = cast(m, each, kind);
    if (isUnknown(made)) return made;
    cased.push(made);
  }
  const made = tensorOnHost(m, `torch.${op}`, cased);
  return operands.some((each) => each instanceof Tensor) ? made : given(m, made);
}

function kindFor(rule: Rule, tensors: readonly Tensor[], operands: readonly Value[]): DType {
  const kind = resultKind(
    tensors.map((each, i) => ({ kind: each.dtype, isNumber: isNumber(operands[i] ?? none) })),
  );
  if (rule === "divided") return floatFor(kind) === kind ? kind : "float64";
  return rule === "real" ? floatFor(kind) : kind;
}

function finished(m: Machine, made: Value, kwargs: Kwargs): Value {
  const out = arrayTensor(kwargs.get("out") ?? none);
  if (out === undefined) return made;
  write(m, out, "torch.Tensor.copy_", [made]);
  return kwargs.get("out") ?? made;
}

const wantedKind = (kwargs: Kwargs): DType | undefined => kindOf(kwargs.get("dtype") ?? none);

/** Two operands by the name of the function; operators of arrays end here, too. */
export function combine(m: Machine, name: string, left: Value, right: Value): Value {
  const row = binaryRows.get(name);
  return row === undefined ? m.unknown(`\`numpy.${name}\``) : together(m, row.op, row.rule, [left, right]);
}

export function single(m: Machine, name: string, value: Value): Value {
  const row = unaryRows.get(name);
  return row === undefined ? m.unknown(`\`numpy.${name}\``) : together(m, row[1], row[2], [value]);
}

const unaryRows = new Map(unary.flatMap((row) => row[0].split(" ").map((name) => [name, row] as const)));
const binaryRows = new Map(binary.flatMap((row) => row.names.split(" ").map((name) => [name, row] as const)));

const missing = (m: Machine, name: string): Unknown => m.unknown(`\`numpy.${name}\` without its operands`);

export const elementwise: readonly PyNative[] = [
  ...[...unaryRows].map(([name, [, op, rule]]) =>
    native(name, (m, [x], kwargs) =>
      x === undefined
        ? missing(m, name)
        : finished(m, together(m, op, rule, [x], wantedKind(kwargs)), kwargs),
    ),
  ),
  ...[...binaryRows].map(([name, { op, rule, sign }]) =>
    ufunc(
      native(name, (m, [x, y], kwargs) => {
        if (x === undefined || y === undefined) return missing(m, name);
        if (sign !== undefined && isNumber(x) && isNumber(y)) return m.binary(sign, x, y);
        return finished(m, together(m, op, rule, [x, y], wantedKind(kwargs)), kwargs);
      }),
    ),
  ),
];
