/**
 * Activation functions, one op each: 1 FLOP per element (a count of elements, not of the polynomial behind `gelu`).
 * What autograd keeps follows torch's `derivatives.yaml`: `relu` and `elu` their result, `gelu` its input.
 */
import { type Dim, floorDiv, product } from "../../graph/dim.ts";
import { compare } from "../../graph/guard.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { emitOne, shapeOf } from "../_emit.ts";
import { type AutocastRule, defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { type Pointwise, pointwise, pointwiseInPlace } from "../_pointwise.ts";
import { printHint, wrapDim } from "../_shape.ts";
import { erf } from "../_special.ts";
import { int } from "../_value.ts";

interface Row {
  readonly name: string;
  /** Parameters after `input`. */
  readonly params: string;
  readonly keeps: "input" | "output";
  /** What the in-place form keeps, when it is not the same. */
  readonly keepsInPlace?: "output";
  readonly compute: (args: Args) => (x: number) => number;
  /** Where torch has it beside `F`. */
  readonly also?: readonly ("torch" | "torch.Tensor")[];
  /** Torch has it under a name of its own as well: `F.relu_`. */
  readonly hasInPlace?: true;
  readonly autocast?: AutocastRule;
}

/** What torch runs under another name. */
const opNames: Readonly<Record<string, string>> = { relu6: "hardtanh", selu: "elu" };

const relu = (x: number): number => Math.max(x, 0);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.log1p(Math.exp(-Math.abs(x))) + relu(x);
const clampTo = (low: number, high: number) => (x: number) => Math.min(Math.max(x, low), high);

const rows: readonly Row[] = [
  {
    name: "relu",
    params: "inplace=False",
    keeps: "output",
    also: ["torch", "torch.Tensor"],
    hasInPlace: true,
    compute: () => relu,
  },
  { name: "relu6", params: "inplace=False", keeps: "input", compute: () => clampTo(0, 6) },
  {
    name: "elu",
    params: "alpha=1.0, inplace=False",
    keeps: "output",
    hasInPlace: true,
    compute: (a) => (x) => (x > 0 ? x : a.number("alpha", 1) * Math.expm1(x)),
  },
  {
    name: "selu",
    params: "inplace=False",
    keeps: "output",
    also: ["torch"],
    hasInPlace: true,
    compute: () => (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  },
  {
    name: "celu",
    params: "alpha=1.0, inplace=False",
    keeps: "output",
    also: ["torch"],
    hasInPlace: true,
    compute: (a) => (x) => relu(x) + Math.min(0, a.number("alpha", 1) * Math.expm1(x / a.number("alpha", 1))),
  },
  {
    name: "leaky_relu",
    params: "negative_slope=0.01, inplace=False",
    keeps: "input",
    keepsInPlace: "output",
    hasInPlace: true,
    compute: (a) => (x) => (x > 0 ? x : a.number("negative_slope", 0.01) * x),
  },
  {
    name: "rrelu",
    params: "lower=0.125, upper=0.3333333333333333, training=False, inplace=False",
    keeps: "input",
    also: ["torch"],
    hasInPlace: true,
    compute: (a) => (x) => (x > 0 ? x : (x * (a.number("lower", 0.125) + a.number("upper", 1 / 3))) / 2),
  },
  {
    name: "gelu",
    params: "approximate='none'",
    keeps: "input",
    compute: (a) =>
      a.string("approximate", "none") === "tanh"
        ? (x) => 0.5 * x * (1 + Math.tanh(0.7978845608028654 * (x + 0.044715 * x ** 3)))
        : (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  },
  { name: "silu", params: "inplace=False", keeps: "input", compute: () => (x) => x * sigmoid(x) },
  { name: "mish", params: "inplace=False", keeps: "input", compute: () => (x) => x * Math.tanh(softplus(x)) },
  {
    name: "hardswish",
    params: "inplace=False",
    keeps: "input",
    compute: () => (x) => (x * clampTo(0, 6)(x + 3)) / 6,
  },
  {
    name: "hardsigmoid",
    params: "inplace=False",
    keeps: "input",
    compute: () => (x) => clampTo(0, 6)(x + 3) / 6,
  },
  {
    name: "hardtanh",
    params: "min_val=-1.0, max_val=1.0, inplace=False",
    keeps: "input",
    hasInPlace: true,
    compute: (a) => clampTo(a.number("min_val", -1), a.number("max_val", 1)),
  },
  {
    name: "softplus",
    params: "beta=1, threshold=20",
    keeps: "input",
    autocast: "float32",
    compute: (a) => (x) =>
      x * a.number("beta", 1) > a.number("threshold", 20)
        ? x
        : softplus(x * a.number("beta", 1)) / a.number("beta", 1),
  },
  { name: "logsigmoid", params: "", keeps: "input", compute: () => (x) => -softplus(-x) },
  {
    name: "softshrink",
    params: "lambd=0.5",
    keeps: "input",
    compute: (a) => (x) =>
      x > a.number("lambd", 0.5)
        ? x - a.number("lambd", 0.5)
        : x < -a.number("lambd", 0.5)
          ? x + a.number("lambd", 0.5)
          : 0,
  },
  {
    name: "hardshrink",
    params: "lambd=0.5",
    keeps: "input",
    also: ["torch", "torch.Tensor"],
    compute: (a) => (x) => (Math.abs(x) > a.number("lambd", 0.5) ? x : 0),
  },
  {
    name: "threshold",
    params: "threshold, value, inplace=False",
    keeps: "input",
    also: ["torch"],
    hasInPlace: true,
    compute: (a) => (x) => (x > a.number("threshold") ? x : a.number("value")),
  },
];

function opsOf(row: Row): readonly Op[] {
  const homes = ["torch.nn.functional", ...(row.also ?? [])];
  const build = (input: Tensor, args: Args, keeps: Row["keeps"]): Pointwise => ({
    name: opNames[row.name] ?? row.name,
    dtype: input.dtype,
    compute: row.compute(args),
    saved: keeps === "input" ? [input] : [],
    savesOutput: keeps === "output",
  });
  const params = `(input${row.params === "" ? "" : `, ${row.params}`})`;
  const run = (args: Args, ctx: OpContext, inPlace: boolean): Tensor => {
    const input = args.tensor("input");
    return inPlace
      ? pointwiseInPlace(ctx, input, [], build(input, args, row.keepsInPlace ?? row.keeps))
      : pointwise(ctx, [input], build(input, args, row.keeps));
  };
  const op = defineOp({
    names: homes.map((home) => `${home}.${row.name}`),
    params,
    ...(row.autocast === undefined ? {} : { autocast: row.autocast }),
    run: (args, ctx) => run(args, ctx, args.bool("inplace", false)),
  });
  if (row.hasInPlace === undefined) return [op];
  const inPlace = defineOp({
    names: homes.map((home) => `${home}.${row.name}_`),
    params,
    run: (args, ctx) => run(args, ctx, true),
  });
  return [op, inPlace];
}

/** Halves a dimension: `a * sigmoid(b)`. */
function glu(args: Args, ctx: OpContext): Tensor {
  const input = args.tensor("input");
  const shape = shapeOf(input);
  const dim = wrapDim(args.index("dim", -1), shape.length);
  const size: Dim = shape[dim] ?? 1;
  const half = floorDiv(size, 2);
  if (compare(product([half, 2]), "==", size, ctx.graph) === false)
    throw new TorchError(`Halving dimension must be even, but dimension ${dim} is size ${printHint(size)}`);
  const out = shape.with(dim, half);
  return emitOne(
    ctx,
    "glu",
    [input],
    { shape: out, dtype: input.dtype },
    { flops: product([2, ...out]), saved: [input] },
  );
}

export const ops: readonly Op[] = [
  ...rows.flatMap(opsOf),
  defineOp({ names: ["torch.nn.functional.glu"], params: "(input, dim=-1)", run: glu }),
  defineOp({
    names: ["torch.nn.functional.prelu", "torch.prelu", "torch.Tensor.prelu"],
    params: "(input, weight)",
    autocast: "lower",
    run: (args, ctx) => {
      const [input, weight] = [args.tensor("input"), args.tensor("weight")];
      const [shape, count = 1] = [shapeOf(input), product(shapeOf(weight))];
      const channels = shape.length > 1 ? (shape[1] ?? 1) : 1;
      if (count !== 1 && compare(count, "==", channels, ctx.graph) === false)
        throw new TorchError(
          `Mismatch of parameter numbers and input channel size. Found parameter numbers = ${printHint(count)} and channel size = ${printHint(channels)}.`,
        );
      return emitOne(
        ctx,
        "prelu",
        [input, weight],
        { shape, dtype: input.dtype },
        { flops: product(shape), saved: [input, weight] },
      );
    },
  }),
  defineOp({
    names: ["torch.nn.functional.softsign"],
    params: "(input)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return ctx.call("torch.div", [input, ctx.call("torch.add", [ctx.call("torch.abs", [input]), int(1)])]);
    },
  }),
  defineOp({
    names: ["torch.nn.functional.tanhshrink"],
    params: "(input)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return ctx.call("torch.sub", [input, ctx.call("torch.tanh", [input])]);
    },
  }),
];
