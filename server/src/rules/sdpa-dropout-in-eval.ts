/**
 * Checks for `scaled_dot_product_attention` calls whose `dropout_p` does not depend on the mode.
 *
 * ## Why is this bad?
 * `F.scaled_dot_product_attention` has no `training` argument: it drops attention weights whenever `dropout_p` is above 0,
 * in `eval()` too ([pytorch#124464](https://github.com/pytorch/pytorch/issues/124464)). Validation and generation are then random and worse
 * than the model is. It was found and fixed in [nanoGPT#240](https://github.com/karpathy/nanoGPT/pull/240),
 * [timm#1978](https://github.com/huggingface/pytorch-image-models/pull/1978) and others. A `dropout_p` above 0 also keeps some of the fused kernels
 * from being used.
 *
 * ## Example
 * ```py
 * import torch.nn as nn
 * import torch.nn.functional as F
 *
 *
 * class Attention(nn.Module):
 *     def __init__(self, dropout=0.1):
 *         super().__init__()
 *         self.dropout = dropout
 *
 *     def forward(self, q, k, v):
 *         return F.scaled_dot_product_attention(q, k, v, dropout_p=self.dropout)
 * ```
 *
 * Use instead:
 * ```py
 * import torch.nn as nn
 * import torch.nn.functional as F
 *
 *
 * class Attention(nn.Module):
 *     def __init__(self, dropout=0.1):
 *         super().__init__()
 *         self.dropout = dropout
 *
 *     def forward(self, q, k, v):
 *         return F.scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0)
 * ```
 *
 * The rule is silent where the probability is passed in from elsewhere, and where any condition on the mode stands on the way.
 *
 * ## Fix safety
 * Suggestion: what the model computes in evaluation mode changes, which is the purpose.
 *
 * ## When not to use it
 * Where the dropout is 0 in all configurations, or is meant to stay on, as in Monte Carlo dropout.
 *
 * ## References
 * - [torch.nn.functional.scaled_dot_product_attention](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html)
 */
import { attributeValues } from "../semantic/attributes.ts";
import { type ForwardPlace, forwardPlace } from "../semantic/forward.ts";
import { reaching } from "../semantic/reaching.ts";
import { argumentOf, methodsOf, selfAttribute } from "../semantic/structure.ts";
import { isGuardedByMode } from "../semantic/training-guard.ts";
import type { Expr, FunctionDef } from "../syntax/ast.ts";
import { type Certainty, defineRule, type Fix, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "bug",
  topic: "attention",
  severity: { certain: "error", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  torch: { from: [2, 0] },
  on: {
    Call(call, ctx) {
      // A call of less cannot name the fifth argument.
      if (call.args.length < 5 && !call.keywords.some(({ name }) => name === "dropout_p")) return;
      if (ctx.qualified(call.func) !== "torch.nn.functional.scaled_dot_product_attention") return;
      const p = argumentOf(call, "dropout_p", 4);
      if (p === undefined || p === "unknown" || isGuardedByMode(call)) return;
      const place = forwardPlace(call, ctx.isModuleClass);
      if (place === undefined || switchesItself(place)) return;
      const certainty = dropsAlways(p, place);
      if (certainty === undefined) return;
      const text = ctx.text(p);
      ctx.report({
        at: p,
        certainty,
        message: `\`scaled_dot_product_attention\` does not know of \`eval()\` and drops with \`${text}\` in both modes. Pass \`${text} if ${place.self ?? "self"}.training else 0.0\`.`,
        fixes: gate(p, place, ctx),
      });
    },
  },
});

/** The class says what happens on a change of mode, the dropout may be part of it. */
const switchesItself = ({ cls }: ForwardPlace): boolean =>
  methodsOf(cls).has("train") || methodsOf(cls).has("eval");

/** Whether the probability is above 0 in evaluation too: for certain, for some settings of the class, or as far as is known not. */
function dropsAlways(p: Expr, place: ForwardPlace): Certainty | undefined {
  switch (p.kind) {
    case "Float":
    case "Int":
      return p.value > 0 ? "certain" : undefined;
    case "Name": {
      const given = reaching(p);
      return given?.kind === "assign" && !isGuardedByMode(given.stmt) && given.value.kind !== "Name"
        ? dropsAlways(given.value, place)
        : undefined;
    }
    case "Attribute": {
      const attr = selfAttribute(p, place.self);
      // `self.dropout.p` of an `nn.Dropout`.
      const layer = p.attr === "p" ? selfAttribute(p.value, place.self) : undefined;
      if (layer !== undefined)
        return ofValues(attributeValues(place.cls, layer).map(probabilityOfLayer), place);
      return attr === undefined ? undefined : ofValues(attributeValues(place.cls, attr), place);
    }
    default:
      return undefined;
  }
}

const probabilityOfLayer = (layer: Expr): Expr | undefined => {
  const p = layer.kind === "Call" ? argumentOf(layer, "p", 0) : undefined;
  return p === "unknown" ? undefined : p;
};

function ofValues(values: readonly (Expr | undefined)[], place: ForwardPlace): Certainty | undefined {
  const [only, ...others] = values;
  if (only === undefined || others.length > 0) return undefined;
  if (only.kind === "Float" || only.kind === "Int") return only.value > 0 ? "certain" : undefined;
  // A setting of the constructor, or one of a configuration object.
  if (only.kind === "Attribute") return /drop/i.test(only.attr) ? "likely" : undefined;
  if (only.kind !== "Name") return undefined;
  const init = methodsOf(place.cls).get("__init__");
  const fallback = init === undefined ? undefined : defaultOf(only.id, init);
  if (fallback === "none") return undefined;
  return (fallback?.kind === "Float" || fallback?.kind === "Int") && fallback.value > 0
    ? "certain"
    : "likely";
}

/** The default of a parameter, `"none"` where there is no such parameter. */
function defaultOf(name: string, init: FunctionDef): Expr | "none" | undefined {
  const param = init.params.find((each) => each.name === name);
  return param === undefined ? "none" : param.default;
}

const gate = (p: Expr, { self }: ForwardPlace, ctx: RuleContext): readonly Fix[] =>
  self === undefined
    ? []
    : [
        {
          title: `Drop only in training (turns dropout off in eval)`,
          safety: "suggestion",
          edits: [{ span: p, text: `${ctx.text(p)} if ${self}.training else 0.0` }],
        },
      ];
