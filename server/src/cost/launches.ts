import { growthOf } from "../graph/grown.ts";
import type { Graph } from "../graph/ir.ts";
import { compilesChannelsLast } from "./compiled-layout.ts";
import { fusedKernels } from "./fuse.ts";
import { lastAnswers } from "./last-answers.ts";
import { lower } from "./lower.ts";
import type { Passes } from "./optimizer.ts";
import type { Precision } from "./precision.ts";
import type { Sizes } from "./sizes.ts";
import type { Kernels } from "./step-table.ts";
import { trainedBytes } from "./trained-parameters.ts";
import { addUpdate, trainingSteps } from "./training.ts";

/** All that decides what a graph launches: not the price, not the region, and of the device only its kind. */
export interface LaunchOptions {
  readonly precision: Precision;
  readonly mode: "infer" | "train";
  /** Of a training step. */
  readonly optimizer: Passes;
  readonly isCompiled: boolean;
  readonly sizes: Sizes;
  readonly isGpu: boolean;
}

/** As many ways to run one graph are remembered: what people switch between. */
const answers = lastAnswers<Kernels>(6);

/** What is launched when the graph runs that way. Remembered with the graph: other devices launch the same. */
export function launchesOf(graph: Graph, options: LaunchOptions): Kernels {
  const { precision, mode, optimizer, isCompiled, isGpu, sizes } = options;
  const question = [precision, mode, `${optimizer}`, isCompiled, isGpu, ...sizes].join();
  return answers(graph, question, () => computed(graph, options));
}

function computed(graph: Graph, options: LaunchOptions): Kernels {
  const { precision, sizes, mode, optimizer, isCompiled, isGpu } = options;
  const forward = lower(graph, {
    precision,
    sizes,
    isHalfNorm: () => false,
    addsBiasApart: isGpu,
    upcastsAttention: true,
    channelsLast: isCompiled && (!isGpu || compilesChannelsLast(graph)),
  });
  const steps = mode === "train" ? trainingSteps(forward, checkpointed(graph)) : forward;
  const kernels = isCompiled ? fusedKernels(steps) : steps;
  if (mode === "train")
    addUpdate(kernels, {
      passes: optimizer,
      parameters: trainedBytes(graph, precision, sizes),
      isForeach: isGpu,
    });
  return kernels;
}

/** Ids of ops that run forward once more before their backward pass. */
function checkpointed(graph: Graph): ReadonlySet<number> {
  const { ops } = growthOf(graph).from;
  return new Set(ops.filter((op) => op.site.checkpoint !== undefined).map((op) => op.id));
}
