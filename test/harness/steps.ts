import { fusedKernels } from "../../server/src/cost/fuse.ts";
import { type LowerOptions, lower } from "../../server/src/cost/lower.ts";
import { type Step, stepsOf, tableOf } from "../../server/src/cost/step.ts";
import { addUpdate, trainingSteps, type Update } from "../../server/src/cost/training.ts";
import type { Graph } from "../../server/src/graph/ir.ts";

/** The engine's columns as objects, to look at single steps. */
export const loweredOf = (graph: Graph, options: LowerOptions): readonly Step[] =>
  stepsOf(lower(graph, options));

export const fusedOf = (steps: readonly Step[]): readonly Step[] => stepsOf(fusedKernels(tableOf(steps)));

/** @param update of what the optimizer updates; left out, forward and backward alone */
export function trainedOf(steps: readonly Step[], update?: Update): readonly Step[] {
  const table = trainingSteps(tableOf(steps));
  if (update !== undefined) addUpdate(table, update);
  return stepsOf(table);
}
