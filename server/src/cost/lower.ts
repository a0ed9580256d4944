import { bytesPerElement, type DType, isFloating } from "../graph/dtype.ts";
import type { Graph, OpRecord } from "../graph/ir.ts";
import { bytesOf, isContiguous, isKnownShape, type TensorRef } from "../graph/tensor.ts";
import { classOf } from "./classify.ts";
import type { Kernel } from "./kernel.ts";
import { isRowWise, noProduct, productOf, serialPlanes } from "./op-shape.ts";
import {
  autocastDtype,
  castRuleOf,
  eightBit,
  type Precision,
  rateOf,
  storedDtype,
  widthRatio,
} from "./precision.ts";
import { type Sizes, sizeIn } from "./sizes.ts";
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
  const state: State = {
    ...options,
    steps: [],
    dtypes: new Map(),
    states: new Set([...graph.parameters, ...graph.buffers].map((s) => s.tensor.meta.storage.id)),
    castStates: new Map(),
    nextKey: -1,
  };
  const low = autocastDtype(options.precision);
  for (const op of graph.ops) {
    if (op.isView) passDtype(op, state);
    else lowerOp(op, low, state);
  }
  return state.steps;
}

interface State extends LowerOptions {
  readonly steps: Step[];
  /** What a tensor object is stored as, where that differs from what the code says. */
  readonly dtypes: Map<number, DType>;
  /** Storages of parameters and buffers, which views of them share. */
  readonly states: ReadonlySet<number>;
  /** What autocast made of the ones it has converted: it keeps that for the rest of the pass. */
  readonly castStates: Map<number, Access>;
  /** Keys of the memory of casts: negative, so that they are no storage's. */
  nextKey: number;
}

function passDtype(op: OpRecord, state: State): void {
  const [from, to] = [op.inputs[0], op.outputs[0]];
  if (from === undefined || to === undefined) return;
  const dtype = dtypeOf(from, state);
  if (dtype !== to.meta.dtype && to.meta.dtype === from.meta.dtype) state.dtypes.set(to.id, dtype);
}

function lowerOp(op: OpRecord, low: DType | undefined, state: State): void {
  const { precision, sizes } = state;
  const rule =
    low === undefined ? "none" : state.isHalfNorm(op) ? "lower" : castRuleOf(op.name.replace(/_$/, ""));
  const before = op.inputs.map((t) => dtypeOf(t, state));
  const target = targetOf(rule, low, before);
  const narrow = narrowFactors(op, state);
  const casts: (Access | undefined)[] = [];
  const dtypes = op.inputs.map((input, i) => {
    const dtype = before[i] ?? input.meta.dtype;
    if (narrow !== undefined && op.factors.includes(i)) {
      if (!state.states.has(input.meta.storage.id)) casts[i] = castOf(op, input, dtype, narrow, state);
      return narrow;
    }
    if (target === undefined || dtype === target || !isFloating(dtype) || dtype === "float64") return dtype;
    casts[i] = castOf(op, input, dtype, target, state);
    return target;
  });
  const written = narrow === undefined ? outputDtype(op, dtypes, target, precision) : "bfloat16";
  const outputs = op.outputs.map((t) =>
    isFloating(t.meta.dtype) ? (written ?? t.meta.dtype) : t.meta.dtype,
  );
  for (const [i, output] of op.outputs.entries()) {
    const dtype = outputs[i] ?? output.meta.dtype;
    if (op.inPlace) continue;
    if (dtype === output.meta.dtype) state.dtypes.delete(output.id);
    else state.dtypes.set(output.id, dtype);
  }
  const work = op.work;
  const reads = op.inputs.map((t, i) => casts[i] ?? access(t, dtypes[i] ?? t.meta.dtype, state));
  const writes = op.outputs.map((t, i) => access(t, outputs[i] ?? t.meta.dtype, state));
  const bytesRead = sizeIn(work.bytesRead, sizes) * ratioOf(op.inputs, dtypes, reads);
  const bytesWritten = sizeIn(work.bytesWritten, sizes) * ratioOf(op.outputs, outputs, writes);
  const macs = sizeIn(work.macs, sizes);
  const flops = sizeIn(work.flops, sizes);
  if (bytesRead + bytesWritten + macs + flops === 0) return;
  const factor = dtypes[op.factors[0] ?? 0] ?? "float32";
  const parts = attentionParts(op, factor, macs, state);
  if (parts !== undefined) {
    pushParts(op, parts, reads, writes, state);
    return;
  }
  const product = productOf(op, macs, state);
  const source = copiedSource(op, reads, state);
  const kind = classOf(op, product.channelsFirst);
  const step: Step = {
    op: op.id,
    name: op.name,
    gradients: gradientsOf(op.inputs, op.factors),
    isRowWise: kind !== "reduction" || isRowWise(op, sizes),
    class: kind,
    rate: rateOf(factor, precision),
    macs,
    flops,
    bytes: bytesRead + bytesWritten,
    fixedBytes: Math.min(bytesRead, fixedIn(reads)) + Math.min(bytesWritten, fixedIn(writes)),
    rows: product.rows,
    columns: product.columns,
    inner: product.inner,
    batch: product.batch,
    window: product.window,
    channelsFirst: product.channelsFirst,
    serial: serialPlanes(op, sizes),
    reads: source === undefined ? reads : [source, ...reads.slice(1)],
    writes,
    bytesRead,
  };
  state.steps.push(step);
  if (hasBiasApart(op, step, state)) state.steps.push(biasStep(step));
}

