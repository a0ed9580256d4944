/**
 * Checks for models that stay in evaluation mode after the first epoch, and for validation in training mode.
 *
 * ## Why is this bad?
 * `eval()` holds until somebody calls `train()`. A loop that validates at its end and never switches back trains from the second epoch on without dropout and
 * with frozen batch statistics: the model overfits, or batch normalization runs on statistics of the first epoch. The other way around, validation without
 * `eval()` drops activations and updates batch statistics with validation data: its numbers, and the checkpoints chosen by
 * them, are wrong. Either way the run has to be repeated.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def fit(model, train_loader, val_loader, criterion, epochs):
 *     optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
 *     model.train()
 *     for epoch in range(epochs):
 *         for x, y in train_loader:
 *             optimizer.zero_grad()
 *             criterion(model(x), y).backward()
 *             optimizer.step()
 *         model.eval()
 *         with torch.no_grad():
 *             print(sum(criterion(model(x), y) for x, y in val_loader))
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def fit(model, train_loader, val_loader, criterion, epochs):
 *     optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
 *     for epoch in range(epochs):
 *         model.train()
 *         for x, y in train_loader:
 *             optimizer.zero_grad()
 *             criterion(model(x), y).backward()
 *             optimizer.step()
 *         model.eval()
 *         with torch.no_grad():
 *             print(sum(criterion(model(x), y) for x, y in val_loader))
 * ```
 *
 * ## Fix safety
 * Suggestion: training changes from the second epoch on, which is the purpose.
 *
 * ## When not to use it
 * Where the model has neither dropout nor batch normalization, or batch statistics are to stay frozen while fine-tuning.
 *
 * ## References
 * - [Autograd mechanics, "Evaluation mode"](https://docs.pytorch.org/docs/stable/notes/autograd.html#evaluation-mode-nn-module-eval)
 */
import { lineAround } from "../semantic/lines.ts";
import { backwardCallsIn, isBackward, isCalledInLoop, type Loop, loopsAround } from "../semantic/loops.ts";
import { definitionOf } from "../semantic/names.ts";
import { lastName, pathOf } from "../semantic/paths.ts";
import { blockOf } from "../semantic/reaching.ts";
import { callsIn, containsInvalid, enclosingDef, statementOf, walkOwn } from "../semantic/structure.ts";
import type { Call, Node } from "../syntax/ast.ts";
import { nodesOf } from "../syntax/visit.ts";
import { defineRule, type Fix, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "bug",
  topic: "training",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  equivalents: [
    {
      tool: "dslinter",
      rule: "mode-toggling-pytorch",
      differs:
        "dslinter asks each function that switches one mode for the other; this rule follows one loop.",
    },
  ],
  on: {
    Call(call, ctx) {
      if (call.func.kind !== "Attribute" || call.func.attr !== "eval" || call.parent?.kind !== "ExprStmt")
        return;
      if (call.args.length + call.keywords.length > 0 || ctx.isTestFile) return;
      const path = pathOf(call.func.value);
      if (path === undefined) return;
      // The nearest loop that also trains: each of its turns after this one begins in evaluation mode.
      const loop = loopsAround(call).find((each) => backwardCallsIn(each).length > 0);
      if (loop === undefined) checkHelper(call, path, ctx);
      if (loop === undefined || !isTrained(path, call, loop, ctx) || mayLeave(call)) return;
      if (mayReturnToTraining(call, loop, ctx) || containsInvalid(loop)) return;
      const fix = startInTraining(loop, path, ctx);
      ctx.report({
        at: call,
        certainty: "likely",
        message: `\`${path}\` stays in \`eval()\` mode: nothing in this loop calls \`train()\` again, so all turns after the first train without dropout and with frozen batch statistics. Call \`${path}.train()\` at the top of the loop.`,
        ...(fix === undefined
          ? { manual: `Call \`${path}.train()\` where the training begins.` }
          : { fixes: [fix] }),
      });
    },
  },
});

/** A function that validates, in a loop with one that trains the same model, in a file that never switches to training. */
function checkHelper(call: Call, path: string, ctx: RuleContext): void {
  const def = enclosingDef(call);
  const name = path.slice(path.lastIndexOf(".") + 1);
  if (def === undefined || def.parent !== undefined || switchesToTraining(ctx)) return;
  const trainer = ctx.module
    .mentions(def.name)
    .flatMap((chunk) => nodesOf(chunk.nodes, "Call"))
    .filter((each) => each.func.kind === "Name" && each.func.id === def.name)
    .flatMap((each) => trainersAround(each, name, ctx))[0];
  if (trainer === undefined || containsInvalid(trainer.node)) return;
  ctx.report({
    at: call,
    certainty: "likely",
    message: `\`${path}\` stays in \`eval()\` mode: \`${def.name}\` takes turns with ${trainer.place}, and nothing in this file calls \`train()\`, so all turns after the first train without dropout and with frozen batch statistics. Call \`${path}.train()\` at the top of ${trainer.place}.`,
    manual: `Call \`${path}.train()\` at the top of ${trainer.place}.`,
  });
}

