/**
 * Checks for models of transformers whose attention is told to run step by step although nobody reads its weights.
 *
 * ## Why is this bad?
 * `attn_implementation="eager"` computes attention with a matrix of queries by keys per head in memory; the default since transformers 4.36, `"sdpa"`,
 * runs the fused kernels of PyTorch. `output_attentions=True` needs those matrices too and falls back to the slow path
 * ([transformers#31990](https://github.com/huggingface/transformers/issues/31990)); transformers 5 refuses it with `"sdpa"`.
 *
 * ## Example
 * ```py
 * from transformers import AutoModel
 *
 * model = AutoModel.from_pretrained("org/encoder", attn_implementation="eager")
 * ```
 *
 * Use instead:
 * ```py
 * from transformers import AutoModel
 *
 * model = AutoModel.from_pretrained("org/encoder", attn_implementation="sdpa")
 * ```
 *
 * Silent where the file reads attentions anywhere, sets hooks, or names Gemma, whose soft-capped scores want the eager path in training; for a value
 * that is not written in the call; in files that measure or trace what they run; and in tests.
 *
 * ## Fix safety
 * Suggestion: another kernel rounds differently, and models without an SDPA path raise an error.
 *
 * ## When not to use it
 * When attentions are read in another file.
 *
 * ## References
 * - [Attention backends of transformers](https://huggingface.co/docs/transformers/main/en/attention_interface)
 */
import { measuresItself, mentionsAny } from "../semantic/device-evidence.ts";
import type { Keyword } from "../syntax/ast.ts";
import { nodesOf } from "../syntax/visit.ts";
import { removeKeyword } from "./_edits.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "attention",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  optimization: { id: "fused-attention", of: "program" },
  libraries: ["transformers 4.36 and later"],
  on: {
    Keyword(keyword, ctx) {
      const isEager =
        keyword.name === "attn_implementation" &&
        keyword.value.kind === "Str" &&
        keyword.value.value === "eager";
      const asksForWeights =
        keyword.name === "output_attentions" && keyword.value.kind === "Bool" && keyword.value.value;
      if ((!isEager && !asksForWeights) || ctx.isTestFile || readsAttentions(ctx)) return;
      if (measuresItself(ctx.module)) return;
      const call = keyword.parent;
      if (call?.kind !== "Call" || namesGemma(ctx)) return;
      if (isEager) reportEager(keyword, ctx);
      else if (isDiscarding(call, ctx))
        ctx.report({
          at: keyword,
          certainty: "likely",
          message:
            "Nothing in this file reads the attention weights that this asks for: attention leaves its fused kernel and keeps a matrix of queries by keys for every head and layer. Leave it out.",
          fixes: [
            {
              title: "Leave output_attentions out (another kernel, other rounding)",
              safety: "suggestion",
              edits: [removeKeyword(call, keyword, ctx.chunk.text)],
            },
          ],
        });
    },
  },
});

function reportEager(keyword: Keyword, ctx: RuleContext): void {
  ctx.report({
    at: keyword,
    certainty: "likely",
    message:
      '`"eager"` computes attention step by step, with a matrix of queries by keys per head in memory, and nothing in this file reads the weights. Use `"sdpa"`.',
    fixes: [
      {
        title: 'Use attn_implementation="sdpa" (another kernel, other rounding)',
        safety: "suggestion",
        edits: [{ span: keyword.value, text: '"sdpa"' }],
      },
    ],
  });
}

const readers = [
  "attentions",
  "cross_attentions",
  "encoder_attentions",
  "decoder_attentions",
  "attn_weights",
  "attention_weights",
  "attn_probs",
  "register_forward_hook",
  "attention_scores",
  "attention_maps",
  "export",
  "onnx",
];

const readsAttentions = (ctx: RuleContext): boolean =>
  mentionsAny(readers, ctx.module) ||
  nodesOf(ctx.chunk.nodes, "Str").some((text) => /^(?:\w+_)?attentions$/.test(text.value));

const namesGemma = (ctx: RuleContext): boolean =>
  nodesOf(ctx.chunk.nodes, "Str").some((text) => /gemma/i.test(text.value)) ||
  nodesOf(ctx.chunk.nodes, "Name").some((name) => /gemma/i.test(name.id));

/** A call of a model whose output goes to a name that is read by attribute only, or a loaded model or configuration. */
function isDiscarding(call: NonNullable<Keyword["parent"]>, ctx: RuleContext): boolean {
  if (call.kind !== "Call" || call.func.kind !== "Attribute") return false;
  return call.func.attr === "from_pretrained" && /^transformers\./.test(ctx.qualified(call.func.value) ?? "");
}
