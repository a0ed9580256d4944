/**
 * Functions of one element: `torch.exp(x)`, `x.exp()`, `x.exp_()`.
 *
 * 1 FLOP per element. What autograd keeps follows torch's `derivatives.yaml`: `exp` its result, `sin` its input.
 */
import { type DType, isComplex, isFloatingOrComplex, toReal } from "../../graph/dtype.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { type AutocastRule, defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { floatDtype, type Pointwise, pointwise, pointwiseInPlace } from "../_pointwise.ts";
import { digamma, erf, erfinv, lgamma } from "../_special.ts";

type Keeps = "input" | "output" | "nothing";
/** `float` makes integers floating, `same` keeps the dtype, `number` makes booleans integers, `bool` answers yes or no, `real` drops the imaginary part. */
type Result = "float" | "same" | "number" | "bool" | "real";

interface Row {
  readonly names: readonly string[];
  /** What torch runs, when it is not the first name. */
  readonly op?: string;
  readonly result: Result;
  readonly keeps: Keeps;
  readonly compute?: (x: number) => number;
  readonly autocast?: AutocastRule;
  /** Homes beside `torch` and `Tensor`. */
  readonly also?: readonly string[];
}

const sign = (x: number): number => (x > 0 ? 1 : x < 0 ? -1 : 0);
/** Half to even, as torch rounds. */
const roundEven = (x: number): number => {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
};
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const rows: readonly Row[] = [
  { names: ["exp"], result: "float", keeps: "output", compute: Math.exp, autocast: "float32" },
  { names: ["exp2"], result: "float", keeps: "output", compute: (x) => 2 ** x, also: ["torch.special.exp2"] },
  {
    names: ["expm1"],
    result: "float",
    keeps: "output",
    compute: Math.expm1,
    autocast: "float32",
    also: ["torch.special.expm1"],
  },
  { names: ["log"], result: "float", keeps: "input", compute: Math.log, autocast: "float32" },
  { names: ["log2"], result: "float", keeps: "input", compute: Math.log2, autocast: "float32" },
  { names: ["log10"], result: "float", keeps: "input", compute: Math.log10, autocast: "float32" },
  {
    names: ["log1p"],
    result: "float",
    keeps: "input",
    compute: Math.log1p,
    autocast: "float32",
    also: ["torch.special.log1p"],
  },
  { names: ["sqrt"], result: "float", keeps: "output", compute: Math.sqrt },
  {
    names: ["rsqrt"],
    result: "float",
    keeps: "output",
    compute: (x) => 1 / Math.sqrt(x),
    autocast: "float32",
  },
  { names: ["reciprocal"], result: "float", keeps: "output", compute: (x) => 1 / x, autocast: "float32" },
  { names: ["sin"], result: "float", keeps: "input", compute: Math.sin },
  { names: ["cos"], result: "float", keeps: "input", compute: Math.cos },
  { names: ["tan"], result: "float", keeps: "output", compute: Math.tan, autocast: "float32" },
  { names: ["asin", "arcsin"], result: "float", keeps: "input", compute: Math.asin, autocast: "float32" },
  { names: ["acos", "arccos"], result: "float", keeps: "input", compute: Math.acos, autocast: "float32" },
  { names: ["atan", "arctan"], result: "float", keeps: "input", compute: Math.atan },
  { names: ["sinh"], result: "float", keeps: "input", compute: Math.sinh, autocast: "float32" },
  { names: ["cosh"], result: "float", keeps: "input", compute: Math.cosh, autocast: "float32" },
  {
    names: ["tanh"],
    result: "float",
    keeps: "output",
    compute: Math.tanh,
    also: ["torch.nn.functional.tanh"],
  },
  { names: ["asinh", "arcsinh"], result: "float", keeps: "input", compute: Math.asinh },
  { names: ["acosh", "arccosh"], result: "float", keeps: "input", compute: Math.acosh },
  { names: ["atanh", "arctanh"], result: "float", keeps: "input", compute: Math.atanh },
  {
    names: ["sigmoid"],
    result: "float",
    keeps: "output",
    compute: sigmoid,
    also: ["torch.nn.functional.sigmoid", "torch.special.expit"],
  },
  { names: ["erf"], result: "float", keeps: "input", compute: erf, also: ["torch.special.erf"] },
  {
    names: ["erfc"],
    result: "float",
    keeps: "input",
    compute: (x) => 1 - erf(x),
    also: ["torch.special.erfc"],
  },
  {
    names: ["erfinv"],
    result: "float",
    keeps: "output",
    compute: erfinv,
    autocast: "float32",
    also: ["torch.special.erfinv"],
  },
  { names: ["lgamma"], result: "float", keeps: "input", compute: lgamma, also: ["torch.special.gammaln"] },
  {
    names: ["digamma"],
    result: "float",
    keeps: "input",
    compute: digamma,
    also: ["torch.special.digamma", "torch.special.psi"],
  },
  {
    names: ["sinc"],
    result: "float",
    keeps: "input",
    compute: (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)),
    also: ["torch.special.sinc"],
  },
  { names: ["i0"], result: "float", keeps: "input", also: ["torch.special.i0"] },
  { names: ["deg2rad"], result: "float", keeps: "nothing", compute: (x) => (x * Math.PI) / 180 },
  { names: ["rad2deg"], result: "float", keeps: "nothing", compute: (x) => (x * 180) / Math.PI },
  { names: ["abs", "absolute"], result: "real", keeps: "input", compute: Math.abs },
  { names: ["neg", "negative"], result: "same", keeps: "nothing", compute: (x) => -x },
  { names: ["positive"], result: "same", keeps: "nothing", compute: (x) => x },
  { names: ["square"], op: "pow", result: "number", keeps: "input", compute: (x) => x * x },
  { names: ["sign"], result: "same", keeps: "nothing", compute: sign },
  { names: ["sgn"], result: "same", keeps: "input", compute: sign },
  { names: ["floor"], result: "same", keeps: "nothing", compute: Math.floor },
  { names: ["ceil"], result: "same", keeps: "nothing", compute: Math.ceil },
  { names: ["trunc", "fix"], result: "same", keeps: "nothing", compute: Math.trunc },
  { names: ["frac"], result: "same", keeps: "nothing", compute: (x) => x - Math.trunc(x) },
  { names: ["isnan"], result: "bool", keeps: "nothing", compute: (x) => Number(Number.isNaN(x)) },
  {
    names: ["isinf"],
    result: "bool",
    keeps: "nothing",
    compute: (x) => Number(Math.abs(x) === Number.POSITIVE_INFINITY),
  },
  {
    names: ["isposinf"],
    result: "bool",
    keeps: "nothing",
    compute: (x) => Number(x === Number.POSITIVE_INFINITY),
  },
  {
    names: ["isneginf"],
    result: "bool",
    keeps: "nothing",
    compute: (x) => Number(x === Number.NEGATIVE_INFINITY),
  },
  { names: ["isfinite"], result: "bool", keeps: "nothing", compute: (x) => Number(Number.isFinite(x)) },
  { names: ["signbit"], result: "bool", keeps: "nothing", compute: (x) => Number(x < 0 || Object.is(x, -0)) },
  { names: ["logical_not"], result: "bool", keeps: "nothing", compute: (x) => Number(x === 0) },
];

