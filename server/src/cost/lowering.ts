import { bytesByCode, type DType, dtypeCode, isFloatingByCode } from "../graph/dtype.ts";
import type { OpRecord } from "../graph/ir.ts";
import { computed, fixed, floating, leaf, scalar, state as stateTrait } from "../graph/tensor-traits.ts";
import { rateCode } from "../hardware/accelerator.ts";
import { classCode } from "./kernel.ts";
import type { Sizing } from "./op-shape.ts";
import { batchNorm, conversion, gradientsIn, inPlace, type Operands } from "./operands.ts";
import { ofMove } from "./origins.ts";
import type { Precision } from "./precision.ts";
import type { SizedGraph } from "./sized-graph.ts";
import type { StepTable } from "./step-table.ts";

/** What is known while ops become steps, one after another. */
export interface Lowering {
  readonly precision: Precision;
  readonly isHalfNorm: (op: OpRecord) => boolean;
  readonly sized: SizedGraph;
  readonly operands: Operands;
  /** Of ops that work on the whole batch, and of the others. */
  readonly whole: Sizing;
  readonly part: Sizing;
  /** What autocast lowers to, and what products with weights are narrowed to. Dtypes are codes here, `none` where there is none. */
  readonly low: number;
  /** What a model is that was converted as a whole. */
  readonly stored: number;
  readonly narrow: number;
  /** By code of a dtype: what it is stored as, and the arithmetic that products and convolutions of it run on. */
  readonly storedAs: Uint8Array;
  readonly rates: Uint8Array;
  readonly convolutionRates: Uint8Array;
  readonly table: StepTable;
  /** What a tensor object is stored as, where that differs from what the code says; by its first entry in the table of tensors. */
  readonly dtypes: Uint8Array;
  /** By key, one more than the access to what autocast made of a parameter that it has converted: it keeps that for the rest of the pass. */
  readonly castStates: Int32Array;
  /** What was last asked of a tensor, and the access that it was: many ops read the same ones. */
  readonly askedFor: Uint8Array;
  readonly asked: Int32Array;
  /** Keys of the memory of casts: negative, so that they are no storage's. */
  nextKey: number;
  /** Of the op at hand. */
  readonly read: Side;
  readonly written: Side;
}

const castClass = classCode("cast");
const fp32 = rateCode("fp32");

/** The code of no dtype. */
export const none = 255;

/** None of a dtype that is not there. */
export const codeOf = (dtype: DType | undefined): number => (dtype === undefined ? none : dtypeCode(dtype));

const float32 = codeOf("float32");
const float64 = codeOf("float64");
const bfloat16 = codeOf("bfloat16");

/** Bytes of a floating-point dtype by those of another. */
const widthRatio = (to: number, from: number): number => (bytesByCode[to] ?? 1) / (bytesByCode[from] ?? 1);

/** What an op reads or writes, in its order: dtypes, and accesses by number. Entries from `count` on are left of another op. */
export interface Side {
  count: number;
  readonly dtypes: number[];
  readonly accesses: number[];
  /** Of all of it; of these, what is the same for any batch; and what the code's own dtypes would need. */
  bytes: number;
  fixedBytes: number;
  ownBytes: number;
}

export const emptySide = (): Side => ({
  count: 0,
  dtypes: [],
  accesses: [],
  bytes: 0,
  fixedBytes: 0,
  ownBytes: 0,
});

function begin(side: Side, count: number): void {
  side.count = count;
  side.bytes = 0;
  side.fixedBytes = 0;
  side.ownBytes = 0;
}

function setAccess(side: Side, at: number, access: number, tensor: number, { table, sized }: Lowering): void {
  const { bytes, isFixed } = table.accesses;
  const own = bytes[access] ?? 0;
  side.accesses[at] = access;
  side.bytes += own;
  if (isFixed[access] === 1) side.fixedBytes += own;
  side.ownBytes += sized.bytes[tensor] ?? 0;
}

/** A view has the dtype of what it shows. */
export function passDtype(i: number, state: Lowering): void {
  const { table } = state.operands;
  const { dtypes } = table;
  const start = table.starts[2 * i] ?? 0;
  const middle = table.starts[2 * i + 1] ?? 0;
  if (start === middle || middle === table.starts[2 * i + 2]) return;
  const from = table.accessed[start] ?? 0;
  const to = table.accessed[middle] ?? 0;
  const dtype = dtypeOf(from, state);
  if (dtype !== dtypes[to] && dtypes[to] === dtypes[from]) state.dtypes[table.firsts[to] ?? to] = dtype;
}

