/**
 * Checks for batches from a loader with pinned memory that are copied to the device while the host waits.
 *
 * ## Why is this bad?
 * `DataLoader(pin_memory=True)` puts batches where the GPU can fetch them by itself. `x.to(device)` waits for the copy all the same; with
 * `non_blocking=True` the host goes on to the next tensor, and kernels that use `x` are queued behind the copy. The pinning has been paid for already.
 *
 * ## Example
 * ```py
 * import torch
 * from torch.utils.data import DataLoader
 *
 *
 * def train(model, dataset, device):
 *     loader = DataLoader(dataset, batch_size=64, num_workers=4, pin_memory=True)
 *     for x in loader:
 *         x = x.to(device)
 *         model(x)
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * from torch.utils.data import DataLoader
 *
 *
 * def train(model, dataset, device):
 *     loader = DataLoader(dataset, batch_size=64, num_workers=4, pin_memory=True)
 *     for x in loader:
 *         x = x.to(device, non_blocking=True)
 *         model(x)
 * ```
 *
 * ## Fix safety
 * Suggestion: the copy is ordered before the kernels that use it, so the results are the same; the host no longer waits there.
 *
 * ## When not to use it
 * Where the loop waits for the device in each step anyway, it saves next to nothing.
 *
 * ## References
 * - [A guide on good usage of non_blocking and pin_memory() in PyTorch](https://docs.pytorch.org/tutorials/intermediate/pinmem_nonblock.html)
 */
import { constructorsOf } from "../semantic/constructors.ts";
import { isDataLoader, loaderPosition } from "../semantic/data-loaders.ts";
import { isManagedByFramework } from "../semantic/device-evidence.ts";
import { iteratedBy } from "../semantic/loop-kind.ts";
import { namesIn } from "../semantic/paths.ts";
import { argumentOf, callsIn } from "../semantic/structure.ts";
import type { Call, Expr, For } from "../syntax/ast.ts";
import { isDeviceLike } from "./_device.ts";
import { appendArgument } from "./_edits.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "data-loading",
  severity: { certain: "info", likely: "hint", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    For(loop, ctx) {
      const names = new Set(namesIn(loop.target));
      const copies = callsIn(loop.body).filter((call) => copiesBatch(call, names));
      if (copies.length === 0 || ctx.isTestFile || !isPinned(loop, ctx)) return;
      for (const call of copies)
        ctx.report({
          at: call,
          certainty: "likely",
          message: `The loader pins its batches and \`${ctx.text(call)}\` waits for the copy all the same. Pass \`non_blocking=True\`.`,
          fixes: [
            {
              title: "Pass non_blocking=True (the host does not wait for the copy)",
              safety: "suggestion",
              edits: [appendArgument(call, "non_blocking=True", ctx.chunk.text)],
            },
          ],
        });
    },
  },
});

/** `x.to(device)`, `batch["x"].cuda()` for what the loop gives. */
function copiesBatch(call: Call, names: ReadonlySet<string>): boolean {
  if (call.func.kind !== "Attribute" || (call.func.attr !== "to" && call.func.attr !== "cuda")) return false;
  let root: Expr = call.func.value;
  while (root.kind === "Subscript") root = root.value;
  if (root.kind !== "Name" || !names.has(root.id)) return false;
  if (call.keywords.some(({ name }) => name === undefined || name === "non_blocking")) return false;
  const [device, ...more] = call.args;
  if (call.func.attr === "cuda") return call.args.length === 0;
  const given = device ?? call.keywords.find(({ name }) => name === "device")?.value;
  return given !== undefined && more.length === 0 && isDeviceLike(given);
}

function isPinned(loop: For, ctx: RuleContext): boolean {
  const made = constructorsOf(iteratedBy(loop), ctx.module);
  if (made === undefined || made.length === 0 || isManagedByFramework(ctx.module)) return false;
  return made.every((call) => {
    if (!isDataLoader(call, ctx.module)) return false;
    const flag = argumentOf(call, "pin_memory", loaderPosition.pinMemory);
    return flag !== undefined && flag !== "unknown" && flag.kind === "Bool" && flag.value;
  });
}
