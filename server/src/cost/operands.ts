import { type DType, isFloating } from "../graph/dtype.ts";
import { growthOf } from "../graph/grown.ts";
import type { Graph, OpRecord } from "../graph/ir.ts";
import { bytesOf, isKnownShape, type TensorRef } from "../graph/tensor.ts";
import { tensorTable } from "../graph/tensor-table.ts";
import { type Sizes, sizeIn } from "./sizes.ts";

/** A tensor that an op reads or writes, as far as its traffic goes. */
export interface Operand {
  /** In the graph's table of tensors. */
  readonly index: number;
  /** Of the tensor object. */
  readonly id: number;
  /** Of its memory: one for all views. */
  readonly key: number;
  readonly dtype: DType;
  readonly isFloating: boolean;
  readonly isScalar: boolean;
  /** A parameter or buffer, or a view of one. */
  readonly isState: boolean;
  /** The same for any batch. */
  readonly isFixed: boolean;
  readonly isComputed: boolean;
  readonly requiresGrad: boolean;
}

/** An op and its operands: what no size, precision, mode or device changes. */
export interface OperandsOf {
  readonly op: OpRecord;
  readonly inputs: readonly Operand[];
  readonly outputs: readonly Operand[];
  /** Works on the whole batch. */
  readonly varies: boolean;
}

/** A graph with a number for every size. */
export interface SizedGraph {
  readonly ops: readonly OperandsOf[];
  /** So many times the batch that the ops and their tensors tell. */
  readonly times: number;
  /** By operand, at its own dtype. */
  readonly bytes: Float64Array;
  /** By op. */
  readonly macs: Float64Array;
  readonly flops: Float64Array;
  readonly bytesRead: Float64Array;
  readonly bytesWritten: Float64Array;
}

const remembered = new WeakMap<Graph, { readonly key: string; readonly sized: SizedGraph }>();

/** The last answer for a graph is remembered. */
export function sizedGraph(graph: Graph, sizes: Sizes): SizedGraph {
  const key = [...sizes].join();
  const known = remembered.get(graph);
  if (known?.key === key) return known.sized;
  const { from, times } = growthOf(graph);
  const sized = from === graph ? sizedAt(graph, sizes) : grown(sizedGraph(from, sizes), from, times, sizes);
  remembered.set(graph, { key, sized });
  return sized;
}

function sizedAt(graph: Graph, sizes: Sizes): SizedGraph {
  const { length } = graph.ops;
  const [macs, flops] = [new Float64Array(length), new Float64Array(length)];
  const [bytesRead, bytesWritten] = [new Float64Array(length), new Float64Array(length)];
  for (const [i, { work }] of graph.ops.entries()) {
    macs[i] = sizeIn(work.macs, sizes);
    flops[i] = sizeIn(work.flops, sizes);
    bytesRead[i] = sizeIn(work.bytesRead, sizes);
    bytesWritten[i] = sizeIn(work.bytesWritten, sizes);
  }
  const bytes = bytesByOperand(graph, 1, sizes);
  return { ops: operandsOf(graph), times: 1, bytes, macs, flops, bytesRead, bytesWritten };
}

/** Arithmetic grows with the batch, traffic as the tensors of the op do. */
function grown(base: SizedGraph, graph: Graph, times: number, sizes: Sizes): SizedGraph {
  const bytes = bytesByOperand(graph, times, sizes);
  const [macs, flops] = [base.macs.slice(), base.flops.slice()];
  const [bytesRead, bytesWritten] = [base.bytesRead.slice(), base.bytesWritten.slice()];
  for (const [i, { inputs, outputs, varies }] of base.ops.entries()) {
    if (!varies) continue;
    macs[i] = times * (macs[i] ?? 0);
    flops[i] = times * (flops[i] ?? 0);
    bytesRead[i] = (bytesRead[i] ?? 0) * ratioOf(inputs, base.bytes, bytes);
    bytesWritten[i] = (bytesWritten[i] ?? 0) * ratioOf(outputs, base.bytes, bytes);
  }
  return { ops: base.ops, times, bytes, macs, flops, bytesRead, bytesWritten };
}

function ratioOf(operands: readonly Operand[], before: Float64Array, after: Float64Array): number {
  let [old, now] = [0, 0];
  for (const { index } of operands) {
    old += before[index] ?? 0;
    now += after[index] ?? 0;
  }
  return old === 0 ? 1 : now / old;
}

function bytesByOperand(graph: Graph, times: number, sizes: Sizes): Float64Array {
  const { refs } = tensorTable(graph);
  const bytes = new Float64Array(refs.length);
  for (const [i, { meta }] of refs.entries()) bytes[i] = sizeIn(bytesOf(meta, times), sizes);
  return bytes;
}

const known = new WeakMap<Graph, readonly OperandsOf[]>();

function operandsOf(graph: Graph): readonly OperandsOf[] {
  const before = known.get(graph);
  if (before !== undefined) return before;
  const { refs, storages, accessed, starts } = tensorTable(graph);
  const operands = refs.map((ref, index) => made(ref, index, storages[index] === -1));
  const between = (from: number, to: number): readonly Operand[] => {
    const all: Operand[] = [];
    for (let at = starts[from] ?? 0, end = starts[to] ?? 0; at < end; at++) {
      const operand = operands[accessed[at] ?? -1];
      if (operand !== undefined) all.push(operand);
    }
    return all;
  };
  const ops = graph.ops.map((op, i) => ({
    op,
    inputs: between(2 * i, 2 * i + 1),
    outputs: between(2 * i + 1, 2 * i + 2),
    varies: op.outputs.some(({ meta }) => meta.varies),
  }));
  known.set(graph, ops);
  return ops;
}

const made = ({ id, meta }: TensorRef, index: number, isState: boolean): Operand => ({
  index,
  id,
  key: meta.storage.id,
  dtype: meta.dtype,
  isFloating: isFloating(meta.dtype),
  isScalar: isKnownShape(meta.shape) && meta.shape.length === 0,
  isState,
  isFixed: isState || !meta.varies,
  isComputed: meta.producer !== undefined,
  requiresGrad: meta.requiresGrad,
});
