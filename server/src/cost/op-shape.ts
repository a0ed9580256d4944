import type { Dim } from "../graph/dim.ts";
import type { OpRecord } from "../graph/ir.ts";
import { isContiguous, isKnownShape, type TensorMeta } from "../graph/tensor.ts";
import { type Sizes, sizeIn } from "./sizes.ts";

/** As many elements become one as a row has. */
export function isRowWise(op: OpRecord, sizes: Sizes): boolean {
  const [input, output] = [op.inputs[0]?.meta.shape, op.outputs[0]?.meta.shape];
  if (input === undefined || output === undefined || !isKnownShape(input) || !isKnownShape(output))
    return true;
  return elements(input, sizes) === elements(output, sizes) * sizeIn(input.at(-1) ?? 1, sizes);
}

const elements = (shape: readonly Dim[], sizes: Sizes): number =>
  shape.reduce<number>((n, d) => n * sizeIn(d, sizes), 1);

/**
 * Where channels come first, bilinear and bicubic resizing have a thread for each pixel of a plane, which goes through
 * the planes of all samples in turn. Source: ATen `UpSampleBilinear2d.cu`, `upsample_bilinear2d_out_frame`.
 */
export function serialPlanes(op: OpRecord, sizes: Sizes): number {
  if (op.name !== "upsample_bilinear2d" && op.name !== "upsample_bicubic2d") return 0;
  const input = op.inputs[0]?.meta;
  if (input === undefined || !isKnownShape(input.shape) || !isContiguous(input)) return 0;
  return input.shape.slice(0, 2).reduce<number>((n, d) => n * sizeIn(d, sizes), 1);
}

interface Layout {
  readonly sizes: Sizes;
  readonly channelsLast: boolean;
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
export const noProduct = {
  rows: 0,
  columns: 0,
  inner: 0,
  batch: 0,
  window: 1,
  channelsFirst: false,
  serial: 0,
} as const;

export function productOf(op: OpRecord, macs: number, layout: Layout): Product {
  if (macs === 0) return noProduct;
  const { sizes } = layout;
  if (op.name.startsWith("conv"))
    return convolutionProduct(op, macs, attributeOf(op, "groups", sizes) ?? 1, layout);
  const rows = attributeOf(op, "m", sizes);
  const columns = attributeOf(op, "n", sizes);
  const inner = attributeOf(op, "k", sizes);
  if (rows === undefined || columns === undefined || inner === undefined)
    return { ...noProduct, rows: 1, columns: 1, inner: macs, batch: 1 };
  return { ...noProduct, rows, columns, inner, batch: attributeOf(op, "b", sizes) ?? 1 };
}

function attributeOf(op: OpRecord, name: string, sizes: Sizes): number | undefined {
  const value = op.attributes[name];
  return typeof value === "number" || (typeof value === "object" && "kind" in value)
    ? sizeIn(value, sizes)
    : undefined;
}

function convolutionProduct(op: OpRecord, macs: number, groups: number, layout: Layout): Product {
  const { sizes, channelsLast } = layout;
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
