/**
 * Checks for models that are compiled, scripted or traced again in every turn of a loop or in every `forward`.
 *
 * ## Why is this bad?
 * `torch.jit.script` and `torch.jit.trace` translate the whole model each time, for seconds. `torch.compile` wraps it again: guards are
 * checked against a new wrapper, and whatever differs is compiled once more, for seconds to minutes, until the limit of recompilations is reached and the
 * code runs uncompiled ([recompilation](https://docs.pytorch.org/docs/stable/torch.compiler_troubleshooting.html)).
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def run(model, loader):
 *     for x in loader:
 *         compiled = torch.compile(model)
 *         compiled.update(x)
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def run(model, loader):
 *     compiled = torch.compile(model)
 *     for x in loader:
 *         compiled.update(x)
 * ```
 *
 * Silent when what is compiled or how depends on the loop, as for the layers of a model or the modes of a benchmark, under a condition, and in tests.
 *
 * ## Fix safety
 * Suggestion: the statement moves in front of the loop.
 *
 * ## When not to use it
 * When the model is another one in every turn without its name telling.
 *
 * ## References
 * - [torch.compile](https://docs.pytorch.org/docs/stable/generated/torch.compile.html)
 */
import { forwardPlace } from "../semantic/forward.ts";
import { dependsOnLoop } from "../semantic/loop-invariance.ts";
import { isConditionalWithin } from "../semantic/loops.ts";
import { lastName } from "../semantic/paths.ts";
import { enclosingLoop } from "../semantic/structure.ts";
import type { Call } from "../syntax/ast.ts";
import { hoist } from "./_edits.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "compilation",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (!/^(?:compile|script|trace)$/.test(lastName(call.func) ?? "") || ctx.isTestFile) return;
      const name = ctx.qualified(call.func);
      if (name !== "torch.compile" && name !== "torch.jit.script" && name !== "torch.jit.trace") return;
      const loop = enclosingLoop(call);
      if (loop === undefined) return reportInForward(call, name, ctx);
      if (call.args.length === 0 || isConditionalWithin(call, loop) || dependsOnLoop(call, loop)) return;
      if (/bench|profile|time/i.test(ctx.module.path)) return;
      const edits = hoist(call, loop, ctx.chunk.text);
      ctx.report({
        at: call,
        certainty: name === "torch.compile" ? "likely" : "certain",
        message: `\`${name}\` runs in every turn of this loop for the same model. Call it once, before the loop.`,
        ...(edits === undefined
          ? { manual: "Compile before the loop." }
          : { fixes: [{ title: "Compile before the loop", safety: "suggestion", edits }] }),
      });
    },
  },
});

function reportInForward(call: Call, name: string, ctx: RuleContext): void {
  const place = forwardPlace(call, ctx.isModuleClass);
  if (place === undefined || isConditionalWithin(call, place.method) || call.args.length === 0) return;
  if (place.method.decorators.some((each) => each === call)) return;
  ctx.report({
    at: call,
    certainty: name === "torch.compile" ? "likely" : "certain",
    message: `\`${name}\` runs again in every \`forward\`. Call it once, in \`__init__\` or on the whole model.`,
    manual: "Compile in `__init__`, or the model from outside.",
  });
}
