/** Keys and values kept in eight bits: half the bytes that a decoding step reads of its cache. */

import { mul } from "../../graph/dim.ts";
import type { Graph, OpRecord } from "../../graph/ir.ts";
import type { Scenario } from "../estimate.ts";
import { writtenOutAttention } from "./_attention.ts";
import { attributeOf, bytesAt, resized, withOps } from "./_edit.ts";
import { changed, notApplicable, type Optimization } from "./_optimization.ts";

export const optimization: Optimization = {
  title: "INT8 key-value cache",
  risk: "quality",
  stage: 4,
  limits:
    "It does not help in prefill or training, where nothing is read from a cache, nor with short contexts: weights are then what a step reads. Kernels that convert the cache in a launch of their own lose what the smaller reads gain.",
  evidence: [
    "Hooper et al., KVQuant, NeurIPS 2024, arXiv:2401.18079",
    "Liu et al., KIVI, ICML 2024, arXiv:2402.02750",
  ],
  apply(graph, scenario) {
    if (scenario.mode === "train") return notApplicable("training reads no cache");
    const reads = cacheReads(graph, scenario);
    if (reads.length === 0)
      return notApplicable("nothing is read from a cache: the whole sequence runs at once (see mode decode)");
    const replaced = new Map<number, OpRecord>();
    for (const { op, at } of reads) {
      const before = replaced.get(op.id) ?? op;
      replaced.set(op.id, narrower(before, at, scenario));
    }
    return changed(
      withOps(graph, replaced),
      scenario,
      "keys and values are converted inside the attention kernel",
    );
  },
};

interface CacheRead {
  readonly op: OpRecord;
  /** Index of the input. */
  readonly at: number;
}

/** Keys and values where there are more of them than queries. */
function cacheReads(graph: Graph, scenario: Scenario): readonly CacheRead[] {
  const fused = graph.ops.flatMap((op): readonly CacheRead[] => {
    if (op.name !== "scaled_dot_product_attention") return [];
    const [queries, keys] = [attributeOf(op, "queries", scenario), attributeOf(op, "keys", scenario)];
    return queries !== undefined && keys !== undefined && queries < keys
      ? [
          { op, at: 1 },
          { op, at: 2 },
        ]
      : [];
  });
  const written = writtenOutAttention(graph, scenario)
    .found.filter(({ queries, keys }) => queries < keys)
    .flatMap(({ scores, result }) => [
      { op: scores, at: scores.factors[1] ?? 1 },
      { op: result, at: result.factors[1] ?? 1 },
    ]);
  return [...fused, ...written];
}

/** Eight bits in place of what the scenario's precision keeps: two bytes, or four. */
function narrower(op: OpRecord, at: number, scenario: Scenario): OpRecord {
  const width = ["fp32", "tf32"].includes(scenario.precision)
    ? 4
    : scenario.precision === "as-written" && op.inputs[at]?.meta.dtype === "float32"
      ? 4
      : 2;
  const inputs = op.inputs.map((ref, i) => (i === at ? resized(ref, 1 / width) : ref));
  const sum = (refs: OpRecord["inputs"]): number =>
    refs.reduce((total, ref) => total + bytesAt(ref, scenario), 0);
  const before = sum(op.inputs);
  return {
    ...op,
    inputs,
    work: { ...op.work, bytesRead: mul(op.work.bytesRead, before === 0 ? 1 : sum(inputs) / before) },
  };
}
