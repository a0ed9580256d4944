import { dtypes as allDtypes, type DType } from "../graph/dtype.ts";
import type { Graph, OpRecord } from "../graph/ir.ts";
import { rateCode } from "../hardware/accelerator.ts";
import { channelsLastClass } from "./classify.ts";
import { classCode, kernelClasses } from "./kernel.ts";
import {
  codeOf,
  dtypeAt,
  emptySide,
  type Lowering,
  none,
  passDtype,
  ratioOf,
  readOperands,
  writeOperands,
} from "./lowering.ts";
import {
  isRowWise,
  numbersOf,
  ofBatch,
  ofConvolution,
  ofRows,
  ofUnknown,
  type ProductColumns,
  type Sizing,
  serialPlanes,
} from "./op-shape.ts";
import {
  biasedConvolution,
  contiguousProduct,
  convolution,
  gradientsIn,
  inTurn,
  type Operands,
  stridedLayerNorm,
  ungroupedAttention,
  varies,
  view,
} from "./operands.ts";
import { ofBias, ofMove, ofOp, ofParts } from "./origins.ts";
import { autocastDtype, eightBit, type Precision, rateOf, storedDtype } from "./precision.ts";
import { type SizedGraph, sizedGraph } from "./sized-graph.ts";
import type { Sizes } from "./sizes.ts";
import { StepTable } from "./step-table.ts";
import { type AttentionPart, unfusedAttention } from "./unfused-attention.ts";

export interface LowerOptions {
  readonly precision: Precision;
  readonly sizes: Sizes;
  /** Norms that take their input in half precision under autocast, which torch's own do not. */
  readonly isHalfNorm: (op: OpRecord) => boolean;
  /** The bias of a convolution is a launch of its own, as with cuDNN. */
  readonly addsBiasApart: boolean;
  /** Attention that no fused kernel takes is computed in float32, as torch does from 2.5 on. */
  readonly upcastsAttention: boolean;
  /** Tensors of convolutions have their channels innermost, whatever the code says. */
  readonly channelsLast: boolean;
}

const reduction = classCode("reduction");
const wideDepthwise = classCode("wide-depthwise-convolution");
const copying = classCode("copy");
const pointwise = classCode("pointwise");
const fp32 = rateCode("fp32");

type DtypeColumns = Pick<Lowering, "storedAs" | "rates" | "convolutionRates">;

const dtypeColumns = new Map<Precision, DtypeColumns>();

function dtypesIn(precision: Precision): DtypeColumns {
  const known = dtypeColumns.get(precision);
  if (known !== undefined) return known;
  const made = {
    storedAs: Uint8Array.from(allDtypes, (dtype) => codeOf(storedDtype(dtype, precision))),
    rates: Uint8Array.from(allDtypes, (dtype) => rateCode(rateOf(dtype, precision))),
    convolutionRates: Uint8Array.from(allDtypes, (dtype) => rateCode(rateOf(dtype, precision, true))),
  };
  dtypeColumns.set(precision, made);
  return made;
}

/** By code of a class, that of the same op with its channels last. */
const channelsLast = Uint8Array.from(kernelClasses, (kind) => classCode(channelsLastClass(kind)));

/**
 * The graph as the device sees it: views are gone, casts of the precision are there. The sum over steps is the
 * traffic of eager execution.
 */
export const lower = (graph: Graph, options: LowerOptions): StepTable => lowered(graph, options).table;

/** Steps, and what they are made of. */
export interface Lowered {
  readonly table: StepTable;
  readonly sized: SizedGraph;
}

export function lowered(graph: Graph, options: LowerOptions): Lowered {
  const { precision, sizes, isHalfNorm } = options;
  const sized = sizedGraph(graph, sizes);
  const { operands, times } = sized;
  const { ops, traits, table } = operands;
  const state: Lowering = {
    precision,
    isHalfNorm,
    sized,
    operands,
    whole: { sizes, times },
    part: { sizes, times: 1 },
    low: codeOf(autocastDtype(precision)),
    stored: precision === "fp16" || precision === "bf16" ? codeOf(storedDtype("float32", precision)) : none,
    narrow: codeOf(eightBit(precision)),
    ...dtypesIn(precision),
    table: tableFor(operands, precision),
    dtypes: new Uint8Array(table.refs.length).fill(none),
    castStates: new Int32Array(table.keyCount),
    askedFor: new Uint8Array(table.refs.length).fill(none),
    asked: new Int32Array(table.refs.length),
    nextKey: -1,
    read: emptySide(),
    written: emptySide(),
  };
  for (let i = 0; i < ops.length; i++) {
    const op = ops[i];
    if (op === undefined) continue;
    if (((traits[i] ?? 0) & view) !== 0) passDtype(i, state);
    else lowerOp(op, i, options, state);
  }
  return { table: state.table, sized };
}

