/**
 * Checks for calls of `nn.MultiheadAttention` that throw the attention weights away.
 *
 * ## Why is this bad?
 * By default the layer returns the weights besides its output, and to have them it computes attention step by step, with a matrix of queries by keys per
 * head in memory. With `need_weights=False` it calls the fused `scaled_dot_product_attention`, which the
 * [documentation](https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html) asks for "for best performance".
 *
 * ## Example
 * ```py
 * import torch.nn as nn
 *
 *
 * class Block(nn.Module):
 *     def __init__(self, dim):
 *         super().__init__()
 *         self.attn = nn.MultiheadAttention(dim, 8, batch_first=True)
 *
 *     def forward(self, x):
 *         out, _ = self.attn(x, x, x)
 *         return x + out
 * ```
 *
 * Use instead:
 * ```py
 * import torch.nn as nn
 *
 *
 * class Block(nn.Module):
 *     def __init__(self, dim):
 *         super().__init__()
 *         self.attn = nn.MultiheadAttention(dim, 8, batch_first=True)
 *
 *     def forward(self, x):
 *         out, _ = self.attn(x, x, x, need_weights=False)
 *         return x + out
 * ```
 *
 * ## Fix safety
 * Suggestion: the output is the same attention by another kernel, which rounds differently; the weights become `None`.
 *
 * ## When not to use it
 * When hooks read the second output.
 *
 * ## References
 * - [torch.nn.MultiheadAttention](https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html)
 */
import { isMadeBy } from "../semantic/constructors.ts";
import { readsAfter } from "../semantic/reaching.ts";
import { argumentOf } from "../semantic/structure.ts";
import type { Call } from "../syntax/ast.ts";
import { appendArgument } from "./_edits.ts";
import { defineRule } from "./_rule.ts";

export const rule = defineRule({
  category: "memory",
  topic: "attention",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (call.args.length + call.keywords.length < 3 || !dropsWeights(call)) return;
      if (argumentOf(call, "need_weights", 4) !== undefined || ctx.isTestFile) return;
      if (isMadeBy(call.func, ctx.module, (made) => made === "torch.nn.MultiheadAttention") !== "yes") return;
      ctx.report({
        at: call,
        certainty: "certain",
        message: `\`${ctx.text(call.func)}\` computes attention weights that nobody reads, with a matrix of queries by keys per head. Pass \`need_weights=False\` for the fused kernel.`,
        fixes: [
          {
            title: "Pass need_weights=False (another kernel, other rounding)",
            safety: "suggestion",
            edits: [appendArgument(call, "need_weights=False", ctx.chunk.text)],
          },
        ],
      });
    },
  },
});

/** `attn(...)[0]`, `out, _ = attn(...)`, and `out, weights = attn(...)` where nothing reads `weights`. */
function dropsWeights(call: Call): boolean {
  const { parent } = call;
  if (parent?.kind === "Subscript" && parent.value === call)
    return parent.index.kind === "Int" && parent.index.value === 0;
  if (parent?.kind !== "Assign" || parent.value !== call || parent.targets.length !== 1) return false;
  const [target] = parent.targets;
  if (target?.kind !== "Tuple" || target.elts.length !== 2) return false;
  const [, weights] = target.elts;
  return (
    weights?.kind === "Name" && parent.parent !== undefined && readsAfter(parent, weights.id).length === 0
  );
}
