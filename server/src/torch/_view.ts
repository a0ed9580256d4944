import {
  add,
  alike,
  type Dim,
  exactDiv,
  floorDiv,
  hintOf,
  mul,
  product,
  sameDim,
  sub,
} from "../graph/dim.ts";
import { compare } from "../graph/guard.ts";
import { contiguousStrides, dataOf, isContiguous, type Shape, type Tensor } from "../graph/tensor.ts";
import { emitOne, emitView, shapeOf, stridesOf } from "./_emit.ts";
import { preservedStrides } from "./_layout.ts";
import { type OpContext, TorchError } from "./_op.ts";
import { equal, isOne, printHint, printShape, wrapDim } from "./_shape.ts";

/**
 * The wanted shape with its `-1` worked out. A total that only the run knows is taken to be what the sizes ask for, their
 * product or a multiple of it: the program does not go on where it is another.
 * @throws TorchError in torch's words when it does not fit */
export function inferShape(wanted: Shape, total: Dim, ctx: OpContext): Shape {
  const open = wanted.indexOf(-1);
  const known = product(wanted.filter((d) => d !== -1));
  const invalid = (): TorchError =>
    new TorchError(`shape '${printShape(wanted)}' is invalid for input of size ${printHint(total)}`);
  if (wanted.filter((d) => d === -1).length > 1) throw new TorchError("only one dimension can be inferred");
  const negative = wanted.find((d) => typeof d === "number" && d < -1);
  if (negative !== undefined) throw new TorchError(`invalid shape dimension ${printHint(negative)}`);
  if (open < 0) {
    if (compare(known, "==", total, ctx.graph) === false) throw invalid();
    return wanted;
  }
  if (known === 0)
    throw new TorchError(
      `cannot reshape tensor of 0 elements into shape ${printShape(wanted)} because the unspecified dimension size -1 can be any value and is ambiguous`,
    );
  const inferred = exactDiv(total, known) ?? floorDiv(total, known);
  if (compare(mul(inferred, known), "==", total, ctx.graph) === false) throw invalid();
  return wanted.map((d, i) => (i === open ? inferred : d));
}

/**
 * Strides of a view with another shape over the same memory, or `undefined` when only a copy can have it.
 * Source: ATen `computeStride`.
 */
export function viewStrides(
  shape: Shape,
  strides: readonly Dim[],
  wanted: Shape,
): readonly Dim[] | undefined {
  if (shape.length === 0 || shape.includes(0)) return contiguousStrides(wanted);
  const result = new Array<Dim>(wanted.length);
  let at = wanted.length - 1;
  let base: Dim = strides[shape.length - 1] ?? 1;
  let old: Dim = 1;
  let made: Dim = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    old = mul(old, shape[d] ?? 1);
    const outer = strides[d - 1] ?? 1;
    const joins = d > 0 && (alike(shape[d - 1] ?? 0, 1) || alike(outer, mul(old, base)));
    if (joins) continue;
    while (at >= 0 && (less(made, old) || alike(wanted[at] ?? 0, 1))) {
      result[at] = mul(made, base);
      made = mul(made, wanted[at] ?? 1);
      at -= 1;
    }
    if (!alike(made, old)) return undefined;
    if (d > 0) {
      base = outer;
      old = 1;
      made = 1;
    }
  }
  return at === -1 ? result : undefined;
}

/** Strides of the input in another shape of as many elements, or `undefined` when only a copy can have it. */
const stridesIn = (input: Tensor, shape: Shape): readonly Dim[] | undefined =>
  isContiguous(input.meta) ? contiguousStrides(shape) : viewStrides(shapeOf(input), stridesOf(input), shape);

/** `view`: never copies. @throws TorchError when the memory does not allow it */
export function view(ctx: OpContext, input: Tensor, wanted: Shape): Tensor {
  const shape = inferShape(wanted, product(shapeOf(input)), ctx);
  const strides = stridesIn(input, shape);
  if (strides === undefined)
    throw new TorchError(
      "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead.",
    );
  return emitView(ctx, "view", input, shape, strides);
}

