/**
 * Checks for `F.scaled_dot_product_attention(..., enable_gqa=True)` where PyTorch has no fused kernel for it.
 *
 * ## Why is this bad?
 * Of PyTorch's kernels for CUDA, flash attention takes grouped heads but no mask, only 16-bit floats and heads of at most
 * 256 values; the memory-efficient kernel takes masks and float32 but no grouped heads. With both asked for, the call
 * falls back to the math kernel without a word: it writes all scores to memory, in float32. Figures from the reports
 * below: a masked call over 8,000 tokens needed 15.48 GiB where copied heads needed 0.05 GiB; in float32, 23.1 ms
 * where copied heads took 7.5 ms.
 *
 * ## Example
 * ```py
 * import torch.nn.functional as F
 *
 *
 * def attend(q, k, v, scores_bias):
 *     return F.scaled_dot_product_attention(q, k, v, attn_mask=scores_bias + 0.0, enable_gqa=True)
 * ```
 *
 * Use instead:
 * ```py
 * import torch.nn.functional as F
 *
 *
 * def attend(q, k, v, scores_bias):
 *     k = k.repeat_interleave(q.size(-3) // k.size(-3), dim=-3)
 *     v = v.repeat_interleave(q.size(-3) // v.size(-3), dim=-3)
 *     return F.scaled_dot_product_attention(q, k, v, attn_mask=scores_bias + 0.0)
 * ```
 *
 * ## Fix safety
 * Suggestion: outputs are equal up to rounding, at the price of copied keys and values.
 *
 * ## When not to use it
 * On other backends than CUDA's, or with a later PyTorch whose fused kernels take the combination. With short sequences
 * the math kernel does little harm.
 *
 * ## References
 * - [pytorch/pytorch#181528](https://github.com/pytorch/pytorch/pull/181528): the silent fallback in float32
 * - [Comfy-Org/ComfyUI#15135](https://github.com/Comfy-Org/ComfyUI/pull/15135): the fallback with a mask
 * - [huggingface/transformers#46960](https://github.com/huggingface/transformers/pull/46960): heads of more than 256 values
 */
import type { Edit } from "../base/text.ts";
import { hasFloat32Input, looksLikeSdpa, maskOf, sdpaName } from "../semantic/attention.ts";
import { argumentOf } from "../semantic/structure.ts";
import type { Call, Expr } from "../syntax/ast.ts";
import { removeKeyword } from "./_edits.ts";
import { atLeast, defineRule, type Reported, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "attention",
  severity: { certain: "warning", likely: "warning", possible: "hint" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (!looksLikeSdpa(call) || !call.keywords.some((keyword) => keyword.name === "enable_gqa")) return;
      const grouped = argumentOf(call, "enable_gqa", undefined);
      if (grouped === "unknown" || grouped?.kind !== "Bool" || !grouped.value) return;
      if (ctx.qualified(call.func) !== sdpaName) return;
      const reason = reasonOf(call, ctx);
      if (reason !== undefined) ctx.report({ at: call, ...reason, ...expanded(call, ctx) });
    },
  },
});

type Reason = Pick<Reported, "certainty" | "message">;

function reasonOf(call: Call, ctx: RuleContext): Reason | undefined {
  const callee = `\`${ctx.text(call.func)}\``;
  if (ctx.torch !== undefined && !atLeast(ctx.torch, [2, 5]))
    return {
      certainty: "certain",
      message: `\`enable_gqa\` came with torch 2.5, and this project allows ${ctx.torch.join(".")}, where ${callee} raises a TypeError. Copy the key and value heads instead.`,
    };
  const mask = maskOf(call);
  if (mask !== "none" && argumentOf(call, "attn_mask", 3) !== "unknown")
    return {
      certainty: mask === "given" ? "certain" : "likely",
      message: `With ${mask === "given" ? "a mask" : "a mask that is not None"}, no fused CUDA kernel takes \`enable_gqa=True\`: ${callee} falls back to the math kernel and writes all scores to memory. Copy the key and value heads for this call, or drop the mask.`,
    };
  if (mask === "none" && hasFloat32Input(call, ctx.module))
    return {
      certainty: "likely",
      message: `The inputs are float32, for which no fused CUDA kernel takes \`enable_gqa=True\`: ${callee} falls back to the math kernel. Copy the key and value heads for this call, or compute in bfloat16.`,
    };
  return undefined;
}

/** Copies the heads inside the call, where query, key and value are plain names. */
function expanded(call: Call, ctx: RuleContext): Pick<Reported, "fixes" | "manual"> {
  const inputs = ["query", "key", "value"].map((name, i) => argumentOf(call, name, i));
  const [query, key, value] = inputs;
  const grouped = call.keywords.find((keyword) => keyword.name === "enable_gqa");
  if (!isName(query) || !isName(key) || !isName(value) || grouped === undefined)
    return { manual: "Give query, key and value names of their own first." };
  const repeat = (heads: Expr): Edit => {
    const name = ctx.text(heads);
    return {
      span: heads,
      text: `${name}.repeat_interleave(${ctx.text(query)}.size(-3) // ${name}.size(-3), dim=-3)`,
    };
  };
  return {
    fixes: [
      {
        title:
          "Copy the key and value heads instead of enable_gqa=True (uses more memory for keys and values)",
        safety: "suggestion",
        edits: [repeat(key), repeat(value), removeKeyword(call, grouped, ctx.chunk.text)],
      },
    ],
  };
}

const isName = (expr: Expr | "unknown" | undefined): expr is Expr =>
  expr !== undefined && expr !== "unknown" && expr.kind === "Name";
