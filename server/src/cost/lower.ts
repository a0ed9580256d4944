import { bytesPerElement, type DType, isFloating } from "../graph/dtype.ts";
import type { Graph, OpRecord } from "../graph/ir.ts";
import { isContiguous } from "../graph/tensor.ts";
import { classOf } from "./classify.ts";
import type { Kernel } from "./kernel.ts";
import {
  isRowWise,
  noProduct,
  numbersOf,
  type Product,
  productOf,
  type Sizing,
  serialPlanes,
} from "./op-shape.ts";
import { type Operand, type OperandsOf, type SizedGraph, sizedGraph } from "./operands.ts";
import {
  autocastDtype,
  castRuleOf,
  eightBit,
  type Precision,
  rateOf,
  storedDtype,
  widthRatio,
} from "./precision.ts";
import type { Sizes } from "./sizes.ts";
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

/** A tensor that a step reads or writes. `key` is one for all views of a memory. */
export interface Access {
  readonly key: number;
  readonly bytes: number;
  readonly isState: boolean;
  /** The same for any batch. */
  readonly isFixed: boolean;
}

/** An op, or a cast before it, with every size a number and every dtype what the precision makes of it. */
export interface Step extends Kernel {
  /** torch's name of the op. */
  readonly name: string;
  /** Inputs, at most two, that have a gradient: weights and what is computed from weights. */
  readonly gradients: number;
  /** A reduction over the last dimension alone. */
  readonly isRowWise: boolean;
  readonly reads: readonly Access[];
  readonly writes: readonly Access[];
  /** Of its traffic, what it reads: less than its tensors for a gather. */
  readonly bytesRead: number;
}

/**
 * The graph as the device sees it: views are gone, casts of the precision are there. The sum over steps is the
 * traffic of eager execution.
 */
export function lower(graph: Graph, options: LowerOptions): readonly Step[] {
  const { precision, sizes } = options;
  const sized = sizedGraph(graph, sizes);
  const state: State = {
    options,
    sized,
    whole: { sizes, times: sized.times },
    part: { sizes, times: 1 },
    low: autocastDtype(precision),
    stored: precision === "fp16" || precision === "bf16" ? storedDtype("float32", precision) : undefined,
    narrow: eightBit(precision),
    steps: [],
    dtypes: new Map(),
    castStates: new Map(),
    accesses: new Array(sized.bytes.length).fill(undefined),
    nextKey: -1,
  };
  for (let i = 0; i < sized.ops.length; i++) {
    const each = sized.ops[i];
    if (each === undefined) continue;
    if (each.op.isView) passDtype(each, state);
    else lowerOp(each, i, state);
  }
  return state.steps;
}

interface TypedAccess extends Access {
  readonly dtype: DType;
}

interface State {
  readonly options: LowerOptions;
  readonly sized: SizedGraph;
  /** Of ops that work on the whole batch, and of the others. */
  readonly whole: Sizing;
  readonly part: Sizing;
  /** What autocast lowers to, and what products with weights are narrowed to. */
  readonly low: DType | undefined;
  /** What a model is that was converted as a whole. */
  readonly stored: DType | undefined;
  readonly narrow: DType | undefined;
  readonly steps: Step[];
  /** What a tensor object is stored as, where that differs from what the code says. */
  readonly dtypes: Map<number, DType>;
  /** What autocast made of the ones it has converted: it keeps that for the rest of the pass. */
  readonly castStates: Map<number, Access>;
  /** What was last asked of an operand, by its index: many ops read the same ones. */
  readonly accesses: (TypedAccess | undefined)[];
  /** Keys of the memory of casts: negative, so that they are no storage's. */
  nextKey: number;
}

function passDtype({ inputs, outputs }: OperandsOf, state: State): void {
  const [from, to] = [inputs[0], outputs[0]];
  if (from === undefined || to === undefined) return;
  const dtype = dtypeOf(from, state);
  if (dtype !== to.dtype && to.dtype === from.dtype) state.dtypes.set(to.id, dtype);
}

