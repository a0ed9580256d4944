import { type DType, isIntegral } from "../graph/dtype.ts";
import { dataOf, isKnownShape, type Shape, type Tensor } from "../graph/tensor.ts";

const f32 = new Float32Array(1);
const bits = new Uint32Array(f32.buffer);

/** The nearest value that a dtype can hold, as torch stores it. */
export function roundTo(x: number, dtype: DType): number {
  switch (dtype) {
    case "bool":
      return x === 0 ? 0 : 1;
    case "float32":
      return Math.fround(x);
    case "float16":
      return toHalf(x);
    case "bfloat16":
      return toBfloat16(x);
    case "uint8":
      return Math.trunc(x) & 255;
    case "int8":
      return (Math.trunc(x) << 24) >> 24;
    case "int16":
      return (Math.trunc(x) << 16) >> 16;
    case "int32":
      return Math.trunc(x) | 0;
    default:
      return isIntegral(dtype) ? Math.trunc(x) : x;
  }
}

/** A dtype to which an array is known to be rounded: fills are shared by hundreds of tensors. */
const rounded = new WeakMap<readonly number[], DType>();

/** The same array when it is rounded already. */
export function roundAll(data: readonly number[], dtype: DType): readonly number[] {
  if (dtype === "float64" || rounded.get(data) === dtype) return data;
  const made = data.every((x) => Object.is(roundTo(x, dtype), x)) ? data : data.map((x) => roundTo(x, dtype));
  rounded.set(made, dtype);
  return made;
}

/** Concrete elements of every tensor, or `undefined` when one of them is not known. */
export function allData(tensors: readonly Tensor[]): readonly (readonly number[])[] | undefined {
  const all: (readonly number[])[] = [];
  for (const tensor of tensors) {
    const data = dataOf(tensor.meta);
    if (data === undefined) return undefined;
    all.push(data);
  }
  return all;
}

/** Concrete sizes, or `undefined` when one is symbolic. */
export const concrete = (shape: Shape): readonly number[] | undefined =>
  shape.every((d): d is number => typeof d === "number") ? shape : undefined;

/** Elements of `tensor` broadcast to `shape`, row-major. */
export function broadcastData(tensor: Tensor, shape: Shape): readonly number[] | undefined {
  const data = dataOf(tensor.meta);
  const own = isKnownShape(tensor.meta.shape) ? concrete(tensor.meta.shape) : undefined;
  const target = concrete(shape);
  if (data === undefined || own === undefined || target === undefined) return undefined;
  const total = target.reduce((a, b) => a * b, 1);
  if (total > 4096) return undefined;
  if (own.length === target.length && own.every((s, i) => s === target[i])) return data;
  const lead = target.length - own.length;
  return Array.from({ length: total }, (_, flat) => {
    let rest = flat;
    let at = 0;
    let step = 1;
    for (let d = target.length - 1; d >= 0; d--) {
      const size = target[d] ?? 1;
      const i = rest % size;
      rest = Math.floor(rest / size);
      if (d < lead) continue;
      const mine = own[d - lead] ?? 1;
      if (mine !== 1) at += i * step;
      step *= mine;
    }
    return data[at] ?? 0;
  });
}

/** The place of the `flat`-th element, row-major. */
function placeOf(flat: number, sizes: readonly number[]): readonly number[] {
  const place = new Array<number>(sizes.length);
  let rest = flat;
  for (let d = sizes.length - 1; d >= 0; d--) {
    const size = sizes[d] ?? 1;
    place[d] = rest % size;
    rest = Math.floor(rest / size);
  }
  return place;
}

/** Elements of a tensor of this shape, each of which comes from a place of another tensor or, without one, is 0. */
export function movedData(
  from: Tensor,
  shape: Shape,
  source: (place: readonly number[]) => readonly number[] | undefined,
): readonly number[] | undefined {
  const data = dataOf(from.meta);
  const own = data === undefined || !isKnownShape(from.meta.shape) ? undefined : concrete(from.meta.shape);
  const target = concrete(shape);
  if (data === undefined || own === undefined || target === undefined) return undefined;
  const total = target.reduce((a, b) => a * b, 1);
  if (total > 4096) return undefined;
  return Array.from({ length: total }, (_, flat) => {
    const place = source(placeOf(flat, target));
    return place === undefined ? 0 : (data[place.reduce((at, i, d) => at * (own[d] ?? 1) + i, 0)] ?? 0);
  });
}

function toBfloat16(x: number): number {
  if (!Number.isFinite(x)) return x;
  f32[0] = x;
  const word = bits[0] ?? 0;
  bits[0] = (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000;
  return f32[0] ?? x;
}

function toHalf(x: number): number {
  if (!Number.isFinite(x) || x === 0) return x;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), -14);
  const step = 2 ** (exponent - 10);
  const scaled = x / step;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
  const value = rounded * step;
  return Math.abs(value) > 65504 ? Math.sign(x) * Number.POSITIVE_INFINITY : value;
}
