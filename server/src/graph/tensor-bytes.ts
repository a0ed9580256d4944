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
  const { refs } = tensorTable(graph);
  const bytes = new Float64Array(refs.length);
  let unsized = 0;
  for (let i = 0; i < refs.length; i++) {
    const meta = refs[i]?.meta;
    if (meta === undefined) continue;
    const dim = isKnownShape(meta.shape) ? bytesOf(meta) : undefined;
    const known = typeof dim === "object" ? evaluate(dim, sizes) : dim;
    if (known === undefined) unsized++;
    else bytes[i] = known;
  }
  return { bytes, unsized };
}

/** What varies with the input has its first size `times` as large, which leaves a whole number of bytes. */
function grown(graph: Graph, { bytes: old, unsized }: TensorBytes, times: number): TensorBytes {
  const grows = growingTensors(graph);
  const bytes = old.slice();
  for (let i = 0; i < bytes.length; i++) if (grows[i] === 1) bytes[i] = Math.round(times * (old[i] ?? 0));
  return { bytes, unsized };
}

const growing = new WeakMap<Graph, Uint8Array>();

/** By tensor of the table, 1 for what a larger batch makes larger. Remembered with the graph. */
export function growingTensors(graph: Graph): Uint8Array {
  const known = growing.get(graph);
  if (known !== undefined) return known;
  const { refs } = tensorTable(graph);
  const grows = new Uint8Array(refs.length);
  for (let i = 0; i < refs.length; i++) {
    const meta = refs[i]?.meta;
    if (meta?.varies !== true || meta.strides?.[0] === 0) continue;
    if (isKnownShape(meta.shape) && meta.shape.length > 0) grows[i] = 1;
  }
  growing.set(graph, grows);
  return grows;
}
