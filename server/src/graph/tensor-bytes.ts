import { evaluate } from "./dim.ts";
import { growthOf } from "./grown.ts";
import type { Graph } from "./ir.ts";
import { bytesOf, isKnownShape } from "./tensor.ts";
import { tensorTable } from "./tensor-table.ts";
import { growing } from "./tensor-traits.ts";

/** Bytes of the tensors of a graph, each at its own dtype. */
export interface TensorBytes {
  /** By index in the graph's `TensorTable`; 0 where only the run knows. */
  readonly bytes: Float64Array;
  /** How many of them only the run knows. */
  readonly unsized: number;
}

const last = new WeakMap<Graph, { readonly key: string; readonly answer: TensorBytes }>();
/** At the batch that was interpreted. */
const interpreted = new WeakMap<Graph, { readonly key: string; readonly answer: TensorBytes }>();

/** The last answer for a graph is remembered, whatever its batch: what tells its cost and what tells its memory ask for the same. */
export function tensorBytes(graph: Graph, sizes: ReadonlyMap<string, number>): TensorBytes {
  const { from, times } = growthOf(graph);
  const at = [...sizes].join();
  const key = `${times} ${at}`;
  const known = last.get(from);
  if (known?.key === key) return known.answer;
  const before = interpreted.get(from);
  const base = before?.key === at ? before.answer : computed(from, sizes);
  interpreted.set(from, { key: at, answer: base });
  const answer = times === 1 ? base : grown(from, base, times);
  last.set(from, { key, answer });
  return answer;
}

function computed(graph: Graph, sizes: ReadonlyMap<string, number>): TensorBytes {
  const { refs, bytes: numbers } = tensorTable(graph);
  const bytes = numbers.slice();
  let unsized = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (!Number.isNaN(bytes[i])) continue;
    const meta = refs[i]?.meta;
    const known = meta !== undefined && isKnownShape(meta.shape) ? evaluate(bytesOf(meta), sizes) : undefined;
    if (known === undefined) unsized++;
    bytes[i] = known ?? 0;
  }
  return { bytes, unsized };
}

/** What varies with the input has its first size `times` as large, which leaves a whole number of bytes. */
function grown(graph: Graph, { bytes: old, unsized }: TensorBytes, times: number): TensorBytes {
  const { traits } = tensorTable(graph);
  const bytes = old.slice();
  for (let i = 0; i < bytes.length; i++)
    if (((traits[i] ?? 0) & growing) !== 0) bytes[i] = Math.round(times * (old[i] ?? 0));
  return { bytes, unsized };
}
