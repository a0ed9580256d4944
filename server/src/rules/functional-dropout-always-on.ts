/**
 * Checks for `F.dropout` calls in a module that leave `training` at its default of `True`.
 *
 * ## Why is this bad?
 * `torch.nn.functional.dropout` and its relatives take `training=True` by default, unlike `nn.Dropout`, which follows
 * `model.eval()`. The call therefore drops activations during validation and inference as well: metrics come out
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
 * Monte Carlo dropout keeps dropping in evaluation on purpose. Say so with `training=True`.
 *
 * ## References
 * - [torch.nn.functional.dropout](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.dropout.html)
 */
import { argumentOf, enclosingClass, enclosingDef, selfName } from "../semantic/structure.ts";
import type { Call } from "../syntax/ast.ts";
import { defineRule, type Fix, type RuleContext } from "./_rule.ts";

const dropouts = /^torch\.nn\.functional\.(?:dropout[123]?d?|alpha_dropout|feature_alpha_dropout)$/;

export const rule = defineRule({
  category: "bug",
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
      const cls = enclosingClass(call);
      const method = enclosingDef(call);
      if (cls === undefined || method === undefined || ctx.isModuleClass(cls) !== "yes") return;
      ctx.report({
        at: call,
        certainty: "certain",
        message: `\`${ctx.text(call.func)}\` drops activations in \`eval()\` too: its \`training\` defaults to \`True\`. Pass \`training=self.training\`.`,
        fixes: appendTraining(call, selfName(method), ctx),
      });
    },
  },
});

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
