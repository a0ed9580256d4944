/**
 * Checks for gradients that are cleared between `backward()` and the step of their optimizer.
 *
 * ## Why is this bad?
 * `backward()` computes the gradients and `step()` applies them. With `zero_grad()` between the two the optimizer finds none:
 * the model does not learn, or drifts by momentum and weight decay alone. Nothing fails, so the whole run is paid for before anybody sees it.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def train(model, loader, criterion):
 *     optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
 *     for x, y in loader:
 *         loss = criterion(model(x), y)
 *         loss.backward()
 *         optimizer.zero_grad()
 *         optimizer.step()
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def train(model, loader, criterion):
 *     optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
 *     for x, y in loader:
 *         loss = criterion(model(x), y)
 *         loss.backward()
 *         optimizer.step()
 *         optimizer.zero_grad()
 * ```
 *
 * Where anything between the clearing and the step may fill the gradients again, such as another `backward()`, a closure, an assignment to
 * `p.grad` or a function that cannot be seen, the rule is silent.
 *
 * ## Fix safety
 * Suggestion: training changes, which is the purpose. The clearing goes right behind the step.
 *
 * ## When not to use it
 * A step that is meant to apply momentum or weight decay alone.
 *
 * ## References
 * - [torch.optim.Optimizer.zero_grad](https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html)
 * - [Optimizing Model Parameters](https://docs.pytorch.org/tutorials/beginner/basics/optimization_tutorial.html)
 */
import { isBackward } from "../semantic/loops.ts";
import { isOptimizer, steppedOptimizer } from "../semantic/optimizers.ts";
import { lastName, pathOf } from "../semantic/paths.ts";
import { blockOf } from "../semantic/reaching.ts";
import { callsIn } from "../semantic/structure.ts";
import type { Call, ExprStmt, Stmt } from "../syntax/ast.ts";
import { moveBehind } from "./_edits.ts";
import { defineRule } from "./_rule.ts";

export const rule = defineRule({
  category: "bug",
  topic: "training",
  severity: { certain: "error", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    ExprStmt(stmt, ctx) {
      const optimizer = stmt.value.kind === "Call" ? steppedOptimizer(stmt.value) : undefined;
      const path = optimizer && pathOf(optimizer);
      const block = blockOf(stmt);
      if (optimizer === undefined || path === undefined || block === undefined) return;
      const certainty = isOptimizer(optimizer, ctx.module);
      const clearing = certainty && clearingBefore(stmt, path, block);
      const backward = clearing && backwardBefore(clearing, block);
      if (certainty === undefined || clearing === undefined || backward === undefined) return;
      const edits = moveBehind(clearing, stmt, ctx.chunk.text);
      ctx.report({
        at: clearing,
        certainty,
        message: `\`${ctx.text(clearing)}\` clears the gradients that \`${ctx.text(backward.func)}\` has just computed, and \`${ctx.text(stmt)}\` finds none: the model does not learn. Clear them behind the step.`,
        related: [{ chunk: ctx.chunk, span: stmt, message: "the optimizer steps here, without gradients" }],
        ...(edits === undefined
          ? { manual: "Move the call behind the optimizer's step." }
          : { fixes: [{ title: "Clear the gradients behind the step", safety: "suggestion", edits }] }),
      });
    },
  },
});

/** `opt.zero_grad()` before a step of the same optimizer, with nothing between that may compute or set gradients. */
function clearingBefore(step: Stmt, path: string, block: readonly Stmt[]): ExprStmt | undefined {
  for (let at = block.indexOf(step) - 1; at >= 0; at--) {
    const stmt = block[at];
    if (stmt === undefined || (stmt.kind !== "ExprStmt" && stmt.kind !== "Assign")) return undefined;
    if (stmt.kind === "ExprStmt" && isClearing(stmt, path)) return stmt;
    if (stmt.kind === "Assign" && !stmt.targets.every(({ kind }) => kind === "Name")) return undefined;
    if (!callsIn([stmt]).every(leavesGradients)) return undefined;
  }
  return undefined;
}

const isClearing = ({ value }: ExprStmt, path: string): boolean =>
  value.kind === "Call" &&
  value.func.kind === "Attribute" &&
  value.func.attr === "zero_grad" &&
  pathOf(value.func.value) === path;

/** Calls that read, print or clip: none of them computes a gradient, whatever it is called on. */
const leavesGradients = (call: Call): boolean =>
  /^(?:zero_grad|item|detach|cpu|numpy|mean|sum|float|int|str|len|round|format|time|append|update|print|add_scalars?|log|info|debug|set_description|set_postfix|clip_grad_(?:norm|value)_|unscale_)$/.test(
    lastName(call.func) ?? "",
  );

/** A backward pass as a statement of the same block before the clearing, with no step between. */
function backwardBefore(clearing: Stmt, block: readonly Stmt[]): Call | undefined {
  for (let at = block.indexOf(clearing) - 1; at >= 0; at--) {
    const stmt = block[at];
    const calls = stmt === undefined ? [] : callsIn([stmt]);
    if (calls.some((call) => steppedOptimizer(call) !== undefined)) return undefined;
    const backward = calls.find(isBackward);
    if (backward !== undefined) return stmt?.kind === "ExprStmt" ? backward : undefined;
  }
  return undefined;
}
