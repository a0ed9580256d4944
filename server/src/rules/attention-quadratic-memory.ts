/**
 * Checks for attention that writes out a score for every pair of tokens where these scores fill much of the memory.
 *
 * Computed on `a100-80-sxm`, the examples below differ in the kernel alone.
 *
 * ## Why is this bad?
 * Scores take `batch * heads * tokens^2` elements in each layer, and again for the softmax; training keeps both for every
 * layer. Twice the tokens, four times the memory: 4 sequences of 8,192 tokens with 32 heads make 17 GB of scores in 16 bit,
 * in one layer. Fused attention keeps none of them.
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Attention(nn.Module):
 *     def forward(self, q, k, v, bias):
 *         scores = q @ k.transpose(-2, -1) + bias
 *         return scores.softmax(-1) @ v
 *
 *
 * x = torch.randn(4, 32, 8192, 64)
 * Attention()(x, x, x, torch.randn(8192, 8192))
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn as nn
 * import torch.nn.functional as F
 *
 *
 * class Attention(nn.Module):
 *     def forward(self, q, k, v, bias):
 *         return F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
 *
 *
 * x = torch.randn(4, 32, 8192, 64)
 * Attention()(x, x, x, torch.randn(8192, 8192))
 * ```
 *
 * ## Fix safety
 * None here: `manual-attention` offers the rewrite where it is known to compute the same.
 *
 * ## When not to use it
 * With short sequences, or where somebody reads the attention weights. The sizes are those of the call in the file; it
 * speaks from a tenth of the accelerator's memory on, or from 4 GiB where no accelerator is named.
 *
 * ## References
 * - Dao et al. 2022, [FlashAttention](https://arxiv.org/abs/2205.14135)
 * - [Comfy-Org/ComfyUI#15135](https://github.com/Comfy-Org/ComfyUI/pull/15135): 15.48 GiB of scores for 8,000 tokens
 */
import { amount } from "../base/amount.ts";
import { type WrittenOut, writtenOutAttention } from "../cost/optimizations/_attention.ts";
import { bytesIn } from "./_model-sizes.ts";
import { defineModelRule } from "./_rule.ts";

/** Without an accelerator: what no board has to spare. */
const muchAnywhere = 4 * 2 ** 30;
const muchOfMemory = 0.1;

export const rule = defineModelRule({
  category: "memory",
  topic: "attention",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "none",
  since: "0.1.0",
  optimization: { id: "fused-attention", of: "lines" },
  onModel({ graph, assumptions }, ctx) {
    const { accelerator } = ctx;
    const limit = accelerator === undefined ? muchAnywhere : muchOfMemory * accelerator.memory.value;
    const byLine = new Map<string, WrittenOut[]>();
    for (const each of writtenOutAttention(graph, { sizes: new Map() }).found) {
      const { place } = each.scores.site;
      if (place === undefined) continue;
      const key = `${place.file} ${place.span.start}`;
      byLine.set(key, [...(byLine.get(key) ?? []), each]);
    }
    for (const layers of byLine.values()) {
      const [first] = layers;
      const place = first?.scores.site.place;
      if (first === undefined || place === undefined) continue;
      const scores = bytesOfScores(first);
      if (scores < limit) continue;
      const of =
        accelerator === undefined
          ? ""
          : ` of the ${amount(accelerator.memory.value, "byte")} of ${accelerator.name}`;
      const all =
        layers.length === 1
          ? ""
          : `, and training keeps at least ${amount(2 * scores * layers.length, "byte")} for its ${layers.length} layers`;
      ctx.report({
        at: place,
        certainty: assumptions.length === 0 ? "certain" : "likely",
        message: `The scores of ${first.queries.toLocaleString("en-US")} by ${first.keys.toLocaleString("en-US")} tokens take ${amount(scores, "byte")}${of}${all}. Use \`F.scaled_dot_product_attention\`, which does not store them.`,
      });
    }
  },
});

const bytesOfScores = ({ scores }: WrittenOut): number =>
  scores.outputs.reduce((sum, output) => sum + bytesIn(output), 0);
