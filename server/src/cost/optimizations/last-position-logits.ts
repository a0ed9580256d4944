/** Logits of the last position alone: generation samples from no other. */
import type { Graph, OpRecord } from "../../graph/ir.ts";
import { isKnownShape } from "../../graph/tensor.ts";
import type { Scenario } from "../estimate.ts";
import { attributeOf, bytesAt, flowOf, resized, scaledWork, sizeOf, withOps } from "./_edit.ts";
import { changed, notApplicable, type Optimization } from "./_optimization.ts";
import { isLinear, weightStorages } from "./_state.ts";

export const optimization: Optimization = {
  title: "Logits of the last position only",
  risk: "none",
  stage: 1,
  limits:
    "It does not help in training, where every position has a loss, when scoring a text, or when decoding with a cache: then there is one position anyway.",
  evidence: [
    "`logits_to_keep` of language models in huggingface/transformers, https://huggingface.co/docs/transformers/model_doc/llama",
  ],
  apply(graph, scenario) {
    if (scenario.mode === "train") return notApplicable("training needs the logits of every position");
    const head = headOf(graph, scenario);
    if (head === undefined) return notApplicable("no layer maps to a vocabulary at the end");
    if (head.positions <= 1) return notApplicable("there is one position only");
    const { positions, ops } = head;
    const replaced = new Map(ops.map((op) => [op.id, last(op, positions, scenario)] as const));
    return changed(withOps(graph, replaced), scenario, `1 of ${positions} positions gets logits`);
  },
};

/** A layer this wide, and wider than what it reads, is a vocabulary. */
const leastVocabulary = 1000;

/** The last linear layer and what follows it. */
function headOf(
  graph: Graph,
  scenario: Scenario,
): { readonly positions: number; readonly ops: readonly OpRecord[] } | undefined {
  const weights = weightStorages(graph);
  const reversed = graph.ops.toReversed();
  const linear = reversed.find((op) => isLinear(op, weights));
  if (linear === undefined) return undefined;
  const [n, k] = [attributeOf(linear, "n", scenario), attributeOf(linear, "k", scenario)];
  if (n === undefined || k === undefined || n < leastVocabulary || n < 2 * k) return undefined;
  const shape = graph.outputs
    .map((t) => t.meta.shape)
    .find((s) => isKnownShape(s) && sizeOf(s.at(-1), scenario) === n);
  if (shape === undefined || !isKnownShape(shape) || shape.length !== 3) return undefined;
  const positions = sizeOf(shape[1], scenario);
  if (positions === undefined) return undefined;
  const flow = flowOf(graph);
  const ops = new Set([linear]);
  const follow = (op: OpRecord): void => {
    for (const output of op.outputs)
      for (const reader of flow.consumers.get(output.id) ?? []) {
        if (ops.has(reader)) continue;
        ops.add(reader);
        follow(reader);
      }
  };
  follow(linear);
  return { positions, ops: [...ops] };
}

function last(op: OpRecord, positions: number, scenario: Scenario): OpRecord {
  const share = 1 / positions;
  const m = attributeOf(op, "m", scenario);
  const inputs = op.inputs.map((ref) => (ref.meta.varies ? resized(ref, share) : ref));
  const before = op.inputs.reduce((sum, ref) => sum + bytesAt(ref, scenario), 0);
  const after = inputs.reduce((sum, ref) => sum + bytesAt(ref, scenario), 0);
  return {
    ...op,
    inputs,
    outputs: op.outputs.map((ref) => resized(ref, share)),
    work: scaledWork(op.work, { work: share, read: before === 0 ? 1 : after / before, written: share }),
    attributes: m !== undefined ? { ...op.attributes, m: m * share } : op.attributes,
  };
}