/** With room for what ops become, on average at most: autocast adds casts. */
function tableFor({ traits, table }: Operands, precision: Precision): StepTable {
  let count = 0;
  for (let i = 0; i < traits.length; i++) {
    const own = traits[i] ?? 0;
    if ((own & view) === 0) count += (own & biasedConvolution) === 0 ? 1 : 2;
  }
  const casts = autocastDtype(precision) === undefined ? 16 : 0.6 * count;
  return new StepTable(count + casts, table.refs.length + casts);
}

function lowerOp(op: OpRecord, i: number, options: LowerOptions, state: Lowering): void {
  const { sized, operands, read, written, table } = state;
  const { starts } = operands.table;
  const start = starts[2 * i] ?? 0;
  const middle = starts[2 * i + 1] ?? 0;
  const end = starts[2 * i + 2] ?? 0;
  const target = readOperands(op, i, start, middle, state);
  writeOperands(op, i, middle, end, target, state);
  const macs = sized.macs[i] ?? 0;
  const flops = sized.flops[i] ?? 0;
  const bytesRead = (sized.bytesRead[i] ?? 0) * ratioOf(read);
  const bytesWritten = (sized.bytesWritten[i] ?? 0) * ratioOf(written);
  if (bytesRead + bytesWritten + macs + flops === 0) return;
  const traits = operands.traits[i] ?? 0;
  const factor = dtypeAt(op.factors[0] ?? 0, read);
  const sizing = (traits & varies) === 0 ? state.part : state.whole;
  const parts =
    (traits & ungroupedAttention) === 0
      ? undefined
      : attentionParts(op, allDtypes[factor] ?? "float32", macs, sizing, options.upcastsAttention);
  if (parts !== undefined) {
    addParts(op, i, start, middle, parts, state);
    return;
  }
  if ((traits & stridedLayerNorm) !== 0) copyFirst(op, i, start, state);
  const isFirst = macs !== 0 && !options.channelsLast && (traits & contiguousProduct) !== 0;
  const ownClass = operands.classes[i] ?? 0;
  const kind = isFirst ? ownClass : (channelsLast[ownClass] ?? 0);
  const rates = (traits & convolution) === 0 ? state.rates : state.convolutionRates;
  const row = table.add(op.id, op.name, kind, rates[factor] ?? fp32);
  table.setOrigin(row, i, ofOp);
  table.gradients[row] = operands.gradients[i] ?? 0;
  table.isRowWise[row] = kind !== reduction || isRowWise(op, sizing) ? 1 : 0;
  table.macs[row] = macs;
  table.flops[row] = flops;
  table.bytes[row] = bytesRead + bytesWritten;
  table.fixedBytes[row] = Math.min(bytesRead, read.fixedBytes) + Math.min(bytesWritten, written.fixedBytes);
  if ((traits & inTurn) !== 0) table.serial[row] = serialPlanes(op, sizing);
  table.bytesRead[row] = bytesRead;
  table.channelsFirst[row] = isFirst ? 1 : 0;
  table.setReads(row, read.accesses, read.count);
  table.setWrites(row, written.accesses, written.count);
  if (macs !== 0) setProduct(row, i, macs, sizing.times, table, sized.products);
  if (options.addsBiasApart && (traits & biasedConvolution) !== 0 && kind !== wideDepthwise)
    addBias(op, i, row, state);
}

