import { type Dim, product, sameDim } from "../graph/dim.ts";
import { isKnownShape, type Shape, Tensor } from "../graph/tensor.ts";
import { type Args, asInt } from "./_args.ts";
import { wrapDim } from "./_shape.ts";
import type { Value } from "./_value.ts";

/** As many elements. */
export const sameElements = (a: Tensor, b: Tensor): boolean =>
  isKnownShape(a.meta.shape) &&
  isKnownShape(b.meta.shape) &&
  sameDim(product(a.meta.shape), product(b.meta.shape));

const integer = (value: Value | undefined): number | undefined => {
  const dim = value === undefined ? undefined : asInt(value);
  return typeof dim === "number" ? dim : undefined;
};

/** Where an axis of a tensor is after a view or a permutation; `undefined` when it is no axis any more. */
export function movedAxis(args: Args, from: Shape, to: Shape, axis: number): number | undefined {
  const dims = args.raw("dims");
  if (dims !== undefined && (dims.kind === "tuple" || dims.kind === "list")) {
    const [only] = dims.items;
    const order = only?.kind === "tuple" || only?.kind === "list" ? only.items : dims.items;
    const at = order.findIndex((each) => wrapDim(integer(each) ?? 0, from.length) === axis);
    return order.length === from.length && at >= 0 ? at : undefined;
  }
  const [one, two] = [
    integer(args.raw("dim0") ?? args.raw("axis0")),
    integer(args.raw("dim1") ?? args.raw("axis1")),
  ];
  if (one !== undefined && two !== undefined) {
    const [a, b] = [wrapDim(one, from.length), wrapDim(two, from.length)];
    return axis === a ? b : axis === b ? a : axis;
  }
  if (from.length === to.length && from.every((d, i) => sameDim(d, to[i] ?? 0))) return axis;
  return axisAfterView(from, to, axis);
}

/** The axis of the same size with as many elements before it. */
function axisAfterView(from: Shape, to: Shape, axis: number): number | undefined {
  const before = product(from.slice(0, axis));
  const size: Dim = from[axis] ?? 1;
  if (size === 1) return undefined;
  const at = to.findIndex((d, i) => sameDim(d, size) && sameDim(product(to.slice(0, i)), before));
  return at < 0 ? undefined : at;
}

/**
 * The class that an index picks of a membership, every other axis being taken whole: `mask[3]`, `mask[..., 3]`,
 * `mask[:, 3]`, `mask[tensor([3])]`.
 */
export function classAxisOfIndex(
  index: Value,
  shape: Shape,
  classAxis: number,
  distinct: number | undefined,
): { readonly index: number; readonly distinct: number | undefined } | undefined {
  const items = index.kind === "tuple" ? index.items : [index];
  const taking = items.filter((item) => item.kind !== "none" && item.kind !== "ellipsis").length;
  let axis = 0;
  let picked: number | undefined;
  let shift = 0;
  for (const item of items) {
    if (item.kind === "none") {
      if (distinct !== undefined && axis <= distinct) shift += 1;
    } else if (item.kind === "ellipsis") axis += shape.length - taking;
    else if (item.kind === "slice") {
      if (![item.lower, item.upper, item.step].every((part) => part.kind === "none")) return undefined;
      axis += 1;
    } else {
      const at = integer(item);
      if (axis !== classAxis || at === undefined || at < 0) return undefined;
      picked = at;
      const isKept = item instanceof Tensor && isKnownShape(item.meta.shape) && item.meta.shape.length > 0;
      if (!isKept && distinct !== undefined && axis < distinct) shift -= 1;
      axis += 1;
    }
  }
  if (picked === undefined) return undefined;
  return { index: picked, distinct: distinct === undefined ? undefined : distinct + shift };
}
