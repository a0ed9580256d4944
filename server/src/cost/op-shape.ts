import type { Dim } from "../graph/dim.ts";
import type { Attribute, OpRecord } from "../graph/ir.ts";
import { isContiguous, isKnownShape, type TensorMeta } from "../graph/tensor.ts";
import { convolution, inTurn, type Operands } from "./operands.ts";
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
 * the planes of all samples in turn. Source: ATen `UpSampleBilinear2d.cu`, `upsample_bilinear2d_out_frame`. The time steps of a recurrent
 * layer wait for each other, those of two directions run side by side.
 *
 * @param op that has the trait `inTurn`
 */
export function serialPlanes(op: OpRecord, sizing: Sizing): number {
  const steps = numberIn(op.attributes["steps"], sizing.sizes);
  if (steps !== undefined) return steps * (numberIn(op.attributes["layers"], sizing.sizes) ?? 1);
  const input = op.inputs[0]?.meta;
  if (input === undefined || !isContiguous(input)) return 0;
  return elements((numbersOf(input, sizing) ?? [0]).slice(0, 2));
}

/**
 * Matrix products of ops, a convolution as its implicit one, as columns by op: `batch` times (rows x inner) * (inner x columns).
 * Those of ops without one stay 0.
 */
export interface ProductColumns {
  /** Of convolutions it is told by their multiply-accumulates. */
  readonly rows: Float64Array;
  readonly columns: Float64Array;
  readonly inner: Float64Array;
  readonly batch: Float64Array;
  /** Elements of a window. */
  readonly window: Float64Array;
  /** What a larger batch makes more of, one of the numbers below. */
  readonly growth: Uint8Array;
}

/** What a larger batch makes more of in a product: rows; how many products there are; multiply-accumulates, of which the rest is not known. */
export const [ofConvolution, ofRows, ofBatch, ofUnknown] = [0, 1, 2, 3] as const;

export function productColumns({ ops, traits }: Operands, macs: Float64Array, sizes: Sizes): ProductColumns {
  const { length } = ops;
  const made = {
    rows: new Float64Array(length),
    columns: new Float64Array(length),
    inner: new Float64Array(length),
    batch: new Float64Array(length),
    window: new Float64Array(length),
    growth: new Uint8Array(length),
  };
  for (let i = 0; i < length; i++) {
    const op = ops[i];
    if (op === undefined || macs[i] === 0) continue;
    const own = traits[i] ?? 0;
    if ((own & convolution) !== 0) setConvolution(op, i, made, sizes);
    else if ((own & inTurn) !== 0) setRecurrent(op, i, made, sizes, macs[i] ?? 0);
    else setProduct(op, i, made, sizes);
  }
  return made;
}

function setProduct(op: OpRecord, i: number, into: ProductColumns, sizes: Sizes): void {
  const rows = numberIn(op.attributes["m"], sizes);
  const columns = numberIn(op.attributes["n"], sizes);
  const inner = numberIn(op.attributes["k"], sizes);
  const batch = numberIn(op.attributes["b"], sizes);
  const isKnown = rows !== undefined && columns !== undefined && inner !== undefined;
  into.window[i] = 1;
  into.rows[i] = isKnown ? rows : 1;
  into.columns[i] = isKnown ? columns : 1;
  into.inner[i] = isKnown ? inner : 0;
  into.batch[i] = isKnown ? (batch ?? 1) : 1;
  into.growth[i] = !isKnown ? ofUnknown : batch === undefined ? ofRows : ofBatch;
}

/** The product of the state with the weights of all gates; the one of the input is about as large. */
function setRecurrent(op: OpRecord, i: number, into: ProductColumns, sizes: Sizes, macs: number): void {
  const hidden = numberIn(op.attributes["hidden"], sizes) ?? 1;
  const columns = hidden * (numberIn(op.attributes["gates"], sizes) ?? 1);
  into.window[i] = 1;
  into.rows[i] = macs / (columns * hidden);
  into.columns[i] = columns;
  into.inner[i] = hidden;
  into.batch[i] = 1;
  into.growth[i] = ofRows;
}

/** Attributes are looked up where they are named: each such place meets objects of one shape. */
function numberIn(value: Attribute | undefined, sizes: Sizes): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "object" && "kind" in value ? sizeIn(value, sizes) : undefined;
}

function setConvolution(op: OpRecord, i: number, into: ProductColumns, sizes: Sizes): void {
  const groups = numberIn(op.attributes["groups"], sizes) ?? 1;
  const kernel = op.attributes["kernel"];
  const window = Array.isArray(kernel) ? kernel.reduce<number>((n, k: Dim) => n * sizeIn(k, sizes), 1) : 1;
  // Of nine elements only 3 x 3 are told as such: no other window is Winograd's. Whether channels are a multiple of eight is the same without.
  into.window[i] = window === 9 && !isThreeByThree(kernel) ? 1 : window;
  into.columns[i] = channelsOf(op.outputs[0]?.meta, sizes) / groups;
  into.inner[i] = (channelsOf(op.inputs[0]?.meta, sizes) / groups) * window;
  into.batch[i] = groups;
  into.growth[i] = ofConvolution;
}

const isThreeByThree = (kernel: Attribute | undefined): boolean =>
  Array.isArray(kernel) && kernel.length === 2 && kernel[0] === kernel[1];

const channelsOf = (meta: TensorMeta | undefined, sizes: Sizes): number =>
  meta !== undefined && isKnownShape(meta.shape) ? sizeIn(meta.shape[1] ?? 1, sizes) : 1;
