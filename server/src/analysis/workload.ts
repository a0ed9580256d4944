import { type Unknown, unknown } from "../base/known.ts";
import { splitsBatch, working } from "../cost/batch-parallel.ts";
import { cacheBytes, decodeStep, positionsOf } from "../cost/decode-step.ts";
import type { Scenario } from "../cost/estimate.ts";
import { withBatch } from "../cost/with-batch.ts";
import { evaluate, product } from "../graph/dim.ts";
import type { Graph } from "../graph/ir.ts";
import { isKnownShape, type TensorRef } from "../graph/tensor.ts";
import type { ModelEstimate } from "../model/estimate-model.ts";
import type { CostRequest } from "./scenario.ts";
import { whyNothing } from "./why-unknown.ts";

const sizes: ReadonlyMap<string, number> = new Map();

/** What runs once: the graph of a call, cut to the mode and batch that are asked for. */
export interface Workload {
  readonly kind: "workload";
  readonly graph: Graph;
  readonly batch: number;
  /** Tokens that one run reads, or in decoding writes; `undefined` where tokens are not what goes in. */
  readonly tokens: number | undefined;
  /** Positions that are cached before the token that is decoded. */
  readonly context: number | undefined;
  /** Bytes of their keys and values, all layers, at the dtypes of the code. */
  readonly cacheBytes: number;
  readonly assumptions: readonly string[];
}

export function workloadOf(estimate: ModelEstimate, request: CostRequest): Workload | Unknown {
  const why = whyNothing(estimate);
  if (why !== undefined) return unknown(why);
  const own = batchOf(estimate);
  const batch = request.batch ?? own;
  const whole = batch === own ? estimate.graph : withBatch(estimate.graph, batch / own, { sizes });
  const assumptions =
    batch === own ? [] : [`batch ${batch}: counted at batch ${own}, what depends on the input grows with it`];
  const { served } = estimate;
  if (served !== undefined && served.phase === request.mode) {
    const context = evaluate(served.context, sizes);
    const isDecode = served.phase === "decode";
    return {
      kind: "workload",
      graph: whole,
      batch,
      tokens: isDecode ? batch : context === undefined ? undefined : batch * context,
      context: isDecode ? context : undefined,
      // The cache is among what the graph takes in.
      cacheBytes: 0,
      assumptions,
    };
  }
  const tokens = tokensOf(estimate, batch);
  if (request.mode !== "decode")
    return { kind: "workload", graph: whole, batch, tokens, context: undefined, cacheBytes: 0, assumptions };
  const positions = positionsOf(estimate.graph, { sizes });
  if (positions === undefined)
    return unknown("decoding needs attention of a sequence to itself, and none was found");
  if (!positions.isCausal)
    return unknown("attention is not causal: there is nothing to decode token by token");
  const context = request.context ?? positions.count;
  const graph = decodeStep(whole, context, { sizes, samples: batch });
  if (graph === undefined)
    return unknown("decoding needs attention of a sequence to itself, and none was found");
  return {
    kind: "workload",
    graph,
    batch,
    tokens: tokens === undefined ? undefined : batch,
    context,
    cacheBytes: cacheBytes(whole, context, { sizes }) ?? 0,
    assumptions: [
      ...assumptions,
      `one token per sequence behind ${context} cached positions, the cache being in place`,
    ],
  };
}

/** Bytes of the cache that each accelerator holds before what is shared by all is divided among them. */
export const cacheOnEach = (
  { cacheBytes }: Workload,
  scenario: Pick<Scenario, "count" | "parallel" | "samples">,
): number => (splitsBatch(scenario) ? cacheBytes / working(scenario) : cacheBytes);

/** First size of the first input: the samples of one call. */
export function batchOf(estimate: ModelEstimate): number {
  const shape = estimate.inputs[0]?.meta.shape;
  const first = shape !== undefined && isKnownShape(shape) ? shape[0] : undefined;
  return first === undefined ? 1 : Math.max(1, evaluate(first, sizes) ?? 1);
}

/**
 * Token ids of shape [batch, positions] at the new batch. Ids that go to tables column by column are features of a sample, not
 * tokens of a text.
 */
function tokensOf({ graph }: ModelEstimate, batch: number): number | undefined {
  const ids = graph.inputs.find(isIndex);
  const shape = ids?.meta.shape;
  if (ids === undefined || shape === undefined || !isKnownShape(shape)) return undefined;
  const all = numberOf(ids);
  const isRead = graph.ops.some(
    (op) => op.name === "embedding" && op.inputs.some((t) => isIndex(t) && numberOf(t) === all),
  );
  if (!isRead) return undefined;
  // One id for each sample is as likely a user or a product.
  if (shape.length < 2 && positionsOf(graph, { sizes }) === undefined) return undefined;
  const positions = shape.length < 2 ? 1 : evaluate(shape[1] ?? 1, sizes);
  return positions === undefined ? undefined : batch * positions;
}

const isIndex = ({ meta }: TensorRef): boolean => /^int(?:32|64)$/.test(meta.dtype);

const numberOf = ({ meta }: TensorRef): number | undefined =>
  isKnownShape(meta.shape) ? evaluate(product(meta.shape), sizes) : undefined;
