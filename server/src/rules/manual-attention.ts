/**
 * Checks for attention written out as a product, a softmax and another product.
 *
 * ## Why is this bad?
 * Written out, attention stores the scores of all pairs of tokens, reads them for the mask, again for the softmax, again
 * for the dropout and again for the second product: memory and traffic grow with the square of the sequence length.
 * `F.scaled_dot_product_attention` (torch 2.0) computes the same tile by tile and stores none of it, in kernels made for
 * the device.
 *
 * The FlashAttention paper, whose kernel it uses, reports three times faster training of GPT-2 at 1,024 tokens, 15 % for
 * BERT-large at 512, and memory that grows linearly with the length. Below some hundred tokens there is little to gain, and
 * compiled code can come close without it (pytorch/pytorch#149857: 18 h 45 min against 17 h 48 min, with half the memory).
 *
 * Silent where the weights are returned or kept, where something stands between softmax and product that fused attention
 * cannot do, where the class has a fused path already, and in plain versions that only tests call. A hint only where a learned bias is added to the scores: as a
 * dense float mask it keeps the quadratic memory.
 *
 * ## Example
 * ```py
 * import math
 * import torch.nn as nn
 * import torch.nn.functional as F
 *
 *
 * class Attention(nn.Module):
 *     def forward(self, q, k, v):
 *         scores = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
 *         weights = F.softmax(scores, dim=-1)
 *         return weights @ v
 * ```
 *
 * Use instead:
 * ```py
 * import math
 * import torch.nn as nn
 * import torch.nn.functional as F
 *
 *
 * class Attention(nn.Module):
 *     def forward(self, q, k, v):
 *         return F.scaled_dot_product_attention(q, k, v)
 * ```
 *
 * ## Fix safety
 * Suggestion: outputs are equal up to rounding (about 1e-3 in float16); dropout draws other random numbers. A `scale`
 * other than the default needs torch 2.1.
 *
 * ## When not to use it
 * Where the weights are looked at through hooks, or for very short sequences.
 *
 * ## References
 * - [torch.nn.functional.scaled_dot_product_attention](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html)
 * - Dao et al. 2022, [FlashAttention](https://arxiv.org/abs/2205.14135)
 * - [pytorch/pytorch#149857](https://github.com/pytorch/pytorch/issues/149857)
 */
import { isBeyondKernels } from "../semantic/attention-axes.ts";
import { operandsOf } from "../semantic/attention-operands.ts";
import { type ManualAttention, manualAttention } from "../semantic/manual-attention.ts";
import { containsInvalid, enclosingClass, enclosingDef } from "../semantic/structure.ts";
import { isForTestsOnly } from "../semantic/test-only.ts";
import type { Call } from "../syntax/ast.ts";
import { fuseAttention } from "./_fuse-attention.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

const fusedAlready =
  /scaled_dot_product_attention|sdpa|flash|xformers|memory_efficient|mem_efficient|flex_attention|fused_attn|attn_implementation/i;
/** Plain versions to compare with or to fall back on, and what a compiler is told to replace. */
const onPurpose = /eager|manual|naive|reference|slow|vanilla|explicit|pattern/i;

export const rule = defineRule({
  category: "memory",
  topic: "attention",
  severity: { certain: "warning", likely: "warning", possible: "hint" },
  fix: "suggestion",
  since: "0.1.0",
  optimization: { id: "fused-attention", of: "lines" },
  torch: { from: [2, 0] },
  on: {
    Call(call, ctx) {
      const { func } = call;
      if (!mayBeSoftmax(call) || ctx.isTestFile) return;
      const attention = manualAttention(call, ctx.module);
      const operands = attention && operandsOf(attention, ctx.module);
      if (attention === undefined || operands === undefined || hasFusedPath(call, ctx)) return;
      if (isBeyondKernels(attention, operands, ctx.module)) return;
      const start = Math.min(attention.scores.node.start, attention.output.node.start);
      const fix = fuseAttention(attention, operands, ctx);
      ctx.report({
        at: call,
        certainty: addsBias(attention, ctx) ? "possible" : "likely",
        message: `Attention written out around \`${ctx.text(func)}\` stores the scores of all pairs of tokens. \`F.scaled_dot_product_attention\` computes the same without storing them.`,
        related: [
          { chunk: ctx.chunk, span: { start, end: start + 1 }, message: "The scores are computed here." },
          { chunk: ctx.chunk, span: attention.output.node, message: "The output is computed here." },
        ],
        ...fix,
      });
    },
  },
});

/** `F.softmax(...)`, `x.softmax(...)`, and an attribute that may hold an `nn.Softmax`. */
function mayBeSoftmax(call: Call): boolean {
  const { func } = call;
  if (func.kind === "Name") return func.id === "softmax";
  if (func.kind !== "Attribute") return false;
  return func.attr === "softmax" || /soft|attend/i.test(func.attr);
}

/** A fused path elsewhere in the class, which this code is the fallback of; or code that is spelled out on purpose. */
function hasFusedPath(call: Call, ctx: RuleContext): boolean {
  const def = enclosingDef(call);
  const owner = enclosingClass(call) ?? def;
  if (owner === undefined || containsInvalid(def ?? owner)) return true;
  if (def !== undefined && (onPurpose.test(def.name) || isForTestsOnly(def, ctx.module))) return true;
  return onPurpose.test(owner.name) || fusedAlready.test(ctx.text(owner));
}

/** Something is added to the scores that is not called a mask. */
const addsBias = (attention: ManualAttention, ctx: RuleContext): boolean =>
  attention.steps.some((step) => step.kind === "add" && !/mask/i.test(ctx.text(step.term)));
