import { type Dim, mul } from "./dim.ts";
import type { Graph, OpRecord } from "./ir.ts";

/** The same ops on so many times the batch: tensors that vary with the input have that many times the elements. */
export interface Grown {
  readonly from: Graph;
  readonly times: number;
}

const known = new WeakMap<Graph, Grown>();

/** Says that a graph is another one at another batch. What holds whatever the sizes are is then taken from that one. */
export function grownTo(graph: Graph, grown: Grown): Graph {
  known.set(graph, grown);
  return graph;
}

/** The graph as it was interpreted, and how many times its batch `graph` has. */
export const growthOf = (graph: Graph): Grown => known.get(graph) ?? { from: graph, times: 1 };

/** Sums over all samples: what is kept of them is as large for any batch. */
const overSamples: ReadonlySet<string> = new Set(["batch_norm", "nll_loss", "nll_loss2d"]);

/** Whether what an op keeps for backward beside tensors, masks and statistics, grows with the batch. */
export const keepsBySample = (op: OpRecord): boolean =>
  !overSamples.has(op.name) && op.outputs.some(({ meta }) => meta.varies);

/** That of so many times the batch. */
export const savedExtraAt = (op: OpRecord, times: number): Dim =>
  keepsBySample(op) ? mul(op.savedExtra, times) : op.savedExtra;