/** `reshape`: a view where the memory allows it, else a copy. */
export function reshape(ctx: OpContext, input: Tensor, wanted: Shape): Tensor {
  const shape = inferShape(wanted, product(shapeOf(input)), ctx);
  const strides = stridesIn(input, shape);
  if (strides !== undefined) return emitView(ctx, "view", input, shape, strides);
  const copy = clone(ctx, input, "contiguous");
  return emitView(ctx, "view", copy, shape, contiguousStrides(shape));
}

/** A copy: `preserve` keeps the order of dimensions in memory, `contiguous` makes it row-major. */
export function clone(
  ctx: OpContext,
  input: Tensor,
  layout: "preserve" | "contiguous" | readonly Dim[],
): Tensor {
  const strides =
    layout === "preserve" ? preservedStrides(input) : layout === "contiguous" ? undefined : layout;
  const { meta } = input;
  return emitOne(ctx, "clone", [input], {
    shape: shapeOf(input),
    dtype: meta.dtype,
    strides,
    data: dataOf(meta),
  });
}

export const contiguous = (ctx: OpContext, input: Tensor): Tensor =>
  isContiguous(input.meta) ? input : clone(ctx, input, "contiguous");

export function permute(ctx: OpContext, input: Tensor, dims: readonly number[], name = "permute"): Tensor {
  const [shape, strides] = [shapeOf(input), stridesOf(input)];
  if (dims.length !== shape.length)
    throw new TorchError(
      `permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = ${shape.length} is not equal to len(dims) = ${dims.length}`,
    );
  const order = dims.map((d) => wrapDim(d, shape.length));
  if (new Set(order).size !== order.length)
    throw new TorchError("permute(): duplicate dims are not allowed.");
  return emitView(
    ctx,
    name,
    input,
    order.map((d) => shape[d] ?? 1),
    order.map((d) => strides[d] ?? 1),
  );
}

export function transpose(ctx: OpContext, input: Tensor, a: number, b: number): Tensor {
  const rank = shapeOf(input).length;
  const [x, y] = [wrapDim(a, rank), wrapDim(b, rank)];
  const order = Array.from({ length: rank }, (_, i) => (i === x ? y : i === y ? x : i));
  return permute(ctx, input, order, "transpose");
}

export function expand(ctx: OpContext, input: Tensor, wanted: Shape): Tensor {
  const [shape, strides] = [shapeOf(input), stridesOf(input)];
  const lead = wanted.length - shape.length;
  if (lead < 0)
    throw new TorchError(
      `expand(torch.FloatTensor{${printShape(shape)}}, size=${printShape(wanted)}): the number of sizes provided (${wanted.length}) must be greater or equal to the number of dimensions in the tensor (${shape.length})`,
    );
  const sizes: Dim[] = [];
  const steps: Dim[] = [];
  for (let i = wanted.length - 1; i >= 0; i--) {
    const target = wanted[i] ?? 1;
    const own = shape[i - lead];
    if (own === undefined) {
      if (target === -1)
        throw new TorchError(
          `The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension ${i}`,
        );
      sizes.push(target);
      steps.push(0);
    } else if (target === -1 || sameDim(target, own)) {
      sizes.push(own);
      steps.push(strides[i - lead] ?? 1);
    } else if (isOne(own, ctx)) {
      sizes.push(target);
      steps.push(0);
    } else if (equal(target, own, ctx)) {
      sizes.push(own);
      steps.push(strides[i - lead] ?? 1);
    } else
      throw new TorchError(
        `The expanded size of the tensor (${printHint(target)}) must match the existing size (${printHint(own)}) at non-singleton dimension ${i}.  Target sizes: ${printShape(wanted)}.  Tensor sizes: ${printShape(shape)}`,
      );
  }
  return emitView(ctx, "expand", input, sizes.reverse(), steps.reverse());
}

export function unsqueeze(ctx: OpContext, input: Tensor, dim: number): Tensor {
  const [shape, strides] = [shapeOf(input), stridesOf(input)];
  const at = wrapDim(dim, shape.length + 1);
  const step = at < shape.length ? mul(shape[at] ?? 1, strides[at] ?? 1) : 1;
  return emitView(ctx, "unsqueeze", input, shape.toSpliced(at, 0, 1), strides.toSpliced(at, 0, step));
}

