/**
 * Checks for `empty_cache()` calls in each step of a loop or each `forward`.
 *
 * ## Why is this bad?
 * PyTorch keeps freed device memory to hand it out again without asking the driver. `torch.cuda.empty_cache()` gives it back: the call waits for the
 * device, and the next allocations have to ask the driver again, which waits once more. In every step of a loop that is paid for
 * every time, and it does not lower the peak: tensors in use stay where they are, and what the step needs again is allocated again.
 *
 * It was taken out of the step of Hugging Face's `Trainer` as a slowdown
 * ([transformers#31372](https://github.com/huggingface/transformers/issues/31372)), and Lightning's documentation advises against it since all GPUs wait for it.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def train(model, loader, optimizer):
 *     for x in loader:
 *         optimizer.zero_grad()
 *         loss = model(x)
 *         loss.backward()
 *         optimizer.step()
 *         torch.cuda.empty_cache()
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def train(model, loader, optimizer):
 *     for x in loader:
 *         optimizer.zero_grad()
 *         loss = model(x)
 *         loss.backward()
 *         optimizer.step()
 * ```
 *
 * Once per epoch, under a condition, or in the handler of an out-of-memory error is fine.
 *
 * ## Fix safety
 * Suggestion: what is computed stays the same; other programs on the device see less free memory.
 *
 * ## When not to use it
 * Where the device is shared with another process that needs the memory between steps. Where fragmentation is the problem,
 * `PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True` helps without waiting.
 *
 * ## References
 * - [torch.cuda.empty_cache](https://docs.pytorch.org/docs/stable/generated/torch.cuda.memory.empty_cache.html): it "doesn't increase the amount of GPU memory available for PyTorch"
 */
import { forwardPlace } from "../semantic/forward.ts";
import { isStepLoop } from "../semantic/loop-kind.ts";
import { isConditionalWithin } from "../semantic/loops.ts";
import { enclosingMethod } from "../semantic/methods.ts";
import { enclosingDef, enclosingLoop, statementOf } from "../semantic/structure.ts";
import type { Call } from "../syntax/ast.ts";
import { deleteLines } from "./_edits.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "synchronization",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (call.func.kind === "Attribute" ? call.func.attr !== "empty_cache" : call.func.kind !== "Name")
        return;
      const name = ctx.qualified(call.func);
      if (name === undefined || !/^torch\.(?:cuda|mps|xpu)(?:\.memory)?\.empty_cache$/.test(name)) return;
      const where = ctx.isTestFile ? undefined : placeOf(call, ctx);
      if (where === undefined) return;
      const stmt = statementOf(call);
      const deletion = stmt?.kind === "ExprStmt" ? deleteLines(stmt, ctx.chunk.text) : undefined;
      ctx.report({
        at: call,
        certainty: "likely",
        message: `\`${ctx.text(call.func)}()\` runs in ${where}: it waits for the device and makes the next allocations ask the driver again, without lowering the peak. Leave it out, or call it once per epoch.`,
        ...(deletion === undefined
          ? { manual: "Take the call out of the loop; it is all that its block holds." }
          : {
              fixes: [
                {
                  title: "Leave the memory to the allocator (delete this line)",
                  safety: "suggestion",
                  edits: [deletion],
                },
              ],
            }),
      });
    },
  },
});

function placeOf(call: Call, ctx: RuleContext): string | undefined {
  const loop = enclosingLoop(call);
  if (loop !== undefined)
    return isStepLoop(loop, ctx.module) && !isConditionalWithin(call, loop)
      ? "every step of this loop"
      : undefined;
  const place = enclosingMethod(call);
  if (place === undefined || isConditionalWithin(call, place.method)) return undefined;
  // When a function within the method runs is for that method to say.
  if (enclosingDef(call) !== place.method) return undefined;
  if (place.method.name === "training_step") return "every `training_step`";
  return forwardPlace(call, ctx.isModuleClass) === undefined ? undefined : "every `forward`";
}