function lowerOp(each: OperandsOf, index: number, state: State): void {
  const { precision, channelsLast } = state.options;
  const { op, inputs } = each;
  const macs = state.sized.macs[index] ?? 0;
  const flops = state.sized.flops[index] ?? 0;
  const reads: Access[] = [];
  const dtypes = inputs.map((t) => dtypeOf(t, state));
  const target = targetOf(each, dtypes, state);
  const narrow = narrowFactors(each, state);
  for (let i = 0; i < inputs.length; i++) {
    const [input, dtype] = [inputs[i], dtypes[i]];
    if (input === undefined || dtype === undefined) continue;
    const isNarrowed = narrow !== undefined && op.factors.includes(i);
    const to = isNarrowed ? narrow : castTo(dtype, target);
    dtypes[i] = to;
    const isThere = to === dtype || (isNarrowed && input.isState);
    reads.push(isThere ? access(input, to, state) : castOf(op, input, dtype, to, state));
  }
  const written = narrow === undefined ? writtenDtype(each, dtypes, target, precision) : "bfloat16";
  const outputs = each.outputs.map((t) => (t.isFloating ? (written ?? t.dtype) : t.dtype));
  if (!op.inPlace) rememberDtypes(each.outputs, outputs, state);
  const writes = each.outputs.map((t, i) => access(t, outputs[i] ?? t.dtype, state));
  const bytesRead = (state.sized.bytesRead[index] ?? 0) * ratioOf(inputs, dtypes, reads);
  const bytesWritten = (state.sized.bytesWritten[index] ?? 0) * ratioOf(each.outputs, outputs, writes);
  if (bytesRead + bytesWritten + macs + flops === 0) return;
  const factor = dtypes[op.factors[0] ?? 0] ?? "float32";
  const sizing = each.varies ? state.whole : state.part;
  const parts = attentionParts(op, factor, macs, sizing, state);
  if (parts !== undefined) {
    pushParts(each, parts, reads, writes, state);
    return;
  }
  const product = productOf(op, macs, sizing, channelsLast);
  const source = copiedSource(each, reads, state);
  const kind = classOf(op, product.channelsFirst);
  const step = stepOf(op, product, {
    name: op.name,
    gradients: gradientsOf(inputs, op.factors),
    isRowWise: kind !== "reduction" || isRowWise(op, sizing),
    class: kind,
    rate: rateOf(factor, precision, op.name.startsWith("conv")),
    macs,
    flops,
    bytes: bytesRead + bytesWritten,
    fixedBytes: Math.min(bytesRead, fixedIn(reads)) + Math.min(bytesWritten, fixedIn(writes)),
    serial: serialPlanes(op, sizing),
    reads: source === undefined ? reads : [source, ...reads.slice(1)],
    writes,
    bytesRead,
  });
  state.steps.push(step);
  if (hasBiasApart(op, step, state)) state.steps.push(biasStep(op, step));
}

/** All steps have their fields in one order: what goes through them is then compiled once, for one kind of object. */
const stepOf = ({ id }: OpRecord, product: Product, of: Omit<Step, "op" | keyof Product>): Step => ({
  op: id,
  name: of.name,
  gradients: of.gradients,
  isRowWise: of.isRowWise,
  class: of.class,
  rate: of.rate,
  macs: of.macs,
  flops: of.flops,
  bytes: of.bytes,
  fixedBytes: of.fixedBytes,
  rows: product.rows,
  columns: product.columns,
  inner: product.inner,
  batch: product.batch,
  window: product.window,
  channelsFirst: product.channelsFirst,
  serial: of.serial,
  reads: of.reads,
  writes: of.writes,
  bytesRead: of.bytesRead,
});

/** For the ops that read them. */
function rememberDtypes(
  outputs: readonly Operand[],
  dtypes: readonly DType[],
  { dtypes: known }: State,
): void {
  for (let i = 0; i < outputs.length; i++) {
    const [output, dtype] = [outputs[i], dtypes[i]];
    if (output === undefined || dtype === undefined) continue;
    if (dtype !== output.dtype) known.set(output.id, dtype);
    else if (known.size > 0) known.delete(output.id);
  }
}

const castTo = (dtype: DType, target: DType | undefined): DType =>
  target === undefined || dtype === "float64" || !isFloating(dtype) ? dtype : target;

/** Products with a weight, in a precision of eight bits: what both factors are. */
function narrowFactors({ op, inputs }: OperandsOf, { narrow }: State): DType | undefined {
  if (narrow === undefined || op.factors.length !== 2) return undefined;
  return op.factors.some((at) => inputs[at]?.isState === true) ? narrow : undefined;
}

