import { growthOf } from "../graph/grown.ts";
import type { Graph } from "../graph/ir.ts";
import { tensorBytes } from "../graph/tensor-bytes.ts";
import { type ProductColumns, productColumns } from "./op-shape.ts";
import { type Operands, operandsOf, varies } from "./operands.ts";
import { type Sizes, sizeIn } from "./sizes.ts";

/** A graph with a number for every size. */
export interface SizedGraph {
  readonly operands: Operands;
  /** So many times the batch that the ops and their tensors tell. */
  readonly times: number;
  /** By tensor, at its own dtype. */
  readonly bytes: Float64Array;
  /** By op. */
  readonly macs: Float64Array;
  readonly flops: Float64Array;
  readonly bytesRead: Float64Array;
  readonly bytesWritten: Float64Array;
  /** At the batch that the ops tell. */
  readonly products: ProductColumns;
}

const remembered = new WeakMap<Graph, { readonly key: string; readonly sized: SizedGraph }>();

/** The last answer for a graph is remembered. */
export function sizedGraph(graph: Graph, sizes: Sizes): SizedGraph {
  const key = [...sizes].join();
  const known = remembered.get(graph);
  if (known?.key === key) return known.sized;
  const { from, times } = growthOf(graph);
  const bytes = tensorBytes(graph, sizes).bytes;
  const sized = from === graph ? sizedAt(graph, bytes, sizes) : grown(sizedGraph(from, sizes), bytes, times);
  remembered.set(graph, { key, sized });
  return sized;
}

function sizedAt(graph: Graph, bytes: Float64Array, sizes: Sizes): SizedGraph {
  const { ops } = graph;
  const { length } = ops;
  const [macs, flops] = [new Float64Array(length), new Float64Array(length)];
  const [bytesRead, bytesWritten] = [new Float64Array(length), new Float64Array(length)];
  for (let i = 0; i < length; i++) {
    const work = ops[i]?.work;
    if (work === undefined) continue;
    macs[i] = sizeIn(work.macs, sizes);
    flops[i] = sizeIn(work.flops, sizes);
    bytesRead[i] = sizeIn(work.bytesRead, sizes);
    bytesWritten[i] = sizeIn(work.bytesWritten, sizes);
  }
  const operands = operandsOf(graph);
  const products = productColumns(operands, macs, sizes);
  return { operands, times: 1, bytes, macs, flops, bytesRead, bytesWritten, products };
}

/** Arithmetic grows with the batch, traffic as the tensors of the op do. */
function grown(base: SizedGraph, bytes: Float64Array, times: number): SizedGraph {
  const { table, traits } = base.operands;
  const [macs, flops] = [base.macs.slice(), base.flops.slice()];
  const [bytesRead, bytesWritten] = [base.bytesRead.slice(), base.bytesWritten.slice()];
  const ratio = (from: number, to: number): number => {
    let [old, now] = [0, 0];
    for (let at = from; at < to; at++) {
      const tensor = table.accessed[at] ?? 0;
      old += base.bytes[tensor] ?? 0;
      now += bytes[tensor] ?? 0;
    }
    return old === 0 ? 1 : now / old;
  };
  for (let i = 0; i < macs.length; i++) {
    if (((traits[i] ?? 0) & varies) === 0) continue;
    const written = table.starts[2 * i + 1] ?? 0;
    macs[i] = times * (macs[i] ?? 0);
    flops[i] = times * (flops[i] ?? 0);
    bytesRead[i] = (bytesRead[i] ?? 0) * ratio(table.starts[2 * i] ?? 0, written);
    bytesWritten[i] = (bytesWritten[i] ?? 0) * ratio(written, table.starts[2 * i + 2] ?? 0);
  }
  return { ...base, times, bytes, macs, flops, bytesRead, bytesWritten };
}
