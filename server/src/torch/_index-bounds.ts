import { type Dim, mul } from "../graph/dim.ts";
import { compare } from "../graph/guard.ts";
import { dataOf, type Tensor } from "../graph/tensor.ts";
import { shapeOf } from "./_emit.ts";
import { type OpContext, TorchError } from "./_op.ts";
import { printHint } from "./_shape.ts";

/** Where indices may lie: from 0, or from the end too, as Python counts. */
export type Range = "from 0" | "from the end too";

/** The first known index that lies outside of `size`; nothing is told of indices that only the run knows. */
export function outsideOf(ctx: OpContext, index: Tensor, size: Dim, range: Range): number | undefined {
  const lowest = range === "from 0" ? 0 : mul(-1, size);
  return dataOf(index.meta)?.find(
    (i) => compare(i, "<", lowest, ctx.graph) === true || compare(i, ">=", size, ctx.graph) === true,
  );
}

interface Bounds {
  readonly range: Range;
  readonly type: "IndexError" | "RuntimeError";
  /** What torch says; the usual sentence where it is left out. */
  readonly says?: string;
}

const outOfRange = "index out of range in self";

/** Source: the checks of ATen's CPU kernels, by what torch 2.14 raises. */
const boundsOf: Readonly<Record<string, Bounds>> = {
  gather: { range: "from 0", type: "RuntimeError" },
  scatter: { range: "from 0", type: "RuntimeError" },
  scatter_add: { range: "from 0", type: "RuntimeError" },
  scatter_reduce: { range: "from 0", type: "RuntimeError" },
  index_select: { range: "from 0", type: "IndexError", says: outOfRange },
  index_add: { range: "from 0", type: "RuntimeError" },
  index_reduce: { range: "from 0", type: "IndexError", says: outOfRange },
  index_copy: { range: "from 0", type: "IndexError" },
  index_fill: { range: "from the end too", type: "IndexError" },
};

/**
 * Indices along an existing dimension, for the ops that torch checks.
 * @throws TorchError for a known index that lies outside, as torch raises
 */
export function checkIndices(ctx: OpContext, op: string, input: Tensor, dim: number, index: Tensor): void {
  const bounds = boundsOf[op];
  const shape = shapeOf(input);
  const size = shape[dim];
  if (bounds === undefined || size === undefined) return;
  const outside = outsideOf(ctx, index, size, bounds.range);
  if (outside === undefined) return;
  // Two kernels say it in their own words for some ranks and dimensions.
  if (op === "index_select" && dim === 1)
    throw new TorchError(`INDICES element is out of DATA bounds, id=${outside} axis_dim=${printHint(size)}`);
  if (op === "index_add" && shape.length === 1) throw new TorchError(outOfRange, "IndexError");
  const usual = `${op === "index_copy" ? "index_copy_(): " : ""}index ${outside} is out of bounds for dimension ${dim} with size ${printHint(size)}`;
  throw new TorchError(bounds.says ?? usual, bounds.type);
}
