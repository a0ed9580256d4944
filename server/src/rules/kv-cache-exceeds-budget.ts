/**
 * Checks for caches of keys and values that are allocated for more than a quarter of the accelerator's memory.
 *
 * Computed on `rtx4090`, the examples below differ in heads and format alone.
 *
 * ## Why is this bad?
 * A cache that is allocated for the longest sequence and the largest batch takes its memory from the first request on:
 * `2 * layers * batch * tokens * heads * head size` elements. What it takes is missing for weights, for longer prompts and
 * for the batches that make generation cheap. Sharing key and value heads (grouped-query attention) and 16-bit or smaller
 * formats shrink it by the number of shared heads and by the format.
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Attention(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.keys = nn.Linear(4096, 4096)
 *         self.cache = torch.zeros((32, 16384, 32, 128), device="cuda")
 *
 *     def forward(self, x, start: int):
 *         b, t, _ = x.shape
 *         self.cache[:b, start : start + t] = self.keys(x).view(b, t, 32, 128)
 *         return self.cache[:b, : start + t]
 *
 *
 * Attention()(torch.randn(1, 1, 4096), 0)
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Attention(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.keys = nn.Linear(4096, 1024)
 *         self.cache = torch.zeros((32, 16384, 8, 128), dtype=torch.bfloat16, device="cuda")
 *
 *     def forward(self, x, start: int):
 *         b, t, _ = x.shape
 *         self.cache[:b, start : start + t] = self.keys(x).view(b, t, 8, 128)
 *         return self.cache[:b, : start + t]
 *
 *
 * Attention()(torch.randn(1, 1, 4096), 0)
 * ```
 *
 * ## Fix safety
 * None: fewer heads are another model, and another format changes what is computed.
 *
 * ## When not to use it
 * Where serving is what the board is for and the weights leave the room. It speaks only when an accelerator is chosen, of
 * memory that forward writes in place; quantized and paged caches of serving engines are not seen.
 *
 * ## References
 * - Ainslie et al. 2023, [GQA](https://arxiv.org/abs/2305.13245)
 * - [huggingface/transformers: cache strategies](https://huggingface.co/docs/transformers/kv_cache): memory against speed
 */
import { amount } from "../base/amount.ts";
import { isFloating } from "../graph/dtype.ts";
import { isKnownShape, type TensorRef } from "../graph/tensor.ts";
import { bytesIn, percent } from "./_model-sizes.ts";
import { defineModelRule } from "./_rule.ts";

const budget = 0.25;
const isWrite = /^(?:copy_|index_copy_|index_put_|scatter_)$/;

export const rule = defineModelRule({
  category: "memory",
  topic: "generation",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "none",
  since: "0.1.0",
  onModel({ graph, name }, ctx) {
    const { accelerator } = ctx;
    if (accelerator === undefined) return;
    const writes = graph.ops.filter((op) => isWrite.test(op.name));
    if (writes.length === 0) return;
    const made = new Set(
      graph.ops.filter((op) => !op.isView && !op.inPlace).flatMap((op) => op.outputs.map(storageOf)),
    );
    const given = new Set(graph.inputs.map(storageOf));
    const roots = new Map<number, TensorRef>();
    for (const ref of graph.ops.flatMap((op) => op.inputs)) {
      const known = roots.get(storageOf(ref));
      if (known === undefined || bytesIn(ref) > bytesIn(known)) roots.set(storageOf(ref), ref);
    }
    const caches = new Map<number, TensorRef>();
    for (const op of writes)
      for (const output of op.outputs) {
        const whole = roots.get(storageOf(output));
        if (whole === undefined || made.has(storageOf(output)) || given.has(storageOf(output))) continue;
        if (isCache(whole)) caches.set(storageOf(output), whole);
      }
    const bytes = [...caches.values()].reduce((sum, ref) => sum + bytesIn(ref), 0);
    const at = writes.find((op) => op.outputs.some((ref) => caches.has(storageOf(ref))))?.site.place;
    const share = bytes / accelerator.memory.value;
    if (at === undefined || share <= budget) return;
    const formats = [...new Set([...caches.values()].map((ref) => ref.meta.dtype))].join(", ");
    ctx.report({
      at,
      certainty: "certain",
      message: `The caches of \`${name}\` are allocated for ${amount(bytes, "byte")} (${formats}), ${percent(share)} of the ${amount(accelerator.memory.value, "byte")} of ${accelerator.name}. Share key and value heads, store fewer tokens, or use a smaller format.`,
    });
  },
});

const storageOf = ({ meta }: TensorRef): number => meta.storage.id;

/** Batch, tokens, heads and head size, in whatever order; parameters are written by optimizers, not by forward. */
function isCache({ meta }: TensorRef): boolean {
  const { shape, dtype, role } = meta;
  return role !== "parameter" && isFloating(dtype) && isKnownShape(shape) && shape.length >= 4;
}
