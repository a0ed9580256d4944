/**
 * Checks for misspelled assignments of `requires_grad`, which set an attribute that nobody reads.
 *
 * ## Why is this bad?
 * Python lets any attribute be set: `p.require_grad = False` freezes nothing and says nothing. The backward pass still computes the gradients of
 * the layers that were meant to be frozen, the optimizer keeps state for them and changes them. The same holds for assigning
 * to the method `requires_grad_` and for `p.requires_grad == False`, which compares and throws the answer away.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def freeze(backbone):
 *     for p in backbone.parameters():
 *         p.require_grad = False
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def freeze(backbone):
 *     for p in backbone.parameters():
 *         p.requires_grad = False
 * ```
 *
 * An attribute that the file also reads is somebody's own and is left alone.
 *
 * ## Fix safety
 * Suggestion: what was meant to be frozen is frozen from then on, so training changes.
 *
 * ## When not to use it
 * Objects of your own may have an attribute of that name, read in another file.
 *
 * ## References
 * - [Locally disabling gradient computation](https://docs.pytorch.org/docs/stable/notes/autograd.html#setting-requires-grad)
 */
import { enclosingMethod, instanceName } from "../semantic/methods.ts";
import type { Attribute, Compare, Expr } from "../syntax/ast.ts";
import { nodesOf } from "../syntax/visit.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

const typos =
  /^(?:require_grad|require_grads|requires_grads|requires_gard|requires_gradient|require_gradient|requiers_grad|require_gard|grad_required|requiresgrad|requires_grad_)$/;

export const rule = defineRule({
  category: "bug",
  topic: "autograd",
  severity: { certain: "error", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  equivalents: [
    {
      tool: "TorchFix",
      rule: "TOR002",
      differs: "TOR002 also reports attributes that the file reads as well.",
    },
  ],
  on: {
    Assign(stmt, ctx) {
      for (const target of stmt.targets) checkTarget(target, ctx);
    },
    Compare(compare, ctx) {
      if (compare.parent?.kind === "ExprStmt") checkComparison(compare, ctx);
    },
  },
});

function checkTarget(target: Expr, ctx: RuleContext): void {
  if (target.kind !== "Attribute" || !typos.test(target.attr)) return;
  if (target.attr !== "requires_grad_" && isReadSomewhere(target.attr, ctx)) return;
  const place = enclosingMethod(target);
  const isOwn =
    place !== undefined &&
    target.value.kind === "Name" &&
    target.value.id === instanceName(target, place.method);
  ctx.report({
    at: { start: target.attrStart, end: target.end },
    certainty: isOwn ? "likely" : "certain",
    message:
      target.attr === "requires_grad_"
        ? "This replaces the method `requires_grad_` and leaves `requires_grad` as it is: the tensor keeps taking part in the backward pass. Assign to `requires_grad`."
        : `\`${target.attr}\` is not an attribute of tensors: assigning it changes nothing. Write \`requires_grad\`.`,
    fixes: [
      {
        title: "Assign to requires_grad (what trains changes)",
        safety: "suggestion",
        edits: [{ span: { start: target.attrStart, end: target.end }, text: "requires_grad" }],
      },
    ],
  });
}

/** Someone gave the attribute a meaning of its own. */
const isReadSomewhere = (attr: string, ctx: RuleContext): boolean =>
  ctx.module
    .mentions(attr)
    .some((chunk) => nodesOf(chunk.nodes, "Attribute").some((node) => node.attr === attr && !isTarget(node)));

const isTarget = (node: Attribute): boolean =>
  node.parent?.kind === "Assign" && node.parent.targets.some((target) => target === node);

function checkComparison(compare: Compare, ctx: RuleContext): void {
  const [only, ...others] = compare.comparators;
  const { left } = compare;
  if (only === undefined || others.length > 0 || compare.ops[0] !== "==") return;
  if (left.kind !== "Attribute" || left.attr !== "requires_grad") return;
  ctx.report({
    at: compare,
    certainty: "certain",
    message:
      "This compares `requires_grad` and throws the answer away: nothing is frozen or thawed. Assign with `=`.",
    fixes: [
      {
        title: "Assign instead of comparing (what trains changes)",
        safety: "suggestion",
        edits: [{ span: { start: left.end, end: only.start }, text: " = " }],
      },
    ],
  });
}