/** Fills `read`: casts that the precision puts before the op become steps. What autocast converts to comes back. */
export function readOperands(op: OpRecord, i: number, start: number, end: number, state: Lowering): number {
  const { read, operands } = state;
  const { accessed } = operands.table;
  begin(read, end - start);
  for (let at = 0; at < read.count; at++) read.dtypes[at] = dtypeOf(accessed[start + at] ?? 0, state);
  const target = targetOf(op, i, start, state);
  const narrow = narrowFactors(op, start, state);
  for (let at = 0; at < read.count; at++) {
    const tensor = accessed[start + at] ?? 0;
    const dtype = read.dtypes[at] ?? float32;
    const isNarrowed = narrow !== none && op.factors.includes(at);
    const to = isNarrowed ? narrow : castTo(dtype, target);
    read.dtypes[at] = to;
    const isThere = to === dtype || (isNarrowed && isState(tensor, state));
    const access = isThere ? accessOf(tensor, to, state) : cast(op, i, start + at, dtype, to, state);
    setAccess(read, at, access, tensor, state);
  }
  return target;
}

/** Fills `written`. */
export function writeOperands(
  op: OpRecord,
  i: number,
  start: number,
  end: number,
  target: number,
  state: Lowering,
): void {
  const { written, operands } = state;
  const { accessed, firsts } = operands.table;
  const traits = operands.traits[i] ?? 0;
  const dtype =
    state.narrow !== none && narrowFactors(op, operands.table.starts[2 * i] ?? 0, state) !== none
      ? bfloat16
      : writtenDtype(i, traits, target, state);
  begin(written, end - start);
  for (let at = 0; at < written.count; at++) {
    const tensor = accessed[start + at] ?? 0;
    const own = operands.table.dtypes[tensor] ?? float32;
    const to = dtype !== none && ((operands.table.traits[tensor] ?? 0) & floating) !== 0 ? dtype : own;
    written.dtypes[at] = to;
    if ((traits & inPlace) === 0) state.dtypes[firsts[tensor] ?? tensor] = to === own ? none : to;
    setAccess(written, at, accessOf(tensor, to, state), tensor, state);
  }
}

/** By code. */
export const dtypeAt = (at: number, { dtypes, count }: Side): number =>
  at < count ? (dtypes[at] ?? float32) : float32;

/** Bytes of the accesses by those that the code's own dtypes would need. */
export const ratioOf = ({ bytes, ownBytes }: Side): number => (ownBytes === 0 ? 1 : bytes / ownBytes);

const isState = (tensor: number, { operands }: Lowering): boolean =>
  ((operands.table.traits[tensor] ?? 0) & stateTrait) !== 0;

const castTo = (dtype: number, target: number): number =>
  target === none || dtype === float64 || isFloatingByCode[dtype] !== 1 ? dtype : target;

/** Products with a weight, in a precision of eight bits: what both factors are. */
function narrowFactors({ factors }: OpRecord, start: number, state: Lowering): number {
  if (state.narrow === none || factors.length !== 2) return none;
  return hasWeight(factors, start, state) ? state.narrow : none;
}

function hasWeight(factors: readonly number[], start: number, state: Lowering): boolean {
  const { accessed } = state.operands.table;
  for (let i = 0; i < factors.length; i++)
    if (isState(accessed[start + (factors[i] ?? 0)] ?? 0, state)) return true;
  return false;
}

