import type { Graph, OpRecord } from "../../graph/ir.ts";
import type { TensorRef } from "../../graph/tensor.ts";
import type { Scenario } from "../estimate.ts";
import { attributeOf, type Flow, flowOf } from "./_edit.ts";

/** Attention written as two products with a softmax between them. */
export interface WrittenOut {
  /** Queries by keys. */
  readonly scores: OpRecord;
  /** Weights by values. */
  readonly result: OpRecord;
  /** What lies between the two, views left out: scale, mask, softmax, dropout, casts. */
  readonly between: readonly OpRecord[];
  readonly query: TensorRef;
  readonly key: TensorRef;
  readonly value: TensorRef;
  /** Sizes of the products: heads with batch, queries, keys, width of keys, width of values. */
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly width: number;
  readonly valueWidth: number;
}

export interface Attentions {
  readonly found: readonly WrittenOut[];
  /** Why softmaxes between products are not among them. */
  readonly passed: readonly string[];
}

/** What a fused kernel can take in between: its own scale, an additive or boolean mask, dropout. */
const fusible = new Set([
  "div",
  "mul",
  "add",
  "sub",
  "masked_fill",
  "where",
  "_to_copy",
  "dropout",
  "softmax",
  "clone",
  "contiguous",
]);

export function writtenOutAttention(graph: Graph, scenario: Pick<Scenario, "sizes">): Attentions {
  const flow = flowOf(graph);
  const found: WrittenOut[] = [];
  const passed = new Set<string>();
  for (const op of graph.ops) {
    if (op.name !== "softmax") continue;
    const one = around(op, flow, scenario);
    if (typeof one === "string") passed.add(one);
    else if (one !== undefined) found.push(one);
  }
  return { found, passed: [...passed] };
}

/** `undefined` when the softmax is no part of attention. */
function around(
  softmax: OpRecord,
  flow: Flow,
  scenario: Pick<Scenario, "sizes">,
): WrittenOut | string | undefined {
  const between = new Set<OpRecord>([softmax]);
  const scores = back(softmax.inputs[0], flow, between);
  if (scores === undefined) return undefined;
  const result = forward(softmax, flow, between);
  if (result === undefined) return undefined;
  if (typeof result === "string") return result;
  const [b, m, n, k] = ["b", "m", "n", "k"].map((name) => attributeOf(scores, name, scenario));
  const valueWidth = attributeOf(result, "n", scenario);
  const query = scores.inputs[scores.factors[0] ?? 0];
  const key = scores.inputs[scores.factors[1] ?? 1];
  const value = result.inputs[result.factors[1] ?? 1];
  if (b === undefined || m === undefined || n === undefined || k === undefined || valueWidth === undefined)
    return undefined;
  if (query === undefined || key === undefined || value === undefined) return undefined;
  if (attributeOf(result, "k", scenario) !== n || attributeOf(result, "m", scenario) !== m) return undefined;
  if (!onlyWithin([...between, scores], result, flow))
    return "attention weights are used elsewhere too, so they must be written out";
  return {
    scores,
    result,
    between: [...between],
    query,
    key,
    value,
    heads: b,
    queries: m,
    keys: n,
    width: k,
    valueWidth,
  };
}

const isProduct = (op: OpRecord): boolean =>
  op.factors.length === 2 && /^(?:bmm|baddbmm|matmul|einsum)$/.test(op.name);

/** From the softmax to the product of queries and keys, through what can be fused. */
function back(ref: TensorRef | undefined, flow: Flow, between: Set<OpRecord>): OpRecord | undefined {
  const op = ref === undefined ? undefined : flow.producers.get(ref.id);
  if (op === undefined) return undefined;
  if (isProduct(op)) return op;
  if (op.isView) return back(op.inputs[0], flow, between);
  if (!fusible.has(op.name) || op.name === "softmax" || op.inPlace) return undefined;
  for (const input of op.inputs) {
    const before = new Set(between).add(op);
    const scores = back(input, flow, before);
    if (scores === undefined) continue;
    for (const each of before) between.add(each);
    return scores;
  }
  return undefined;
}

/** From the softmax to the product of weights and values. */
function forward(softmax: OpRecord, flow: Flow, between: Set<OpRecord>): OpRecord | string | undefined {
  let at: TensorRef | undefined = softmax.outputs[0];
  for (;;) {
    if (at === undefined) return undefined;
    const readers: readonly OpRecord[] = flow.consumers.get(at.id) ?? [];
    const [only] = readers;
    if (only === undefined) return undefined;
    const id = at.id;
    const product = readers.find((op) => isProduct(op) && op.inputs[op.factors[0] ?? 0]?.id === id);
    if (product !== undefined) return product;
    if (readers.length > 1)
      return readers.some(isProduct)
        ? "attention weights are used elsewhere too, so they must be written out"
        : undefined;
    if (!only.isView) {
      if (!fusible.has(only.name) || only.inPlace) return undefined;
      between.add(only);
    }
    at = only.outputs[0];
  }
}

/** Nothing but `result` reads what the ops compute. */
function onlyWithin(ops: readonly OpRecord[], result: OpRecord, flow: Flow): boolean {
  const inside = new Set([...ops, result].map((op) => op.id));
  const stays = (ref: TensorRef): boolean =>
    !flow.outputs.has(ref.id) &&
    (flow.consumers.get(ref.id) ?? []).every(
      (op) => inside.has(op.id) || (op.isView && op.outputs.every(stays)),
    );
  return ops.every((op) => op.outputs.every(stays));
}
