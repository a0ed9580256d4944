/** Keys and values kept in eight bits: half the bytes that a decoding step reads of its cache. */

import { mul } from "../../graph/dim.ts";
import type { Graph, OpRecord } from "../../graph/ir.ts";
import type { TensorRef } from "../../graph/tensor.ts";
import type { Scenario } from "../estimate.ts";
import { writtenOutAttention } from "./_attention.ts";
import { attributeOf, bytesAt, flowOf, resized, scaledWork, withOps } from "./_edit.ts";
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
    const [first] = reads;
    const share = first === undefined ? 1 : 1 / widthOf(first.op, first.at, scenario);
    return {
      ...changed(
        smaller(
          withOps(graph, replaced),
          { storages: cachesOf(graph, reads), share, done: replaced },
          scenario,
        ),
        scenario,
        "keys and values stay in eight bits until the attention kernel converts them",
      ),
      cacheRatio: share,
    };
  },
};

/** What a cache passes through on its way to attention. */
const passing = new Set([
  "cat",
  "repeat_interleave",
  "repeat",
  "clone",
  "contiguous",
  "reshape",
  "index_copy",
  "index_copy_",
  "index_put",
  "index_put_",
]);

/** Storages of what the graph is given of keys and values, and of what becomes of it before attention reads it. */
function cachesOf(graph: Graph, reads: readonly CacheRead[]): ReadonlySet<number> {
  const { producers } = flowOf(graph);
  const given = new Set(graph.inputs.map(({ id }) => id));
  const found = new Set<number>();
  const visit = (ref: TensorRef | undefined): void => {
    if (ref === undefined) return;
    const op = producers.get(ref.id);
    if (op?.isView === true) {
      visit(op.inputs[0]);
      return;
    }
    const { id } = ref.meta.storage;
    if (found.has(id)) return;
    if (op !== undefined && passing.has(op.name)) {
      found.add(id);
      for (const input of op.inputs) visit(input);
    } else if (op === undefined && given.has(ref.id)) found.add(id);
  };
  for (const { op, at } of reads) visit(op.inputs[at]);
  return found;
}

interface Smaller {
  readonly storages: ReadonlySet<number>;
  readonly share: number;
  /** Ops that read less already. */
  readonly done: ReadonlyMap<number, OpRecord>;
}

/** The graph with so much less in these storages, and with so much less to copy of them. */
function smaller(graph: Graph, { storages, share, done }: Smaller, scenario: Scenario): Graph {
  if (storages.size === 0) return graph;
  const shrunk = (ref: TensorRef): TensorRef =>
    storages.has(ref.meta.storage.id) ? resized(ref, share) : ref;
  const bytes = (refs: readonly TensorRef[]): number =>
    refs.reduce((sum, ref) => sum + bytesAt(ref, scenario), 0);
  const ratio = (after: readonly TensorRef[], before: readonly TensorRef[]): number =>
    bytes(before) === 0 ? 1 : bytes(after) / bytes(before);
  return {
    ...graph,
    inputs: graph.inputs.map(shrunk),
    outputs: graph.outputs.map(shrunk),
    ops: graph.ops.map((op) => {
      if (done.has(op.id)) return op;
      const [inputs, outputs] = [op.inputs.map(shrunk), op.outputs.map(shrunk)];
      const [read, written] = [ratio(inputs, op.inputs), ratio(outputs, op.outputs)];
      return { ...op, inputs, outputs, work: scaledWork(op.work, { work: 1, read, written }) };
    }),
  };
}

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
function widthOf(op: OpRecord, at: number, { precision }: Scenario): number {
  if (["fp32", "tf32"].includes(precision)) return 4;
  return precision === "as-written" && op.inputs[at]?.meta.dtype === "float32" ? 4 : 2;
}

function narrower(op: OpRecord, at: number, scenario: Scenario): OpRecord {
  const width = widthOf(op, at, scenario);
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
