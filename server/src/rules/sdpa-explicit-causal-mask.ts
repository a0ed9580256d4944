/**
 * Checks for `F.scaled_dot_product_attention` calls that are given a causal mask as a tensor.
 *
 * ## Why is this bad?
 * The fused kernels know causal attention: with `is_causal=True` they skip the blocks above the diagonal, half of the work, and read no
 * mask. A mask tensor rules the flash kernel out, is stored with one entry per pair of tokens, and its masked half is computed and thrown
 * away. The [integration of transformers](https://github.com/huggingface/transformers/blob/main/src/transformers/integrations/sdpa_attention.py)
 * says of its kernels that they rely on the flag. A mask *and* `is_causal=True` raises an error.
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn.functional as F
 *
 *
 * def attend(q, k, v):
 *     n = q.size(-2)
 *     mask = torch.ones(n, n, dtype=torch.bool, device=q.device).tril()
 *     return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn.functional as F
 *
 *
 * def attend(q, k, v):
 *     return F.scaled_dot_product_attention(q, k, v, is_causal=True)
 * ```
 *
 * The rule follows the mask to where it is made and is silent unless it is causal and nothing else (no padding, no window, no bias) and
 * square: with more keys than queries, as when decoding from a cache, `is_causal` would mask other pairs.
 *
 * ## Fix safety
 * Suggestion: the same pairs are masked; another kernel rounds differently.
 *
 * ## When not to use it
 * When the mask is changed in place after it was made.
 *
 * ## References
 * - [torch.nn.functional.scaled_dot_product_attention](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html)
 */
import type { Edit } from "../base/text.ts";
import { looksLikeSdpa, maskOf, sdpaName } from "../semantic/attention.ts";
import { isCausalMask } from "../semantic/causal-mask.ts";
import { reaching, readsAfter } from "../semantic/reaching.ts";
import { argumentOf } from "../semantic/structure.ts";
import type { Call, Expr } from "../syntax/ast.ts";
import { deleteLines, removeKeyword } from "./_edits.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "attention",
  severity: { certain: "error", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  torch: { from: [2, 0] },
  on: {
    Call(call, ctx) {
      if (!looksLikeSdpa(call) || ctx.qualified(call.func) !== sdpaName) return;
      const mask = argumentOf(call, "attn_mask", 3);
      if (mask === undefined || mask === "unknown") return;
      const causal = argumentOf(call, "is_causal", 5);
      if (causal === "unknown" || (causal !== undefined && causal.kind !== "Bool")) return;
      if (causal?.value === true) return reportBoth(call, mask, ctx);
      if (!isCausalMask(mask, ctx.module)) return;
      const edits = useFlag(call, mask, ctx);
      ctx.report({
        at: mask,
        certainty: "likely",
        message:
          "This mask is causal and nothing else: as a tensor it keeps attention from the flash kernel and half of the work is computed only to be masked. Pass `is_causal=True` instead.",
        ...(edits === undefined
          ? { manual: "Pass `is_causal=True` instead of the mask." }
          : {
              fixes: [
                { title: "Use is_causal=True (another kernel, other rounding)", safety: "suggestion", edits },
              ],
            }),
      });
    },
  },
});

function reportBoth(call: Call, mask: Expr, ctx: RuleContext): void {
  if (maskOf(call) !== "given" && !isCausalMask(mask, ctx.module)) return;
  ctx.report({
    at: mask,
    certainty: "certain",
    message:
      "`scaled_dot_product_attention` raises an error for a mask together with `is_causal=True`. Pass one of the two.",
    manual: "Keep the mask or the flag, and put the causal part into the mask if it says more.",
  });
}

/** The flag in the place of the mask, and the mask gone when nothing else reads it. */
function useFlag(call: Call, mask: Expr, ctx: RuleContext): readonly Edit[] | undefined {
  const keyword = call.keywords.find((each) => each.value === mask);
  const isLast = call.args[call.args.length - 1] === mask;
  if (keyword === undefined && !isLast) return undefined;
  const flag = call.keywords.find((each) => each.name === "is_causal");
  const edits: Edit[] = [{ span: keyword ?? mask, text: "is_causal=True" }];
  if (flag !== undefined) edits.push(removeKeyword(call, flag, ctx.chunk.text));
  const given = mask.kind === "Name" ? reaching(mask) : undefined;
  if (mask.kind === "Name" && given?.kind === "assign" && given.stmt.kind === "Assign") {
    const [target, ...others] = given.stmt.targets;
    const isOnlyRead =
      readsAfter(given.stmt, mask.id).length === 1 && target?.kind === "Name" && others.length === 0;
    const removed = isOnlyRead ? deleteLines(given.stmt, ctx.chunk.text) : undefined;
    if (removed !== undefined) edits.push(removed);
  }
  return edits;
}