/** Products with a weight, in a precision of eight bits: what both factors are. */
function narrowFactors(op: OpRecord, state: State): DType | undefined {
  const narrow = eightBit(state.precision);
  if (narrow === undefined || op.factors.length !== 2) return undefined;
  return op.factors.some((at) => state.states.has(op.inputs[at]?.meta.storage.id ?? -1)) ? narrow : undefined;
}

/** Layer norm makes its input contiguous first. Source: ATen `layer_norm_kernel.cu`, `expect_contiguous`. */
function copiedSource(op: OpRecord, reads: readonly Access[], state: State): Access | undefined {
  if (op.name !== "layer_norm") return undefined;
  const [input, source] = [op.inputs[0], reads[0]];
  if (input === undefined || source === undefined) return undefined;
  if (isContiguous(input.meta)) return undefined;
  const copy: Access = { ...source, key: state.nextKey--, isState: false };
  state.steps.push({
    ...noProduct,
    op: op.id,
    name: "contiguous",
    gradients: gradientsOf([input]),
    isRowWise: true,
    class: "copy",
    rate: "fp32",
    macs: 0,
    flops: 0,
    bytes: 2 * source.bytes,
    fixedBytes: source.isFixed ? 2 * source.bytes : 0,
    reads: [source],
    writes: [copy],
    bytesRead: source.bytes,
  });
  return copy;
}

/** cuDNN's convolutions add no bias; torch's own depthwise kernel, for wide windows, does. */
const hasBiasApart = (op: OpRecord, step: Step, state: State): boolean =>
  state.addsBiasApart &&
  op.name.startsWith("conv") &&
  op.factors.length === 2 &&
  op.inputs.length === 3 &&
  step.class !== "wide-depthwise-convolution";

/** The output read and written once more, in place. */
function biasStep(convolution: Step): Step {
  const written = convolution.writes.reduce((sum, a) => sum + a.bytes, 0);
  return {
    ...convolution,
    ...noProduct,
    name: "add_",
    class: "pointwise",
    macs: 0,
    flops: 0,
    bytes: 2 * written,
    fixedBytes: 2 * fixedIn(convolution.writes),
    reads: convolution.writes,
    bytesRead: written,
  };
}

function castOf(op: OpRecord, input: TensorRef, from: DType, to: DType, state: State): Access {
  const source = access(input, from, state);
  const known = state.castStates.get(source.key);
  if (known !== undefined) return known;
  const read = source.bytes;
  const write = read * widthRatio(to, from);
  const result: Access = { ...source, key: state.nextKey--, bytes: write, isState: false };
  if (source.isState) state.castStates.set(source.key, result);
  state.steps.push({
    op: op.id,
    name: "_to_copy",
    gradients: gradientsOf([input]),
    isRowWise: true,
    class: "cast",
    rate: "fp32",
    macs: 0,
    flops: 0,
    bytes: read + write,
    fixedBytes: source.isFixed ? read + write : 0,
    ...noProduct,
    reads: [source],
    writes: [result],
    bytesRead: read,
  });
  return result;
}

function targetOf(rule: string, low: DType | undefined, dtypes: readonly DType[]): DType | undefined {
  if (rule === "none" || low === undefined) return undefined;
  if (rule === "lower") return low;
  if (rule === "float32") return "float32";
  return dtypes.some((d) => d === "float32") ? "float32" : low;
}

