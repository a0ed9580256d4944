/**
 * `+ - * / // % **` and their kin on two operands, with broadcasting and type promotion.
 *
 * 1 FLOP per output element (2 with `alpha`). What autograd keeps follows torch's `derivatives.yaml`.
 */
import { isComplex, isIntegral } from "../../graph/dtype.ts";
import { Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { cast } from "../_autocast.ts";
import { type AutocastRule, defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import {
  floatDtype,
  operandOf,
  type Pointwise,
  type PointwiseOperand,
  pointwise,
  pointwiseInPlace,
  promotedDtype,
  scalarName,
} from "../_pointwise.ts";

interface Row {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Python's operator method without underscores. */
  readonly dunder?: string;
  readonly result?: "float" | "same";
  readonly keeps?: "factors" | "divisor" | "both";
  readonly flops?: number;
  readonly compute?: (a: number, b: number) => number;
  readonly autocast?: AutocastRule;
}

const remainder = (a: number, b: number): number => ((a % b) + b) % b;
const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b));

const rows: readonly Row[] = [
  { name: "mul", aliases: ["multiply"], dunder: "mul", keeps: "factors", compute: (a, b) => a * b },
  { name: "floor_divide", dunder: "floordiv", compute: (a, b) => Math.floor(a / b) },
  { name: "remainder", dunder: "mod", keeps: "divisor", compute: remainder },
  { name: "fmod", keeps: "divisor", compute: (a, b) => a % b },
  { name: "maximum", keeps: "both", compute: (a, b) => Math.max(a, b) },
  { name: "minimum", keeps: "both", compute: (a, b) => Math.min(a, b) },
  { name: "fmax", keeps: "both", compute: (a, b) => (Number.isNaN(a) || b > a ? b : a) },
  { name: "fmin", keeps: "both", compute: (a, b) => (Number.isNaN(a) || b < a ? b : a) },
  { name: "atan2", aliases: ["arctan2"], result: "float", keeps: "both", compute: Math.atan2 },
  { name: "hypot", keeps: "both", compute: Math.hypot },
  {
    name: "copysign",
    result: "float",
    keeps: "both",
    compute: (a, b) => (b < 0 ? -Math.abs(a) : Math.abs(a)),
  },
  { name: "heaviside", compute: (a, b) => (a < 0 ? 0 : a > 0 ? 1 : b) },
  {
    name: "xlogy",
    result: "float",
    keeps: "both",
    flops: 2,
    compute: (a, b) => (a === 0 ? 0 : a * Math.log(b)),
  },
  {
    name: "logaddexp",
    keeps: "both",
    flops: 3,
    compute: (a, b) => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b))),
  },
  { name: "logaddexp2", keeps: "both", flops: 3 },
  { name: "nextafter" },
  { name: "gcd", compute: gcd },
  { name: "lcm", compute: (a, b) => (a === 0 || b === 0 ? 0 : Math.abs(a * b) / gcd(a, b)) },
  { name: "ldexp", result: "float", keeps: "both", compute: (a, b) => a * 2 ** b },
];

const requiresGrad = (operand: PointwiseOperand): boolean =>
  operand instanceof Tensor && operand.meta.requiresGrad;

function savedBy(keeps: Row["keeps"], a: PointwiseOperand, b: PointwiseOperand): readonly Tensor[] {
  const kept: PointwiseOperand[] = [];
  if (keeps === "factors") {
    if (requiresGrad(b)) kept.push(a);
    if (requiresGrad(a)) kept.push(b);
  } else if (keeps === "both") kept.push(a, b);
  else if (keeps === "divisor") {
    kept.push(b);
    if (requiresGrad(b)) kept.push(a);
  }
  return kept.filter((o) => o instanceof Tensor);
}

type Build = (a: PointwiseOperand, b: PointwiseOperand, args: Args, ctx: OpContext) => Pointwise;

const fromRow =
  (row: Row): Build =>
  (a, b, _, ctx) => {
    const promoted = promotedDtype([a, b]);
    if ((row.name === "gcd" || row.name === "lcm") && !isIntegral(promoted))
      throw new TorchError(`"${row.name}_cpu" not implemented for '${scalarName(promoted)}'`);
    return {
      name: row.name,
      dtype: row.result === "float" ? floatDtype(promoted, ctx) : promoted,
      compute: row.compute,
      flops: row.flops ?? 1,
      saved: savedBy(row.keeps, a, b),
    };
  };

function refuseBooleans(a: PointwiseOperand, b: PointwiseOperand): void {
  if (a.dtype === "bool" && b.dtype === "bool")
    throw new TorchError(
      "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead.",
    );
  if (a.dtype === "bool" || b.dtype === "bool")
    throw new TorchError(
      "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.",
    );
}

