/** More inferences per call: weights are read once for all of them, launches are shared. */

import { mul } from "../../graph/dim.ts";
import type { Graph, OpRecord } from "../../graph/ir.ts";
import { memoryOf } from "../../graph/memory.ts";
import type { TensorRef } from "../../graph/tensor.ts";
import type { Scenario } from "../estimate.ts";
import { attributeOf, bytesAt, resized } from "./_edit.ts";
import { changed, notApplicable, type Optimization } from "./_optimization.ts";

export const optimization: Optimization = {
  title: "Larger batch",
  risk: "none",
  stage: 2,
  isOtherWorkload: true,
  limits:
    "It does not help once the accelerator is busy: then time and energy grow with the batch. Answers wait for each other, so latency grows, and training with another batch needs another learning rate.",
  evidence: ["Shoeybi et al., Megatron-LM, arXiv:1909.08053", "Williams et al., Roofline, CACM 52(4), 2009"],
  apply(graph, scenario) {
    const times = [8, 4, 2].find((each) => fits(graph, scenario, each));
    if (times === undefined) return notApplicable("twice the batch would not fit into memory");
    return changed(
      withBatch(graph, times, scenario),
      { ...scenario, samples: scenario.samples * times },
      `batch ${scenario.samples * times} in place of ${scenario.samples}; latency is that of the whole batch`,
    );
  },
};

/** Memory that is left to tensors: CUDA context and fragmentation take some. */
const usable = 0.85;

function fits(graph: Graph, scenario: Scenario, times: number): boolean {
  const memory = memoryOf(graph, scenario.sizes);
  const fixed = memory.parameters + memory.buffers;
  const needed =
    scenario.mode === "train"
      ? memory.trainingPeak + (times - 1) * (memory.savedActivations + memory.recomputed + memory.transient)
      : fixed + times * memory.inferenceActivations;
  return needed <= usable * scenario.accelerator.memory.value;
}

/** What depends on the input grows; weights, masks and tables stay. */
export function withBatch(graph: Graph, times: number, scenario: Pick<Scenario, "sizes">): Graph {
  return { ...graph, ops: graph.ops.map((op) => grown(op, times, scenario)) };
}

function grown(op: OpRecord, times: number, scenario: Pick<Scenario, "sizes">): OpRecord {
  if (!op.outputs.some((t) => t.meta.varies)) return op;
  const grow = (ref: TensorRef): TensorRef => (ref.meta.varies ? resized(ref, times) : ref);
  const inputs = op.inputs.map(grow);
  const outputs = op.outputs.map(grow);
  const [b, m] = [attributeOf(op, "b", scenario), attributeOf(op, "m", scenario)];
  const ratio = (before: readonly TensorRef[], after: readonly TensorRef[]): number => {
    const sum = (refs: readonly TensorRef[]): number =>
      refs.reduce((total, ref) => total + bytesAt(ref, scenario), 0);
    return sum(before) === 0 ? 1 : sum(after) / sum(before);
  };
  return {
    ...op,
    inputs,
    outputs,
    work: {
      macs: mul(op.work.macs, times),
      flops: mul(op.work.flops, times),
      bytesRead: mul(op.work.bytesRead, ratio(op.inputs, inputs)),
      bytesWritten: mul(op.work.bytesWritten, ratio(op.outputs, outputs)),
    },
    attributes: {
      ...op.attributes,
      ...(b !== undefined ? { b: b * times } : m !== undefined ? { m: m * times } : {}),
    },
  };
}
