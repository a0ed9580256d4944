/**
 * Checks for data loaders that a loop makes anew in every turn, and for `next(iter(loader))` in a loop.
 *
 * ## Why is this bad?
 * A new loader starts its worker processes, and they fill their queues, before the first batch arrives; what they had prepared of the
 * old one is thrown away. `next(iter(loader))` does that for every single batch, and with `shuffle=False` it gives the first
 * batch of the data each time: a bug that looks like training.
 *
 * ## Example
 * ```py
 * from torch.utils.data import DataLoader
 *
 *
 * def run(model, dataset, epochs):
 *     for epoch in range(epochs):
 *         loader = DataLoader(dataset, batch_size=64, num_workers=4, persistent_workers=True)
 *         for batch in loader:
 *             model.update(batch)
 * ```
 *
 * Use instead:
 * ```py
 * from torch.utils.data import DataLoader
 *
 *
 * def run(model, dataset, epochs):
 *     loader = DataLoader(dataset, batch_size=64, num_workers=4, persistent_workers=True)
 *     for epoch in range(epochs):
 *         for batch in loader:
 *             model.update(batch)
 * ```
 *
 * The rule is silent when an argument depends on the loop, when a method of the dataset is called in it, under a condition, in a loop
 * that is left in its first turn, and for loops that are not over epochs or steps (folds, seeds and tasks make loaders of their own).
 *
 * ## Fix safety
 * Suggestion: the statement moves in front of the loop. The order of random draws changes.
 *
 * ## When not to use it
 * When the dataset reads other files in each epoch without the code around it telling.
 *
 * ## References
 * - [torch.utils.data.DataLoader](https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader)
 */
import { isMadeBy } from "../semantic/constructors.ts";
import { isDataLoader, loaderPosition } from "../semantic/data-loaders.ts";
import { dependsOnLoop } from "../semantic/loop-invariance.ts";
import { isConditionalWithin, type Loop } from "../semantic/loops.ts";
import { namesIn, pathOf } from "../semantic/paths.ts";
import { argumentOf, callsIn, enclosingLoop } from "../semantic/structure.ts";
import type { Call } from "../syntax/ast.ts";
import { hoist } from "./_edits.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "data-loading",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (ctx.isTestFile) return;
      const loop = enclosingLoop(call);
      if (loop === undefined) return;
      if (isDataLoader(call, ctx.module)) reportRecreated(call, loop, ctx);
      else if (isNextIter(call)) reportNextIter(call, loop, ctx);
    },
  },
});

function reportRecreated(call: Call, loop: Loop, ctx: RuleContext): void {
  if (!countsTurns(loop) || isConditionalWithin(call, loop) || leavesAtOnce(loop)) return;
  if (
    call.args.some((arg) => arg.kind === "Starred") ||
    call.keywords.some((each) => each.name === undefined)
  )
    return;
  const dataset = argumentOf(call, "dataset", 0);
  const path = dataset === undefined || dataset === "unknown" ? undefined : pathOf(dataset);
  if (path === undefined || dependsOnLoop(call, loop) || isUsed(path, loop)) return;
  const fix = startsWorkers(call) ? undefined : hoist(call, loop, ctx.chunk.text);
  ctx.report({
    at: call,
    certainty: "certain",
    message:
      "Every turn of this loop makes the same loader again: its workers start from nothing and what they had prepared is thrown away. Make it once, before the loop.",
    ...(fix === undefined
      ? { manual: "Make the loader before the loop, with `persistent_workers=True` where it has workers." }
      : {
          fixes: [
            {
              title: "Make the loader before the loop (other random draws)",
              safety: "suggestion",
              edits: fix,
            },
          ],
        }),
  });
}

/** Workers would still start anew in every epoch unless they are told to stay, which changes more than the place. */
function startsWorkers(call: Call): boolean {
  const workers = argumentOf(call, "num_workers", loaderPosition.numWorkers);
  const isNone =
    workers === undefined || (workers !== "unknown" && workers.kind === "Int" && workers.value === 0);
  return !isNone && argumentOf(call, "persistent_workers", undefined) === undefined;
}

/** Folds, seeds and tasks have loaders of their own, whatever the arguments are called. */
const countsTurns = (loop: Loop): boolean =>
  loop.kind === "While" ||
  namesIn(loop.target).some((name) => /epoch|step|iter|^(?:_|e|ep|i|it)$/i.test(name));

const leavesAtOnce = (loop: Loop): boolean => {
  const last = loop.body[loop.body.length - 1];
  return last?.kind === "Break" || last?.kind === "Return";
};

/** A method of the dataset, or a function that is handed it, may change it from turn to turn. */
const isUsed = (path: string, loop: Loop): boolean =>
  callsIn(loop.body).some(
    (call) =>
      (call.func.kind === "Attribute" && pathOf(call.func.value) === path) ||
      (call.parent?.kind === "ExprStmt" && call.args.some((arg) => pathOf(arg) === path)),
  );

/** `next(iter(x))`. */
const isNextIter = (call: Call): boolean => {
  const inner = call.args[0];
  return (
    call.func.kind === "Name" &&
    call.func.id === "next" &&
    inner?.kind === "Call" &&
    inner.func.kind === "Name" &&
    inner.func.id === "iter"
  );
};

function reportNextIter(call: Call, loop: Loop, ctx: RuleContext): void {
  const inner = call.args[0];
  const loader = inner?.kind === "Call" ? inner.args[0] : undefined;
  if (loader === undefined || isConditionalWithin(call, loop) || leavesAtOnce(loop)) return;
  const isLoader = isMadeBy(loader, ctx.module, (name) => /^torch\.utils\.data\.DataLoader$/.test(name));
  if (isLoader !== "yes" || dependsOnLoop(loader, loop)) return;
  ctx.report({
    at: call,
    certainty: "certain",
    message: `\`next(iter(${ctx.text(loader)}))\` starts a new pass over the loader in every turn: workers start again for one batch, and without shuffling it is the same batch. Make the iterator before the loop.`,
    manual: "Make the iterator before the loop, or loop over the loader itself.",
  });
}
