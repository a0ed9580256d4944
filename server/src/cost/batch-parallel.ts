import type { Graph } from "../graph/ir.ts";
import { calibration } from "./coefficients.gen.ts";
import type { Scenario } from "./estimate.ts";
import { trainedBytes } from "./trained-parameters.ts";
import { withBatch } from "./with-batch.ts";

type Shared = Pick<Scenario, "count" | "parallel" | "samples" | "sizes" | "mode" | "precision">;

/** Every accelerator has the whole model and a part of the batch. */
export const splitsBatch = ({ count, parallel }: Pick<Shared, "count" | "parallel">): boolean =>
  count > 1 && parallel === "batch";

/** What the accelerator with the most samples runs; all wait for it. */
export function shareOfBatch(graph: Graph, scenario: Shared): Graph {
  const { samples, count, sizes } = scenario;
  return withBatch(graph, Math.ceil(samples / count) / samples, { sizes });
}

/** Accelerators that have a sample at all. */
export const working = ({ count, samples }: Pick<Shared, "count" | "samples">): number =>
  Math.min(count, samples);

/** Bytes that the exchange coefficient of LLM serving stands for: two sums of a half-precision value over all accelerators. */
const bytesPerExchange = 4;

/**
 * Seconds in which a training step sums its gradients over all accelerators; inference exchanges nothing. Nothing of it is
 * taken to hide behind the backward pass, which it does in part.
 */
export function gradientSeconds(graph: Graph, scenario: Shared): number {
  if (scenario.mode !== "train") return 0;
  const bytes = trainedBytes(graph, scenario.precision, scenario.sizes).reduce((sum, each) => sum + each, 0);
  return (bytes / bytesPerExchange) * calibration.serving.coefficients.exchange;
}
