/**
 * Checks for `F.dropout` calls in a module that leave `training` at its default of `True`.
 *
 * ## Why is this bad?
 * `torch.nn.functional.dropout` and its `1d`, `2d` and `3d` relatives take `training=True` by default, unlike
 * `nn.Dropout`, which follows `model.eval()`. The call therefore drops activations during validation and inference as well: metrics come out
 * worse than the model is, and the runs they decide on are wasted.
 *
 * ## Example
 * ```py
 * import torch.nn as nn
 * import torch.nn.functional as F
 *
 *
 * class Head(nn.Module):
 *     def forward(self, x):
 *         return F.dropout(x, p=0.1)
 * ```
 *
 * Use instead:
 * ```py
 * import torch.nn as nn
 * import torch.nn.functional as F
 *
 *
 * class Head(nn.Module):
 *     def forward(self, x):
 *         return F.dropout(x, p=0.1, training=self.training)
 * ```
 *
 * ## Fix safety
 * Suggestion: what the model computes in evaluation mode changes, which is the purpose.
 *
 * ## When not to use it
 * Monte Carlo dropout keeps dropping in evaluation on purpose. Say so with `training=True`. The rule is silent where a
 * comment beside the call says it, and in the pre-net of Tacotron 2, whose paper asks for dropout at inference.
 *
 * ## References
 * - [torch.nn.functional.dropout](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.dropout.html)
 * - [Tacotron 2, section 2.2: dropout in the pre-net at inference](https://arxiv.org/abs/1712.05884)
 */
import { enclosingMethod, instanceName, methodsOfForward } from "../semantic/methods.ts";
import { argumentOf } from "../semantic/structure.ts";
import { isGuardedByMode } from "../semantic/training-guard.ts";
import type { Call } from "../syntax/ast.ts";
import { defineRule, type Fix, type RuleContext } from "./_rule.ts";

// `alpha_dropout` and `feature_alpha_dropout` default to `training=False`.
const dropouts = /^torch\.nn\.functional\.dropout(?:[123]d)?$/;

const prenet = /pre_?net$/i;
// Not the name of this rule.
const onPurpose =
  /(?<!-)\balways\b(?!-)|\bon purpose\b|\bintention|\bdeliberate|monte[- ]?carlo|\bmc[- ]?dropout|\b(?:at|in|during) (?:test|inference|eval)/i;

export const rule = defineRule({
  category: "bug",
  topic: "layers",
  severity: { certain: "error", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      const name = ctx.qualified(call.func);
      if (name === undefined || !dropouts.test(name)) return;
      if (argumentOf(call, "training", 2) !== undefined) return;
      const p = argumentOf(call, "p", 1);
      if (p === "unknown" || ((p?.kind === "Int" || p?.kind === "Float") && p.value === 0)) return;
      const place = enclosingMethod(call);
      if (place === undefined || ctx.isModuleClass(place.cls) !== "yes") return;
      // Sampling, masking of data and the like drop on purpose; what `forward` runs follows the mode.
      if (!methodsOfForward(place.cls).has(place.method) || isGuardedByMode(call)) return;
      if (prenet.test(place.cls.name) || isSaidOnPurpose(call, ctx)) return;
      const self = instanceName(call, place.method);
      ctx.report({
        at: call,
        certainty: "certain",
        message: `\`${ctx.text(call.func)}\` drops activations in \`eval()\` too: its \`training\` defaults to \`True\`. Pass \`training=${self ?? "self"}.training\`.`,
        fixes: appendTraining(call, self, ctx),
      });
    },
  },
});

/** A comment on the lines of the call, or on a line of its own above them. */
function isSaidOnPurpose(call: Call, ctx: RuleContext): boolean {
  const { text, comments } = ctx.chunk;
  const lineStart = text.lastIndexOf("\n", call.start - 1) + 1;
  const above = lineStart === 0 ? 0 : text.lastIndexOf("\n", lineStart - 2) + 1;
  const lineEnd = text.indexOf("\n", call.end);
  return comments.some(({ start, end }) => {
    if (start < above || (lineEnd !== -1 && start > lineEnd)) return false;
    const isBeside = start >= lineStart || text.slice(above, start).trim() === "";
    const comment = text.slice(start, end);
    // A suppression says what it says itself.
    return isBeside && !comment.includes("ecocompute:") && onPurpose.test(comment);
  });
}

/** Appends the argument before the closing parenthesis, after a trailing comma if there is one. */
function appendTraining(call: Call, self: string | undefined, ctx: RuleContext): readonly Fix[] {
  if (self === undefined) return [];
  const inner = ctx.chunk.text.slice(call.argsStart + 1, call.argsEnd - 1).trimEnd();
  const at = call.argsStart + 1 + inner.length;
  const separator = inner === "" ? "" : inner.endsWith(",") ? " " : ", ";
  return [
    {
      title: `Pass training=${self}.training (turns dropout off in eval)`,
      safety: "suggestion",
      edits: [{ span: { start: at, end: at }, text: `${separator}training=${self}.training` }],
    },
  ];
}
