import { type DType, isFloating } from "../graph/dtype.ts";
import type { Graph, OpRecord } from "../graph/ir.ts";
import { bytesOf, isKnownShape, type TensorRef } from "../graph/tensor.ts";
import { type Sizes, sizeIn } from "./sizes.ts";

/** A tensor that an op reads or writes, as far as its traffic goes. */
export interface Operand {
  /** Among the operands of its graph. */
  readonly index: number;
  /** Of the tensor object. */
  readonly id: number;
  /** Of its memory: one for all views. */
  readonly key: number;
  readonly dtype: DType;
  /** At that dtype. */
  readonly bytes: number;
  readonly isFloating: boolean;
  readonly isScalar: boolean;
  /** A parameter or buffer, or a view of one. */
  readonly isState: boolean;
  /** The same for any batch. */
  readonly isFixed: boolean;
  readonly isComputed: boolean;
  readonly requiresGrad: boolean;
}

/** An op with every size a number: what no precision, mode or device changes. */
export interface SizedOp {
  readonly op: OpRecord;
  readonly inputs: readonly Operand[];
  readonly outputs: readonly Operand[];
  readonly macs: number;
  readonly flops: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

const remembered = new WeakMap<Graph, { readonly key: string; readonly ops: readonly SizedOp[] }>();

/** The ops of a graph with numbers for sizes. The last answer for a graph is remembered. */
export function sizedOps(graph: Graph, sizes: Sizes): readonly SizedOp[] {
  const key = [...sizes].join();
  const known = remembered.get(graph);
  if (known?.key === key) return known.ops;
  const ops = sized(graph, sizes);
  remembered.set(graph, { key, ops });
  return ops;
}

function sized(graph: Graph, sizes: Sizes): readonly SizedOp[] {
  const states = new Set<number>();
  for (const { tensor } of graph.parameters) states.add(tensor.meta.storage.id);
  for (const { tensor } of graph.buffers) states.add(tensor.meta.storage.id);
  const known = new Map<number, { readonly ref: TensorRef; readonly operand: Operand }>();
  let count = 0;
  const operandOf = (ref: TensorRef): Operand => {
    const last = known.get(ref.id);
    if (last !== undefined && last.ref.meta === ref.meta) return last.operand;
    const operand = made(ref, count++, states, sizes);
    known.set(ref.id, { ref, operand });
    return operand;
  };
  return graph.ops.map((op) => ({
    op,
    inputs: op.inputs.map(operandOf),
    outputs: op.outputs.map(operandOf),
    macs: sizeIn(op.work.macs, sizes),
    flops: sizeIn(op.work.flops, sizes),
    bytesRead: sizeIn(op.work.bytesRead, sizes),
    bytesWritten: sizeIn(op.work.bytesWritten, sizes),
  }));
}

function made({ id, meta }: TensorRef, index: number, states: ReadonlySet<number>, sizes: Sizes): Operand {
  const { dtype, shape, storage } = meta;
  const isState = states.has(storage.id);
  return {
    index,
    id,
    key: storage.id,
    dtype,
    bytes: sizeIn(bytesOf(meta), sizes),
    isFloating: isFloating(dtype),
    isScalar: isKnownShape(shape) && shape.length === 0,
    isState,
    isFixed: isState || !meta.varies,
    isComputed: meta.producer !== undefined,
    requiresGrad: meta.requiresGrad,
  };
}
