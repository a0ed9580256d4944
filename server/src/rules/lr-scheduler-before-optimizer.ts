/**
 * Checks for learning rate schedulers that step before the optimizer does.
 *
 * ## Why is this bad?
 * Since torch 1.1 a scheduler sets the rate of the *next* step. Called before `optimizer.step()`, it takes the first value
 * of its schedule away: training starts with the second one, and the whole schedule comes one turn early. PyTorch warns about it once, at run time.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def train(model, loader, optimizer, epochs):
 *     scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=30)
 *     for epoch in range(epochs):
 *         scheduler.step()
 *         for x in loader:
 *             optimizer.zero_grad()
 *             model(x).backward()
 *             optimizer.step()
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def train(model, loader, optimizer, epochs):
 *     scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=30)
 *     for epoch in range(epochs):
 *         for x in loader:
 *             optimizer.zero_grad()
 *             model(x).backward()
 *             optimizer.step()
 *         scheduler.step()
 * ```
 *
 * A scheduler that is given an argument (`scheduler.step(epoch)`) is told where it stands and is left alone, and so is one under a condition.
 *
 * ## Fix safety
 * Suggestion: the learning rates of the run change by one turn, which is the purpose.
 *
 * ## When not to use it
 * To repeat a run that was made this way.
 *
 * ## References
 * - [How to adjust the learning rate](https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate)
 */
import { isMadeBy } from "../semantic/constructors.ts";
import { isOptimizer, steppedOptimizer } from "../semantic/optimizers.ts";
import { lastName } from "../semantic/paths.ts";
import { blockOf } from "../semantic/reaching.ts";
import { callsIn, containsInvalid } from "../semantic/structure.ts";
import type { Call, Expr, Stmt } from "../syntax/ast.ts";
import { moveBehind } from "./_edits.ts";
import { type Certainty, defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "bug",
  topic: "training",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  torch: { from: [1, 1] },
  on: {
    ExprStmt(stmt, ctx) {
      const call = stmt.value;
      if (call.kind !== "Call" || call.func.kind !== "Attribute" || call.func.attr !== "step") return;
      if (call.args.length + call.keywords.length > 0) return;
      const loop = stmt.parent;
      if ((loop?.kind !== "For" && loop?.kind !== "While") || blockOf(stmt) !== loop.body) return;
      const certainty = scheduler(call.func.value, ctx);
      if (certainty === undefined) return;
      const at = loop.body.indexOf(stmt);
      const before = loop.body.slice(0, at).flatMap((each) => optimizerSteps(each, ctx));
      const after = loop.body.slice(at + 1).filter((each) => optimizerSteps(each, ctx).length > 0);
      const last = after[after.length - 1];
      const step = last === undefined ? undefined : optimizerSteps(last, ctx)[0];
      if (before.length > 0 || step === undefined || last === undefined || containsInvalid(loop)) return;
      const edits = moveBehind(stmt, last, ctx.chunk.text);
      ctx.report({
        at: call,
        certainty,
        message: `\`${ctx.text(call)}\` comes before \`${ctx.text(step)}\`: the first learning rate of the schedule is never used. Step the scheduler behind the optimizer.`,
        related: [{ chunk: ctx.chunk, span: step, message: "the optimizer steps here" }],
        ...(edits === undefined
          ? { manual: "Move the call behind the optimizer's." }
          : { fixes: [{ title, safety: "suggestion", edits }] }),
      });
    },
  },
});

const title = "Step the scheduler behind the optimizer (learning rates change by one turn)";

function scheduler(expr: Expr, ctx: RuleContext): Certainty | undefined {
  if (!/sched|lr/i.test(lastName(expr) ?? "")) return undefined;
  const made = isMadeBy(expr, ctx.module, (name) => name.startsWith("torch.optim.lr_scheduler."));
  if (made === "yes") return "certain";
  const isNamed = /^(?:lr_?)?sched(?:uler)?\w*$|^lr_sched/i.test(lastName(expr) ?? "");
  return made === "unknown" && isNamed ? "likely" : undefined;
}

const optimizerSteps = (stmt: Stmt, ctx: RuleContext): readonly Call[] =>
  callsIn([stmt]).filter((call) => {
    const optimizer = steppedOptimizer(call);
    return optimizer !== undefined && isOptimizer(optimizer, ctx.module) !== undefined;
  });
