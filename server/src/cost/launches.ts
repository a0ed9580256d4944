import type { Graph } from "../graph/ir.ts";
import { compilesChannelsLast } from "./compiled-layout.ts";
import { fusedKernels } from "./fuse.ts";
import type { Kernel } from "./kernel.ts";
import { lower } from "./lower.ts";
import type { Precision } from "./precision.ts";
import type { Sizes } from "./sizes.ts";
import { type Optimizer, trainingSteps } from "./training.ts";

/** All that decides what a graph launches: not the price, not the region, and of the device only its kind. */
export interface LaunchOptions {
  readonly precision: Precision;
  readonly mode: "infer" | "train";
  readonly optimizer: Optimizer;
  readonly isCompiled: boolean;
  readonly sizes: Sizes;
  readonly isGpu: boolean;
}

/** Ways to run one graph that are remembered: what people switch between. */
const most = 6;

const remembered = new WeakMap<Graph, Map<string, readonly Kernel[]>>();

/** What is launched when the graph runs that way. Remembered with the graph: other devices launch the same. */
export function launchesOf(graph: Graph, options: LaunchOptions): readonly Kernel[] {
  const { precision, mode, optimizer, isCompiled, isGpu, sizes } = options;
  const key = [precision, mode, optimizer, isCompiled, isGpu, ...sizes].join();
  const known = remembered.get(graph) ?? new Map<string, readonly Kernel[]>();
  remembered.set(graph, known);
  const kernels = known.get(key) ?? computed(graph, options);
  // The one used last is the last to be forgotten.
  known.delete(key);
  known.set(key, kernels);
  for (const oldest of known.keys()) {
    if (known.size <= most) break;
    known.delete(oldest);
  }
  return kernels;
}

function computed(graph: Graph, options: LaunchOptions): readonly Kernel[] {
  const { precision, sizes, mode, optimizer, isCompiled, isGpu } = options;
  const forward = lower(graph, {
    precision,
    sizes,
    isHalfNorm: () => false,
    addsBiasApart: isGpu,
    upcastsAttention: true,
    channelsLast: isCompiled && (!isGpu || compilesChannelsLast(graph)),
  });
  const again = new Set(graph.ops.filter((op) => op.site.checkpoint !== undefined).map((op) => op.id));
  const steps = mode === "train" ? trainingSteps(forward, { optimizer, isForeach: true, again }) : forward;
  return isCompiled ? fusedKernels(steps) : steps;
}