/** Layer norm makes its input contiguous first. Source: ATen `layer_norm_kernel.cu`, `expect_contiguous`. */
function copiedSource(
  { op, inputs }: OperandsOf,
  reads: readonly Access[],
  state: State,
): Access | undefined {
  if (op.name !== "layer_norm") return undefined;
  const [input, source] = [op.inputs[0], reads[0]];
  if (input === undefined || source === undefined) return undefined;
  if (isContiguous(input.meta)) return undefined;
  const copy: Access = { ...source, key: state.nextKey--, isState: false };
  state.steps.push(
    stepOf(op, noProduct, {
      name: "contiguous",
      gradients: gradientsOf(inputs.slice(0, 1)),
      isRowWise: true,
      class: "copy",
      rate: "fp32",
      macs: 0,
      flops: 0,
      bytes: 2 * source.bytes,
      fixedBytes: source.isFixed ? 2 * source.bytes : 0,
      serial: 0,
      reads: [source],
      writes: [copy],
      bytesRead: source.bytes,
    }),
  );
  return copy;
}

/** cuDNN's convolutions add no bias; torch's own depthwise kernel, for wide windows, does. */
const hasBiasApart = (op: OpRecord, step: Step, state: State): boolean =>
  state.options.addsBiasApart &&
  op.name.startsWith("conv") &&
  op.factors.length === 2 &&
  op.inputs.length === 3 &&
  step.class !== "wide-depthwise-convolution";

/** The output read and written once more, in place. */
function biasStep(op: OpRecord, { gradients, isRowWise: rows, rate, writes }: Step): Step {
  const written = writes.reduce((sum, a) => sum + a.bytes, 0);
  return stepOf(op, noProduct, {
    name: "add_",
    gradients,
    isRowWise: rows,
    class: "pointwise",
    rate,
    macs: 0,
    flops: 0,
    bytes: 2 * written,
    fixedBytes: 2 * fixedIn(writes),
    serial: 0,
    reads: writes,
    writes,
    bytesRead: written,
  });
}

function castOf(op: OpRecord, input: Operand, from: DType, to: DType, state: State): Access {
  const source = access(input, from, state);
  const known = state.castStates.get(source.key);
  if (known !== undefined) return known;
  const read = source.bytes;
  const write = read * widthRatio(to, from);
  const result: Access = { ...source, key: state.nextKey--, bytes: write, isState: false };
  if (source.isState) state.castStates.set(source.key, result);
  state.steps.push(
    stepOf(op, noProduct, {
      name: "_to_copy",
      gradients: gradientsOf([input]),
      isRowWise: true,
      class: "cast",
      rate: "fp32",
      macs: 0,
      flops: 0,
      bytes: read + write,
      fixedBytes: source.isFixed ? read + write : 0,
      serial: 0,
      reads: [source],
      writes: [result],
      bytesRead: read,
    }),
  );
  return result;
}

/**
 * What autocast converts the inputs of an op to. In a model that is in half precision throughout, a product with a weight has
 * both factors in it, and any product factors that are alike: torch refuses any other, so its code converts what it computes in
 * float32, as rotary embeddings do.
 */
function targetOf(
  { op, inputs }: OperandsOf,
  dtypes: readonly DType[],
  { low, stored, options }: State,
): DType | undefined {
  if (stored !== undefined && op.factors.length > 1) {
    const [first = 0] = op.factors;
    const isMixed = op.factors.some((at) => dtypes[at] !== dtypes[first]);
    if (isMixed || (op.factors.length === 2 && op.factors.some((at) => inputs[at]?.isState === true)))
      return stored;
  }
  if (low === undefined) return undefined;
  if (options.isHalfNorm(op)) return low;
  switch (castRuleOf(op.name.endsWith("_") ? op.name.slice(0, -1) : op.name)) {
    case "none":
      return undefined;
    case "lower":
      return low;
    case "float32":
      return "float32";
    case "widest":
      return dtypes.includes("float32") ? "float32" : low;
  }
}

