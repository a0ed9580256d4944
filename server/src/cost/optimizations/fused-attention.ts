/**
 * Attention in one kernel, as `scaled_dot_product_attention` runs it: the scores never reach memory.
 *
 * Work as of the op in the torch room: products b m n (k + v) MACs, 6 FLOPs per score, bytes of q, k, v, mask and output.
 */
import type { OpRecord } from "../../graph/ir.ts";
import { contiguousStrides, type TensorRef } from "../../graph/tensor.ts";
import type { Scenario } from "../estimate.ts";
import { type WrittenOut, writtenOutAttention } from "./_attention.ts";
import { bytesAt, type Flow, flowOf, underViews, withOps } from "./_edit.ts";
import { changed, notApplicable, type Optimization } from "./_optimization.ts";

export const optimization: Optimization = {
  title: "Fused attention",
  risk: "rounding",
  stage: 1,
  limits:
    "It does not help where attention weights are returned, where scores pass through something that is neither scale, mask nor dropout, and hardly where sequences are short: then the projections are the cost.",
  evidence: [
    "Dao et al., FlashAttention, NeurIPS 2022, arXiv:2205.14135",
    "Dao, FlashAttention-2, arXiv:2307.08691",
    "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html",
  ],
  apply(graph, scenario) {
    const { found, passed } = writtenOutAttention(graph, scenario);
    if (found.length === 0) {
      if (passed[0] !== undefined) return notApplicable(passed[0]);
      return notApplicable(
        graph.ops.some((op) => op.name === "scaled_dot_product_attention")
          ? "attention is one call of scaled_dot_product_attention already"
          : "no attention was found",
      );
    }
    const flow = flowOf(graph);
    const replaced = new Map<number, OpRecord>();
    const removed = new Set<number>();
    for (const each of found) {
      for (const op of [each.scores, ...each.between]) removed.add(op.id);
      replaced.set(each.result.id, fused(each, flow, scenario));
    }
    return changed(
      withOps(graph, replaced, removed),
      scenario,
      found.length === 1
        ? "one attention becomes one kernel"
        : `${found.length} attentions become one kernel each`,
    );
  },
};

function fused(each: WrittenOut, flow: Flow, scenario: Pick<Scenario, "sizes">): OpRecord {
  const { result, heads, queries, keys, width, valueWidth } = each;
  const asked = (ref: TensorRef, rows: number, columns: number): TensorRef => {
    const shape = [1, heads, rows, columns];
    const from = underCopies(ref, flow, scenario);
    return { ...from, meta: { ...from.meta, shape, strides: contiguousStrides(shape) } };
  };
  const query = asked(each.query, queries, width);
  const key = asked(each.key, keys, width);
  const value = asked(each.value, keys, valueWidth);
  const mask = maskOf(each, flow);
  const inputs = [query, key, value, ...mask];
  const scores = heads * queries * keys;
  const needsGrad = inputs.some((t) => t.meta.requiresGrad);
  return {
    ...result,
    name: "scaled_dot_product_attention",
    inputs,
    work: {
      macs: scores * (width + valueWidth),
      flops: 6 * scores,
      bytesRead: inputs.reduce((sum, t) => sum + bytesAt(t, scenario), 0),
      bytesWritten: result.work.bytesWritten,
    },
    factors: [0, 1, 2],
    saved: needsGrad ? [...inputs, ...result.outputs].map((t) => t.id) : [],
    savedExtra: needsGrad ? 4 * heads * queries : 0,
    attributes: { causal: mask.length === 0, heads, queries, keys, width, valueWidth, dropout: false },
  };
}

/** The products want their operands in one piece; the fused kernel reads them where they are. */
function underCopies(ref: TensorRef, flow: Flow, scenario: Pick<Scenario, "sizes">): TensorRef {
  const op = flow.producers.get(underViews(ref, flow).id);
  const [input, output] = [op?.inputs[0], op?.outputs[0]];
  if (op === undefined || input === undefined || output === undefined) return ref;
  if (op.name !== "clone" && op.name !== "contiguous") return ref;
  return bytesAt(input, scenario) === bytesAt(output, scenario) ? underCopies(input, flow, scenario) : ref;
}

/** A mask that depends on the input; one made of constants is the kernel's own causal one. */
function maskOf({ between }: WrittenOut, flow: Flow): readonly TensorRef[] {
  const inside = new Set(between.flatMap((op) => op.outputs.map((t) => t.id)));
  const isInside = (ref: TensorRef): boolean => {
    const made = underViews(ref, flow);
    return inside.has(made.id) || flow.producers.get(made.id)?.factors.length === 2;
  };
  return between
    .filter((op) => op.inputs.length > 1)
    .flatMap((op) => op.inputs)
    .filter((t) => t.meta.varies && t.meta.role !== "constant" && !isInside(t));
}
