import { unknown } from "../base/known.ts";
import { type Dim, hintOf, mul, printDim, product, shareOf } from "../graph/dim.ts";
import { countOf, setElements } from "../graph/elements.ts";
import { compare } from "../graph/guard.ts";
import { contiguousStrides, dataOf, type Shape, Tensor } from "../graph/tensor.ts";
import { asInt } from "./_args.ts";
import { create } from "./_create.ts";
import { concrete } from "./_data.ts";
import { shapeOf } from "./_emit.ts";
import { orderedStrides } from "./_layout.ts";
import { NotKnown, type OpContext, TorchError } from "./_op.ts";
import { broadcast, equal, printHint, printShape } from "./_shape.ts";
import type { Value } from "./_value.ts";
import { narrow, select, sliceBounds, unsqueeze } from "./_view.ts";

/** A tensor after its basic indices were applied as views, and what is left to do per dimension. */
export interface Indexed {
  readonly view: Tensor;
  /** Index tensors by dimension of `view`; `undefined` where the dimension is taken whole. */
  readonly advanced: readonly (Tensor | undefined)[];
}

/**
 * Applies `x[index]` the way torch does: integers, slices, `None` and `...` are views, one after another; tensors,
 * lists and masks are gathered at the end. Source: ATen `TensorIndexing.h`.
 */
export function applyIndex(ctx: OpContext, input: Tensor, index: Value): Indexed {
  const items = itemsOf(index);
  const rank = shapeOf(input).length;
  const consumed = items.reduce((n, item) => n + dimsConsumed(item), 0);
  if (consumed > rank) throw new TorchError(`too many indices for tensor of dimension ${rank}`, "IndexError");
  let view = input;
  let dim = 0;
  const advanced: (Tensor | undefined)[] = [];
  for (const item of items) {
    if (item.kind === "unknown" && item.number === "int") view = pickedSomewhere(ctx, view, dim);
    else if (item.kind === "unknown") throw new NotKnown(item);
    else if (item.kind === "ellipsis") dim += rank - consumed;
    else if (item.kind === "none") view = unsqueeze(ctx, view, dim++);
    else if (item.kind === "slice") view = sliced(ctx, view, dim++, item);
    else if (item.kind === "int") view = picked(ctx, view, dim, item.value);
    else if (item.kind === "bool" || item.kind === "list" || item.kind === "tuple") {
      const tensor = item.kind === "bool" ? scalarMask(ctx, item.value) : asTensor(ctx, item);
      if (item.kind === "bool") view = unsqueeze(ctx, view, dim);
      dim = place(advanced, tensor, dim);
    } else if (item instanceof Tensor) {
      const shape = shapeOf(item);
      const isInteger = item.dtype !== "bool" && item.dtype !== "uint8";
      if (shape.length === 0 && isInteger) view = pickedByTensor(ctx, view, dim, item);
      else {
        if (shape.length === 0) view = unsqueeze(ctx, view, dim);
        dim = place(advanced, item, dim);
      }
    } else
      throw new TorchError(
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got " +
          `${item.kind === "string" ? "str" : item.kind})`,
        "IndexError",
      );
  }
  return { view, advanced };
}

function place(advanced: (Tensor | undefined)[], tensor: Tensor, dim: number): number {
  while (advanced.length < dim) advanced.push(undefined);
  advanced[dim] = tensor;
  const isMask = tensor.dtype === "bool" || tensor.dtype === "uint8";
  return dim + (isMask ? Math.max(shapeOf(tensor).length, 1) : 1);
}

/** A list is many indices only when it is a tuple; `x[[0, 1]]` gathers. */
const itemsOf = (index: Value): readonly Value[] => (index.kind === "tuple" ? index.items : [index]);

function dimsConsumed(item: Value): number {
  if (item.kind === "none" || item.kind === "ellipsis" || item.kind === "bool") return 0;
  if (item instanceof Tensor && (item.dtype === "bool" || item.dtype === "uint8"))
    return shapeOf(item).length;
  return 1;
}

