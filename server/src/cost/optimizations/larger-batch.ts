/** More inferences per call: weights are read once for all of them, launches are shared. */

import type { Graph } from "../../graph/ir.ts";
import { memoryOf } from "../../graph/memory.ts";
import type { Scenario } from "../estimate.ts";
import { withBatch } from "../with-batch.ts";
import { changed, notApplicable, type Optimization } from "./_optimization.ts";

export const optimization: Optimization = {
  title: "Larger batch",
  risk: "none",
  stage: 2,
  isOtherWorkload: true,
  limits:
    "It does not help once the accelerator is busy: then time and energy grow with the batch. Answers wait for each other, so latency grows, and training with another batch needs another learning rate.",
  evidence: [
    "ML.ENERGY benchmark v2 and v3: J per image and per token of the same models by batch, A100 and H100",
    "Williams et al., Roofline, CACM 52(4), 2009",
  ],
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
