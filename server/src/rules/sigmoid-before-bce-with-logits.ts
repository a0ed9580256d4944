/**
 * Checks for `binary_cross_entropy_with_logits` losses that are given probabilities instead of logits.
 *
 * ## Why is this bad?
 * The loss applies the sigmoid itself. Given the output of a sigmoid, it sees numbers between 0 and 1 as logits: the probabilities it works with lie
 * between 0.5 and 0.73, so the loss of a perfect prediction is 0.31 for a positive and 0.69 for a negative instead of 0, and
 * gradients shrink with it. Training slows down or stalls, and every step of it is paid for.
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn.functional as F
 *
 *
 * def loss(model, x, y):
 *     return F.binary_cross_entropy_with_logits(torch.sigmoid(model(x)), y)
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn.functional as F
 *
 *
 * def loss(model, x, y):
 *     return F.binary_cross_entropy_with_logits(model(x), y)
 * ```
 *
 * The sigmoid may stand in the call, in the assignment before it, or at the end of a model of the same file.
 *
 * ## Fix safety
 * Suggestion: the loss and its gradients change, which is the purpose. A sigmoid inside a model is left to you: whoever uses the
 * model's output as probabilities has to apply it from then on.
 *
 * ## When not to use it
 * A checkpoint that was trained this way gives other losses without the sigmoid; keep it while you evaluate that checkpoint.
 *
 * ## References
 * - [torch.nn.BCEWithLogitsLoss](https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html): "combines a Sigmoid layer and the
 *   BCELoss in one single class"
 */
import { type ActivationOrigin, activationOrigin } from "../semantic/activation-origin.ts";
import { isMadeBy } from "../semantic/constructors.ts";
import { lastName } from "../semantic/paths.ts";
import { argumentOf } from "../semantic/structure.ts";
import type { Call, Expr } from "../syntax/ast.ts";
import { oneLine } from "./_one-line.ts";
import { passInput } from "./_pass-input.ts";
import { defineRule, type Reported, type RuleContext } from "./_rule.ts";

/** What losses are called, so that other calls cost nothing. */
const lossName = /loss|crit|entropy|bce|objective|adversarial|gan|(?:^|_)cost(?:$|_)/i;

export const rule = defineRule({
  category: "bug",
  topic: "training",
  severity: { certain: "error", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (!isWithLogits(call, ctx)) return;
      const input = argumentOf(call, "input", 0);
      if (input === undefined || input === "unknown") return;
      const origin = activationOrigin(input, ctx.module);
      if (origin?.kind === "sigmoid") ctx.report(finding(input, call, origin, ctx));
    },
  },
});

function isWithLogits(call: Call, ctx: RuleContext): boolean {
  if (call.func.kind === "Call") return ctx.qualified(call.func.func) === "torch.nn.BCEWithLogitsLoss";
  if (!lossName.test(lastName(call.func) ?? "")) return false;
  const qualified = ctx.qualified(call.func);
  if (qualified !== undefined) return qualified === "torch.nn.functional.binary_cross_entropy_with_logits";
  return isMadeBy(call.func, ctx.module, (made) => made === "torch.nn.BCEWithLogitsLoss") === "yes";
}

function finding(input: Expr, loss: Call, origin: ActivationOrigin, ctx: RuleContext): Reported {
  const name = ctx.text(loss.func);
  const isHere = origin.at === "call" && origin.through.length === 0;
  const way = isHere
    ? ""
    : origin.at === "model"
      ? `: \`${origin.model}\` ends in one`
      : ` through \`${oneLine(ctx.text(input))}\``;
  return {
    at: input,
    certainty: "certain",
    message: `\`${name}\` applies the sigmoid itself and gets one${way}. The loss cannot come near 0 and gradients shrink. Pass the logits.`,
    related: isHere
      ? []
      : [
          {
            chunk: (origin.at === "model" ? origin.chunk : undefined) ?? ctx.chunk,
            span: origin.at === "model" ? origin.node : origin.call,
            message: "the sigmoid is here",
          },
        ],
    ...(origin.at === "call"
      ? passInput(
          input,
          loss,
          origin,
          "Pass the logits to the loss (its value and gradients change)",
          "suggestion",
          ctx,
        )
      : {
          manual: `Return logits from \`${origin.model}\`, and apply the sigmoid where probabilities are needed.`,
        }),
  };
}