/** Without the dimensions of size 1 among `dims`. */
export function squeeze(ctx: OpContext, input: Tensor, dims: readonly number[]): Tensor {
  const [shape, strides] = [shapeOf(input), stridesOf(input)];
  const gone = new Set(dims.map((d) => wrapDim(d, shape.length)).filter((d) => isOne(shape[d] ?? 0, ctx)));
  return emitView(
    ctx,
    "squeeze",
    input,
    shape.filter((_, i) => !gone.has(i)),
    strides.filter((_, i) => !gone.has(i)),
  );
}

/** One index of a dimension, which goes. @throws TorchError IndexError */
export function select(ctx: OpContext, input: Tensor, dim: number, index: Dim): Tensor {
  const [shape, strides] = [shapeOf(input), stridesOf(input)];
  const at = wrapDim(dim, shape.length);
  const size = shape[at] ?? 1;
  const wrapped = compare(index, "<", 0, ctx.graph) === true ? add(index, size) : index;
  const inside =
    compare(wrapped, "<", size, ctx.graph) !== false && compare(wrapped, ">=", 0, ctx.graph) !== false;
  if (!inside)
    throw new TorchError(
      `index ${printHint(index)} is out of bounds for dimension ${at} with size ${printHint(size)}`,
      "IndexError",
    );
  const offset = add(input.meta.offset, mul(wrapped, strides[at] ?? 1));
  const drop = (_: Dim, i: number): boolean => i !== at;
  return emitView(ctx, "select", input, shape.filter(drop), strides.filter(drop), offset);
}

/** `start:start+length*step:step` of a dimension. */
export function narrow(
  ctx: OpContext,
  input: Tensor,
  dim: number,
  start: Dim,
  length: Dim,
  step: Dim = 1,
  name = "slice",
): Tensor {
  const [shape, strides] = [shapeOf(input), stridesOf(input)];
  if (shape.length === 0) throw new TorchError(`${name}() cannot be applied to a 0-dim tensor.`);
  const stride = strides[dim] ?? 1;
  return emitView(
    ctx,
    name,
    input,
    shape.with(dim, length),
    strides.with(dim, mul(stride, step)),
    add(input.meta.offset, mul(start, stride)),
  );
}

/** Joins the dimensions from `start` to `end` into one, as `flatten` does. */
export function flattenDims(ctx: OpContext, input: Tensor, start: number, end: number): Tensor {
  const shape = shapeOf(input);
  if (shape.length === 0) return reshape(ctx, input, [1]);
  const [from, to] = [wrapDim(start, shape.length), wrapDim(end, shape.length)];
  if (from > to) throw new TorchError("flatten() has invalid args: start_dim cannot come after end_dim");
  if (from === to) return input;
  const joined = product(shape.slice(from, to + 1));
  return reshape(ctx, input, [...shape.slice(0, from), joined, ...shape.slice(to + 1)]);
}

/** Where a Python slice of a dimension starts and how many it takes. */
export function sliceBounds(
  lower: Dim | undefined,
  upper: Dim | undefined,
  step: number,
  size: Dim,
  ctx: OpContext,
): { readonly start: Dim; readonly length: Dim } {
  if (step <= 0) throw new TorchError("slice step must be positive", "ValueError");
  const clampTo = (bound: Dim): Dim => {
    const fromStart = compare(bound, "<", 0, ctx.graph) === true ? add(bound, size) : bound;
    if (compare(fromStart, "<", 0, ctx.graph) === true) return 0;
    return compare(fromStart, ">", size, ctx.graph) === true ? size : fromStart;
  };
  const start = lower === undefined ? 0 : clampTo(lower);
  const stop = upper === undefined ? size : clampTo(upper);
  if (compare(stop, "<=", start, ctx.graph) === true) return { start, length: 0 };
  const span = sub(stop, start);
  return { start, length: step === 1 ? span : floorDiv(add(span, step - 1), step) };
}

const less = (a: Dim, b: Dim): boolean => {
  const [x, y] = [hintOf(a), hintOf(b)];
  return x === undefined || y === undefined ? !sameDim(a, b) : x < y;
};
