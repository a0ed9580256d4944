import type { Place, Unknown } from "../base/known.ts";
import { add, alike, type Dim, mul, product } from "./dim.ts";
import { bytesPerElement, type DType } from "./dtype.ts";
import type { Elements } from "./elements.ts";

export type Shape = readonly Dim[];

/**
 * What a tensor is to the model. `parameter` and `buffer` are the model's own, `input` comes from the caller,
 * `constant` was created from plain values, `activation` is computed.
 */
export type Role = "parameter" | "buffer" | "input" | "constant" | "activation";

/** At most this many elements are kept as concrete data. */
const maxData = 4096;

/** How a tensor that is not dense lies: its elements that are not zero, and where they are. */
export interface Sparse {
  readonly layout: "sparse_coo" | "sparse_csr" | "sparse_csc";
  /** Elements that are kept, each of them the dense dimensions whole. */
  readonly nonzeros: Dim | Unknown;
  /** The leading dimensions that indices tell. */
  readonly dimensions: number;
  /** No place is there twice. */
  readonly isCoalesced: boolean;
  /** `[dimensions, nonzeros]`, and a row of values for each, where the program gave them. */
  readonly indices: Tensor | undefined;
  readonly values: Tensor | undefined;
}

/** Memory that a tensor and its views share. Holds the elements when they are known: writes show in every view. */
export class Storage {
  readonly id: number;
  #data: readonly number[] | undefined;
  #version = 0;

  /** Elements in all; `undefined` when it is not known. */
  readonly size: number | undefined;
  /** `undefined` for what is dense; said by the op that makes it. */
  sparse: Sparse | undefined;

  constructor(id: number, data: readonly number[] | undefined, size: number | undefined, sparse?: Sparse) {
    this.id = id;
    this.size = size;
    this.sparse = sparse;
    this.#data = data !== undefined && data.length <= maxData ? data : undefined;
  }

  /** Row-major elements of the whole storage; booleans are 0 and 1. */
  get data(): readonly number[] | undefined {
    return this.#data;
  }

  /** Number of writes. */
  get version(): number {
    return this.#version;
  }

  /** Other memory that holds the same. */
  copy(id: number): Storage {
    const made = new Storage(id, this.#data, this.size, this.sparse);
    made.#version = this.#version;
    return made;
  }

  /** As it was at a version that is given back: what was written since did not happen. */
  takeBack(data: readonly number[] | undefined, version: number): void {
    this.#data = data;
    this.#version = version;
  }

  /** Called by in-place ops; `undefined` forgets, for values that only the run knows. */
  write(data: readonly number[] | undefined): void {
    this.#data = data;
    this.#version += 1;
  }
}

export interface TensorMeta {
  readonly shape: Shape | Unknown;
  readonly dtype: DType;
  /** In elements; `undefined` when the shape is unknown. */
  readonly strides: readonly Dim[] | undefined;
  /** In elements, into the storage. */
  readonly offset: Dim;
  /** `cpu`, `cuda`, `cuda:0`, `meta`, ... */
  readonly device: string;
  readonly requiresGrad: boolean;
  readonly role: Role;
  /** Depends on a model input or on chance: not the same in every forward pass. */
  readonly varies: boolean;
  readonly storage: Storage;
  /** Id of the op that computed it; `undefined` for parameters, inputs and constants. */
  readonly producer: number | undefined;
  /** Qualified name for parameters and buffers, the argument's name for inputs. */
  readonly name: string | undefined;
  /** Where the user's code made it, for parameters and buffers. */
  readonly place: Place | undefined;
  /** What is known of elements that are no data, as of a version of the storage. */
  readonly elements?: { readonly what: Elements; readonly version: number } | undefined;
}

/**
 * A tensor object. Its identity is Python's (`is`, weight tying); what it is may change under `unsqueeze_`,
 * `requires_grad_` and `.data = ...`, always by a whole new `meta`, so that records of ops keep what they saw.
 */
export class Tensor {
  readonly kind = "tensor";
  readonly id: number;
  #meta: TensorMeta;

  constructor(id: number, meta: TensorMeta) {
    this.id = id;
    this.#meta = meta;
  }

  get meta(): TensorMeta {
    return this.#meta;
  }
  get shape(): Shape | Unknown {
    return this.#meta.shape;
  }
  get dtype(): DType {
    return this.#meta.dtype;
  }

