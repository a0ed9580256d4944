import { mul } from "../graph/dim.ts";
import type { Graph, OpRecord } from "../graph/ir.ts";
import type { TensorRef } from "../graph/tensor.ts";
import type { Scenario } from "./estimate.ts";
import { attributeOf, bytesAt, resized } from "./optimizations/_edit.ts";

/** What depends on the input grows; weights, masks and tables stay. */
export function withBatch(graph: Graph, times: number, scenario: Pick<Scenario, "sizes">): Graph {
  return { ...graph, ops: graph.ops.map((op) => grown(op, times, scenario)) };
}

function grown(op: OpRecord, times: number, scenario: Pick<Scenario, "sizes">): OpRecord {
  if (!op.outputs.some((t) => t.meta.varies)) return op;
  const grow = (ref: TensorRef): TensorRef => (ref.meta.varies ? resized(ref, times) : ref);
  const inputs = op.inputs.map(grow);
  const outputs = op.outputs.map(grow);
  const [b, m] = [attributeOf(op, "b", scenario), attributeOf(op, "m", scenario)];
  const ratio = (before: readonly TensorRef[], after: readonly TensorRef[]): number => {
    const sum = (refs: readonly TensorRef[]): number =>
      refs.reduce((total, ref) => total + bytesAt(ref, scenario), 0);
    return sum(before) === 0 ? 1 : sum(after) / sum(before);
  };
  return {
    ...op,
    inputs,
    outputs,
    work: {
      macs: mul(op.work.macs, times),
      flops: mul(op.work.flops, times),
      bytesRead: mul(op.work.bytesRead, ratio(op.inputs, inputs)),
      bytesWritten: mul(op.work.bytesWritten, ratio(op.outputs, outputs)),
    },
    attributes: {
      ...op.attributes,
      ...(b !== undefined ? { b: b * times } : m !== undefined ? { m: m * times } : {}),
    },
  };
}
