import { mul } from "../graph/dim.ts";
import { grownTo, growthOf, savedExtraAt } from "../graph/grown.ts";
import type { Graph, OpRecord } from "../graph/ir.ts";
import type { TensorMeta, TensorRef } from "../graph/tensor.ts";
import type { Scenario } from "./estimate.ts";
import { lastAnswers } from "./last-answers.ts";
import { attributeOf, bytesAt, resized } from "./optimizations/_edit.ts";

type Sized = Pick<Scenario, "sizes">;

/** As many batches of one graph are remembered: what people go back and forth between. Each holds memory; anew, they take a moment. */
const answers = lastAnswers<Graph>(3);

/**
 * What depends on the input grows; weights, masks and tables stay. The last ones of a graph are remembered. Costs and memory
 * are computed from the graph itself and the factor; the ops are made for those who look at them.
 */
export function withBatch(graph: Graph, times: number, scenario: Sized): Graph {
  const { from, times: before } = growthOf(graph);
  return answers(from, [before * times, ...scenario.sizes].join(), () =>
    grownGraph(from, before * times, scenario),
  );
}

function grownGraph(from: Graph, times: number, scenario: Sized): Graph {
  let ops: readonly OpRecord[] | undefined;
  const graph: Graph = {
    ...from,
    get ops() {
      ops ??= grownOps(from, times, scenario);
      return ops;
    },
  };
  return grownTo(graph, { from, times });
}

function grownOps({ ops }: Graph, times: number, scenario: Sized): readonly OpRecord[] {
  const tensors = new Map<TensorMeta, Grown>();
  const grow = (ref: TensorRef): Grown => {
    const known = tensors.get(ref.meta);
    if (known?.ref.id === ref.id) return known;
    const grown = ref.meta.varies ? resized(ref, times) : ref;
    const made = { ref: grown, before: bytesAt(ref, scenario), after: bytesAt(grown, scenario) };
    tensors.set(ref.meta, made);
    return made;
  };
  return ops.map((op) => (op.outputs.some((t) => t.meta.varies) ? grownOp(op, times, grow, scenario) : op));
}

/** A tensor at the other batch, and its bytes at both. */
interface Grown {
  readonly ref: TensorRef;
  readonly before: number;
  readonly after: number;
}

function grownOp(op: OpRecord, times: number, grow: (ref: TensorRef) => Grown, scenario: Sized): OpRecord {
  const [inputs, outputs] = [op.inputs.map(grow), op.outputs.map(grow)];
  const [b, m] = [attributeOf(op, "b", scenario), attributeOf(op, "m", scenario)];
  return {
    ...op,
    inputs: inputs.map(({ ref }) => ref),
    outputs: outputs.map(({ ref }) => ref),
    work: {
      macs: mul(op.work.macs, times),
      flops: mul(op.work.flops, times),
      bytesRead: mul(op.work.bytesRead, ratioOf(inputs)),
      bytesWritten: mul(op.work.bytesWritten, ratioOf(outputs)),
    },
    savedExtra: savedExtraAt(op, times),
    attributes: {
      ...op.attributes,
      ...(b !== undefined ? { b: b * times } : m !== undefined ? { m: m * times } : {}),
    },
  };
}

function ratioOf(tensors: readonly Grown[]): number {
  let [before, after] = [0, 0];
  for (const tensor of tensors) {
    before += tensor.before;
    after += tensor.after;
  }
  return before === 0 ? 1 : after / before;
}
