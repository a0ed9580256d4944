/**
 * Checks for data loaders whose worker processes are started again in every epoch.
 *
 * ## Why is this bad?
 * By default the workers end with each pass over the loader. The next epoch starts new ones, which import the program, copy the dataset
 * and fill their queues while the device waits. With `persistent_workers=True` they stay.
 *
 * What that saves depends on the length of an epoch and on how processes start: 1.10 s became 0.74 s per epoch in
 * [metatrain#1271](https://github.com/metatensor/metatrain/pull/1271), 7 minutes of start-up became 35 s in
 * [mmhuman3d#233](https://github.com/open-mmlab/mmhuman3d/pull/233); long epochs on Linux gain nothing. Hence a hint.
 *
 * ## Example
 * ```py
 * from torch.utils.data import DataLoader
 *
 *
 * def run(model, dataset, epochs):
 *     loader = DataLoader(dataset, batch_size=64, num_workers=4)
 *     for epoch in range(epochs):
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
 * The rule asks for a number of workers written in the call and for a loop over epochs around the loop over the loader, in one file.
 *
 * ## Fix safety
 * Suggestion: workers that stay keep their copy of the dataset and their random state. What the program changes in the dataset between
 * epochs no longer reaches them.
 *
 * ## When not to use it
 * When the dataset is changed between epochs, or when the memory of idle workers is needed in between.
 *
 * ## References
 * - [torch.utils.data.DataLoader](https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader) (`persistent_workers`, torch 1.7 and later)
 */
import { isDataLoader, loaderPosition } from "../semantic/data-loaders.ts";
import { restartsInEveryEpoch } from "../semantic/loader-use.ts";
import { argumentOf } from "../semantic/structure.ts";
import { setKeyword } from "./_edits.ts";
import { defineRule } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "data-loading",
  severity: { certain: "hint", likely: "hint", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  torch: { from: [1, 7] },
  on: {
    Call(call, ctx) {
      if (ctx.isTestFile || !isDataLoader(call, ctx.module)) return;
      const workers = argumentOf(call, "num_workers", loaderPosition.numWorkers);
      if (workers === undefined || workers === "unknown" || workers.kind !== "Int" || workers.value === 0)
        return;
      const persistent = argumentOf(call, "persistent_workers", undefined);
      if (
        persistent === "unknown" ||
        (persistent?.kind === "Bool" ? persistent.value : persistent !== undefined)
      )
        return;
      if (!restartsInEveryEpoch(call, ctx.module)) return;
      ctx.report({
        at: call.func,
        certainty: "likely",
        message:
          "Every epoch starts the worker processes of this loader again and waits until they have filled their queues. Keep them with `persistent_workers=True`.",
        fixes: [
          {
            title:
              "Keep the workers between epochs (they keep their copy of the dataset and their random state)",
            safety: "suggestion",
            edits: [setKeyword(call, "persistent_workers", "True", ctx.chunk.text)],
          },
        ],
      });
    },
  },
});
