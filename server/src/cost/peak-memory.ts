import { bytesPerElement, isFloating } from "../graph/dtype.ts";
import type { Graph } from "../graph/ir.ts";
import { type OptimizerState, peakOf } from "../graph/memory.ts";
import { bytesOfState, stateTotals } from "../graph/state-totals.ts";
import { shareOfBatch, splitsBatch } from "./batch-parallel.ts";
import type { Scenario } from "./estimate.ts";
import { eightBit, storedDtype } from "./precision.ts";

export interface PeakOptions {
  /** Adam's when left out. */
  readonly optimizer?: OptimizerState | undefined;
  /** Beside what the graph has, at the dtypes of the code. */
  readonly cacheBytes?: number;
  /** Bytes of the weights by those that the graph shows. */
  readonly weightRatio?: number;
}

/** Peak bytes on each accelerator, in the scenario's precision. */
export function peakBytes(graph: Graph, scenario: Scenario, options: PeakOptions = {}): number {
  const { optimizer, cacheBytes = 0, weightRatio = 1 } = options;
  const isBatch = splitsBatch(scenario);
  const part = isBatch ? shareOfBatch(graph, scenario) : graph;
  const peak = peakOf(part, scenario.sizes, scenario.mode, optimizer);
  const parameters = bytesOfState(stateTotals(part.parameters, scenario.sizes), "all");
  const bytes = peak - parameters * (1 - weightRatio) + cacheBytes;
  const stored = bytes * storedShare(graph, scenario) - narrowedBytes(part, scenario);
  return stored / (isBatch ? 1 : scenario.count);
}

/** What weights of products take less in eight bits than in bfloat16: a byte for each element. */
function narrowedBytes(graph: Graph, { precision, sizes }: Scenario): number {
  if (eightBit(precision) === undefined) return 0;
  const factors = new Set(
    graph.ops.flatMap((op) =>
      op.factors.length === 2 ? op.factors.map((at) => op.inputs[at]?.meta.storage.id ?? -1) : [],
    ),
  );
  const weights = graph.parameters.filter(
    ({ tensor: { meta } }) => isFloating(meta.dtype) && factors.has(meta.storage.id),
  );
  return bytesOfState(stateTotals(weights, sizes), "all", () => 1);
}

/** Bytes of the parameters in the scenario's precision by those in the code's own, bfloat16 where products have eight bits. */
export function storedShare(graph: Graph, { precision, sizes }: Scenario): number {
  const totals = stateTotals(graph.parameters, sizes);
  const before = bytesOfState(totals, "all");
  if (before === 0 || precision.startsWith("amp")) return 1;
  return bytesOfState(totals, "all", (dtype) => bytesPerElement(storedDtype(dtype, precision))) / before;
}
