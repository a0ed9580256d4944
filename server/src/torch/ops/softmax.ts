/**
 * Softmax and its kin: 5 FLOPs per element (maximum, subtract, exp, sum, divide); backward keeps the result.
 * A half input with `dtype=float32` is one op, as on a GPU.
 */
import { mul, product } from "../../graph/dim.ts";
import { isFloating } from "../../graph/dtype.ts";
import { dataOf, type Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { cast } from "../_autocast.ts";
import { emitOne, shapeOf } from "../_emit.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { scalarName } from "../_pointwise.ts";
import { wrapDim } from "../_shape.ts";
import { bool, int, type Value } from "../_value.ts";

/** What `dim=None` means to the functional form. */
const implicitDim = (rank: number): number => (rank === 0 || rank === 1 || rank === 3 ? 0 : 1);

function softmax(args: Args, ctx: OpContext, name: string): Tensor {
  const given = args.tensor("input");
  const wanted = args.dtype();
  const fused = wanted === "float32" && (given.dtype === "float16" || given.dtype === "bfloat16");
  const input = wanted === undefined || fused ? given : cast(given, wanted, ctx);
  const shape = shapeOf(input);
  const dim = wrapDim(args.has("dim") ? args.index("dim") : implicitDim(shape.length), shape.length);
  if (!isFloating(input.dtype))
    throw new TorchError(`"softmax_lastdim_kernel_impl" not implemented for '${scalarName(input.dtype)}'`);
  const data = shape.length === 1 && name === "softmax" ? exponentials(dataOf(input.meta)) : undefined;
  return emitOne(
    ctx,
    name,
    [input],
    { shape, dtype: wanted ?? input.dtype, data },
    { flops: mul(5, product(shape)), savesOutput: true, attributes: { dim, size: shape[dim] ?? 1 } },
  );
}

function exponentials(xs: readonly number[] | undefined): readonly number[] | undefined {
  if (xs === undefined || xs.length === 0) return undefined;
  const top = xs.reduce((a, b) => Math.max(a, b));
  const powers = xs.map((x) => Math.exp(x - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / sum);
}

const params = "(input, dim=None, _stacklevel=3, dtype=None, *, out=None)";
const explicit = "(input, dim, dtype=None, *, out=None)";

export const ops: readonly Op[] = [
  ...["softmax", "log_softmax"].flatMap((name) => [
    defineOp({
      names: [`torch.nn.functional.${name}`],
      params,
      autocast: "float32 result",
      run: (args, ctx) => softmax(args, ctx, name),
    }),
    defineOp({
      names: [`torch.${name}`, `torch.Tensor.${name}`, `torch.special.${name}`],
      params: explicit,
      autocast: "float32 result",
      run: (args, ctx) => softmax(args, ctx, name),
    }),
  ]),
  defineOp({
    names: ["torch.nn.functional.softmin"],
    params,
    autocast: "float32 result",
    run: (args, ctx) => {
      const keywords: Record<string, Value> = {};
      for (const name of ["dim", "dtype"]) if (args.has(name)) keywords[name] = args.value(name);
      return ctx.call(
        "torch.nn.functional.softmax",
        [ctx.call("torch.neg", [args.tensor("input")])],
        keywords,
      );
    },
  }),
  defineOp({
    names: ["torch.nn.functional.gumbel_softmax"],
    params: "(logits, tau=1, hard=False, eps=1e-10, dim=-1)",
    run: (args, ctx) => {
      const logits = args.tensor("logits");
      const dim = int(args.index("dim", -1));
      const empty = ctx.call("torch.empty_like", [logits]);
      const noise = ctx.call("torch.neg", [
        ctx.call("torch.log", [ctx.call("torch.Tensor.exponential_", [empty])]),
      ]);
      const scaled = ctx.call("torch.div", [
        ctx.call("torch.add", [logits, noise]),
        { kind: "float", value: args.number("tau", 1) },
      ]);
      const soft = ctx.call("torch.softmax", [scaled, dim]);
      if (!args.bool("hard", false)) return soft;
      const index = ctx.call("torch.argmax", [soft, dim, bool(true)]);
      const zeros = ctx.call("torch.zeros_like", [logits]);
      const hard = ctx.call("torch.Tensor.scatter_", [zeros, dim, index, { kind: "float", value: 1 }]);
      return ctx.call("torch.add", [ctx.call("torch.sub", [hard, ctx.call("torch.detach", [soft])]), soft]);
    },
  }),
];
