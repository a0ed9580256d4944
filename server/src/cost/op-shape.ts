import type { Dim } from "../graph/dim.ts";
import type { OpRecord } from "../graph/ir.ts";
import { isContiguous, isKnownShape } from "../graph/tensor.ts";
import { type Sizes, sizeIn } from "./sizes.ts";

/** As many elements become one as a row has. */
export function isRowWise(op: OpRecord, sizes: Sizes): boolean {
  const [input, output] = [op.inputs[0]?.meta.shape, op.outputs[0]?.meta.shape];
  if (input === undefined || output === undefined || !isKnownShape(input) || !isKnownShape(output))
    return true;
  const count = (shape: readonly Dim[]): number => shape.reduce<number>((n, d) => n * sizeIn(d, sizes), 1);
  return count(input) === count(output) * sizeIn(input.at(-1) ?? 1, sizes);
}

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

export function productOf(op: OpRecord, macs: number, state: Layout): Product {
  if (macs === 0) return noProduct;
  const attribute = (name: string): number | undefined => {
    const value = op.attributes[name];
    return typeof value === "number" || (typeof value === "object" && "kind" in value)
      ? sizeIn(value, state.sizes)
      : undefined;
  };
  if (op.name.startsWith("conv")) return convolutionProduct(op, macs, attribute("groups") ?? 1, state);
  const [rows, columns, inner] = [attribute("m"), attribute("n"), attribute("k")];
  if (rows === undefined || columns === undefined || inner === undefined)
    return { ...noProduct, rows: 1, columns: 1, inner: macs, batch: 1 };
  return { ...noProduct, rows, columns, inner, batch: attribute("b") ?? 1 };
}

function convolutionProduct(op: OpRecord, macs: number, groups: number, state: Layout): Product {
  const kernel = op.attributes["kernel"];
  const window = Array.isArray(kernel)
    ? kernel.reduce<number>((n, k: Dim) => n * sizeIn(k, state.sizes), 1)
    : 1;
  const [input, output] = [op.inputs[0]?.meta, op.outputs[0]?.meta];
  const channels = (meta: typeof input): number =>
    meta !== undefined && isKnownShape(meta.shape) ? sizeIn(meta.shape[1] ?? 1, state.sizes) : 1;
  const columns = channels(output) / groups;
  const inner = (channels(input) / groups) * window;
  return {
    rows: macs / (columns * inner * groups),
    columns,
    inner,
    batch: groups,
    window,
    channelsFirst: !state.channelsLast && input !== undefined && isContiguous(input),
  };
}
