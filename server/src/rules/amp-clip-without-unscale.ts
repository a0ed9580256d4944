/**
 * Checks for gradients that are clipped while a `GradScaler` still has them scaled, for clipping behind the step, and for a second
 * step of the optimizer that the scaler has stepped.
 *
 * ## Why is this bad?
 * `scaler.scale(loss).backward()` leaves gradients multiplied by the loss scale, 65,536 at first. Clipping them to a norm of 1 clips
 * every step to nearly nothing: `scaler.step()` divides by the scale afterwards, and the run that follows learns next to nothing. The
 * [AMP notes](https://docs.pytorch.org/docs/stable/notes/amp_examples.html#gradient-clipping) ask for `scaler.unscale_(optimizer)` first.
 * Behind `scaler.step()` clipping has no effect at all; a plain `optimizer.step()` there applies the same, still scaled or already
 * applied gradients once more. The training reference of [torchvision](https://github.com/pytorch/vision/blob/017e9b99/references/classification/train.py)
 * once did both.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def update(model, loss, optimizer, scaler):
 *     optimizer.zero_grad()
 *     scaler.scale(loss).backward()
 *     torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
 *     scaler.step(optimizer)
 *     scaler.update()
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def update(model, loss, optimizer, scaler):
 *     optimizer.zero_grad()
 *     scaler.scale(loss).backward()
 *     scaler.unscale_(optimizer)
 *     torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
 *     scaler.step(optimizer)
 *     scaler.update()
 * ```
 *
 * Branches are told apart: clipping under `else` of the `if` that scales is not reported. The clipping functions of Accelerate, Fabric
 * and Lightning unscale by themselves.
 *
 * ## Fix safety
 * Suggestion: the gradients that reach the optimizer change, which is the purpose.
 *
 * ## When not to use it
 * When the scaler is always disabled; the call it asks for does nothing then.
 *
 * ## References
 * - [Working with unscaled gradients](https://docs.pytorch.org/docs/stable/notes/amp_examples.html#working-with-unscaled-gradients)
 */
import { alwaysFollows, areExclusive } from "../semantic/branches.ts";
import { isMethodOf, isScaledBackward, type ScalerStep, scalerStep } from "../semantic/grad-scaler.ts";
import { lineAround } from "../semantic/lines.ts";
import { lastName, pathOf } from "../semantic/paths.ts";
import { callsIn, enclosingDef, enclosingLoop, statementOf } from "../semantic/structure.ts";
import type { Call, Node } from "../syntax/ast.ts";
import { defineRule, type Fix, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "bug",
  topic: "precision",
  severity: { certain: "error", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  torch: { from: [1, 6] },
  on: {
    Call(call, ctx) {
      const step = scalerStep(call, ctx.module);
      if (step === undefined) return;
      const calls = callsIn([enclosingDef(call) ?? outermost(call)].flatMap(bodyOf));
      reportScaledClipping(step, calls, ctx);
      reportLateCalls(step, calls, ctx);
    },
  },
});

const bodyOf = (node: Node): readonly Node[] => (node.kind === "FunctionDef" ? node.body : [node]);

function outermost(node: Node): Node {
  let at = node;
  while (at.parent !== undefined) at = at.parent;
  return at;
}

function reportScaledClipping(step: ScalerStep, calls: readonly Call[], ctx: RuleContext): void {
  for (const clip of calls) {
    if (clip.start > step.call.start || !isClipping(clip, ctx) || areExclusive(clip, step.call)) continue;
    if (enclosingLoop(clip) !== enclosingLoop(step.call)) continue;
    const before = calls.filter((call) => call.start < clip.start && !areExclusive(call, clip));
    const isSeen = before.some((call) => isScaledBackward(call, step.scaler));
    if (!isSeen && !before.some((call) => scalesInHelper(call, step.scaler)) && !isElsewhere(calls, ctx))
      continue;
    if (before.some((call) => isMethodOf(call, step.scaler, "unscale_"))) continue;
    const fix = unscaleBefore(clip, step, ctx);
    ctx.report({
      at: clip,
      certainty: isSeen ? "certain" : "likely",
      message: `The gradients are still multiplied by the scale of \`${step.scaler}\` here: clipping them shrinks every step to nearly nothing. Call \`${step.scaler}.unscale_(${step.optimizer})\` first.`,
      related: [{ chunk: ctx.chunk, span: step.call, message: "the scale is taken out only here" }],
      ...(fix === undefined
        ? { manual: `Call \`${step.scaler}.unscale_(${step.optimizer})\` before clipping.` }
        : { fixes: [fix] }),
    });
  }
}

