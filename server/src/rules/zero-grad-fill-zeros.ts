/**
 * Checks for gradients that are filled with zeros where they could be dropped.
 *
 * ## Why is this bad?
 * `zero_grad(set_to_none=False)` and `p.grad.zero_()` write zeros over every gradient, and the backward pass then reads and adds to them. Dropped gradients
 * need neither: the backward pass writes them anew, and their memory is free in between. Since torch 2.0 `zero_grad()` drops them by itself;
 * in 1.7 to 1.13 it takes `set_to_none=True`.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def train(model, loader, optimizer):
 *     for x in loader:
 *         optimizer.zero_grad(set_to_none=False)
 *         model(x).backward()
 *         optimizer.step()
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def train(model, loader, optimizer):
 *     for x in loader:
 *         optimizer.zero_grad()
 *         model(x).backward()
 *         optimizer.step()
 * ```
 *
 * A plain `zero_grad()` is reported only where the project asks for a torch before 2.0.
 *
 * ## Fix safety
 * Suggestion: parameters that got no gradient in a step have `.grad is None` afterwards, and optimizers leave them out instead of
 * applying momentum and weight decay to them.
 *
 * ## When not to use it
 * Where code reads `.grad` between `zero_grad()` and `backward()`, or counts on idle parameters being decayed.
 *
 * ## References
 * - [torch.optim.Optimizer.zero_grad](https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html)
 * - [PyTorch performance tuning guide](https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html)
 */
import { iteratedBy } from "../semantic/loop-kind.ts";
import type { Module } from "../semantic/module.ts";
import { pathOf } from "../semantic/paths.ts";
import { argumentOf, enclosingLoop } from "../semantic/structure.ts";
import type { Attribute, Call, Expr } from "../syntax/ast.ts";
import { nodesOf } from "../syntax/visit.ts";
import { appendArgument, removeKeyword } from "./_edits.ts";
import { atLeast, defineRule, type Fix, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "memory",
  topic: "training",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  torch: { from: [1, 7] },
  equivalents: [{ tool: "TorchFix", rule: "TOR402" }],
  on: {
    Call(call, ctx) {
      if (call.func.kind !== "Attribute") return;
      if (call.func.attr === "zero_grad") checkZeroGrad(call, ctx);
      else if (call.func.attr === "zero_") checkZero(call, call.func, ctx);
    },
  },
});

const explain =
  "the zeros are written, read and added to. Drop the gradients: the backward pass then writes them anew.";

function checkZeroGrad(call: Call, ctx: RuleContext): void {
  const flag = argumentOf(call, "set_to_none", 0);
  if (flag === "unknown" || call.args.length > 1) return;
  const isOld = ctx.torch !== undefined && !atLeast(ctx.torch, [2, 0]);
  if (flag === undefined ? !isOld : flag.kind !== "Bool" || flag.value) return;
  if (readsGradients(ctx.module)) return;
  const when =
    flag === undefined && ctx.torch !== undefined
      ? `Before torch 2.0, and this project allows ${ctx.torch.join(".")}, `
      : "";
  ctx.report({
    at: call,
    certainty: "certain",
    message: `${when}\`${ctx.text(call)}\` fills the gradients with zeros: ${explain}`,
    fixes: [drop(call, flag, isOld, ctx)],
  });
}

/** Something in the file computes with gradients, and may count on finding zeros. */
const readsGradients = (module: Module): boolean =>
  module
    .mentions("grad")
    .some((chunk) =>
      nodesOf(chunk.nodes, "Attribute").some((node) => node.attr === "grad" && !isCleared(node)),
    );

/** `p.grad.zero_()`, `p.grad.detach_()`, `p.grad = None`, `p.grad is not None`, `torch.autograd.grad(...)`. */
function isCleared(node: Attribute): boolean {
  const { parent } = node;
  if (parent?.kind === "Assign") return parent.value.kind === "None";
  if (parent?.kind === "Attribute") return /^(?:zero_|detach_?|data)$/.test(parent.attr);
  return parent?.kind === "Compare" || parent?.kind === "Call" || parent?.kind === "If";
}

function drop(call: Call, flag: Expr | undefined, isOld: boolean, ctx: RuleContext): Fix {
  const keyword = call.keywords.find(({ name }) => name === "set_to_none");
  const edit =
    flag === undefined
      ? appendArgument(call, "set_to_none=True", ctx.chunk.text)
      : isOld || keyword === undefined
        ? { span: flag, text: "True" }
        : removeKeyword(call, keyword, ctx.chunk.text);
  return {
    title: "Drop the gradients instead (optimizers then skip parameters without one)",
    safety: "suggestion",
    edits: [edit],
  };
}

/** `p.grad.zero_()` for each `p` in `model.parameters()`. */
function checkZero(call: Call, { value }: Attribute, ctx: RuleContext): void {
  const grad = value.kind === "Attribute" && value.attr === "data" ? value.value : value;
  if (grad.kind !== "Attribute" || grad.attr !== "grad" || call.parent?.kind !== "ExprStmt") return;
  const loop = enclosingLoop(call);
  if (loop?.kind !== "For" || pathOf(grad.value) !== pathOf(loop.target)) return;
  const iterated = iteratedBy(loop);
  const isParameters =
    iterated.kind === "Call" && iterated.func.kind === "Attribute" && iterated.func.attr === "parameters";
  if (!isParameters || readsGradients(ctx.module)) return;
  ctx.report({
    at: call,
    certainty: "certain",
    message: `\`${ctx.text(call)}\` fills the gradient with zeros: ${explain}`,
    fixes: [
      {
        title: "Drop the gradient instead (optimizers then skip parameters without one)",
        safety: "suggestion",
        edits: [{ span: call, text: `${ctx.text(grad)} = None` }],
      },
    ],
  });
}