const additive =
  (name: "add" | "sub"): Build =>
  (a, b, args) => {
    if (name === "sub") refuseBooleans(a, b);
    const alpha = args.number("alpha", 1);
    const step = name === "add" ? alpha : -alpha;
    return {
      name,
      dtype: promotedDtype([a, b]),
      compute: (x, y) => x + step * y,
      flops: alpha === 1 ? 1 : 2,
    };
  };

const divide: Build = (a, b, args, ctx) => {
  const rounding = args.has("rounding_mode") ? args.string("rounding_mode") : undefined;
  const promoted = promotedDtype([a, b]);
  const round = rounding === "floor" ? Math.floor : rounding === "trunc" ? Math.trunc : (x: number) => x;
  return {
    name: "div",
    dtype: rounding === undefined ? floatDtype(promoted, ctx) : promoted,
    compute: (x, y) => round(x / y),
    saved: savedBy("divisor", a, b),
  };
};

const power: Build = (a, b) => {
  const dtype = promotedDtype([a, b]);
  if (!(b instanceof Tensor) && isIntegral(dtype) && (b.value ?? 0) < 0)
    throw new TorchError("Integers to negative integer powers are not allowed.");
  return {
    name: "pow",
    dtype,
    compute: (x, y) => x ** y,
    saved: [...(a instanceof Tensor ? [a] : []), ...(requiresGrad(b) && b instanceof Tensor ? [b] : [])],
  };
};

interface Family {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly dunder?: string | undefined;
  readonly params: string;
  readonly build: Build;
  readonly autocast?: AutocastRule | undefined;
}

const families: readonly Family[] = [
  {
    name: "add",
    aliases: [],
    dunder: "add",
    params: "(input, other, *, alpha=1, out=None)",
    build: additive("add"),
  },
  {
    name: "sub",
    aliases: ["subtract"],
    dunder: "sub",
    params: "(input, other, *, alpha=1, out=None)",
    build: additive("sub"),
  },
  {
    name: "div",
    aliases: ["divide", "true_divide"],
    dunder: "truediv",
    params: "(input, other, *, rounding_mode=None, out=None)",
    build: divide,
  },
  {
    name: "pow",
    aliases: [],
    dunder: "pow",
    params: "(input, exponent, *, out=None)",
    build: power,
    autocast: "float32",
  },
  ...rows.map((row) => ({
    name: row.name,
    aliases: row.aliases ?? [],
    dunder: row.dunder,
    params: "(input, other, *, out=None)",
    build: fromRow(row),
    autocast: row.autocast,
  })),
];

/** `torch.div(7, 2)` is a tensor too. Source: torch's argument parser, `allow_numbers_as_tensors`. */
const takesNumbers: ReadonlySet<string> = new Set(["add", "sub", "mul", "div", "floor_divide"]);

/** A number as the second operand is a `TypeError`. */
const wantsTensors: ReadonlySet<string> = new Set(
  "maximum minimum fmax fmin atan2 hypot heaviside logaddexp logaddexp2 gcd lcm ldexp nextafter".split(" "),
);

/** Torch has no `maximum_`. */
const neverInPlace: ReadonlySet<string> = new Set([
  "maximum",
  "minimum",
  "fmax",
  "fmin",
  "logaddexp",
  "logaddexp2",
]);

function opsOf(family: Family): readonly Op[] {
  const { name, aliases, dunder, params, build } = family;
  const second = name === "pow" ? "exponent" : "other";
  const all = [name, ...aliases];
  const autocast = family.autocast === undefined ? {} : { autocast: family.autocast };
  const runInPlace = (args: Args, ctx: OpContext): Tensor => {
    const a = args.tensor("input");
    const b = operandOf(args.operand(second), ctx, name);
    return pointwiseInPlace(ctx, a, [b], build(a, b, args, ctx));
  };
  const forward = defineOp({
    names: [
      ...all.flatMap((n) => [`torch.${n}`, `torch.Tensor.${n}`]),
      ...(dunder === undefined ? [] : [`torch.Tensor.__${dunder}__`]),
    ],
    params,
    ...autocast,
    run: (args, ctx) => {
      if (wantsTensors.has(name)) args.tensor(second);
      const given = operandOf(args.operand("input"), ctx, name);
      const b = operandOf(args.operand(second), ctx, name);
      const isPlain = !(given instanceof Tensor) && !(b instanceof Tensor) && takesNumbers.has(name);
      const a = isPlain ? operandOf(ctx.call("torch.tensor", [args.value("input")]), ctx, name) : given;
      return pointwise(ctx, [a, b], build(a, b, args, ctx));
    },
  });
  if (neverInPlace.has(name)) return [forward];
  const inPlace = defineOp({
    names: [
      ...all.map((n) => `torch.Tensor.${n}_`),
      ...(dunder === undefined ? [] : [`torch.Tensor.__i${dunder}__`]),
    ],
    params,
    run: runInPlace,
  });
  if (dunder === undefined) return [forward, inPlace];
  const reflected = defineOp({
    names: [`torch.Tensor.__r${dunder}__`],
    params,
    ...autocast,
    run: (args, ctx) => {
      if (name === "div")
        return ctx.call("torch.mul", [
          ctx.call("torch.reciprocal", [args.tensor("input")]),
          args.operand("other"),
        ]);
      const [a, b] = [args.operand(second), args.operand("input")].map((v) => operandOf(v, ctx, name));
      if (a === undefined || b === undefined) throw new TorchError(`${name}(): expected two operands`);
      const op = build(a, b, args, ctx);
      return pointwise(ctx, [a, b], name === "sub" ? { ...op, name: "rsub" } : op);
    },
  });
  return [forward, inPlace, reflected];
}

