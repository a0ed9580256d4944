/**
 * Checks for softmax functions and layers that are not told over which dimension to run.
 *
 * ## Why is this bad?
 * Without `dim`, `F.softmax` and `nn.Softmax` guess it from the number of dimensions: 0 for one or three, 1 for two or four. For a batch of
 * sequences of shape `(B, T, C)` that is the batch: samples of one batch then compete with each other, and nothing fails. PyTorch has deprecated the guess
 * and warns at run time.
 *
 * ## Example
 * ```py
 * import torch.nn.functional as F
 *
 *
 * def attention(scores):
 *     return F.softmax(scores)
 * ```
 *
 * Use instead:
 * ```py
 * import torch.nn.functional as F
 *
 *
 * def attention(scores):
 *     return F.softmax(scores, dim=-1)
 * ```
 *
 * ## Fix safety
 * Suggestion: `dim=-1` is what is meant nearly always. For two dimensions it computes the same as before; for three or four the result
 * changes.
 *
 * ## When not to use it
 * Code that relies on the guess still says what it means more clearly with a number.
 *
 * ## References
 * - [torch.nn.Softmax](https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html)
 */
import { argumentOf } from "../semantic/structure.ts";
import { appendArgument } from "./_edits.ts";
import { defineRule } from "./_rule.ts";

const functions = /^torch\.nn\.functional\.(?:softmax|log_softmax|softmin)$/;
const layers = /^torch\.nn\.(?:Softmax|LogSoftmax|Softmin)$/;

export const rule = defineRule({
  category: "bug",
  topic: "layers",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      const last =
        call.func.kind === "Attribute" ? call.func.attr : call.func.kind === "Name" ? call.func.id : "";
      if (call.args.length > 1 || (call.func.kind === "Attribute" && !/softm/i.test(last))) return;
      const name = ctx.qualified(call.func);
      if (name === undefined) return;
      const isLayer = layers.test(name);
      if (!isLayer && !functions.test(name)) return;
      if (argumentOf(call, "dim", isLayer ? 0 : 1) !== undefined) return;
      ctx.report({
        at: call,
        certainty: "certain",
        message: `\`${last}\` without \`dim\` guesses it: 0 for one or three dimensions, 1 for two or four, so a batch of sequences is normalized over the batch. Pass \`dim\`.`,
        fixes: [
          {
            title: "Pass dim=-1, the last dimension (changes the result unless there are two)",
            safety: "suggestion",
            edits: [appendArgument(call, "dim=-1", ctx.chunk.text)],
          },
        ],
      });
    },
  },
});
