/**
 * Checks for training loops that clear gradients, run the backward pass, and never step an optimizer.
 *
 * ## Why is this bad?
 * A backward pass costs about twice the forward pass. Its gradients change the model only through `optimizer.step()`; where nothing steps and nothing
 * reads them, the loop computes, pays and learns nothing.
 *
 * ## Example
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
 * The rule asks for a `zero_grad()` in the same loop as a sign that training is meant, and is silent where the function or class
 * steps anything, reads `.grad`, registers hooks, or hands the optimizer on.
 *
 * ## Fix safety
 * Suggestion: the model learns from then on.
 *
 * ## When not to use it
 * For programs that measure the backward pass, or look at gradients through another file.
 *
 * ## References
 * - [Optimizing model parameters](https://docs.pytorch.org/tutorials/beginner/basics/optimization_tutorial.html)
 */
import { lineAround } from "../semantic/lines.ts";
import { backwardCallsIn, isBackward, isConditionalWithin, type Loop } from "../semantic/loops.ts";
import { isOptimizer } from "../semantic/optimizers.ts";
import { lastName, pathOf } from "../semantic/paths.ts";
import {
  callsIn,
  containsInvalid,
  enclosingClass,
  enclosingDef,
  enclosingLoop,
  statementOf,
} from "../semantic/structure.ts";
import type { Call, Expr, Node } from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "bug",
  topic: "training",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (!isBackward(call) || ctx.isTestFile) return;
      const loop = enclosingLoop(call);
      if (loop === undefined || isConditionalWithin(call, loop) || backwardCallsIn(loop)[0] !== call) return;
      const optimizer = clearedOptimizer(loop, ctx);
      if (optimizer === undefined) return;
      const scope: readonly Node[] = scopeOf(call, ctx);
      if (scope.some((node) => usesGradients(node, pathOf(optimizer)) || containsInvalid(node))) return;
      const name = ctx.text(optimizer);
      const stmt = statementOf(call);
      const lines = stmt === undefined ? undefined : lineAround(ctx.chunk.text, stmt);
      ctx.report({
        at: call,
        certainty: "likely",
        message: `The gradients of this backward pass are cleared and never used: nothing here steps \`${name}\`, so the model does not learn. Call \`${name}.step()\` behind \`backward()\`.`,
        ...(lines === undefined
          ? { manual: `Call \`${name}.step()\` behind \`backward()\`.` }
          : {
              fixes: [
                {
                  title: `Step ${name} behind the backward pass (the model learns)`,
                  safety: "suggestion",
                  edits: [
                    {
                      span: { start: lines.end, end: lines.end },
                      text: `${lines.newline}${lines.indent}${name}.step()`,
                    },
                  ],
                },
              ],
            }),
      });
    },
  },
});

/** `optimizer` in the `optimizer.zero_grad()` of a loop. */
function clearedOptimizer(loop: Loop, ctx: RuleContext): Expr | undefined {
  for (const call of callsIn(loop.body))
    if (
      call.func.kind === "Attribute" &&
      call.func.attr === "zero_grad" &&
      isOptimizer(call.func.value, ctx.module) !== undefined
    )
      return call.func.value;
  return undefined;
}

/** Where the step may stand: the class of a method, the function, or everything at the top of the file. */
function scopeOf(call: Call, ctx: RuleContext): readonly Node[] {
  const around = enclosingClass(call) ?? outermostDef(call);
  return around === undefined ? ctx.module.mentions("zero_grad").flatMap((chunk) => chunk.body) : [around];
}

function outermostDef(call: Call): Node | undefined {
  let def = enclosingDef(call);
  for (let outer = def; outer !== undefined; outer = enclosingDef(outer)) def = outer;
  return def;
}

const uses =
  /^(?:grads?|register_\w*hook|all_reduce|clip_grad\w*|minimize|unscale_?|update_\w*|manual_optimization|profile\w*|perf_counter|engine|deepspeed)$/i;

/** Something steps, reads or moves gradients, or is given the optimizer to do it. */
function usesGradients(node: Node, optimizer: string | undefined): boolean {
  let found = false;
  walk(node, (at) => {
    if (at.kind === "Attribute") found ||= uses.test(at.attr);
    else if (at.kind === "Name") found ||= uses.test(at.id);
    else if (at.kind === "Call") found ||= steps(at) || isGiven(at, optimizer);
    return !found;
  });
  return found;
}

/** `optimizer.step()`, `train_step(...)`; a scheduler's step changes no weight. */
function steps(call: Call): boolean {
  if (!/step/i.test(lastName(call.func) ?? "")) return false;
  return call.func.kind !== "Attribute" || !/sched|warmup|lr/i.test(lastName(call.func.value) ?? "");
}

const isGiven = (call: Call, optimizer: string | undefined): boolean =>
  optimizer !== undefined &&
  ([...call.args, ...call.keywords.map((keyword) => keyword.value)].some(
    (arg) => pathOf(arg) === optimizer,
  ) ||
    call.keywords.some((keyword) => keyword.name === undefined));
