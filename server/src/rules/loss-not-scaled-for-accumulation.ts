/**
 * Checks for gradient accumulation that adds up the losses of its batches without dividing them.
 *
 * ## Why is this bad?
 * `backward()` adds to the gradients. Over `k` batches between two steps the sum is `k` times the mean that one large batch would have given: with plain SGD
 * the learning rate is in effect `k` times higher, clipping cuts in earlier, and a rate tuned without accumulation no longer fits.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def train(model, loader, criterion, optimizer, k):
 *     for i, (x, y) in enumerate(loader):
 *         loss = criterion(model(x), y)
 *         loss.backward()
 *         if (i + 1) % k == 0:
 *             optimizer.step()
 *             optimizer.zero_grad()
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def train(model, loader, criterion, optimizer, k):
 *     for i, (x, y) in enumerate(loader):
 *         loss = criterion(model(x), y)
 *         (loss / k).backward()
 *         if (i + 1) % k == 0:
 *             optimizer.step()
 *             optimizer.zero_grad()
 * ```
 *
 * The rule is silent where the loss is divided or averaged in the loop, and where the number of batches is used for anything else in the
 * function, such as the learning rate.
 *
 * ## Fix safety
 * Suggestion: gradients become `k` times smaller, so training changes.
 *
 * ## When not to use it
 * Where the learning rate was chosen for the sum, or the loss is a sum over tokens that is divided later.
 *
 * ## References
 * - [Automatic mixed precision examples, "Gradient accumulation"](https://docs.pytorch.org/docs/stable/notes/amp_examples.html#gradient-accumulation)
 */
import { backwardCallsIn, isConditionalWithin, type Loop } from "../semantic/loops.ts";
import { isOptimizer, steppedOptimizer } from "../semantic/optimizers.ts";
import { pathOf } from "../semantic/paths.ts";
import { callsIn, containsInvalid, enclosingDef, enclosingLoop, walkOwn } from "../semantic/structure.ts";
import type { Call, Expr, If, Node } from "../syntax/ast.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "bug",
  topic: "training",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    If(test, ctx) {
      const k = everyK(test.test);
      const loop = k === undefined ? undefined : enclosingLoop(test);
      if (k === undefined || loop === undefined || ctx.isTestFile) return;
      const backward = accumulated(test, loop, ctx);
      const loss = backward === undefined ? undefined : lossOf(backward);
      if (loss === undefined || divides(loop) || containsInvalid(loop)) return;
      if (isUsedOtherwise(k, loop)) return;
      const [name, count] = [ctx.text(loss), ctx.text(k)];
      const scaled = /^[\w.[\]]+$/.test(count) ? `${name} / ${count}` : `${name} / (${count})`;
      const isReceiver = loss.parent?.kind === "Attribute";
      ctx.report({
        at: loss,
        certainty: "likely",
        message: `The optimizer steps on the sum of the gradients of \`${count}\` batches, and \`${name}\` is not divided: the step is \`${count}\` times as large as that of one batch of their size. Call \`backward()\` on \`${scaled}\`.`,
        related: [{ chunk: ctx.chunk, span: test.test, message: "the optimizer steps only then" }],
        fixes: [
          {
            title: `Divide by ${count} (gradients become smaller)`,
            safety: "suggestion",
            edits: [{ span: loss, text: isReceiver ? `(${scaled})` : scaled }],
          },
        ],
      });
    },
  },
});

/** `k` in `(i + 1) % k == 0`, also as one of several conditions. */
function everyK(test: Expr): Expr | undefined {
  if (test.kind === "BoolOp") return test.values.map(everyK).find((each) => each !== undefined);
  if (test.kind === "UnaryOp" && test.op === "not") return everyK(test.operand);
  const [op] = test.kind === "Compare" ? test.ops : [];
  const sum = test.kind === "Compare" && op === "==" ? test.left : test;
  if (sum.kind !== "BinOp" || sum.op !== "%") return undefined;
  const k = sum.right;
  if (k.kind === "Int") return k.value > 1 ? k : undefined;
  return pathOf(k) === undefined ? undefined : k;
}

/** The one backward pass of each turn, when all steps of the loop and their `zero_grad` stand under the condition. */
function accumulated(test: If, loop: Loop, ctx: RuleContext): Call | undefined {
  const [backward, ...others] = backwardCallsIn(loop);
  if (backward === undefined || others.length > 0 || isConditionalWithin(backward, loop)) return undefined;
  if (enclosingLoop(backward) !== loop || backward.start > test.start) return undefined;
  const inside = (call: Call): boolean =>
    test.body.some((stmt) => stmt.start <= call.start && call.end <= stmt.end);
  const steps = callsIn(loop.body).filter((call) => {
    const optimizer = steppedOptimizer(call);
    return optimizer !== undefined && isOptimizer(optimizer, ctx.module) !== undefined;
  });
  const clears = callsIn(loop.body).filter(
    (call) => call.func.kind === "Attribute" && call.func.attr === "zero_grad",
  );
  if (steps.length === 0 || clears.length === 0 || ![...steps, ...clears].every(inside)) return undefined;
  return backward;
}

/** `loss` in `loss.backward()` and `scaler.scale(loss).backward()`; frameworks divide by themselves. */
function lossOf(backward: Call): Expr | undefined {
  const receiver = backward.func.kind === "Attribute" ? backward.func.value : undefined;
  if (receiver === undefined || backward.args.length > 0) return undefined;
  const scale =
    receiver.kind === "Call" && receiver.func.kind === "Attribute" && receiver.func.attr === "scale";
  const loss = scale && receiver.kind === "Call" ? receiver.args[0] : receiver;
  return loss?.kind === "Name" ? loss : undefined;
}

/** Something in the loop is divided, multiplied by a fraction or averaged: it may be the loss. */
function divides(loop: Loop): boolean {
  let found = false;
  walkOwn(loop.body, (node) => {
    if (node.kind === "BinOp") found ||= node.op === "/";
    else if (node.kind === "AugAssign") found ||= node.op === "/" || (node.op === "*" && !isIndex(node));
    else if (node.kind === "Attribute") found ||= /^(?:div_?|true_divide|mul_)$/.test(node.attr);
    else if (node.kind === "Keyword") found ||= node.name === "reduction";
  });
  return found;
}

const isIndex = (node: Node): boolean => node.kind === "AugAssign" && node.value.kind === "Int";

/** The number is read outside of conditions: it is passed on, or corrects the learning rate. */
function isUsedOtherwise(k: Expr, loop: Loop): boolean {
  const path = pathOf(k);
  if (path === undefined) return false;
  let found = false;
  walkOwn(enclosingDef(loop)?.body ?? [loop], (node) => {
    if ((node.kind !== "Name" && node.kind !== "Attribute") || pathOf(node) !== path) return;
    const parent = node.parent;
    const isCounted = parent?.kind === "BinOp" && (parent.op === "%" || parent.op === "//");
    const isGiven = parent?.kind === "Assign" && parent.targets.some((target) => target === node);
    if (!isCounted && !isGiven && parent?.kind !== "Compare") found = true;
  });
  return found;
}