  become(change: Partial<TensorMeta>): void {
    this.#meta = { ...this.#meta, ...change };
  }
}

/** A tensor as an op saw it. */
export interface TensorRef {
  readonly id: number;
  readonly meta: TensorMeta;
}

export const refOf = (tensor: Tensor): TensorRef => ({ id: tensor.id, meta: tensor.meta });

export const isKnownShape = (shape: Shape | Unknown): shape is Shape => Array.isArray(shape);

/** Row-major strides. */
export function contiguousStrides(shape: Shape): readonly Dim[] {
  const strides = new Array<Dim>(shape.length);
  let step: Dim = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    const size = shape[i] ?? 1;
    step = mul(step, size === 0 ? 1 : size);
  }
  return strides;
}

/** torch's `is_contiguous()`: strides of dimensions of size 1 do not matter. */
export function isContiguous(meta: TensorMeta): boolean {
  if (!isKnownShape(meta.shape) || meta.strides === undefined) return true;
  if (meta.shape.includes(0)) return true;
  let step: Dim = 1;
  for (let i = meta.shape.length - 1; i >= 0; i--) {
    const size = meta.shape[i] ?? 1;
    if (alike(size, 1)) continue;
    if (!alike(meta.strides[i] ?? 1, step)) return false;
    step = mul(step, size);
  }
  return true;
}

/** Elements; an unknown shape is passed on. */
export const numelOf = (meta: TensorMeta): Dim | Unknown =>
  isKnownShape(meta.shape) ? product(meta.shape) : meta.shape;

/**
 * Bytes of the distinct elements, so that an expanded dimension (stride 0) is counted once; 0 when the shape is
 * unknown, in which case the op that reads it is recorded as not counted.
 */
export function bytesOf(meta: TensorMeta): Dim {
  const { shape, strides } = meta;
  if (!isKnownShape(shape)) return 0;
  if (meta.storage.sparse !== undefined) return sparseBytes(meta.storage.sparse, shape, meta.dtype);
  let whole = bytesPerElement(meta.dtype);
  let symbolic: Dim = 1;
  for (let i = 0; i < shape.length; i++) {
    if (strides?.[i] === 0) continue;
    const size = shape[i] ?? 1;
    if (typeof size === "number") whole *= size;
    else symbolic = mul(size, symbolic);
  }
  return symbolic === 1 ? whole : mul(symbolic, whole);
}

/** An index of 8 bytes in each sparse dimension and a value, for each element that is kept; 0 where only the run knows how many. */
function sparseBytes({ nonzeros, dimensions }: Sparse, shape: Shape, dtype: DType): Dim {
  if (typeof nonzeros === "object" && nonzeros.kind === "unknown") return 0;
  const value = mul(product(shape.slice(dimensions)), bytesPerElement(dtype));
  return mul(nonzeros, add(8 * dimensions, value));
}

/** The elements in row-major order of the view, when they are known. */
export function dataOf(meta: TensorMeta): readonly number[] | undefined {
  const { data } = meta.storage;
  if (data === undefined || !isKnownShape(meta.shape) || meta.strides === undefined) return undefined;
  const at = indicesOf(meta);
  if (at === undefined) return undefined;
  if (at.length === data.length && isContiguous(meta)) return data;
  return at.map((i) => data[i] ?? 0);
}

/** Storage positions of the elements in row-major order; `undefined` when symbolic or too many. */
export function indicesOf({ shape, strides, offset }: TensorMeta): readonly number[] | undefined {
  return isKnownShape(shape) && strides !== undefined ? positionsOf(shape, strides, offset) : undefined;
}

/** The same for a shape and strides. */
export function positionsOf(
  shape: Shape,
  strides: readonly Dim[],
  offset: Dim,
): readonly number[] | undefined {
  if (typeof offset !== "number") return undefined;
  let positions: number[] = [offset];
  for (let d = 0; d < shape.length; d++) {
    const [size, stride] = [shape[d], strides[d]];
    if (typeof size !== "number" || typeof stride !== "number" || positions.length * size > maxData)
      return undefined;
    const next: number[] = [];
    for (const p of positions) for (let i = 0; i < size; i++) next.push(p + i * stride);
    positions = next;
  }
  return positions;
}