export const ops: readonly Op[] = [
  ...families.flatMap(opsOf),
  defineOp({
    names: ["torch.rsub"],
    params: "(input, other, *, alpha=1)",
    run: (args, ctx) => ctx.call("torch.Tensor.__rsub__", [args.value("input"), args.value("other")]),
  }),
  defineOp({
    names: ["torch.float_power", "torch.Tensor.float_power"],
    params: "(input, exponent, *, out=None)",
    run: (args, ctx) => {
      const given = [args.operand("input"), args.operand("exponent")].map((v) => operandOf(v, ctx, "pow"));
      const dtype = given.some((each) => isComplex(each.dtype)) ? "complex128" : "float64";
      const both = given.map((each) => (each instanceof Tensor ? cast(each, dtype, ctx) : each));
      const saved = both.filter((each) => each instanceof Tensor);
      return pointwise(ctx, both, { name: "pow", dtype, compute: (x, y) => x ** y, saved });
    },
  }),
  defineOp({
    names: ["torch.addcmul", "torch.Tensor.addcmul"],
    params: "(input, tensor1, tensor2, *, value=1, out=None)",
    autocast: "promote",
    run: (args, ctx) => {
      const all = [args.tensor("input"), args.tensor("tensor1"), args.tensor("tensor2")];
      const value = args.number("value", 1);
      const compute = (x: number, a: number, b: number): number => x + value * a * b;
      return pointwise(ctx, all, {
        name: "addcmul",
        dtype: promotedDtype(all),
        flops: value === 1 ? 2 : 3,
        compute,
        saved: all.slice(1),
      });
    },
  }),
  defineOp({
    names: ["torch.addcdiv", "torch.Tensor.addcdiv"],
    params: "(input, tensor1, tensor2, *, value=1, out=None)",
    autocast: "promote",
    run: (args, ctx) => {
      const all = [args.tensor("input"), args.tensor("tensor1"), args.tensor("tensor2")];
      const value = args.number("value", 1);
      const compute = (x: number, a: number, b: number): number => x + (value * a) / b;
      return pointwise(ctx, all, {
        name: "addcdiv",
        dtype: promotedDtype(all),
        flops: value === 1 ? 2 : 3,
        compute,
        saved: all.slice(1),
      });
    },
  }),
  ...["addcmul", "addcdiv"].map((name) =>
    defineOp({
      names: [`torch.Tensor.${name}_`],
      params: "(input, tensor1, tensor2, *, value=1)",
      run: (args, ctx) => {
        const others = [args.tensor("tensor1"), args.tensor("tensor2")];
        const target = args.tensor("input");
        const compute = (x: number, a: number, b: number): number =>
          x + args.number("value", 1) * (name === "addcmul" ? a * b : a / b);
        return pointwiseInPlace(ctx, target, others, {
          name,
          dtype: promotedDtype([target, ...others]),
          flops: 2,
          compute,
          saved: others,
        });
      },
    }),
  ),
  defineOp({
    names: ["torch.lerp", "torch.Tensor.lerp"],
    params: "(input, end, weight, *, out=None)",
    run: (args, ctx) => {
      const all = lerpOperands(args, ctx);
      return pointwise(ctx, all, lerp(all));
    },
  }),
  defineOp({
    names: ["torch.Tensor.lerp_"],
    params: "(input, end, weight)",
    run: (args, ctx) => {
      const all = lerpOperands(args, ctx);
      return pointwiseInPlace(ctx, args.tensor("input"), all.slice(1), lerp(all));
    },
  }),
];

const lerpOperands = (args: Args, ctx: OpContext): readonly PointwiseOperand[] => [
  args.tensor("input"),
  args.tensor("end"),
  operandOf(args.operand("weight"), ctx, "lerp"),
];

const lerp = (all: readonly PointwiseOperand[]): Pointwise => ({
  name: "lerp",
  dtype: promotedDtype(all.slice(0, 2)),
  flops: 3,
  compute: (a, b, w) => a + w * (b - a),
  saved: all.slice(2).filter((o) => o instanceof Tensor),
});
