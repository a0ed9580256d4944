/**
 * Checks for tensors that are pinned in the very expression that copies them to the device.
 *
 * ## Why is this bad?
 * `pin_memory()` allocates page-locked memory and copies the tensor into it, on the host, before anything is sent. PyTorch's tutorial on pinned memory measured that
 * `x.pin_memory().to(device, non_blocking=True)` can be twice as slow as a plain `x.to(device)`, which pins piece by piece while it sends. Pinning pays where
 * another thread does it ahead of time: `DataLoader(pin_memory=True)`.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def to_gpu(x, device):
 *     return x.pin_memory().to(device, non_blocking=True)
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def to_gpu(x, device):
 *     return x.to(device)
 * ```
 *
 * ## Fix safety
 * Suggestion: the values are the same; the host waits for the copy.
 *
 * ## When not to use it
 * Where the host has other work to do during the copy, as in a loop that fetches the next batch while the GPU computes, and a profile shows that it
 * pays.
 *
 * ## References
 * - [A guide on good usage of non_blocking and pin_memory() in PyTorch](https://docs.pytorch.org/tutorials/intermediate/pinmem_nonblock.html)
 */
import { isDeviceLike } from "./_device.ts";
import { removeKeyword } from "./_edits.ts";
import { defineRule } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "synchronization",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  // Nobody can tell from the code alone whether the host has something to do meanwhile.
  strictOnly: true,
  on: {
    Call(call, ctx) {
      if (call.func.kind !== "Attribute" || (call.func.attr !== "to" && call.func.attr !== "cuda")) return;
      const pinned = call.func.value;
      if (pinned.kind !== "Call" || pinned.func.kind !== "Attribute" || pinned.func.attr !== "pin_memory")
        return;
      if (pinned.args.length + pinned.keywords.length > 0 || ctx.isTestFile) return;
      const [device] = call.args;
      if (call.func.attr === "to" && (device === undefined || !isDeviceLike(device))) return;
      const flag = call.keywords.find(({ name }) => name === "non_blocking");
      const unpin = { span: { start: pinned.func.value.end, end: pinned.end }, text: "" };
      const wait = flag === undefined ? [] : [removeKeyword(call, flag, ctx.chunk.text)];
      ctx.report({
        at: { start: pinned.func.attrStart, end: pinned.end },
        certainty: "likely",
        message: `\`pin_memory()\` copies the tensor on the host before \`.${call.func.attr}()\` sends it: together they can be slower than the plain copy. Copy directly, or let \`DataLoader(pin_memory=True)\` pin ahead of time.`,
        fixes: [
          {
            title: "Copy without pinning (the host waits for the copy)",
            safety: "suggestion",
            edits: [unpin, ...wait],
          },
        ],
      });
    },
  },
});
