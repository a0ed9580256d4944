import type { Graph } from "../graph/ir.ts";
import type { TensorRef } from "../graph/tensor.ts";

/** The part of a graph from op `from` on, up to `to`, numbered from zero: one pass without what came before or after. */
export function renumber(graph: Graph, from: number, to: number = graph.ops.length): Graph {
  if (from === 0 && to === graph.ops.length) return graph;
  const seen = new Map<TensorRef["meta"], TensorRef["meta"]>();
  const shift = (ref: TensorRef): TensorRef => {
    const { producer } = ref.meta;
    if (producer === undefined) return ref;
    let meta = seen.get(ref.meta);
    if (meta === undefined) {
      meta = { ...ref.meta, producer: producer < from ? undefined : producer - from };
      seen.set(ref.meta, meta);
    }
    return { id: ref.id, meta };
  };
  return {
    ...graph,
    ops: graph.ops.slice(from, to).map((op) => ({
      ...op,
      id: op.id - from,
      inputs: op.inputs.map(shift),
      outputs: op.outputs.map(shift),
    })),
    inputs: graph.inputs.map(shift),
    outputs: graph.outputs.map(shift),
  };
}
