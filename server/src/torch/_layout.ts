import { type Dim, hintOf, mul } from "../graph/dim.ts";
import { contiguousStrides, isContiguous, isKnownShape, type Shape, type Tensor } from "../graph/tensor.ts";

/**
 * Strides that torch gives the output of a pointwise op: the order of dimensions in memory follows the operands,
 * the first one that decides wins. Source: ATen `TensorIterator::reorder_dimensions`. `undefined` is row-major.
 */
export function pointwiseStrides(shape: Shape, operands: readonly Tensor[]): readonly Dim[] | undefined {
  if (operands.every((t) => isContiguous(t.meta))) return undefined;
  return orderedStrides(
    shape,
    operands.map((t) => broadcastStrides(t, shape)),
  );
}

/** The same from the hints of the operands' strides, 0 where they broadcast. */
export function orderedStrides(
  shape: Shape,
  steps: readonly (readonly number[])[],
): readonly Dim[] | undefined {
  const order = shape.map((_, i) => shape.length - 1 - i);
  for (let i = 1; i < order.length; i++) {
    let at = i;
    for (let before = i - 1; before >= 0; before--) {
      const [inner = 0, outer = 0] = [order[before], order[at]];
      const swap = compareDims(inner, outer, steps, shape);
      if (swap < 0) break;
      if (swap === 0) continue;
      order[before] = outer;
      order[at] = inner;
      at = before;
    }
  }
  return order.every((d, i) => d === shape.length - 1 - i) ? undefined : denseStrides(shape, order);
}

/** Strides of `empty_like` with `preserve_format`: those of a dense tensor, else the pointwise order. */
export const preservedStrides = (tensor: Tensor): readonly Dim[] | undefined =>
  isKnownShape(tensor.meta.shape) ? pointwiseStrides(tensor.meta.shape, [tensor]) : undefined;

/** Row-major in the order NHWC, NDHWC. */
export function channelsLastStrides(shape: Shape): readonly Dim[] {
  const order = [1, ...Array.from({ length: shape.length - 2 }, (_, i) => shape.length - 1 - i), 0];
  return denseStrides(shape, order);
}

/** True for a 4-D or 5-D tensor whose channels are innermost, and which is not row-major as well. */
export function isChannelsLast(tensor: Tensor): boolean {
  const { shape, strides } = tensor.meta;
  if (!isKnownShape(shape) || strides === undefined || shape.length < 4 || shape.length > 5) return false;
  if (isContiguous(tensor.meta)) return false;
  const wanted = channelsLastStrides(shape);
  return shape.every((size, i) => size === 1 || hintOf(strides[i] ?? 0) === hintOf(wanted[i] ?? 0));
}

/** Dense strides; `order` lists the dimensions from the innermost outwards. */
function denseStrides(shape: Shape, order: readonly number[]): readonly Dim[] {
  const strides = [...contiguousStrides(shape)];
  let step: Dim = 1;
  for (const d of order) {
    strides[d] = step;
    step = mul(step, shape[d] ?? 1);
  }
  return strides;
}

function compareDims(a: number, b: number, steps: readonly (readonly number[])[], shape: Shape): number {
  for (const step of steps) {
    const [x = 0, y = 0] = [step[a], step[b]];
    if (x === 0 || y === 0) continue;
    if (x !== y) return x < y ? -1 : 1;
    if ((hintOf(shape[a] ?? 1) ?? 2) > (hintOf(shape[b] ?? 1) ?? 2)) return 1;
  }
  return 0;
}

/** Hints of the strides, 0 where the operand is broadcast. */
function broadcastStrides(tensor: Tensor, shape: Shape): readonly number[] {
  const own = isKnownShape(tensor.meta.shape) ? tensor.meta.shape : [];
  const lead = shape.length - own.length;
  return shape.map((size, i) => {
    const mine = own[i - lead];
    if (i < lead || mine === undefined || (mine === 1 && size !== 1)) return 0;
    return hintOf(tensor.meta.strides?.[i - lead] ?? 0) ?? 1;
  });
}