/** @param times of what the op works on */
export function setProduct(
  row: number,
  i: number,
  macs: number,
  times: number,
  table: StepTable,
  products: ProductColumns,
): void {
  const growth = products.growth[i];
  const columns = products.columns[i] ?? 0;
  const inner = products.inner[i] ?? 0;
  const rows = products.rows[i] ?? 0;
  const batch = products.batch[i] ?? 0;
  table.columns[row] = columns;
  table.inner[row] = growth === ofUnknown ? macs : inner;
  table.window[row] = products.window[i] ?? 1;
  table.rows[row] =
    growth === ofConvolution ? macs / (columns * inner * batch) : growth === ofRows ? rows * times : rows;
  table.batch[row] = growth === ofBatch ? batch * times : batch;
}

/** Layer norm makes its input contiguous first. Source: ATen `layer_norm_kernel.cu`, `expect_contiguous`. */
function copyFirst(op: OpRecord, i: number, start: number, state: Lowering): void {
  const { table, operands, read } = state;
  const { accesses } = table;
  const [source] = read.accesses;
  if (source === undefined || read.count === 0) return;
  const bytes = accesses.bytes[source] ?? 0;
  const isFixed = accesses.isFixed[source] === 1;
  const copy = accesses.add(
    state.nextKey--,
    bytes,
    isFixed,
    accesses.tensors[source],
    accesses.widths[source],
  );
  const row = table.add(op.id, "contiguous", copying, fp32);
  table.setOrigin(row, i, ofMove);
  table.gradients[row] = gradientsIn(operands.table, start, start + 1);
  table.isRowWise[row] = 1;
  table.bytes[row] = 2 * bytes;
  table.fixedBytes[row] = isFixed ? 2 * bytes : 0;
  table.bytesRead[row] = bytes;
  table.setReads(row, [source]);
  table.setWrites(row, [copy]);
  read.accesses[0] = copy;
}

/**
 * cuDNN's convolutions add no bias; torch's own depthwise kernel, for wide windows, does. The output is read and written once more,
 * in place.
 */
function addBias(op: OpRecord, i: number, of: number, state: Lowering): void {
  const { table, written } = state;
  const { bytes, fixedBytes } = written;
  const row = table.add(op.id, "add_", pointwise, table.rates[of] ?? fp32);
  table.setOrigin(row, i, ofBias);
  table.gradients[row] = table.gradients[of] ?? 0;
  table.isRowWise[row] = table.isRowWise[of] ?? 0;
  table.bytes[row] = 2 * bytes;
  table.fixedBytes[row] = 2 * fixedBytes;
  table.bytesRead[row] = bytes;
  table.setReads(row, written.accesses, written.count);
  table.setWrites(row, written.accesses, written.count);
}

function attentionParts(
  op: OpRecord,
  dtype: DType,
  macs: number,
  sizing: Sizing,
  upcasts: boolean,
): readonly AttentionPart[] | undefined {
  const [query, key, value, mask] = op.inputs.map(({ meta }) => numbersOf(meta, sizing));
  if (query === undefined || key === undefined || value === undefined) return undefined;
  return unfusedAttention({ query, key, value, mask, macs, dtype, upcasts });
}

/** The first part reads what the op reads, the last writes what it writes; between them are tensors of their own. */
function addParts(
  op: OpRecord,
  i: number,
  start: number,
  end: number,
  parts: readonly AttentionPart[],
  state: Lowering,
): void {
  const { table, operands, read, written } = state;
  const gradients = gradientsIn(operands.table, start, end);
  let before: readonly number[] = read.accesses.slice(0, read.count);
  const last = written.accesses.slice(0, written.count);
  for (const [at, part] of parts.entries()) {
    const own = table.accesses.add(state.nextKey--, part.bytesWritten, false);
    const after = at === parts.length - 1 ? last : [own];
    const row = table.add(
      op.id,
      op.name,
      classCode(part.class),
      rateCode(rateOf(part.dtype, state.precision)),
    );
    table.setOrigin(row, i, ofParts);
    table.gradients[row] = gradients;
    table.isRowWise[row] = 1;
    table.macs[row] = part.macs;
    table.flops[row] = part.flops;
    table.bytes[row] = part.bytesRead + part.bytesWritten;
    table.rows[row] = part.rows;
    table.columns[row] = part.columns;
    table.inner[row] = part.inner;
    table.batch[row] = part.batch;
    table.bytesRead[row] = part.bytesRead;
    table.setReads(row, before);
    table.setWrites(row, after);
    before = after;
  }
}