/** What comes behind the step of the scaler on every way, and should not. */
function reportLateCalls(step: ScalerStep, calls: readonly Call[], ctx: RuleContext): void {
  const later = calls.filter((call) => call.start > step.call.end && alwaysFollows(step.call, call));
  for (const call of later) {
    const between = calls.filter(
      (each) => each.start > step.call.end && each.start < call.start && !areExclusive(each, step.call),
    );
    if (between.some((each) => each.func.kind === "Attribute" && each.func.attr === "backward")) continue;
    const isSecondStep = isMethodOf(call, step.optimizer, "step") && call.args.length === 0;
    const clips =
      isClipping(call, ctx) && !later.some((each) => each.start > call.start && isStep(each, step.scaler));
    if (!isSecondStep && !clips) continue;
    ctx.report({
      at: call,
      certainty: "certain",
      message: isSecondStep
        ? `\`${step.scaler}.step(${step.optimizer})\` has stepped \`${step.optimizer}\` already: this applies the same gradients a second time. Remove it.`
        : `\`${step.scaler}.step(${step.optimizer})\` has applied the gradients already: clipping them here has no effect. Unscale and clip before the step.`,
      related: [{ chunk: ctx.chunk, span: step.call, message: "the step of the scaler" }],
      manual: isSecondStep
        ? "Step the optimizer either by the scaler or by itself."
        : `Call \`${step.scaler}.unscale_(${step.optimizer})\` and clip before \`${step.scaler}.step(...)\`.`,
    });
  }
}

const isStep = (call: Call, scaler: string): boolean => isMethodOf(call, scaler, "step");

/** Clipping by torch, or by a function of that name; methods of Accelerate, Fabric and Lightning unscale by themselves. */
const isClipping = (call: Call, ctx: RuleContext): boolean => {
  const last = lastName(call.func) ?? "";
  if (!/clip_grad/.test(last)) return false;
  const name = ctx.qualified(call.func);
  if (name === undefined) return call.func.kind === "Name";
  return (
    /^torch\.nn\.utils\.clip_grad_/.test(name) || (call.func.kind === "Name" && !name.startsWith("torch"))
  );
};

/** `backward(loss, scaler)`: a helper that is handed the scaler. */
const scalesInHelper = (call: Call, scaler: string): boolean =>
  /backward/.test(lastName(call.func) ?? "") && call.args.some((arg) => pathOf(arg) === scaler);

/** A function that only finishes the step, in a file that never unscales. */
const isElsewhere = (calls: readonly Call[], ctx: RuleContext): boolean =>
  !ctx.module.isMentioned("unscale_") &&
  !calls.some((call) => call.func.kind === "Attribute" && call.func.attr === "backward");

function unscaleBefore(clip: Call, step: ScalerStep, ctx: RuleContext): Fix | undefined {
  const stmt = statementOf(clip);
  const lines = stmt === undefined ? undefined : lineAround(ctx.chunk.text, stmt);
  if (stmt === undefined || lines === undefined) return undefined;
  return {
    title: `Call ${step.scaler}.unscale_(${step.optimizer}) first (changes what is clipped)`,
    safety: "suggestion",
    edits: [
      {
        span: { start: stmt.start, end: stmt.start },
        text: `${step.scaler}.unscale_(${step.optimizer})${lines.newline}${lines.indent}`,
      },
    ],
  };
}