function sliced(ctx: OpContext, view: Tensor, dim: number, item: Value & { kind: "slice" }): Tensor {
  const bound = (value: Value): Dim | undefined => (value.kind === "none" ? undefined : asInt(value));
  const isOpen = (value: Value): boolean => value.kind !== "none" && asInt(value) === undefined;
  if (isOpen(item.step)) throw new NotKnown(unknown("the step of a slice is known only at run time"));
  const size = shapeOf(view)[dim] ?? 1;
  const step = hintOf(bound(item.step) ?? 1) ?? 1;
  const [lower, upper] = [bound(item.lower), bound(item.upper)];
  if (isOpen(item.lower) || isOpen(item.upper)) return slicedSomewhere(ctx, view, dim, item, step);
  if (lower === undefined && upper === undefined && step === 1) return view;
  const { start, length } = sliceBounds(lower, upper, step, size, ctx);
  const most = hintOf(size) === undefined ? hintOf(length) : undefined;
  if (most !== undefined && most > 1)
    ctx.graph.uncounted(
      `x[:${most}]`,
      `only the run knows how many elements there are: at most ${most} remain, and all ${most} are counted`,
    );
  return narrow(ctx, view, dim, start, length, step);
}

/** A view between bounds of which only the run knows one. What `x[:n]` takes, `x[n:]` leaves. */
function slicedSomewhere(
  ctx: OpContext,
  view: Tensor,
  dim: number,
  { lower, upper }: Value & { kind: "slice" },
  step: number,
): Tensor {
  const why = "a slice bound is known only at run time";
  if (step !== 1) throw new NotKnown(unknown(why));
  const { storage } = view.meta;
  if (storage.data !== undefined) storage.write(undefined);
  const size = shapeOf(view)[dim] ?? 1;
  const window = windowLength(ctx, lower, upper, size);
  if (window !== undefined) return narrow(ctx, view, dim, 0, window, 1);
  const isTo = asInt(upper) === undefined && upper.kind !== "none";
  const [open, closed] = isTo ? [upper, lower] : [lower, upper];
  const isToEdge = closed.kind === "none" || (isTo && asInt(closed) === 0);
  const key = isToEdge
    ? `of ${printDim(size)}`
    : `${isTo ? "to" : "from"} ${printDim(asInt(closed) ?? 0)} of ${printDim(size)}`;
  const of = ctx.graph.choice(size, "x[:n]", why, closed.kind === "unknown" ? undefined : { by: open, key });
  return narrow(ctx, view, dim, 0, shareOf(of, isToEdge && !isTo ? 1 : 0), 1);
}

/** How far two bounds are apart that both lie within, wherever that is: `x[i : i + 64]` of a random `i`. */
function windowLength(ctx: OpContext, lower: Value, upper: Value, size: Dim): number | undefined {
  if (lower.kind !== "unknown" || upper.kind !== "unknown" || upper.range === undefined) return undefined;
  const from = lower.more ?? { than: lower, by: 0 };
  const to = upper.more ?? { than: upper, by: 0 };
  const length = to.by - from.by;
  if (from.than !== to.than || length < 0 || upper.range[0] < length) return undefined;
  return compare(upper.range[1] - 1, "<=", size, ctx.graph) === true ? length : undefined;
}

function picked(ctx: OpContext, view: Tensor, dim: number, at: Dim): Tensor {
  if (shapeOf(view).length === 0)
    throw new TorchError(
      "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number",
      "IndexError",
    );
  return select(ctx, view, dim, at);
}

/** A 0-dim integer tensor selects as its element does. */
function pickedByTensor(ctx: OpContext, view: Tensor, dim: number, at: Tensor): Tensor {
  const known = asInt(at);
  return known === undefined ? pickedSomewhere(ctx, view, dim) : picked(ctx, view, dim, known);
}

/** A view of a place that only the run knows: what is written there may be anywhere, so no element stays known. */
function pickedSomewhere(ctx: OpContext, view: Tensor, dim: number): Tensor {
  const { storage } = view.meta;
  if (storage.data !== undefined) storage.write(undefined);
  return picked(ctx, view, dim, 0);
}

const scalarMask = (ctx: OpContext, value: boolean): Tensor =>
  create(ctx, "tensor", { shape: [], dtype: "bool", device: "cpu", data: [Number(value)], writes: false });

function asTensor(ctx: OpContext, value: Value): Tensor {
  const made = ctx.call("torch.tensor", [value]);
  if (made instanceof Tensor) return made;
  throw new TorchError("an index list could not be read");
}

/** Where an advanced index reads: its result's shape, and the storage positions when all is known. */
export interface Gathered {
  readonly shape: Shape;
  /** As torch lays the result; row-major when `undefined`. */
  readonly strides: readonly Dim[] | undefined;
  readonly positions: readonly number[] | undefined;
}

