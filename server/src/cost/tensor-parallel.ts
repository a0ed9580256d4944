import type { Graph, OpRecord } from "../graph/ir.ts";
import { calibration } from "./coefficients.gen.ts";
import type { Scenario } from "./estimate.ts";
import { attributeOf } from "./optimizations/_edit.ts";
import type { GraphTime } from "./roofline.ts";
import type { Kernels } from "./step-table.ts";

/** What one of `count` accelerators launches: its columns of every product, its share of everything else. */
export function splitKernels(kernels: Kernels, count: number): Kernels {
  if (count === 1) return kernels;
  const part = (column: Float64Array): Float64Array => column.map((all) => all / count);
  return {
    ...kernels,
    macs: part(kernels.macs),
    flops: part(kernels.flops),
    bytes: part(kernels.bytes),
    fixedBytes: part(kernels.fixedBytes),
    columns: part(kernels.columns),
  };
}

/**
 * Seconds of exchanges between the accelerators in one run: two all-reduces of the hidden state per attention and the
 * layers behind it. Coefficients are those of LLM serving: per layer and doubling, and per token and hidden size.
 */
export function exchangeSeconds(graph: Graph, scenario: Pick<Scenario, "count" | "sizes" | "mode">): number {
  const { count, mode } = scenario;
  if (count === 1) return 0;
  const { tensorSplit, exchange } = calibration.serving.coefficients;
  const layers = graph.ops.filter(endsAttention);
  const values = layers.reduce((sum, op) => sum + rowsTimesWidth(op, scenario), 0);
  const forward = layers.length * tensorSplit * Math.log2(count) + values * exchange;
  return mode === "train" ? 2 * forward : forward;
}

const endsAttention = (op: OpRecord): boolean =>
  op.name === "scaled_dot_product_attention" || op.name === "softmax";

/** Elements that an attention gives back: queries times heads times the width of a value. */
function rowsTimesWidth(op: OpRecord, scenario: Pick<Scenario, "sizes">): number {
  const [heads, queries, width] = ["heads", "queries", "valueWidth"].map((name) =>
    attributeOf(op, name, scenario),
  );
  return (heads ?? 0) * (queries ?? 0) * (width ?? 0);
}

/** The device waits while it exchanges. */
export const withExchange = (time: GraphTime, exchange: number): GraphTime => {
  if (exchange === 0) return time;
  const seconds = time.seconds + exchange;
  const share = time.seconds / seconds;
  return { ...time, seconds, computeUse: time.computeUse * share, memoryUse: time.memoryUse * share };
};
