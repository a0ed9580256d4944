import type { Graph, OpRecord } from "../graph/ir.ts";
import { isKnownShape } from "../graph/tensor.ts";
import { calibration } from "./coefficients.gen.ts";
import type { Scenario } from "./estimate.ts";
import { writtenOutAttention } from "./optimizations/_attention.ts";
import type { GraphTime } from "./roofline.ts";
import { type Sizes, sizeIn } from "./sizes.ts";
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
 * layers behind it; of convolutions, and of products in a graph without any attention, one for every second: the first is split by
 * its columns, the second by what it sums over. Coefficients are those of LLM serving, of two all-reduces: per layer and
 * doubling, and per token and hidden size.
 */
export function exchangeSeconds(graph: Graph, scenario: Pick<Scenario, "count" | "sizes" | "mode">): number {
  const { count, mode, sizes } = scenario;
  if (count === 1) return 0;
  const { tensorSplit, exchange } = calibration.serving.coefficients;
  const layers = [
    ...graph.ops.filter((op) => op.name === "scaled_dot_product_attention"),
    ...writtenOutAttention(graph, { sizes }).found.map(({ result }) => result),
  ];
  const summed = graph.ops
    .filter((op) => op.factors.length > 0 && (layers.length === 0 || isConvolution(op)))
    .filter((_, i) => i % 2 === 1);
  const pairs = layers.length + summed.length / 2;
  const values =
    layers.reduce((sum, op) => sum + elementsMade(op, sizes), 0) +
    summed.reduce((sum, op) => sum + elementsMade(op, sizes), 0) / 2;
  const forward = pairs * tensorSplit * Math.log2(count) + values * exchange;
  return mode === "train" ? 2 * forward : forward;
}

const isConvolution = (op: OpRecord): boolean => op.name.startsWith("conv");

const elementsMade = (op: OpRecord, sizes: Sizes): number =>
  op.outputs.reduce(
    (sum, { meta: { shape } }) =>
      sum + (isKnownShape(shape) ? shape.reduce<number>((all, dim) => all * sizeIn(dim, sizes), 1) : 0),
    0,
  );

/** The device waits while it exchanges. */
export const withExchange = (time: GraphTime, exchange: number): GraphTime => {
  if (exchange === 0) return time;
  const seconds = time.seconds + exchange;
  const share = time.seconds / seconds;
  return { ...time, seconds, computeUse: time.computeUse * share, memoryUse: time.memoryUse * share };
};