/** `undefined` leaves what the code says. */
function writtenDtype(
  { op, inputs, outputs }: OperandsOf,
  dtypes: readonly DType[],
  target: DType | undefined,
  precision: Precision,
): DType | undefined {
  if (precision === "as-written") return undefined;
  if (op.name === "_to_copy" && inputs[0]?.dtype !== outputs[0]?.dtype) return undefined;
  if (target !== undefined) return target;
  let widest: DType | undefined;
  for (let i = 0; i < dtypes.length; i++) {
    const dtype = dtypes[i];
    if (dtype === undefined || !isFloating(dtype) || inputs[i]?.isScalar === true) continue;
    if (op.name === "batch_norm") return dtype;
    if (widest === undefined || bytesPerElement(dtype) > bytesPerElement(widest)) widest = dtype;
  }
  if (widest !== undefined) return widest;
  return op.name === "batch_norm" ? undefined : storedDtype("float32", precision);
}

function dtypeOf(operand: Operand, { dtypes, options }: State): DType {
  const known = dtypes.size === 0 ? undefined : dtypes.get(operand.id);
  if (known !== undefined) return known;
  return operand.isComputed ? operand.dtype : storedDtype(operand.dtype, options.precision);
}

/** Bytes of the accesses by those that the code's own dtypes would need. */
function ratioOf(
  operands: readonly Operand[],
  dtypes: readonly DType[],
  accesses: readonly Access[],
): number {
  let [old, now] = [0, 0];
  for (let i = 0; i < operands.length; i++) {
    const [own, dtype, bytes] = [operands[i]?.dtype, dtypes[i], accesses[i]?.bytes ?? 0];
    now += bytes;
    old += own === undefined || dtype === undefined || dtype === own ? bytes : bytes / widthRatio(dtype, own);
  }
  return old === 0 ? 1 : now / old;
}

function access(operand: Operand, dtype: DType, state: State): Access {
  const { index, key, isState, isFixed, dtype: own } = operand;
  const known = state.accesses[index];
  if (known?.dtype === dtype) return known;
  const bytes = (state.sized.bytes[index] ?? 0) * (dtype === own ? 1 : widthRatio(dtype, own));
  const made: TypedAccess = { key, bytes, isState, isFixed, dtype };
  state.accesses[index] = made;
  return made;
}

function fixedIn(accesses: readonly Access[]): number {
  let sum = 0;
  for (const a of accesses) if (a.isFixed) sum += a.bytes;
  return sum;
}

function attentionParts(
  op: OpRecord,
  dtype: DType,
  macs: number,
  sizing: Sizing,
  { options }: State,
): readonly AttentionPart[] | undefined {
  if (op.name !== "scaled_dot_product_attention" || op.attributes["grouped"] === true) return undefined;
  const [query, key, value, mask] = op.inputs.map(({ meta }) => numbersOf(meta, sizing));
  if (query === undefined || key === undefined || value === undefined) return undefined;
  return unfusedAttention({ query, key, value, mask, macs, dtype, upcasts: options.upcastsAttention });
}

/** The first part reads what the op reads, the last writes what it writes; between them are tensors of their own. */
function pushParts(
  { op, inputs }: OperandsOf,
  parts: readonly AttentionPart[],
  reads: readonly Access[],
  writes: readonly Access[],
  state: State,
): void {
  let before = reads;
  for (const [i, part] of parts.entries()) {
    const { dtype, bytesRead, bytesWritten, rows, columns, inner, batch } = part;
    const own: Access = { key: state.nextKey--, bytes: bytesWritten, isState: false, isFixed: false };
    const after = i === parts.length - 1 ? writes : [own];
    state.steps.push(
      stepOf(
        op,
        { ...noProduct, rows, columns, inner, batch },
        {
          name: op.name,
          gradients: gradientsOf(inputs),
          isRowWise: true,
          class: part.class,
          rate: rateOf(dtype, state.options.precision),
          macs: part.macs,
          flops: part.flops,
          bytes: bytesRead + bytesWritten,
          fixedBytes: 0,
          serial: 0,
          reads: before,
          writes: after,
          bytesRead,
        },
      ),
    );
    before = after;
  }
}

/** Inputs, of a product its factors, that have a gradient; two at most count. */
function gradientsOf(inputs: readonly Operand[], factors?: readonly number[]): number {
  let count = 0;
  for (let i = 0; i < inputs.length && count < 2; i++) {
    const input = inputs[i];
    if (input?.requiresGrad !== true || !input.isFloating) continue;
    if (factors === undefined || factors.length === 0 || factors.includes(i)) count++;
  }
  return count;
}
