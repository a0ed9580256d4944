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
import { isMadeBy } from "../semantic/constructors.ts";
import { lineAround } from "../semantic/lines.ts";
import { lastName } from "../semantic/paths.ts";
import { reaching, reachingBefore, readsAfter } from "../semantic/reaching.ts";
import { type SoftmaxOrigin, softmaxOrigin } from "../semantic/softmax-origin.ts";
import { argumentOf, statementOf } from "../semantic/structure.ts";
import type { Call, Expr } from "../syntax/ast.ts";
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
      const origin = softmaxOrigin(input, ctx.module);
      if (origin !== undefined) ctx.report(finding(input, call, origin, ctx));
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

function finding(input: Expr, loss: Call, origin: SoftmaxOrigin, ctx: RuleContext): Reported {
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
      ? fixOf(input, loss, origin, ctx)
      : {
          manual: `Return logits from \`${origin.model}\`, and apply \`${origin.kind}\` where probabilities are needed.`,
        }),
  };
}

/** How the softmax comes to the loss when it does not stand in its call. */
const way = (input: Expr, origin: SoftmaxOrigin, ctx: RuleContext): string =>
  origin.at === "model"
    ? `: \`${origin.model}\` ends in one`
    : ` through \`${ctx.text(input).split("\n", 1)[0]}\``;

type CallOrigin = Extract<SoftmaxOrigin, { readonly at: "call" }>;

function fixOf(
  input: Expr,
  loss: Call,
  origin: CallOrigin,
  ctx: RuleContext,
): { readonly fixes?: readonly Fix[]; readonly manual?: string } {
  const manual =
    "What the softmax gives is used for more than this loss: pass the logits here and keep the probabilities for the rest.";
  const { call, through } = origin;
  const [definition, ...more] = through;
  if (definition === undefined) return { fixes: [unwrap(origin, ctx)] };
  const user = statementOf(loss);
  if (
    more.length > 0 ||
    definition.kind !== "Assign" ||
    user === undefined ||
    definition.targets.length !== 1
  )
    return { manual };
  const [target] = definition.targets;
  if (target?.kind !== "Name") return { manual };
  if (readsAfter(definition, target.id).length > 1) return passInputInstead(input, origin, ctx) ?? { manual };
  if (origin.input.kind !== "Name" || origin.input.id !== target.id) return { fixes: [unwrap(origin, ctx)] };
  // `out = F.softmax(out, dim=1)` for this loss alone: the whole line goes.
  const lines = definition.value === call ? lineAround(ctx.chunk.text, definition) : undefined;
  if (lines === undefined) return { manual };
  const lineBreak = ctx.chunk.text.startsWith(lines.newline, lines.end) ? lines.newline.length : 0;
  const span = { start: definition.start - lines.indent.length, end: lines.end + lineBreak };
  return { fixes: [{ title: titleOf(origin), safety: safetyOf(origin), edits: [{ span, text: "" }] }] };
}

/** `probs = F.softmax(logits, dim=1)` that others read too: the loss gets `logits`, when it still means the same. */
function passInputInstead(
  input: Expr,
  origin: CallOrigin,
  ctx: RuleContext,
): { readonly fixes: readonly Fix[] } | undefined {
  const [definition] = origin.through;
  const user = statementOf(input);
  if (definition?.kind !== "Assign" || definition.value !== origin.call || user === undefined)
    return undefined;
  if (origin.input.kind !== "Name" || input.kind !== "Name") return undefined;
  const then = reaching(origin.input);
  const now = reachingBefore(user, origin.input.id);
  const isSame =
    then !== undefined &&
    now !== undefined &&
    (then.kind === "param" ? now.kind === "param" : now.kind !== "param" && now.stmt === then.stmt);
  if (!isSame) return undefined;
  return {
    fixes: [
      {
        title: titleOf(origin),
        safety: safetyOf(origin),
        edits: [{ span: input, text: ctx.text(origin.input) }],
      },
    ],
  };
}

function unwrap(origin: CallOrigin, ctx: RuleContext): Fix {
  const { call, input } = origin;
  const text = ctx.text(input);
  const binds = call.parent?.kind === "Attribute" && !/^(?:Name|Attribute|Call|Subscript)$/.test(input.kind);
  return {
    title: titleOf(origin),
    safety: safetyOf(origin),
    edits: [{ span: call, text: binds ? `(${text})` : text }],
  };
}

const titleOf = (origin: SoftmaxOrigin): string =>
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
