/**
 * Checks for `autocast` that is not where the work is: around the loss but not the model, around the backward pass, or not entered at all.
 *
 * ## Why is this bad?
 * Autocast chooses precisions while operators run. With the model in front of the block and only the loss inside, nothing is faster: the
 * training reference of [torchvision](https://github.com/pytorch/vision/blob/017e9b99/references/classification/train.py) once did that. A bare
 * `torch.autocast("cuda")` as a statement makes a context and drops it. A backward pass inside is
 * [not recommended](https://docs.pytorch.org/docs/stable/amp.html#torch.autocast): it runs in the types of the forward pass anyway.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def loss_of(model, criterion, x, y):
 *     output = model(x)
 *     with torch.autocast("cuda", dtype=torch.bfloat16):
 *         loss = criterion(output, y)
 *     return loss
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def loss_of(model, criterion, x, y):
 *     with torch.autocast("cuda", dtype=torch.bfloat16):
 *         output = model(x)
 *         loss = criterion(output, y)
 *     return loss
 * ```
 *
 * ## Fix safety
 * Suggestion: operators run in another precision than before, which is the purpose.
 *
 * ## When not to use it
 * When the model enters autocast in its own `forward`, in another file.
 *
 * ## References
 * - [Automatic mixed precision examples](https://docs.pytorch.org/docs/stable/notes/amp_examples.html)
 */
import type { Edit } from "../base/text.ts";
import { lineAround } from "../semantic/lines.ts";
import { isBackward } from "../semantic/loops.ts";
import { lastName } from "../semantic/paths.ts";
import { blockOf } from "../semantic/reaching.ts";
import { argumentOf, callsIn, enclosingDef } from "../semantic/structure.ts";
import type { Assign, Call, Stmt, With } from "../syntax/ast.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "precision",
  severity: { certain: "warning", likely: "warning", possible: "info" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (call.parent?.kind !== "ExprStmt" || !isAutocast(call, ctx)) return;
      ctx.report({
        at: call,
        certainty: "certain",
        message: `\`${ctx.text(call.func)}(...)\` makes a context and drops it: nothing runs under it. Enter it with \`with\`.`,
        manual: "Put the forward pass and the loss into `with torch.autocast(...):`.",
      });
    },
    With(block, ctx) {
      const cast = block.items
        .map((item) => item.context)
        .find((each) => each.kind === "Call" && isAutocast(each, ctx));
      if (cast?.kind !== "Call" || ctx.isTestFile || isOff(cast)) return;
      reportBackward(block, ctx);
      reportLossOnly(block, ctx);
    },
  },
});

const isAutocast = (call: Call, ctx: RuleContext): boolean =>
  lastName(call.func) === "autocast" &&
  /^torch\.(?:(?:cuda\.|cpu\.)?amp\.)?autocast$/.test(ctx.qualified(call.func) ?? "");

/** `enabled=False` keeps what is inside in float32, on purpose. */
const isOff = (cast: Call): boolean => {
  const enabled = argumentOf(cast, "enabled", undefined);
  const [first] = cast.args;
  return (
    (enabled !== undefined && enabled !== "unknown" && enabled.kind === "Bool" && !enabled.value) ||
    (first?.kind === "Bool" && !first.value)
  );
};

function reportBackward(block: With, ctx: RuleContext): void {
  const backward = block.body
    .flatMap((stmt) => (stmt.kind === "ExprStmt" && stmt.value.kind === "Call" ? [stmt.value] : []))
    .find(isBackward);
  if (backward === undefined) return;
  const edits = leave(block, backward, ctx);
  ctx.report({
    at: backward,
    certainty: "possible",
    message:
      "A backward pass under autocast is not recommended: it runs in the types of the forward pass anyway, and what it calls besides is cast again. End the block before it.",
    ...(edits === undefined
      ? { manual: "End the autocast block before the backward pass." }
      : {
          fixes: [{ title: "End the autocast block before the backward pass", safety: "suggestion", edits }],
        }),
  });
}

const updates =
  /^(?:backward|step|update|zero_grad|unscale_|clip_grad_norm_|clip_grad_value_|item|append|set_postfix|parameters)$/;

