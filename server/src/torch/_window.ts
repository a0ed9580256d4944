import { add, type Dim, floorDiv, mul, sub } from "../graph/dim.ts";
import { compare } from "../graph/guard.ts";
import type { Args } from "./_args.ts";
import { type OpContext, TorchError } from "./_op.ts";

/** One value per spatial dimension: an int is repeated. @throws TorchError when the number is wrong */
export function perDim(
  args: Args,
  name: string,
  rank: number,
  fallback: Dim | undefined,
  op: string,
): readonly Dim[] {
  if (!args.has(name)) return new Array<Dim>(rank).fill(fallback ?? 1);
  const given = args.ints(name);
  if (given.length === rank) return given;
  const [only] = given;
  if (given.length === 1 && only !== undefined) return new Array<Dim>(rank).fill(only);
  throw new TorchError(
    `${op}(): argument '${name}' must be tuple of ints with ${rank} elements, got ${given.length}`,
  );
}

export interface Window {
  readonly kernel: Dim;
  readonly stride: Dim;
  /** On both sides. */
  readonly padding: Dim;
  readonly dilation: Dim;
  readonly ceil: boolean;
}

/**
 * How many windows fit: `floor((in + 2p - d(k-1) - 1) / s) + 1`. With `ceil` the division rounds up, and a last
 * window that would start in the right padding is dropped. Source: ATen `pooling_output_shape`.
 */
export function windowCount(size: Dim, window: Window, ctx: OpContext): Dim {
  const { kernel, stride, padding, dilation, ceil } = window;
  const span = sub(sub(add(size, mul(2, padding)), mul(dilation, sub(kernel, 1))), 1);
  const rounded = ceil ? add(span, sub(stride, 1)) : span;
  const count = add(floorDiv(rounded, stride), 1);
  if (!ceil) return count;
  const lastStart = mul(sub(count, 1), stride);
  return compare(lastStart, ">=", add(size, padding), ctx.graph) === true ? sub(count, 1) : count;
}
