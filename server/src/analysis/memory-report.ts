import { sum } from "../graph/dim.ts";
import { type Memory, memoryOf } from "../graph/memory.ts";
import { bytesOf } from "../graph/tensor.ts";
import { stateBytes } from "../graph/work.ts";
import type { Accelerator } from "../hardware/accelerator.ts";
import { fitsOn, type MemoryVerdict } from "../hardware/fits-on.ts";
import type { ModelEstimate } from "../model/estimate-model.ts";
import { numberAt, type Total, totalOf } from "./count.ts";
import { type OptimizerChoice, standardOptimizer } from "./optimizer-choice.ts";
import { whyNoState, whyUnknown } from "./why-unknown.ts";

export type Fit = MemoryVerdict["kind"];

/**
 * Bytes on the accelerator at the sizes in the code. All but the first three are those of what is alive at once: what
 * allocators round up and libraries take as workspace comes on top. `null` when the model could not be run.
 */
export interface MemoryJson {
  readonly parameterBytes: Total;
  readonly bufferBytes: Total;
  readonly inputBytes: Total;
  /** Parameters, buffers, inputs and activations at the peak of a forward pass without gradients. */
  readonly peakInferenceBytes: number | null;
  /** What autograd keeps from forward to backward; of a checkpointed region only what enters it. */
  readonly activationsForBackwardBytes: number | null;
  /** Kept again while the largest checkpointed region is computed a second time. */
  readonly recomputedBytes: number | null;
  readonly gradientBytes: number | null;
  readonly optimizer: {
    readonly name: string;
    readonly assumption: string | null;
  };
  readonly optimizerBytes: number | null;
  /** All of that at once, with the gradients of activations of the largest op. */
  readonly peakTrainingBytes: number | null;
  /** Tensors whose size is not known: they count nothing. */
  readonly unsized: number;
  /** For the accelerators that were asked for. */
  readonly fitsOn?: readonly FitJson[];
}

export interface FitJson {
  readonly accelerator: string;
  readonly inference: Fit | null;
  readonly training: Fit | null;
  /** What is left for tensors. */
  readonly availableBytes: number;
}

export interface MemoryRequest {
  /** AdamW when left out. */
  readonly optimizer?: OptimizerChoice;
  /** Those for which a verdict is wanted. */
  readonly accelerators?: readonly Accelerator[];
}

export function memoryJson(
  estimate: ModelEstimate,
  { optimizer = standardOptimizer, accelerators = [] }: MemoryRequest,
): MemoryJson {
  const { graph } = estimate;
  const memory = memoryOf(graph, new Map(), optimizer.state);
  const why = whyUnknown(estimate);
  const ran = graph.ops.length > 0 || why === undefined;
  const parameterBytes = totalOf(sum(graph.parameters.map(stateBytes)), whyNoState(estimate));
  // A sum of nothing says nothing of a model that is not counted in full.
  const least = (bytes: number): number | null => (bytes === 0 && why !== undefined ? null : bytes);
  const peaks: Pick<Memory, "inferencePeak" | "trainingPeak"> | undefined = ran ? memory : undefined;
  return {
    parameterBytes,
    bufferBytes: totalOf(
      sum(graph.buffers.map(stateBytes)),
      numberAt(parameterBytes) === undefined ? why : undefined,
    ),
    inputBytes: totalOf(sum(estimate.inputs.map((each) => bytesOf(each.meta))), why),
    peakInferenceBytes: peaks?.inferencePeak ?? null,
    activationsForBackwardBytes: ran ? least(memory.savedActivations) : null,
    recomputedBytes: ran ? memory.recomputed : null,
    gradientBytes: least(memory.gradients),
    optimizer: { name: optimizer.name, assumption: optimizer.assumption ?? null },
    optimizerBytes: least(memory.optimizer),
    peakTrainingBytes: peaks?.trainingPeak ?? null,
    unsized: memory.unsized,
    ...(accelerators.length === 0
      ? {}
      : { fitsOn: accelerators.map((accelerator) => fitOf(accelerator, peaks)) }),
  };
}

/** Liveness is a lower bound: allocators round up and libraries take workspaces. */
export const memoryMargin = 1.15;

function fitOf(
  accelerator: Accelerator,
  peaks: Pick<Memory, "inferencePeak" | "trainingPeak"> | undefined,
): FitJson {
  const verdict = (bytes: number): MemoryVerdict => fitsOn(accelerator, bytes * memoryMargin);
  return {
    accelerator: accelerator.id,
    inference: peaks === undefined ? null : verdict(peaks.inferencePeak).kind,
    training: peaks === undefined ? null : verdict(peaks.trainingPeak).kind,
    availableBytes: verdict(0).available,
  };
}