/** `undefined` leaves what the code says. */
function outputDtype(
  op: OpRecord,
  inputs: readonly DType[],
  target: DType | undefined,
  precision: Precision,
): DType | undefined {
  if (precision === "as-written") return undefined;
  if (op.name === "_to_copy" && op.inputs[0]?.meta.dtype !== op.outputs[0]?.meta.dtype) return undefined;
  if (target !== undefined) return target;
  const floating = inputs.filter((d, i) => isFloating(d) && !isScalarLike(op.inputs[i]));
  if (op.name === "batch_norm") return floating[0];
  if (floating.length === 0) return storedDtype("float32", precision);
  return floating.reduce((a, b) => (bytesPerElement(b) > bytesPerElement(a) ? b : a));
}

const isScalarLike = (tensor: TensorRef | undefined): boolean => {
  const shape = tensor?.meta.shape;
  return shape !== undefined && isKnownShape(shape) && shape.length === 0;
};

function dtypeOf(tensor: TensorRef, state: State): DType {
  const known = state.dtypes.get(tensor.id);
  if (known !== undefined) return known;
  return tensor.meta.producer === undefined
    ? storedDtype(tensor.meta.dtype, state.precision)
    : tensor.meta.dtype;
}

/** Bytes of the accesses by those that the code's own dtypes would need. */
function ratioOf(
  tensors: readonly TensorRef[],
  dtypes: readonly DType[],
  accesses: readonly Access[],
): number {
  let [old, now] = [0, 0];
  for (const [i, { meta }] of tensors.entries()) {
    const { bytes = 0 } = accesses[i] ?? {};
    now += bytes;
    const dtype = dtypes[i] ?? meta.dtype;
    old += dtype === meta.dtype ? bytes : bytes / widthRatio(dtype, meta.dtype);
  }
  return old === 0 ? 1 : now / old;
}

function access(tensor: TensorRef, dtype: DType, state: State): Access {
  const key = tensor.meta.storage.id;
  const isState = state.states.has(key);
  return {
    key,
    bytes: sizeIn(bytesOf(tensor.meta), state.sizes) * widthRatio(dtype, tensor.meta.dtype),
    isState,
    isFixed: isState || !tensor.meta.varies,
  };
}

const fixedIn = (accesses: readonly Access[]): number =>
  accesses.reduce((sum, a) => (a.isFixed ? sum + a.bytes : sum), 0);

function attentionParts(
  op: OpRecord,
  dtype: DType,
  macs: number,
  state: State,
): readonly AttentionPart[] | undefined {
  if (op.name !== "scaled_dot_product_attention" || op.attributes["grouped"] === true) return undefined;
  const shapes = op.inputs.map((t) =>
    isKnownShape(t.meta.shape) ? t.meta.shape.map((d) => sizeIn(d, state.sizes)) : undefined,
  );
  const [query, key, value, mask] = shapes;
  if (query === undefined || key === undefined || value === undefined) return undefined;
  return unfusedAttention({ query, key, value, mask, macs, dtype, upcasts: state.upcastsAttention });
}

/** The first part reads what the op reads, the last writes what it writes; between them are tensors of their own. */
function pushParts(
  op: OpRecord,
  parts: readonly AttentionPart[],
  reads: readonly Access[],
  writes: readonly Access[],
  state: State,
): void {
  let before = reads;
  for (const [i, part] of parts.entries()) {
    const { dtype, bytesRead, bytesWritten, ...kernel } = part;
    const own = { key: state.nextKey--, bytes: bytesWritten, isState: false, isFixed: false };
    const after = i === parts.length - 1 ? writes : [own];
    state.steps.push({
      ...noProduct,
      ...kernel,
      op: op.id,
      name: op.name,
      gradients: gradientsOf(op.inputs),
      isRowWise: true,
      rate: rateOf(dtype, state.precision),
      bytes: bytesRead + bytesWritten,
      fixedBytes: 0,
      reads: before,
      writes: after,
      bytesRead,
    });
    before = after;
  }
}

/** Inputs, of a product its factors, that have a gradient; two at most count. */
function gradientsOf(inputs: readonly TensorRef[], factors?: readonly number[]): number {
  let count = 0;
  for (let i = 0; i < inputs.length && count < 2; i++) {
    const meta = inputs[i]?.meta;
    if (meta?.requiresGrad !== true || !isFloating(meta.dtype)) continue;
    if (factors === undefined || factors.length === 0 || factors.includes(i)) count++;
  }
  return count;
}
