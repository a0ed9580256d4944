/**
 * Checks for backward passes over values that autograd has not recorded.
 *
 * ## Why is this bad?
 * What runs under `torch.no_grad()`, comes out of `.detach()` or `.item()`, or is copied by `torch.tensor(loss)` has no graph. `backward()` on it
 * fails after the forward pass has been paid for, or, where `requires_grad` was switched on to silence the error, reaches no
 * parameter: the model never learns.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def step(model, x, y, criterion, optimizer):
 *     with torch.no_grad():
 *         loss = criterion(model(x), y)
 *     loss.backward()
 *     optimizer.step()
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def step(model, x, y, criterion, optimizer):
 *     loss = criterion(model(x), y)
 *     loss.backward()
 *     optimizer.step()
 * ```
 *
 * ## Fix safety
 * There is no fix: which of the two was meant, the training or the switch, is for you to say.
 *
 * ## When not to use it
 * There is hardly a reason to: without gradients nothing comes of `backward()`.
 *
 * ## References
 * - [Locally disabling gradient computation](https://docs.pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation)
 */
import { gradModeAt } from "../semantic/grad-mode.ts";
import { isBackward } from "../semantic/loops.ts";
import { blockOf, mayBind, reaching } from "../semantic/reaching.ts";
import { argumentOf, enclosingDef, statementOf, walkOwn } from "../semantic/structure.ts";
import type { Call, Expr, Name, Node, Stmt } from "../syntax/ast.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "bug",
  topic: "autograd",
  severity: { certain: "error", likely: "warning", possible: "off" },
  fix: "none",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (!isBackward(call) || ctx.isTestFile) return;
      const loss = differentiated(call);
      if (loss === undefined) return;
      const given = givenBy(loss);
      if (given === undefined) return;
      const why = withoutGraph(given.value, given.stmt, ctx);
      if (why === undefined || speaksOfRequiresGrad(call)) return;
      ctx.report({
        at: call,
        certainty: "certain",
        message: `\`${loss.id}\` has no graph: ${why}. \`backward()\` fails or reaches no parameter. Compute the loss with gradients on, and detach it only for reports.`,
        related: [{ chunk: ctx.chunk, span: given.stmt, message: `\`${loss.id}\` is made here` }],
      });
    },
  },
});

/** `loss` in `loss.backward()`, `scaler.scale(loss).backward()`, `accelerator.backward(loss)`. */
function differentiated(call: Call): Name | undefined {
  const receiver = call.func.kind === "Attribute" ? call.func.value : undefined;
  const given =
    receiver?.kind === "Call"
      ? receiver.args[0]
      : receiver?.kind === "Name" && call.args.length === 0
        ? receiver
        : /^(?:accelerator|fabric|scaler|self)$/.test(receiver?.kind === "Name" ? receiver.id : "")
          ? call.args[0]
          : undefined;
  return given?.kind === "Name" ? given : undefined;
}

interface Given {
  readonly stmt: Stmt;
  readonly value: Expr;
}

/** The assignment that gave the loss its value, also as a statement of a `with` block before. */
function givenBy(loss: Name): Given | undefined {
  const given = reaching(loss);
  if (given !== undefined)
    return given.kind === "assign" ? { stmt: given.stmt, value: given.value } : undefined;
  const stmt = statementOf(loss);
  const block = stmt === undefined ? undefined : blockOf(stmt);
  if (stmt === undefined || block === undefined) return undefined;
  const before = block.slice(0, block.indexOf(stmt)).findLast((each) => mayBind(each, loss.id));
  const last = before?.kind === "With" ? before.body.findLast((each) => mayBind(each, loss.id)) : undefined;
  const target = last?.kind === "Assign" ? last.targets[0] : undefined;
  return last?.kind === "Assign" && last.targets.length === 1 && target?.kind === "Name"
    ? { stmt: last, value: last.value }
    : undefined;
}

function withoutGraph(value: Expr, stmt: Node, ctx: RuleContext): string | undefined {
  if (
    value.kind === "Call" &&
    value.func.kind === "Attribute" &&
    value.args.length + value.keywords.length === 0
  ) {
    if (value.func.attr === "detach") return "it was detached";
    if (value.func.attr === "item") return "`item()` made it a number";
  }
  if (value.kind === "Attribute" && value.attr === "data") return "`.data` leaves the graph behind";
  if (value.kind === "Call" && ctx.qualified(value.func) === "torch.tensor")
    return argumentOf(value, "requires_grad", undefined) === undefined && value.args[0]?.kind === "Name"
      ? "`torch.tensor` copies the value without it"
      : undefined;
  if (value.kind !== "Call" && value.kind !== "BinOp") return undefined;
  return gradModeAt(stmt, ctx.module, 0) === "off" ? "it is computed while gradients are off" : undefined;
}

/** The function switches gradients on for tensors of its own choice. */
function speaksOfRequiresGrad(call: Call): boolean {
  const def = enclosingDef(call);
  let found = false;
  walkOwn(def?.body ?? [], (node) => {
    if (node.kind === "Attribute") found ||= /^requires_grad_?$/.test(node.attr);
    else if (node.kind === "Keyword") found ||= node.name === "requires_grad";
  });
  return found;
}
