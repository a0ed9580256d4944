import { evaluate } from "./dim.ts";
import { growthOf } from "./grown.ts";
import type { Graph } from "./ir.ts";
import { bytesOf, isKnownShape } from "./tensor.ts";
import { tensorTable } from "./tensor-table.ts";

/** Bytes of the tensors of a graph, each at its own dtype. */
export interface TensorBytes {
  /** By index in the graph's `TensorTable`; 0 where only the run knows. */
  readonly bytes: Float64Array;
  /** How many of them only the run knows. */
  readonly unsized: number;
}

const last = new WeakMap<Graph, { readonly key: string; readonly answer: TensorBytes }>();

/** The last answer for a graph is remembered, whatever its batch: what tells its cost and what tells its memory ask for the same. */
export function tensorBytes(graph: Graph, sizes: ReadonlyMap<string, number>): TensorBytes {
  const { from, times } = growthOf(graph);
  const key = [times, ...sizes].join();
  const known = last.get(from);
  if (known?.key === key) return known.answer;
  const answer = computed(from, times, sizes);
  last.set(from, { key, answer });
  return answer;
}

function computed(graph: Graph, times: number, sizes: ReadonlyMap<string, number>): TensorBytes {
  const { refs } = tensorTable(graph);
  const bytes = new Float64Array(refs.length);
  let unsized = 0;
  for (let i = 0; i < refs.length; i++) {
    const meta = refs[i]?.meta;
    if (meta === undefined) continue;
    const dim = isKnownShape(meta.shape) ? bytesOf(meta, times) : undefined;
    const known = typeof dim === "number" || dim === undefined ? dim : evaluate(dim, sizes);
    if (known === undefined) unsized++;
    else bytes[i] = known;
  }
  return { bytes, unsized };
}
