import type { Graph } from "./ir.ts";

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
