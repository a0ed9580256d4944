/**
 * Checks for data loaders whose batches a loop copies to the GPU from memory that is not pinned.
 *
 * ## Why is this bad?
 * A GPU can read only pages of the host that stay where they are. A batch in ordinary memory is first copied into such pages,
 * in the step that needs it; with `pin_memory=True` a thread of the loader does that beforehand, and the copy to the device may then
 * overlap with computation (`non_blocking=True`).
 *
 * A benchmark of [ml-engineering](https://github.com/stas00/ml-engineering/tree/master/training/performance) on an A100 went from 0.646 s
 * to 0.522 s with pinned memory, and to 0.459 s with `non_blocking` besides.
 *
 * ## Example
 * ```py
 * from torch.utils.data import DataLoader
 *
 *
 * def run(model, dataset):
 *     loader = DataLoader(dataset, batch_size=64, num_workers=4)
 *     for x, y in loader:
 *         x, y = x.cuda(non_blocking=True), y.cuda(non_blocking=True)
 *         model.update(x, y)
 * ```
 *
 * Use instead:
 * ```py
 * from torch.utils.data import DataLoader
 *
 *
 * def run(model, dataset):
 *     loader = DataLoader(dataset, batch_size=64, num_workers=4, pin_memory=True)
 *     for x, y in loader:
 *         x, y = x.cuda(non_blocking=True), y.cuda(non_blocking=True)
 *         model.update(x, y)
 * ```
 *
 * The rule asks for all of it in one file: a loader with workers, a loop over it that moves the batch, and CUDA by name. It is silent
 * without workers, where pinning happens in the process that trains, and
 * where Accelerate, Lightning, Fabric, the Hugging Face Trainer or DeepSpeed move the batches.
 *
 * ## Fix safety
 * Suggestion: the copies of the loop in the same piece of the file get `non_blocking=True` with it. The values are the same; pinned pages cannot be swapped out. A batch of a class of your own is only pinned when it has a
 * `pin_memory` method.
 *
 * ## When not to use it
 * On the CPU, on machines short of memory, or when `collate_fn` makes tensors on the device already.
 *
 * ## References
 * - [Memory pinning](https://docs.pytorch.org/docs/stable/data.html#memory-pinning)
 */
import { hasWorkers, isDataLoader, loaderPosition } from "../semantic/data-loaders.ts";
import { gpuFeed } from "../semantic/loader-use.ts";
import { argumentOf } from "../semantic/structure.ts";
import { setKeyword } from "./_edits.ts";
import { withoutWaiting } from "./_pin-memory.ts";
import { defineRule } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "data-loading",
  severity: { certain: "hint", likely: "hint", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  equivalents: [
    {
      tool: "creedengo",
      rule: "GCI102",
      differs: "It reports every loader that does not pin, in programs without a GPU too.",
    },
    { tool: "GreenPyData", rule: "P3", differs: "It reports loaders of programs without a GPU too." },
  ],
  on: {
    Call(call, ctx) {
      if (ctx.isTestFile || !isDataLoader(call, ctx.module)) return;
      const pin = argumentOf(call, "pin_memory", loaderPosition.pinMemory);
      const isOff = pin !== "unknown" && pin?.kind === "Bool" && !pin.value;
      const isPositional = isOff && !call.keywords.some((keyword) => keyword.value === pin);
      if ((pin !== undefined && !isOff) || isPositional || !hasWorkers(call, ctx.module)) return;
      const feed = gpuFeed(call, ctx.module);
      if (feed === undefined) return;
      const copies = withoutWaiting(feed, ctx);
      ctx.report({
        at: call.func,
        certainty: "likely",
        message:
          "The loop over this loader copies each batch to the GPU from memory that is not pinned, which takes a second copy on the host. Pass `pin_memory=True`, and `non_blocking=True` to the copies.",
        ...(copies === undefined
          ? { manual: "Pass `pin_memory=True`, and `non_blocking=True` where the batches are copied." }
          : {
              fixes: [
                {
                  title:
                    "Pin the memory of batches and copy without waiting (pinned pages cannot be swapped out)",
                  safety: "suggestion",
                  edits: [setKeyword(call, "pin_memory", "True", ctx.chunk.text), ...copies],
                },
              ],
            }),
      });
    },
  },
});