interface Trainer {
  readonly node: Node;
  readonly place: string;
}

/** What trains the model in turns with a call that evaluates it: the loop around, a function that the loop calls, or the function around. */
function trainersAround(evaluation: Call, model: string, ctx: RuleContext): readonly Trainer[] {
  const around = enclosingDef(evaluation);
  if (around !== undefined && trains(around.body, model) && isCalledInLoop(around.name, ctx.module))
    return [{ node: around, place: `\`${around.name}\`` }];
  return loopsAround(evaluation).flatMap((loop): readonly Trainer[] =>
    trains(loop.body, model)
      ? [{ node: loop, place: "the training loop" }]
      : callsIn(loop.body).flatMap((call) => {
          const definition = definitionOf(call.func, ctx.module)?.node;
          return definition?.kind === "FunctionDef" && trains(definition.body, model)
            ? [{ node: definition, place: `\`${definition.name}\`` }]
            : [];
        }),
  );
}

/** A backward pass runs, and a model of that name. */
function trains(body: readonly Node[], model: string): boolean {
  const calls = callsIn(body);
  return calls.some(isBackward) && calls.some((each) => lastName(each.func) === model);
}

/** Something like `model.train()` or `model.training = True` anywhere in the file. */
const switchesToTraining = (ctx: RuleContext): boolean =>
  ["train", "training", "train_mode"].some((name) =>
    ctx.module
      .mentions(name)
      .some((chunk) => nodesOf(chunk.nodes, "Attribute").some((node) => node.attr === name)),
  );

/** The loop runs the model under gradients that reach its parameters, as far as names tell. */
function isTrained(path: string, call: Call, loop: Loop, ctx: RuleContext): boolean {
  const isCalled = callsIn(loop.body).some((each) => pathOf(each.func) === path);
  const scope: readonly Node[] = outermostDef(call)?.body ?? ctx.chunk.body;
  let givesParameters = false;
  const look = (node: Node): void => {
    if (node.kind !== "Call" || node.func.kind !== "Attribute") return;
    if (pathOf(node.func.value) !== path) return;
    givesParameters ||=
      node.func.attr === "parameters" || node.func.attr === "named_parameters" || node.func.attr === "train";
  };
  walkOwn(scope, look);
  if (!givesParameters && outermostDef(call) === undefined)
    for (const chunk of ctx.module.mentions("parameters"))
      for (const each of nodesOf(chunk.nodes, "Call")) look(each);
  return isCalled && givesParameters;
}

function outermostDef(node: Node): ReturnType<typeof enclosingDef> {
  let def = enclosingDef(node);
  for (let outer = def; outer !== undefined; outer = enclosingDef(outer)) def = outer;
  return def;
}

/** `model.eval()` before the loop or the function is left for good. */
function mayLeave(call: Call): boolean {
  const stmt = statementOf(call);
  const block = stmt === undefined ? undefined : blockOf(stmt);
  if (stmt === undefined || block === undefined) return true;
  const last = block[block.length - 1];
  return last?.kind === "Break" || last?.kind === "Return" || last?.kind === "Raise";
}

/** Something in the loop switches back, or a function that cannot be seen may. */
function mayReturnToTraining(evalCall: Call, loop: Loop, ctx: RuleContext): boolean {
  let found = false;
  walkOwn(loop.body, (node) => {
    if (node.kind === "Attribute") found ||= /^(?:train|train_mode|set_train|set_mode)$/.test(node.attr);
    else if (node.kind === "Assign")
      found ||= node.targets.some((target) => target.kind === "Attribute" && target.attr === "training");
    else if (node.kind === "Call" && node !== evalCall) {
      const name =
        node.func.kind === "Name" ? node.func.id : node.func.kind === "Attribute" ? node.func.attr : "";
      // A helper that is given the model may well switch it.
      const isHelper =
        ctx.qualified(node.func)?.startsWith("torch.") !== true &&
        /train|fit$|^fit|epoch|_mode|valid|eval|test/i.test(name);
      found ||= isHelper && name !== "eval" && node.func !== evalCall.func;
    }
  });
  return found;
}

function startInTraining(loop: Loop, path: string, ctx: RuleContext): Fix | undefined {
  const [first] = loop.body;
  const lines = first === undefined ? undefined : lineAround(ctx.chunk.text, first);
  if (first === undefined || lines === undefined) return undefined;
  return {
    title: `Call ${path}.train() at the top of the loop (training changes)`,
    safety: "suggestion",
    edits: [
      {
        span: { start: first.start, end: first.start },
        text: `${path}.train()${lines.newline}${lines.indent}`,
      },
    ],
  };
}
