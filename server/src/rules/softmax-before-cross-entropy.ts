/**
 * Checks for cross-entropy losses that are given probabilities instead of logits.
 *
 * ## Why is this bad?
 * `cross_entropy` applies `log_softmax` itself. Given the output of a softmax, it takes the softmax of numbers between 0
 * and 1: the loss of a perfect, certain prediction is then `log(1 + (C - 1) / e)` for `C` classes, 1.46 for 10 and 5.91 for
 * 1,000, instead of 0, and gradients shrink with it. Training slows down or stalls, and every step of it is paid for.
 *
 * A `log_softmax` before `cross_entropy` computes the same loss twice over: the rule says so as an info.
 *
 * ## Example
 * ```py
 * import torch.nn.functional as F
 *
 *
 * def loss(model, x, y):
 *     return F.cross_entropy(F.softmax(model(x), dim=1), y)
 * ```
 *
 * Use instead:
 * ```py
 * import torch.nn.functional as F
 *
 *
 * def loss(model, x, y):
 *     return F.cross_entropy(model(x), y)
 * ```
 *
 * The softmax may stand in the call, in the assignment before it, or at the end of a model of the same file: an
 * `nn.Sequential` that ends in `nn.Softmax`, or a `forward` whose every `return` does.
 *
 * ## Fix safety
 * Suggestion for a softmax: the loss and its gradients change, which is the purpose. Safe for a `log_softmax` over `dim=1`,
 * which leaves its own output as it is. A softmax inside a model is left to you: whoever uses the model's
 * output as probabilities has to apply it from then on.
 *
 * ## When not to use it
 * A checkpoint that was trained this way gives other losses without the softmax; keep it while you evaluate that checkpoint.
 *
 * ## References
 * - [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html): "The input is
 *   expected to contain the unnormalized logits for each class"
 */

import { type ActivationOrigin, activationOrigin } from "../semantic/activation-origin.ts";
import { isMadeBy } from "../semantic/constructors.ts";
import { lastName } from "../semantic/paths.ts";
import { argumentOf } from "../semantic/structure.ts";
import type { Call, Expr } from "../syntax/ast.ts";
import { oneLine } from "./_one-line.ts";
import { type CallOrigin, passInput } from "./_pass-input.ts";
import { defineRule, type Fix, type Reported, type RuleContext } from "./_rule.ts";

/** What losses are called, so that other calls cost nothing. */
const lossName = /loss|crit|entropy|(?:^|_)(?:ce|xent|objective|cost)(?:$|_)/i;

export const rule = defineRule({
  category: "bug",
  topic: "training",
  // "possible" is a `log_softmax`: an op too many, and the same loss.
  severity: { certain: "error", likely: "warning", possible: "info" },
  fix: "safe",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (!isCrossEntropy(call, ctx)) return;
      const input = argumentOf(call, "input", 0);
      if (input === undefined || input === "unknown") return;
      const origin = activationOrigin(input, ctx.module);
      if (origin !== undefined && origin.kind !== "sigmoid") ctx.report(finding(input, call, origin, ctx));
    },
  },
});

function isCrossEntropy(call: Call, ctx: RuleContext): boolean {
  // `nn.CrossEntropyLoss()(x, y)`
  if (call.func.kind === "Call") return ctx.qualified(call.func.func) === "torch.nn.CrossEntropyLoss";
  if (!lossName.test(lastName(call.func) ?? "")) return false;
  const qualified = ctx.qualified(call.func);
  if (qualified !== undefined) return qualified === "torch.nn.functional.cross_entropy";
  return isMadeBy(call.func, ctx.module, (made) => made === "torch.nn.CrossEntropyLoss") === "yes";
}

function finding(input: Expr, loss: Call, origin: ActivationOrigin, ctx: RuleContext): Reported {
  const name = ctx.text(loss.func);
  const isHere = origin.at === "call" && origin.through.length === 0;
  const related = isHere
    ? []
    : [
        {
          chunk: (origin.at === "model" ? origin.chunk : undefined) ?? ctx.chunk,
          span: origin.at === "model" ? origin.node : origin.call,
          message: `the \`${origin.kind}\` is here`,
        },
      ];
  const what = `gets a \`${origin.kind}\`${isHere ? "" : way(input, origin, ctx)}`;
  return {
    at: input,
    related,
    certainty: origin.kind === "softmax" ? "certain" : "possible",
    message:
      origin.kind === "softmax"
        ? `\`${name}\` applies softmax itself and ${what}. The loss cannot come near 0 and gradients shrink. Pass the logits.`
        : `\`${name}\` applies \`log_softmax\` itself and ${what}: the same loss with an op too many. Pass the logits, or use \`nll_loss\`.`,
    ...(origin.at === "call"
      ? passInput(input, loss, origin, titleOf(origin), safetyOf(origin), ctx)
      : {
          manual: `Return logits from \`${origin.model}\`, and apply \`${origin.kind}\` where probabilities are needed.`,
        }),
  };
}

/** How the softmax comes to the loss when it does not stand in its call. */
const way = (input: Expr, origin: ActivationOrigin, ctx: RuleContext): string =>
  origin.at === "model" ? `: \`${origin.model}\` ends in one` : ` through \`${oneLine(ctx.text(input))}\``;

const titleOf = (origin: ActivationOrigin): string =>
  origin.kind === "softmax"
    ? "Pass the logits to the loss (its value and gradients change)"
    : "Pass the logits to the loss";

/** Over the class dimension `log_softmax` leaves its own output as it is; over another one it does not. */
function safetyOf(origin: CallOrigin): Fix["safety"] {
  const dim = origin.kind === "log_softmax" ? argumentOf(origin.call, "dim", 1) : undefined;
  const isFunction = origin.input === origin.call.args[0];
  return isFunction && dim !== undefined && dim !== "unknown" && dim.kind === "Int" && dim.value === 1
    ? "safe"
    : "suggestion";
}
