/**
 * Checks for language models that compute logits for every position and keep those of the last one.
 *
 * ## Why is this bad?
 * To generate a token only the last position is sampled from. The output layer is the widest of the model: for a prompt of
 * 8,192 tokens and a vocabulary of 128,000 the logits alone take 2.1 GB in 16 bit, and all but one of 8,192 rows of the
 * product are thrown away.
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Model(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.embed = nn.Embedding(32000, 256)
 *         self.head = nn.Linear(256, 32000)
 *
 *     def forward(self, ids):
 *         logits = self.head(self.embed(ids))
 *         return logits[:, -1]
 *
 *
 * Model()(torch.randint(0, 32000, (1, 128)))
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Model(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.embed = nn.Embedding(32000, 256)
 *         self.head = nn.Linear(256, 32000)
 *
 *     def forward(self, ids):
 *         logits = self.head(self.embed(ids)[:, -1:])
 *         return logits[:, -1]
 *
 *
 * Model()(torch.randint(0, 32000, (1, 128)))
 * ```
 *
 * ## Fix safety
 * None: training may need the logits of every position from the same line; then take the last position only where there
 * are no targets, as nanoGPT does.
 *
 * ## When not to use it
 * In training and when a text is scored, every position counts. With a cache, each step after the prompt has one position
 * anyway. It speaks only when the interpreted call reads one position of many.
 *
 * ## References
 * - [huggingface/transformers](https://huggingface.co/docs/transformers/main_classes/text_generation): `logits_to_keep`
 * - [karpathy/nanoGPT model.py](https://github.com/karpathy/nanoGPT/blob/master/model.py): `self.lm_head(x[:, [-1], :])`
 */
import { amount } from "../base/amount.ts";
import { type Flow, flowOf } from "../cost/optimizations/_edit.ts";
import { isLinear, weightStorages } from "../cost/optimizations/_state.ts";
import { evaluate } from "../graph/dim.ts";
import { bytesOf, isKnownShape, numelOf, type TensorRef } from "../graph/tensor.ts";
import { attributeSize } from "./_model-sizes.ts";
import { defineModelRule } from "./_rule.ts";

/** A layer this wide, and wider than what it reads, maps to a vocabulary. */
const isVocabulary = (inner: number, outer: number): boolean => outer >= 1000 && outer >= 2 * inner;
const leastPositions = 2;

export const rule = defineModelRule({
  category: "performance",
  topic: "generation",
  severity: { certain: "info", likely: "off", possible: "off" },
  fix: "none",
  since: "0.1.0",
  optimization: { id: "last-position-logits", of: "lines" },
  onModel({ graph }, ctx) {
    const weights = weightStorages(graph);
    const wide = graph.ops.filter(
      (op) => isLinear(op, weights) && isVocabulary(attributeSize(op, "k"), attributeSize(op, "n")),
    );
    if (wide.length === 0) return;
    const flow = flowOf(graph);
    for (const op of wide) {
      const [logits] = op.outputs;
      if (logits === undefined || op.site.place === undefined) continue;
      const positions = positionsDropped(logits, flow);
      if (positions === undefined) continue;
      const bytes = evaluate(bytesOf(logits.meta), new Map()) ?? 0;
      ctx.report({
        at: op.site.place,
        certainty: "certain",
        message: `Logits are computed for ${positions.toLocaleString("en-US")} positions (${amount(bytes, "byte")}) and those of one are read. Take the last position before this layer: \`x[:, -1:]\`.`,
      });
    }
  },
});

/** How many positions there are for each that is read; `undefined` when all may be, or parts of a position. */
function positionsDropped(logits: TensorRef, flow: Flow): number | undefined {
  const [leaf, ...others] = leavesOf(logits, flow);
  if (leaf === undefined || others.length > 0 || widthOf(leaf) !== widthOf(logits)) return undefined;
  const ratio = (elements(logits) ?? 0) / (elements(leaf) ?? Number.NaN);
  return Number.isInteger(ratio) && ratio >= leastPositions ? ratio : undefined;
}

const widthOf = ({ meta: { shape } }: TensorRef): number | undefined =>
  isKnownShape(shape) ? evaluate(shape.at(-1) ?? 0, new Map()) : undefined;

/** What is read of a tensor, through views. */
function leavesOf(ref: TensorRef, flow: Flow): readonly TensorRef[] {
  const readers = flow.consumers.get(ref.id) ?? [];
  const views = readers.filter((op) => op.isView);
  const isRead = flow.outputs.has(ref.id) || readers.length > views.length;
  return [
    ...(isRead ? [ref] : []),
    ...views.flatMap((op) => op.outputs.flatMap((out) => leavesOf(out, flow))),
  ];
}

function elements({ meta }: TensorRef): number | undefined {
  const numel = numelOf(meta);
  if (!isKnownShape(meta.shape) || (typeof numel === "object" && numel.kind === "unknown")) return undefined;
  return evaluate(numel, new Map());
}
