import type { Dim } from "../graph/dim.ts";
import type { OpRecord } from "../graph/ir.ts";
import { isContiguous, isKnownShape, type TensorMeta } from "../graph/tensor.ts";
import { type Sizes, sizeIn } from "./sizes.ts";

/** What makes numbers of the sizes of an op. */
export interface Sizing {
  readonly sizes: Sizes;
  /** So many times the batch that the op and its tensors tell. */
  readonly times: number;
}

/** The sizes of a tensor; `undefined` where its shape is not known. What varies with the input grows by its first size. */
export function numbersOf(
  meta: TensorMeta | undefined,
  { sizes, times }: Sizing,
): readonly number[] | undefined {
  if (meta === undefined || !isKnownShape(meta.shape)) return undefined;
  const { shape, varies } = meta;
  return shape.map((d, i) => (i === 0 && varies ? sizeIn(d, sizes) * times : sizeIn(d, sizes)));
}

/** As many elements become one as a row has. */
export function isRowWise(op: OpRecord, sizing: Sizing): boolean {
  const input = numbersOf(op.inputs[0]?.meta, sizing);
  const output = numbersOf(op.outputs[0]?.meta, sizing);
  if (input === undefined || output === undefined) return true;
  return elements(input) === elements(output) * (input.at(-1) ?? 1);
}

const elements = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/**
 * Where channels come first, bilinear and bicubic resizing have a thread for each pixel of a plane, which goes through
 * the planes of all samples in turn. Source: ATen `UpSampleBilinear2d.cu`, `upsample_bilinear2d_out_frame`.
 */
export function serialPlanes(op: OpRecord, sizing: Sizing): number {
  if (op.name !== "upsample_bilinear2d" && op.name !== "upsample_bicubic2d") return 0;
  const input = op.inputs[0]?.meta;
  if (input === undefined || !isContiguous(input)) return 0;
  return elements((numbersOf(input, sizing) ?? [0]).slice(0, 2));
}

/** A matrix product, a convolution as its implicit one. */
export interface Product {
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
  readonly batch: number;
  readonly window: number;
  readonly channelsFirst: boolean;
}

/** Of a kernel without one. */
export const noProduct: Product = {
  rows: 0,
  columns: 0,
  inner: 0,
  batch: 0,
  window: 1,
  channelsFirst: false,
};

/** @param times of `sizing`, of an op that works on the whole batch */
export function productOf(op: OpRecord, macs: number, sizing: Sizing, channelsLast: boolean): Product {
  if (macs === 0) return noProduct;
  const { sizes, times } = sizing;
  if (op.name.startsWith("conv")) return convolutionProduct(op, macs, sizes, channelsLast);
  const rows = attributeOf(op, "m", sizes);
  const columns = attributeOf(op, "n", sizes);
  const inner = attributeOf(op, "k", sizes);
  if (rows === undefined || columns === undefined || inner === undefined)
    return { rows: 1, columns: 1, inner: macs, batch: 1, window: 1, channelsFirst: false };
  const batch = attributeOf(op, "b", sizes);
  return {
    rows: batch === undefined ? rows * times : rows,
    columns,
    inner,
    batch: batch === undefined ? 1 : batch * times,
    window: 1,
    channelsFirst: false,
  };
}

function attributeOf(op: OpRecord, name: string, sizes: Sizes): number | undefined {
  const value = op.attributes[name];
  return typeof value === "number" || (typeof value === "object" && "kind" in value)
    ? sizeIn(value, sizes)
    : undefined;
}

function convolutionProduct(op: OpRecord, macs: number, sizes: Sizes, channelsLast: boolean): Product {
  const groups = attributeOf(op, "groups", sizes) ?? 1;
  const kernel = op.attributes["kernel"];
  const window = Array.isArray(kernel) ? kernel.reduce<number>((n, k: Dim) => n * sizeIn(k, sizes), 1) : 1;
  const input = op.inputs[0]?.meta;
  const columns = channelsOf(op.outputs[0]?.meta, sizes) / groups;
  const inner = (channelsOf(input, sizes) / groups) * window;
  return {
    rows: macs / (columns * inner * groups),
    columns,
    inner,
    batch: groups,
    window,
    channelsFirst: !channelsLast && input !== undefined && isContiguous(input),
  };
}

const channelsOf = (meta: TensorMeta | undefined, sizes: Sizes): number =>
  meta !== undefined && isKnownShape(meta.shape) ? sizeIn(meta.shape[1] ?? 1, sizes) : 1;