/** Takes the indent from the backward pass and all behind it, when none of that runs a model. */
function leave(block: With, backward: Call, ctx: RuleContext): readonly Edit[] | undefined {
  const at = block.body.findIndex((stmt) => stmt.kind === "ExprStmt" && stmt.value === backward);
  const rest = block.body.slice(at);
  const text = ctx.chunk.text;
  const around = lineAround(text, { start: block.start, end: block.end });
  const inside = rest[0] === undefined ? undefined : lineAround(text, rest[0]);
  if (at < 1 || around === undefined || inside === undefined || !rest.every(isUpdate)) return undefined;
  const edits: Edit[] = [];
  for (
    let line = text.lastIndexOf("\n", backward.start) + 1;
    line > 0 && line < block.end;
    line = text.indexOf("\n", line) + 1
  ) {
    if (text.startsWith(inside.indent, line))
      edits.push({ span: { start: line, end: line + inside.indent.length }, text: around.indent });
  }
  return edits;
}

/** On one line, and only calls of the update: a statement over lines would need its own indent. */
const isUpdate = (stmt: Stmt): boolean =>
  stmt.kind === "ExprStmt" &&
  callsIn([stmt]).every((call) => updates.test(lastName(call.func) ?? "") || lastName(call.func) === "scale");

const losses = /loss|criterion|crit|objective/i;
const models = /^(?:model|net|network|ddp_model|model_engine|backbone|classifier|student)$/i;

/** `output = model(x)` right before a block that holds nothing but `loss = criterion(output, y)`. */
function reportLossOnly(block: With, ctx: RuleContext): void {
  const [only, ...others] = block.body;
  if (
    only?.kind !== "Assign" ||
    others.length > 0 ||
    only.value.kind !== "Call" ||
    !losses.test(lastName(only.value.func) ?? "")
  )
    return;
  const siblings = blockOf(block);
  const before = siblings?.[siblings.indexOf(block) - 1];
  if (before?.kind !== "Assign" || before.value.kind !== "Call" || before.targets.length !== 1) return;
  const [target] = before.targets;
  if (target?.kind !== "Name" || !only.value.args.some((arg) => arg.kind === "Name" && arg.id === target.id))
    return;
  if (!models.test(lastName(before.value.func) ?? "") || isUnderAutocast(block, ctx)) return;
  const edits = enter(before, block, only, ctx);
  ctx.report({
    at: before.value,
    certainty: "likely",
    message: `\`${ctx.text(before.value.func)}(...)\` runs before the autocast block that holds only the loss: the model computes in float32 and nothing is faster. Run it inside.`,
    related: [
      { chunk: ctx.chunk, span: block.items[0] ?? block, message: "only the loss is under autocast" },
    ],
    ...(edits === undefined
      ? { manual: "Move the forward pass into the autocast block." }
      : {
          fixes: [
            { title: "Run the model under autocast (in another precision)", safety: "suggestion", edits },
          ],
        }),
  });
}

function isUnderAutocast(block: With, ctx: RuleContext): boolean {
  for (let at = block.parent; at !== undefined; at = at.parent) {
    if (
      at.kind === "With" &&
      at.items.some((item) => item.context.kind === "Call" && isAutocast(item.context, ctx))
    )
      return true;
    if (at.kind === "FunctionDef") break;
  }
  return (
    enclosingDef(block)?.decorators.some((each) => each.kind === "Call" && isAutocast(each, ctx)) === true
  );
}

function enter(before: Assign, block: With, only: Stmt, ctx: RuleContext): readonly Edit[] | undefined {
  const text = ctx.chunk.text;
  const first = lineAround(text, before);
  const inside = lineAround(text, only);
  if (first === undefined || inside === undefined) return undefined;
  const code = text.slice(before.start, first.end);
  if (code.includes("\n") || text.slice(first.end, block.start).trim() !== "") return undefined;
  return [
    { span: { start: before.start, end: block.start }, text: "" },
    { span: { start: only.start, end: only.start }, text: `${code}${inside.newline}${inside.indent}` },
  ];
}
