/**
 * Checks for optimizers that are told to update one parameter after the other.
 *
 * ## Why is this bad?
 * `foreach=False` runs each update rule for each parameter: thousands of small kernels per step, whose launches the GPU waits for. The default on CUDA
 * groups parameters, and `fused=True` runs one kernel for a group: [torchtitan#881](https://github.com/pytorch/torchtitan/pull/881) measured 1.6 to 3.6 %
 * end to end over `foreach` for Llama 8B.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def make(model):
 *     return torch.optim.AdamW(model.parameters(), lr=1e-3, foreach=False)
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def make(model):
 *     return torch.optim.AdamW(model.parameters(), lr=1e-3)
 * ```
 *
 * ## Fix safety
 * Suggestion: the same update in another order of operations, with a copy of the parameters' size in memory for a moment.
 *
 * ## When not to use it
 * When that memory is missing, or for sparse or complex parameters.
 *
 * ## References
 * - [Optimizer implementations](https://docs.pytorch.org/docs/stable/optim.html#algorithms)
 */
import { argumentOf } from "../semantic/structure.ts";
import { removeKeyword } from "./_edits.ts";
import { defineRule } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "training",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  torch: { from: [2, 0] },
  on: {
    Keyword(keyword, ctx) {
      if (keyword.name !== "foreach" || keyword.value.kind !== "Bool" || keyword.value.value) return;
      const call = keyword.parent;
      if (call?.kind !== "Call" || ctx.isTestFile) return;
      if (!/^torch\.optim\.[A-Z]\w*$/.test(ctx.qualified(call.func) ?? "")) return;
      const fused = argumentOf(call, "fused", undefined);
      if (fused === "unknown" || (fused !== undefined && !(fused.kind === "Bool" && !fused.value))) return;
      ctx.report({
        at: keyword,
        certainty: "certain",
        message:
          "This updates one parameter after the other: a handful of small kernels for each of them in every step. Leave `foreach` at its default, or pass `fused=True`.",
        fixes: [
          {
            title: "Leave foreach at its default (needs memory for one more copy of the gradients)",
            safety: "suggestion",
            edits: [removeKeyword(call, keyword, ctx.chunk.text)],
          },
        ],
      });
    },
  },
});