const dtypeFor = (result: Result, dtype: DType, ctx: OpContext): DType => {
  switch (result) {
    case "float":
      return floatDtype(dtype, ctx);
    case "same":
      return dtype;
    case "number":
      return dtype === "bool" ? "int64" : dtype;
    case "bool":
      return "bool";
    case "real":
      return toReal(dtype);
  }
};

/** In place as methods only; as functions, torch has `exp_` and the like but not these. */
const methodsInPlace: ReadonlySet<string> = new Set(
  "erfinv lgamma digamma absolute sign sgn logical_not".split(" "),
);

/** `logical_not` is the only one of those that answer yes or no which torch has in place. */
const hasInPlace = ({ names: [name], result }: Row): boolean =>
  name === "logical_not" || (result !== "bool" && name !== "positive");

function opsOf(row: Row): readonly Op[] {
  const [name = ""] = row.names;
  const details = (input: Tensor, ctx: OpContext) => ({
    name: row.op ?? name,
    dtype: dtypeFor(row.result, input.dtype, ctx),
    compute: row.compute,
    saved: row.keeps === "input" && isFloatingOrComplex(input.dtype) ? [input] : [],
    savesOutput: row.keeps === "output",
    differentiable: row.result !== "bool",
  });
  const op = defineOp({
    names: [...row.names.flatMap((n) => [`torch.${n}`, `torch.Tensor.${n}`]), ...(row.also ?? [])],
    params: "(input, *, out=None)",
    ...(row.autocast === undefined ? {} : { autocast: row.autocast }),
    run: (args, ctx) => {
      const input = args.tensor("input");
      if (name === "neg" && input.dtype === "bool")
        throw new TorchError(
          "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.",
        );
      return pointwise(ctx, [input], details(input, ctx));
    },
  });
  if (!hasInPlace(row)) return [op];
  const inPlace = defineOp({
    names: row.names.flatMap((n) => [
      `torch.Tensor.${n}_`,
      ...(methodsInPlace.has(n) ? [] : [`torch.${n}_`]),
    ]),
    params: "(input)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      if (row.result === "real" && isComplex(input.dtype))
        throw new TorchError("In-place abs is not supported for complex tensors.");
      return pointwiseInPlace(ctx, input, [], details(input, ctx));
    },
  });
  return [op, inPlace];
}

