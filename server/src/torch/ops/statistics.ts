/**
 * Statistics and calculus over samples: covariances, differences, trapezoids. FLOPs as noted; the product inside a
 * covariance counts MACs. Source: torch documentation of each function.
 */
import { add, type Dim, floorDiv, product, sub } from "../../graph/dim.ts";
import type { DType } from "../../graph/dtype.ts";
import type { Shape, Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { computed, emitOne, record, shapeOf } from "../_emit.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { floatDtype, widest } from "../_pointwise.ts";
import { wrapDim } from "../_shape.ts";
import { bool, int, tuple, type Value } from "../_value.ts";

/** Rows are variables, columns observations. FLOPs: the mean and its subtraction, and the scaling of what comes out. */
function covariance(
  ctx: OpContext,
  name: "cov" | "corrcoef",
  input: Tensor,
  weights: readonly Tensor[],
): Tensor {
  const shape = shapeOf(input);
  if (shape.length > 2)
    throw new TorchError(
      `${name}(): expected input to have two or fewer dimensions but got an input with ${shape.length} dimensions`,
    );
  const columns = shape.at(-1) ?? 1;
  const rows: Dim = shape.length === 2 ? (shape[0] ?? 1) : 1;
  const out: Shape = shape.length === 2 && rows !== 1 ? [rows, rows] : [];
  const extra = name === "cov" ? 1 : 4;
  return emitOne(
    ctx,
    name,
    [input, ...weights],
    { shape: out, dtype: floatDtype(widest([input, ...weights]), ctx) },
    {
      macs: product([rows, rows, columns]),
      flops: add(product([2, rows, columns]), product([extra, rows, rows])),
      saved: [input],
    },
  );
}

function trapezoid(args: Args, ctx: OpContext, isCumulative: boolean): Tensor {
  const input = args.tensor("y");
  const shape = shapeOf(input);
  const dim = wrapDim(args.index("dim", -1), shape.length);
  // The sum is halved, which makes integers floating.
  const dtype: DType = floatDtype(input.dtype, ctx);
  if (shape.length === 0) return emitOne(ctx, "trapezoid", [input], { shape, dtype });
  const length = shape[dim] ?? 1;
  return emitOne(
    ctx,
    isCumulative ? "cumulative_trapezoid" : "trapezoid",
    args.allTensors(),
    {
      shape: isCumulative
        ? shape.with(dim, length === 0 ? 0 : sub(length, 1))
        : shape.filter((_, i) => i !== dim),
      dtype,
    },
    { flops: product([3, ...shape]), saved: [input] },
  );
}

function gradient(args: Args, ctx: OpContext): Value {
  const input = args.tensor("input");
  const shape = shapeOf(input);
  const dims = args.has("dim")
    ? args.indices("dim").map((d) => wrapDim(d, shape.length))
    : shape.map((_, i) => i);
  const outputs = dims.map(() => computed(ctx, [input], { shape, dtype: floatDtype(input.dtype, ctx) }));
  record(ctx, "gradient", [input], outputs, { flops: product([3, dims.length, ...shape]) });
  return tuple(outputs);
}

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.cov", "torch.Tensor.cov"],
    params: "(input, *, correction=1, fweights=None, aweights=None)",
    run: (args, ctx) => {
      const weights = ["fweights", "aweights"].flatMap((name) => args.optionalTensor(name) ?? []);
      return covariance(ctx, "cov", args.tensor("input"), weights);
    },
  }),
  defineOp({
    names: ["torch.corrcoef", "torch.Tensor.corrcoef"],
    params: "(input)",
    run: (args, ctx) => covariance(ctx, "corrcoef", args.tensor("input"), []),
  }),
  defineOp({
    names: ["torch.trapz", "torch.trapezoid"],
    params: "(y, x=None, *, dx=None, dim=-1)",
    run: (args, ctx) => trapezoid(args, ctx, false),
  }),
  defineOp({
    names: ["torch.cumulative_trapezoid"],
    params: "(y, x=None, *, dx=None, dim=-1)",
    run: (args, ctx) => trapezoid(args, ctx, true),
  }),
  defineOp({
    names: ["torch.gradient"],
    params: "(input, *, spacing=1, dim=None, edge_order=1)",
    run: gradient,
  }),
  defineOp({
    names: ["torch.Tensor.sum_to_size"],
    params: "(input, *size)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const [shape, size] = [shapeOf(input), args.variadicInts("size")];
      const lead = shape.length - size.length;
      const summed = shape.flatMap((own, i) => (i < lead || (size[i - lead] === 1 && own !== 1) ? [i] : []));
      if (size.length > 0 && summed.length === 0) return input;
      const kept = ctx.call("torch.sum", [input, tuple(summed.map(int)), bool(true)]);
      return ctx.call("torch.reshape", [kept, tuple(size.map(int))]);
    },
  }),
  defineOp({
    names: ["torch.nn.functional.pdist", "torch.pdist"],
    params: "(input, p=2)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const [rows = 1, width = 1] = shapeOf(input);
      if (shapeOf(input).length !== 2) throw new TorchError("pdist only supports 2D tensors");
      const pairs = sub(product([rows, rows]), rows);
      return emitOne(
        ctx,
        "_pdist_forward",
        [input],
        { shape: [floorDiv(pairs, 2)], dtype: input.dtype },
        { flops: product([3, floorDiv(pairs, 2), width]), saved: [input], savesOutput: true },
      );
    },
  }),
];
