/** Clamping: 1 FLOP per element; backward keeps the input. */
import type { Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import {
  operandOf,
  type Pointwise,
  type PointwiseOperand,
  pointwise,
  pointwiseInPlace,
  promotedDtype,
} from "../_pointwise.ts";

function build(
  args: Args,
  ctx: OpContext,
  low: string | undefined,
  high: string | undefined,
): readonly [readonly PointwiseOperand[], Pointwise] {
  const input = args.tensor("input");
  const read = (name: string | undefined): PointwiseOperand | undefined =>
    name !== undefined && args.has(name) ? operandOf(args.operand(name), ctx, "clamp") : undefined;
  const [min, max] = [read(low), read(high)];
  if (min === undefined && max === undefined)
    throw new TorchError("torch.clamp: At least one of 'min' or 'max' must not be None");
  const bounds = [min, max].filter((b) => b !== undefined);
  const hasMin = min !== undefined;
  const compute = (x: number, a: number, b: number): number => {
    const raised = hasMin ? Math.max(x, a) : x;
    const top = hasMin ? b : a;
    return max === undefined ? raised : Math.min(raised, top);
  };
  return [
    [input, ...bounds],
    {
      name: low === undefined ? "clamp_max" : high === undefined ? "clamp_min" : "clamp",
      dtype: promotedDtype([input, ...bounds]),
      compute,
      saved: [input],
    },
  ];
}

function opsFor(
  names: readonly string[],
  params: string,
  low: string | undefined,
  high: string | undefined,
): readonly Op[] {
  const inPlace = (args: Args, ctx: OpContext): Tensor => {
    const [operands, op] = build(args, ctx, low, high);
    return pointwiseInPlace(ctx, args.tensor("input"), operands.slice(1), op);
  };
  return [
    defineOp({
      names: names.flatMap((n) => [`torch.${n}`, `torch.Tensor.${n}`]),
      params,
      run: (args, ctx) => {
        const [operands, op] = build(args, ctx, low, high);
        return pointwise(ctx, operands, op);
      },
    }),
    defineOp({ names: names.flatMap((n) => [`torch.Tensor.${n}_`, `torch.${n}_`]), params, run: inPlace }),
  ];
}

export const ops: readonly Op[] = [
  ...opsFor(["clamp", "clip"], "(input, min=None, max=None, *, out=None)", "min", "max"),
  ...opsFor(["clamp_min"], "(input, min, *, out=None)", "min", undefined),
  ...opsFor(["clamp_max"], "(input, max, *, out=None)", undefined, "max"),
];