function logit(args: Args, ctx: OpContext): Pointwise {
  const input = args.tensor("input");
  const eps = args.has("eps") ? args.number("eps") : undefined;
  const compute = (x: number): number => {
    const p = eps === undefined ? x : Math.min(Math.max(x, eps), 1 - eps);
    return Math.log(p / (1 - p));
  };
  return { name: "logit", dtype: floatDtype(input.dtype, ctx), compute, saved: [input] };
}

export const ops: readonly Op[] = [
  ...rows.flatMap(opsOf),
  defineOp({
    names: ["torch.round", "torch.Tensor.round", "torch.special.round"],
    params: "(input, *, decimals=0, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const scale = 10 ** args.number("decimals", 0);
      return pointwise(ctx, [input], {
        name: "round",
        dtype: input.dtype,
        compute: (x) => roundEven(x * scale) / scale,
      });
    },
  }),
  defineOp({
    names: ["torch.Tensor.round_", "torch.round_"],
    params: "(input, *, decimals=0)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return pointwiseInPlace(ctx, input, [], { name: "round", dtype: input.dtype, compute: roundEven });
    },
  }),
  defineOp({
    names: ["torch.Tensor.__neg__"],
    params: "(input)",
    run: (args, ctx) => ctx.call("torch.neg", [args.tensor("input")]),
  }),
  defineOp({
    names: ["torch.Tensor.__abs__"],
    params: "(input)",
    run: (args, ctx) => ctx.call("torch.abs", [args.tensor("input")]),
  }),
  defineOp({
    names: ["torch.Tensor.__pos__"],
    params: "(input)",
    run: (args) => args.tensor("input"),
  }),
  defineOp({
    names: ["torch.nan_to_num", "torch.Tensor.nan_to_num"],
    params: "(input, nan=None, posinf=None, neginf=None, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return pointwise(ctx, [input], { name: "nan_to_num", dtype: input.dtype, saved: [input] });
    },
  }),
  defineOp({
    names: ["torch.nan_to_num_", "torch.Tensor.nan_to_num_"],
    params: "(input, nan=None, posinf=None, neginf=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return pointwiseInPlace(ctx, input, [], { name: "nan_to_num", dtype: input.dtype, saved: [input] });
    },
  }),
  defineOp({
    names: ["torch.logit", "torch.Tensor.logit", "torch.special.logit"],
    params: "(input, eps=None, *, out=None)",
    run: (args, ctx) => pointwise(ctx, [args.tensor("input")], logit(args, ctx)),
  }),
  defineOp({
    names: ["torch.logit_", "torch.Tensor.logit_"],
    params: "(input, eps=None)",
    run: (args, ctx) => pointwiseInPlace(ctx, args.tensor("input"), [], logit(args, ctx)),
  }),
];
