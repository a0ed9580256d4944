import { isFloating } from "../../graph/dtype.ts";
import type { Graph, OpRecord } from "../../graph/ir.ts";
import { elementsOf } from "../../graph/work.ts";
import type { Scenario } from "../estimate.ts";
import { sizeOf } from "./_edit.ts";

/** Storages of parameters. */
export const weightStorages = (graph: Graph): ReadonlySet<number> =>
  new Set(graph.parameters.map((p) => p.tensor.meta.storage.id));

/** The op multiplies by a weight matrix: what a linear layer does. */
export const isLinear = (op: OpRecord, weights: ReadonlySet<number>): boolean =>
  (op.name === "mm" || op.name === "addmm") &&
  op.factors.some((at) => weights.has(op.inputs[at]?.meta.storage.id ?? -1));

export const parametersAt = (graph: Graph, scenario: Pick<Scenario, "sizes">): number =>
  graph.parameters.reduce((sum, each) => sum + (sizeOf(elementsOf(each), scenario) ?? 0), 0);

/** Float32 all through: nothing in it has been lowered yet. */
export const isFloat32 = (graph: Graph, { precision }: Scenario): boolean =>
  precision === "fp32" ||
  precision === "tf32" ||
  (precision === "as-written" &&
    [...graph.parameters.map((p) => p.tensor.meta), ...graph.inputs.map((t) => t.meta)]
      .filter(({ dtype }) => isFloating(dtype))
      .every(({ dtype }) => dtype === "float32"));

/** Token ids go in: the graph of a language model. */
export const isLanguageModel = (graph: Graph, weights: ReadonlySet<number>): boolean =>
  graph.inputs.some(({ meta }) => meta.dtype === "int64" || meta.dtype === "int32") &&
  graph.ops.some((op) => op.name === "embedding") &&
  graph.ops.some((op) => isLinear(op, weights));