/**
 * @param assigned the tensor that is written there: a mask selects as many places as it has rows
 * @throws TorchError IndexError in torch's words
 */
export function gatherShape(
  ctx: OpContext,
  { view, advanced }: Indexed,
  what: string,
  assigned?: Tensor,
): Gathered {
  const shape = shapeOf(view);
  const rows = assigned === undefined ? undefined : rowsFor(shape, advanced, shapeOf(assigned));
  const parts = expandMasks(ctx, shape, advanced, { what, rows });
  const given = parts.flatMap((p) => (p === undefined ? [] : [p.shape]));
  const common = indexShape(given, ctx);
  const dims = parts.flatMap((p, i) => (p === undefined ? [] : [i]));
  const first = dims[0] ?? 0;
  const adjacent = dims.every((d, i) => i === 0 || d === (dims[i - 1] ?? 0) + 1);
  const kept = shape.filter((_, i) => parts[i] === undefined);
  const before = adjacent ? first : 0;
  const out = [...kept.slice(0, before), ...common, ...kept.slice(before)];
  return {
    shape: out,
    strides: resultStrides(view, parts, common, before, out),
    positions: positionsOf(view, parts, common, before, out),
  };
}

/** Source: ATen `index` runs over the source with its indexed dimensions at stride 0, beside the indices. */
function resultStrides(
  view: Tensor,
  parts: readonly (Part | undefined)[],
  common: Shape,
  before: number,
  out: Shape,
): readonly Dim[] | undefined {
  const own = view.meta.strides ?? [];
  const kept = own.filter((_, i) => parts[i] === undefined).map((s) => hintOf(s) ?? 1);
  const source = [...kept.slice(0, before), ...common.map(() => 0), ...kept.slice(before)];
  const indices = parts.flatMap((part) => {
    if (part === undefined) return [];
    const lead = common.length - part.shape.length;
    const steps = contiguousStrides(part.shape).map((s, i) => (part.shape[i] === 1 ? 0 : (hintOf(s) ?? 1)));
    return [out.map((_, i) => steps[i - before - lead] ?? 0)];
  });
  return orderedStrides(out, [source, ...indices]);
}

function indexShape(shapes: readonly Shape[], ctx: OpContext): Shape {
  try {
    return broadcast(shapes, ctx);
  } catch (error) {
    if (!(error instanceof TorchError)) throw error;
    throw new TorchError(
      `shape mismatch: indexing tensors could not be broadcast together with shapes ${shapes.map(printShape).join(", ")}`,
      "IndexError",
    );
  }
}

interface Part {
  readonly shape: Shape;
  readonly data: readonly number[] | undefined;
}

/** What a mask selects, in words, and how many places when that is known by other means. */
interface Selection {
  readonly what: string;
  readonly rows: Dim | undefined;
}

/**
 * How many elements a lone mask has to select for a value of that shape: torch takes no other number, but a value
 * with one row, which fits any.
 */
function rowsFor(shape: Shape, advanced: readonly (Tensor | undefined)[], value: Shape): Dim | undefined {
  const [mask, ...others] = advanced.filter((tensor) => tensor !== undefined);
  if (mask === undefined || others.length > 0) return undefined;
  const rank = shape.length - shapeOf(mask).length + 1;
  const size = value[advanced.indexOf(mask) - rank + value.length];
  return size === 1 ? undefined : size;
}

/** Index per dimension of `shape`; a mask of n dimensions becomes n vectors of its true positions. */
function expandMasks(
  ctx: OpContext,
  shape: Shape,
  advanced: readonly (Tensor | undefined)[],
  selection: Selection,
): readonly (Part | undefined)[] {
  const parts: (Part | undefined)[] = shape.map(() => undefined);
  for (const [dim, tensor] of advanced.entries()) {
    if (tensor === undefined) continue;
    if (tensor.dtype !== "bool" && tensor.dtype !== "uint8") {
      if (!["int64", "int32", "int8", "int16"].includes(tensor.dtype))
        throw new TorchError("tensors used as indices must be long, int, byte or bool tensors", "IndexError");
      parts[dim] = { shape: shapeOf(tensor), data: checkedIndices(ctx, tensor, shape[dim] ?? 1, dim) };
      continue;
    }
    for (const [i, part] of maskParts(ctx, tensor, shape, dim, selection).entries()) parts[dim + i] = part;
  }
  return parts;
}

