/**
 * Rows of one matrix times one matrix for each group of rows: `[n, k] x [g, k, m]`, the groups ending at `offs`. n k m
 * MACs when the last group ends at the last row, which must be known. Source: PyTorch, `torch.nn.functional.grouped_mm`.
 */
import { product, sameDim } from "../../graph/dim.ts";
import { elementsOf } from "../../graph/elements.ts";
import { dataOf, type Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { emitOne, shapeOf } from "../_emit.ts";
import { bmm } from "../_matmul.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { equal, printHint } from "../_shape.ts";

function groupedProduct(args: Args, ctx: OpContext, first: string, second: string): Tensor {
  const [a, b] = [args.tensor(first), args.tensor(second)];
  const [x, y] = [shapeOf(a), shapeOf(b)];
  if (x.length === 3 && y.length === 3) return bmm(ctx, a, b);
  const [n = 1, k = 1] = x;
  const [, inner = 1, m = 1] = y;
  if (x.length !== 2 || y.length !== 3)
    throw new TorchError("grouped_mm(): only rows in groups times one matrix for each group is modelled");
  if (!equal(k, inner, ctx))
    throw new TorchError(
      `contraction dimension of mat_a and mat_b must match, got ${printHint(k)} and ${printHint(inner)}`,
    );
  const offsets = args.tensor("offs");
  const known = elementsOf(offsets.meta);
  const end = known?.kind === "sizes" ? known.values.at(-1) : dataOf(offsets.meta)?.at(-1);
  if (end === undefined || !sameDim(end, n))
    ctx.graph.uncounted(
      "grouped_mm()",
      "how many rows are in a group is known only at run time: all are counted",
    );
  return emitOne(
    ctx,
    "_grouped_mm",
    [a, b, offsets],
    { shape: [n, m], dtype: a.dtype },
    { macs: product([n, k, m]), factors: [0, 1], saved: [a, b], attributes: { m: n, k, n: m } },
  );
}

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch._grouped_mm"],
    params: "(input, mat2, offs=None, bias=None, out_dtype=None)",
    autocast: "lower",
    run: (args, ctx) => groupedProduct(args, ctx, "input", "mat2"),
  }),
  defineOp({
    names: ["torch.nn.functional.grouped_mm"],
    params: "(mat_a, mat_b, *, offs=None, bias=None, out_dtype=None)",
    autocast: "lower",
    run: (args, ctx) => groupedProduct(args, ctx, "mat_a", "mat_b"),
  }),
];