/** A launch of its own, but for parameters that are converted already: of parts of them, and of what is frozen, autocast keeps nothing. */
function cast(op: OpRecord, i: number, at: number, from: number, to: number, state: Lowering): number {
  const { table, operands, castStates } = state;
  const { accesses } = table;
  const tensor = operands.table.accessed[at] ?? 0;
  const source = accessOf(tensor, from, state);
  const key = accesses.keys[source] ?? 0;
  const isKept = ((operands.table.traits[tensor] ?? 0) & leaf) !== 0;
  const known = isKept ? (castStates[key] ?? 0) : 0;
  if (known > 0) return known - 1;
  const read = accesses.bytes[source] ?? 0;
  const ratio = widthRatio(to, from);
  const write = read * ratio;
  const isFixed = accesses.isFixed[source] === 1;
  const width = (accesses.widths[source] ?? 1) * ratio;
  const result = accesses.add(state.nextKey--, write, isFixed, tensor, width);
  if (isKept) castStates[key] = result + 1;
  const row = table.add(op.id, "_to_copy", castClass, fp32);
  table.setOrigin(row, i, ofMove);
  table.gradients[row] = gradientsIn(operands.table, at, at + 1);
  table.isRowWise[row] = 1;
  table.bytes[row] = read + write;
  table.fixedBytes[row] = isFixed ? read + write : 0;
  table.bytesRead[row] = read;
  table.setReads(row, [source]);
  table.setWrites(row, [result]);
  return result;
}

/**
 * What autocast converts the inputs of an op to. In a model that is in half precision throughout, a product with a weight has
 * both factors in it, and any product factors that are alike: torch refuses any other, so its code converts what it computes in
 * float32, as rotary embeddings do.
 */
function targetOf(op: OpRecord, i: number, start: number, state: Lowering): number {
  const { stored, low, read, operands } = state;
  const { factors } = op;
  if (stored !== none && factors.length > 1)
    if (isMixed(factors, read) || (factors.length === 2 && hasWeight(factors, start, state))) return stored;
  if (low === none) return none;
  if (state.isHalfNorm(op)) return low;
  switch (operands.casts[i]) {
    case "lower":
      return low;
    case "float32":
      return float32;
    case "widest":
      return isAmong(float32, read) ? float32 : low;
    default:
      return none;
  }
}

function isMixed(factors: readonly number[], { dtypes }: Side): boolean {
  const first = dtypes[factors[0] ?? 0];
  for (let i = 1; i < factors.length; i++) if (dtypes[factors[i] ?? 0] !== first) return true;
  return false;
}

function isAmong(dtype: number, { dtypes, count }: Side): boolean {
  for (let i = 0; i < count; i++) if (dtypes[i] === dtype) return true;
  return false;
}

/** `none` leaves what the code says. */
function writtenDtype(i: number, traits: number, target: number, state: Lowering): number {
  const { read, operands, storedAs } = state;
  if (state.precision === "as-written" || (traits & conversion) !== 0) return none;
  if (target !== none) return target;
  const { accessed, starts } = operands.table;
  const start = starts[2 * i] ?? 0;
  const isBatchNorm = (traits & batchNorm) !== 0;
  let widest = none;
  for (let at = 0; at < read.count; at++) {
    const dtype = read.dtypes[at] ?? none;
    if (isFloatingByCode[dtype] !== 1) continue;
    if (((operands.table.traits[accessed[start + at] ?? 0] ?? 0) & scalar) !== 0) continue;
    if (isBatchNorm) return dtype;
    if (widest === none || (bytesByCode[dtype] ?? 0) > (bytesByCode[widest] ?? 0)) widest = dtype;
  }
  if (widest !== none) return widest;
  return isBatchNorm ? none : (storedAs[float32] ?? none);
}

function dtypeOf(tensor: number, { dtypes, operands, storedAs }: Lowering): number {
  const known = dtypes[operands.table.firsts[tensor] ?? tensor] ?? none;
  if (known !== none) return known;
  const own = operands.table.dtypes[tensor] ?? float32;
  return ((operands.table.traits[tensor] ?? 0) & computed) === 0 ? (storedAs[own] ?? own) : own;
}

function accessOf(tensor: number, dtype: number, state: Lowering): number {
  const { askedFor, asked, operands, sized, table } = state;
  if (askedFor[tensor] === dtype) return asked[tensor] ?? 0;
  const own = operands.table.dtypes[tensor] ?? float32;
  const width = dtype === own ? 1 : widthRatio(dtype, own);
  const bytes = (sized.bytes[tensor] ?? 0) * width;
  const traits = operands.table.traits[tensor] ?? 0;
  const isFixed = (traits & fixed) !== 0;
  const made = table.accesses.add(operands.table.keys[tensor] ?? 0, bytes, isFixed, tensor, width);
  askedFor[tensor] = dtype;
  asked[tensor] = made;
  return made;
}