function checkedIndices(
  ctx: OpContext,
  tensor: Tensor,
  size: Dim,
  dim: number,
): readonly number[] | undefined {
  const data = dataOf(tensor.meta);
  if (data === undefined || data.length === 0) return data;
  const [low, high] = [data.reduce((a, b) => Math.min(a, b)), data.reduce((a, b) => Math.max(a, b))];
  const isHigh = compare(high, ">=", size, ctx.graph) === true;
  if (isHigh || compare(low, "<", mul(-1, size), ctx.graph) === true)
    throw new TorchError(
      `index ${isHigh ? high : low} is out of bounds for dimension ${dim} with size ${printHint(size)}`,
      "IndexError",
    );
  if (low >= 0) return data;
  return typeof size === "number" ? data.map((i) => (i < 0 ? i + size : i)) : undefined;
}

/** How many elements of unknown values are not zero: wherever they are asked for, they are as many. */
export function chosenFrom(ctx: OpContext, mask: Tensor, what: string): Dim {
  const which = what.startsWith("x[mask]") ? "true elements of a mask" : "nonzero elements";
  const of = ctx.graph.choice(
    product(shapeOf(mask)),
    what,
    `the number of ${which} is known only at run time`,
  );
  setElements(mask, { kind: "members", of, index: 0, distinct: undefined });
  return shareOf(of, 0);
}

function maskParts(
  ctx: OpContext,
  mask: Tensor,
  shape: Shape,
  dim: number,
  { what, rows }: Selection,
): readonly Part[] {
  const own = shapeOf(mask);
  for (const [i, size] of own.entries())
    if (!equal(size, shape[dim + i] ?? 1, ctx))
      throw new TorchError(
        `The shape of the mask ${printShape(own)} at index ${i} does not match the shape of the indexed tensor ${printShape(shape)} at index ${dim + i}`,
        "IndexError",
      );
  const data = dataOf(mask.meta);
  const sizes = concrete(own);
  if (data === undefined || sizes === undefined) {
    const count = countOf(mask.meta) ?? rows ?? chosenFrom(ctx, mask, what);
    return (own.length === 0 ? [1] : own).map(() => ({ shape: [count], data: undefined }));
  }
  const hits = data.flatMap((x, i) => (x === 0 ? [] : [i]));
  if (own.length === 0) return [{ shape: [hits.length], data: hits }];
  return sizes.map((size, d) => {
    const step = sizes.slice(d + 1).reduce((a, b) => a * b, 1);
    return { shape: [hits.length], data: hits.map((i) => Math.floor(i / step) % size) };
  });
}

function positionsOf(
  view: Tensor,
  parts: readonly (Part | undefined)[],
  common: Shape,
  before: number,
  out: Shape,
): readonly number[] | undefined {
  const sizes = concrete(out);
  const strides = view.meta.strides;
  const { offset } = view.meta;
  const wide = concrete(common);
  if (sizes === undefined || strides === undefined || wide === undefined || typeof offset !== "number")
    return undefined;
  const count = sizes.reduce((a, b) => a * b, 1);
  if (count > 4096 || parts.some((p) => p !== undefined && p.data === undefined)) return undefined;
  const kept = parts.flatMap((p, i) => (p === undefined ? [i] : []));
  return Array.from({ length: count }, (_, flat) => {
    const at = unflatten(flat, sizes);
    const inner = at.slice(before, before + wide.length);
    const outer = [...at.slice(0, before), ...at.slice(before + wide.length)];
    let position = offset;
    for (const [i, dim] of kept.entries())
      position += (outer[i] ?? 0) * Number(hintOf(strides[dim] ?? 0) ?? 0);
    for (const [dim, part] of parts.entries()) {
      if (part === undefined) continue;
      position += elementAt(part, inner) * Number(hintOf(strides[dim] ?? 0) ?? 0);
    }
    return position;
  });
}

function unflatten(flat: number, sizes: readonly number[]): readonly number[] {
  const at = new Array<number>(sizes.length).fill(0);
  let rest = flat;
  for (let d = sizes.length - 1; d >= 0; d--) {
    const size = sizes[d] ?? 1;
    at[d] = rest % size;
    rest = Math.floor(rest / size);
  }
  return at;
}

function elementAt(part: Part, at: readonly number[]): number {
  const lead = at.length - part.shape.length;
  let flat = 0;
  for (const [i, size] of part.shape.entries()) {
    const n = hintOf(size) ?? 1;
    flat = flat * n + (n === 1 ? 0 : (at[lead + i] ?? 0));
  }
  return part.data?.[flat] ?? 0;
}
