/**
 * Checks for training loops that step an optimizer and never clear its gradients.
 *
 * ## Why is this bad?
 * `backward()` adds to `.grad`. When nothing clears the gradients, every step follows the sum of the gradients of all
 * batches so far: training diverges or stalls, and everything the run costs is spent on a model that is not usable.
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
 *         optimizer.zero_grad()
 *         loss = criterion(model(x), y)
 *         loss.backward()
 *         optimizer.step()
 * ```
 *
 * The loop counts as clearing them with `zero_grad()` on the optimizer or the model, with `p.grad = None`, or in a function
 * of the file that it calls. Where something that cannot be seen may clear them, the rule is silent.
 *
 * ## Fix safety
 * Suggestion: training changes, which is the purpose. The call goes to the top of the loop; where the step is conditional,
 * as in gradient accumulation, it goes right behind the step. In both places the first step stays as it was.
 *
 * ## When not to use it
 * A loop that adds up gradients over all its batches on purpose, and steps each time, is rare. Say so with a comment that
 * disables the rule.
 *
 * ## References
 * - [torch.optim.Optimizer.zero_grad](https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html)
 * - [Code Smells for Machine Learning Applications, "Gradients Not Cleared before Backward Propagation"](https://arxiv.org/abs/2203.13746)
 */
import { clearingOf, neverClears } from "../semantic/gradient-clearing.ts";
import { lineAround } from "../semantic/lines.ts";
import {
  backwardCallsIn,
  isBackward,
  isCalledInLoop,
  isConditionalWithin,
  type Loop,
  loopsAround,
} from "../semantic/loops.ts";
import { isOptimizer, steppedOptimizer } from "../semantic/optimizers.ts";
import { lastName, pathOf } from "../semantic/paths.ts";
import { callsIn, containsInvalid, enclosingDef, statementOf } from "../semantic/structure.ts";
import type { Call, Expr, Stmt } from "../syntax/ast.ts";
import { defineRule, type Fix, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "bug",
  topic: "training",
  severity: { certain: "error", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  equivalents: [{ tool: "dslinter", rule: "W5517" }],
  on: {
    Call(call, ctx) {
      const optimizer = steppedOptimizer(call);
      if (optimizer === undefined) return;
      const path = pathOf(optimizer);
      if (path === undefined) return;
      const loops = loopsAround(call);
      const loop = loops.find((each) => backwardCallsIn(each).length > 0);
      if (loop === undefined) checkStepOfHelper(call, optimizer, path, ctx);
      else checkLoop(call, optimizer, path, loop, loops.slice(loops.indexOf(loop) + 1), ctx);
    },
  },
});

function checkLoop(
  step: Call,
  optimizer: Expr,
  path: string,
  loop: Loop,
  outer: readonly Loop[],
  ctx: RuleContext,
): void {
  const sure = isOptimizer(optimizer, ctx.module);
  if (sure === undefined || keepsItsOwnGradients(backwardCallsIn(loop), path)) return;
  if (firstStepOf(path, loop.body) !== step || containsInvalid(loop)) return;
  const clearing = clearingOf(loop, optimizer, path, ctx.module);
  if (clearing === "yes" || clearing === "unknown") return;
  const conditional = isConditionalWithin(step, loop);
  const clearedOutside = outer.some((each) => clearingOf(each, optimizer, path, ctx.module) !== "no");
  // One clearing per outer turn with a step on the last of the inner ones is how accumulation is written.
  if (clearedOutside && conditional) return;
  const name = ctx.text(optimizer);
  const isCertain = sure === "certain" && clearing === "no" && !clearedOutside && !ctx.isTestFile;
  ctx.report({
    at: step,
    certainty: isCertain ? "certain" : "likely",
    message: `\`${name}\` steps and its gradients are never cleared in this loop${clearedOutside ? ", only around it" : ""}: each \`backward()\` adds to those of all batches before. Call \`${name}.zero_grad()\` once per step.`,
    ...clearOncePerStep(step, optimizer, conditional || isBoundIn(optimizer, loop) ? undefined : loop, ctx),
  });
}

/** A function that does one step, called in a loop of a file that clears gradients nowhere. */
function checkStepOfHelper(step: Call, optimizer: Expr, path: string, ctx: RuleContext): void {
  const def = enclosingDef(step);
  if (def === undefined || ctx.isTestFile) return;
  const backwards = callsIn(def.body).filter(isBackward);
  if (backwards.length === 0 || keepsItsOwnGradients(backwards, path)) return;
  if (firstStepOf(path, def.body) !== step || !neverClears(ctx.module) || containsInvalid(def)) return;
  if (isOptimizer(optimizer, ctx.module) === undefined || !isCalledInLoop(def.name, ctx.module)) return;
  const name = ctx.text(optimizer);
  ctx.report({
    at: step,
    certainty: "likely",
    message: `\`${name}\` steps in \`${def.name}\`, which a loop calls, and nothing in this file clears its gradients: each \`backward()\` adds to those of all batches before. Call \`${name}.zero_grad()\` once per step.`,
    ...clearOncePerStep(step, optimizer, undefined, ctx),
  });
}

/** DeepSpeed's engine and torch's distributed autograd, whose steps do not work on `.grad` alone. */
const keepsItsOwnGradients = (backwards: readonly Call[], path: string): boolean =>
  backwards.some((backward) => {
    if (backward.func.kind !== "Attribute") return true;
    const receiver = pathOf(backward.func.value);
    const name = lastName(backward.func.value) ?? "";
    return receiver === path || /engine|deepspeed|dist_autograd/i.test(name);
  });

const firstStepOf = (path: string, body: readonly Stmt[]): Call | undefined =>
  callsIn(body).find((each) => {
    const stepped = steppedOptimizer(each);
    return stepped !== undefined && pathOf(stepped) === path;
  });

/** Clears at the top of `loop`, behind the step where there is none. */
function clearOncePerStep(
  step: Call,
  optimizer: Expr,
  loop: Loop | undefined,
  ctx: RuleContext,
): { readonly fixes?: readonly Fix[]; readonly manual?: string } {
  const clear = `${ctx.text(optimizer)}.zero_grad()`;
  const anchor = loop === undefined ? statementOf(step) : loop.body[0];
  const place = anchor && lineAround(ctx.chunk.text, anchor);
  if (anchor === undefined || place === undefined)
    return { manual: `Call \`${clear}\` once per step; this statement shares its line with another.` };
  const edit =
    loop === undefined
      ? { span: { start: place.end, end: place.end }, text: `${place.newline}${place.indent}${clear}` }
      : { span: { start: anchor.start, end: anchor.start }, text: `${clear}${place.newline}${place.indent}` };
  const title = `Clear the gradients ${loop === undefined ? "behind the step" : "at the top of the loop"}: ${clear}`;
  return { fixes: [{ title, safety: "suggestion", edits: [edit] }] };
}

/** The optimizer is the variable of a loop inside: `for optimizer in optimizers: optimizer.step()`. */
const isBoundIn = (optimizer: Expr, loop: Loop): boolean =>
  loopsAround(optimizer)
    .filter((each) => each !== loop && each.start >= loop.start)
    .some(
      (each) => each.kind === "For" && each.target.kind === "Name" && each.target.id === lastName(optimizer),
    );
