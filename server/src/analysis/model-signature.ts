import type { Unknown } from "../base/known.ts";
import { printDim } from "../graph/dim.ts";
import type { Graph, StateRecord } from "../graph/ir.ts";
import { isKnownShape, type Shape, type TensorRef } from "../graph/tensor.ts";
import type { ModelEstimate } from "../model/estimate-model.ts";
import type { Output } from "../model/output.ts";

/** What a change of the code may not alter silently. Equal signatures do not make equal models. */
export interface ModelSignature {
  /** Types and shapes of what the model was called with. */
  readonly inputs: string;
  /** Type and shape of what it returns; `unknown` of a run that ended before it returned. */
  readonly output: string;
  /** The entries of a checkpoint, `layer.weight float32[8, 4]`, in order of their names. */
  readonly state: readonly string[];
  /** Names of parameters that no operation reads. */
  readonly idle: readonly string[];
  /** How often each operation that is no view runs. */
  readonly operations: Readonly<Record<string, number>>;
}

export const modelSignature = ({ graph, inputs, output }: ModelEstimate): ModelSignature => ({
  inputs: inputs.map(tensorText).join(", "),
  output: output === undefined ? "unknown" : outputText(output),
  state: [...graph.parameters, ...graph.buffers.filter(({ persistent }) => persistent)].map(entry).sort(),
  idle: idleParameters(graph),
  operations: operationCounts(graph),
});

const shapeText = (shape: Shape | Unknown): string =>
  isKnownShape(shape) ? `[${shape.map(printDim).join(", ")}]` : "[?]";

const tensorText = ({ meta }: TensorRef): string => `${meta.dtype}${shapeText(meta.shape)}`;

const entry = ({ names, tensor }: StateRecord): string =>
  `${[...names].sort().join(" = ")} ${tensorText(tensor)}`;

function outputText(output: Output): string {
  switch (output.kind) {
    case "tensor":
      return `${output.dtype}${shapeText(output.shape)}`;
    case "sequence":
      return `(${output.items.map(outputText).join(", ")})`;
    case "mapping":
      return `{${output.entries.map(([name, value]) => `${name}: ${outputText(value)}`).join(", ")}}`;
    case "unknown":
      return `unknown: ${output.why}`;
    case "other":
      return output.text;
  }
}

function idleParameters({ ops, parameters }: Graph): readonly string[] {
  const read = new Set(ops.flatMap(({ inputs }) => inputs.map(({ id }) => id)));
  return parameters
    .filter(({ tensor }) => !read.has(tensor.id))
    .flatMap(({ names }) => names.slice(0, 1))
    .sort();
}

function operationCounts({ ops }: Graph): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { name, isView } of ops) if (!isView) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
