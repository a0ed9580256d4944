/**
 * Checks for models that are moved, and optimizers that are made, in every step of a loop.
 *
 * ## Why is this bad?
 * Moving a model walks over all its parameters, in each step, to find them where they are. An optimizer made in each step starts without momentum and
 * without the statistics of Adam: it trains, and worse than the one that was meant, after allocating its state anew every time.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def train(model, loader, criterion, device):
 *     optimizer = torch.optim.Adam(model.parameters())
 *     for x, y in loader:
 *         model.to(device)
 *         optimizer.zero_grad()
 *         criterion(model(x), y).backward()
 *         optimizer.step()
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def train(model, loader, criterion, device):
 *     model.to(device)
 *     optimizer = torch.optim.Adam(model.parameters())
 *     for x, y in loader:
 *         optimizer.zero_grad()
 *         criterion(model(x), y).backward()
 *         optimizer.step()
 * ```
 *
 * The rule is silent under conditions, where the loop also moves the model back to the host, and where the loop makes the model.
 *
 * ## Fix safety
 * Suggestion: an optimizer that lives through the loop trains otherwise, which is the purpose.
 *
 * ## When not to use it
 * Where models take turns on the device for lack of memory.
 *
 * ## References
 * - [torch.optim, "Constructing it"](https://docs.pytorch.org/docs/stable/optim.html#constructing-it)
 */
import { constructorsOf, isMadeBy } from "../semantic/constructors.ts";
import { dependsOnLoop } from "../semantic/loop-invariance.ts";
import { isStepLoop, isTrainingStep } from "../semantic/loop-kind.ts";
import { isConditionalWithin, type Loop } from "../semantic/loops.ts";
import { definitionOf } from "../semantic/names.ts";
import { lastName, pathOf } from "../semantic/paths.ts";
import { callsIn, containsInvalid, enclosingLoop } from "../semantic/structure.ts";
import type { Call, Expr } from "../syntax/ast.ts";
import { isDeviceLike } from "./_device.ts";
import { hoist } from "./_edits.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "training",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (ctx.isTestFile) return;
      const isStatement = call.parent?.kind === "ExprStmt" || call.parent?.kind === "Assign";
      const loop = isStatement ? enclosingLoop(call) : undefined;
      if (loop === undefined || isConditionalWithin(call, loop)) return;
      const why = movesModel(call, loop, ctx) ?? makesOptimizer(call, loop, ctx);
      if (why === undefined || containsInvalid(loop)) return;
      const edits = hoist(call, loop, ctx.chunk.text);
      ctx.report({
        at: call,
        certainty: "likely",
        message: why,
        ...(edits === undefined
          ? { manual: "Move the statement in front of the loop." }
          : { fixes: [{ title: "Do it once, in front of the loop", safety: "suggestion", edits }] }),
      });
    },
  },
});

/** `model.to(device)`, `model = model.cuda()`, of a model that the loop did not make. */
function movesModel(call: Call, loop: Loop, ctx: RuleContext): string | undefined {
  if (call.func.kind !== "Attribute" || !/^(?:to|cuda|half|bfloat16)$/.test(call.func.attr)) return undefined;
  const model = call.func.value;
  const path = pathOf(model);
  if (path === undefined || !isStepLoop(loop, ctx.module)) return undefined;
  if (call.func.attr === "to" && !call.args.some(isDeviceLike)) return undefined;
  const target = call.parent?.kind === "Assign" ? call.parent.targets[0] : undefined;
  if (target !== undefined && pathOf(target) !== path) return undefined;
  if (!isModel(model, ctx) || isReboundOrMovedBack(path, call, loop)) return undefined;
  return `\`${path}\` is moved in every step, and is where it should be from the first one on. Move it once, in front of the loop.`;
}

/** A module by what made it, or by its name and by being called like one. */
function isModel(model: Expr, ctx: RuleContext): boolean {
  const made = isMadeBy(model, ctx.module, (name) => /^torch\.nn\.[A-Z]|^torchvision\.models\./.test(name));
  if (made === "yes") return true;
  if (made === "no") {
    const classes = constructorsOf(model, ctx.module)?.map(
      (call) => definitionOf(call.func, ctx.module)?.node,
    );
    if (classes?.every((cls) => cls?.kind === "ClassDef" && ctx.isModuleClass(cls) === "yes") === true)
      return true;
    // Of a class that is imported, the name of the variable has to say it.
    if (classes?.some((cls) => cls !== undefined) === true) return false;
  }
  return /^(?:model|net|network|\w+_model|\w+_net|backbone|encoder|decoder|generator|discriminator)$/i.test(
    lastName(model) ?? "",
  );
}

function isReboundOrMovedBack(path: string, move: Call, loop: Loop): boolean {
  const root = path.split(/[.[]/, 1)[0] ?? path;
  const self = move.func.kind === "Attribute" ? move.func.value : move;
  const isItself = move.parent?.kind === "Assign";
  if (!isItself && dependsOnLoop(self, loop)) return true;
  if (loop.kind === "For" && loop.target.kind === "Name" && loop.target.id === root) return true;
  const given = callsIn(loop.body).filter(
    (each) => each !== move && each.func.kind === "Attribute" && pathOf(each.func.value) === path,
  );
  return given.some(
    (each) => each.func.kind === "Attribute" && /^(?:cpu|to|cuda|unpatchify_device)$/.test(each.func.attr),
  );
}

function makesOptimizer(call: Call, loop: Loop, ctx: RuleContext): string | undefined {
  if (call.parent?.kind !== "Assign" || !isTrainingStep(loop)) return undefined;
  const last = lastName(call.func) ?? "";
  if (!/^[A-Z]/.test(last) || !/^torch\.optim\.[A-Z]\w*$/.test(ctx.qualified(call.func) ?? ""))
    return undefined;
  if (loop.kind !== "For" || dependsOnLoop(call, loop)) return undefined;
  return `\`${last}\` is made anew in every step, without the momentum and statistics of the steps before. Make it once, in front of the loop.`;
}
