import { product } from "../graph/dim.ts";
import { type DType, isFloating } from "../graph/dtype.ts";
import { growthOf } from "../graph/grown.ts";
import type { Graph, OpRecord } from "../graph/ir.ts";
import { isContiguous, isKnownShape, type TensorMeta } from "../graph/tensor.ts";
import { type TensorTable, tensorTable } from "../graph/tensor-table.ts";
import { classOf } from "./classify.ts";
import type { KernelClass } from "./kernel.ts";
import { type CastRule, castRuleOf } from "./precision.ts";

/** What is so of a tensor, as bits. */
export const floating = 1;
export const scalar = 2;
/** A parameter or buffer, or a view of one. */
export const state = 4;
/** The same for any batch. */
export const fixed = 8;
/** By an op of the graph. */
export const computed = 16;
export const needsGradient = 32;
/** A parameter that takes gradients, or a view of all of it: `linear` is told with its weight transposed. */
export const leaf = 64;

/** What is so of an op, as bits. */
export const view = 1;
export const inPlace = 2;
/** Works on the whole batch. */
export const varies = 4;
export const convolution = 8;
/** Whose bias cuDNN adds in a launch of its own. */
export const biasedConvolution = 16;
/** Of a first operand that is contiguous. */
export const contiguousProduct = 32;
/** Of a first operand that is not. */
export const stridedLayerNorm = 64;
export const batchNorm = 128;
/** To another dtype, because the code says so. */
export const conversion = 256;
export const ungroupedAttention = 512;

/** What no size, precision, mode or device changes of the ops and tensors of a graph, as columns. */
export interface Operands {
  readonly ops: readonly OpRecord[];
  /** Its numbers are those of tensors here. */
  readonly table: TensorTable;
  /** By tensor: bits, of which the names are above. */
  readonly tensorTraits: Uint8Array;
  readonly dtypes: readonly DType[];
  /** Of its memory: one for all views. */
  readonly keys: Int32Array;
  /** By op. */
  readonly traits: Uint16Array;
  readonly casts: readonly CastRule[];
  /** With channels first. */
  readonly classes: readonly KernelClass[];
  /** Inputs, of a product its factors, that have a gradient; two at most count. */
  readonly gradients: Uint8Array;
}

const known = new WeakMap<Graph, Operands>();

/** Of the graph as it was interpreted, whatever batch it has grown to. */
export function operandsOf(graph: Graph): Operands {
  const { from } = growthOf(graph);
  const before = known.get(from);
  if (before !== undefined) return before;
  const made = columnsOf(from);
  known.set(from, made);
  return made;
}

function columnsOf(graph: Graph): Operands {
  const { ops } = graph;
  const table = tensorTable(graph);
  const { length } = table.refs;
  const tensorTraits = new Uint8Array(length);
  const dtypes: DType[] = [];
  const keys = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const meta = table.refs[i]?.meta;
    if (meta === undefined) continue;
    tensorTraits[i] = traitsOfTensor(meta, table.storages[i] === -1);
    dtypes.push(meta.dtype);
    keys[i] = meta.storage.id;
  }
  const traits = new Uint16Array(ops.length);
  const gradients = new Uint8Array(ops.length);
  const casts: CastRule[] = [];
  const classes: KernelClass[] = [];
  for (let i = 0; i < ops.length; i++) {
    const op = ops[i];
    if (op === undefined) continue;
    traits[i] = traitsOfOp(op);
    casts.push(castRuleOf(op.name));
    classes.push(op.isView ? "copy" : classOf(op));
    const from = table.starts[2 * i] ?? 0;
    gradients[i] = gradientsIn(table.accessed, from, table.starts[2 * i + 1] ?? 0, tensorTraits, op.factors);
  }
  return { ops, table, tensorTraits, dtypes, keys, traits, casts, classes, gradients };
}

const traitsOfTensor = (
  { dtype, shape, varies: isVarying, producer, requiresGrad, storage }: TensorMeta,
  isState: boolean,
): number =>
  (isFloating(dtype) ? floating : 0) |
  (isKnownShape(shape) && shape.length === 0 ? scalar : 0) |
  (isState ? state : 0) |
  (isState || !isVarying ? fixed : 0) |
  (producer === undefined ? 0 : computed) |
  (requiresGrad ? needsGradient : 0) |
  (isState && requiresGrad && isKnownShape(shape) && product(shape) === storage.size ? leaf : 0);

function traitsOfOp(op: OpRecord): number {
  let traits = (op.isView ? view : 0) | (op.inPlace ? inPlace : 0);
  for (const { meta } of op.outputs) if (meta.varies) traits |= varies;
  return op.isView ? traits : traits | traitsByName(op);
}

function traitsByName(op: OpRecord): number {
  const input = op.inputs[0]?.meta;
  switch (op.name) {
    case "layer_norm":
      return input !== undefined && !isContiguous(input) ? stridedLayerNorm : 0;
    case "batch_norm":
      return batchNorm;
    case "_to_copy":
      return input?.dtype === op.outputs[0]?.meta.dtype ? 0 : conversion;
    case "scaled_dot_product_attention":
      return op.attributes["grouped"] === true ? 0 : ungroupedAttention;
  }
  if (!op.name.startsWith("conv")) return 0;
  return (
    convolution |
    (op.factors.length === 2 && op.inputs.length === 3 ? biasedConvolution : 0) |
    (input !== undefined && isContiguous(input) ? contiguousProduct : 0)
  );
}

/** @param factors all of the inputs when left out */
export function gradientsIn(
  accessed: Int32Array,
  from: number,
  to: number,
  tensorTraits: Uint8Array,
  factors: readonly number[] = [],
): number {
  const wanted = needsGradient | floating;
  let count = 0;
  for (let at = from; at < to && count < 2; at++) {
    if (((tensorTraits[accessed[at] ?? 0] ?? 0) & wanted) !== wanted) continue;
    if (factors.length === 0 || factors.includes(at - from)) count++;
  }
  return count;
}
