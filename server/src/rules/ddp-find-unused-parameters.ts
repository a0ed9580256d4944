/**
 * Checks for `DistributedDataParallel` that looks for unused parameters in every step.
 *
 * ## Why is this bad?
 * With `find_unused_parameters=True` each forward pass ends in a walk through the autograd graph, and the exchange of gradients starts later. When every
 * parameter is used, that is for nothing: the reducer itself then
 * [warns](https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/reducer.cpp) of the extra traversal.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def wrap(model):
 *     return torch.nn.parallel.DistributedDataParallel(model, find_unused_parameters=True)
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def wrap(model):
 *     return torch.nn.parallel.DistributedDataParallel(model)
 * ```
 *
 * Whether a model has parameters that a step leaves out cannot be told from this call, hence a hint.
 *
 * ## Fix safety
 * Suggestion: with parameters that a step does not use, DDP raises an error without the flag.
 *
 * ## When not to use it
 * With branches, frozen parts or heads that only some steps run.
 *
 * ## References
 * - [torch.nn.parallel.DistributedDataParallel](https://docs.pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html)
 */
import { isDdp } from "../semantic/distributed.ts";
import { removeKeyword } from "./_edits.ts";
import { defineRule } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "distributed",
  severity: { certain: "hint", likely: "hint", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Keyword(keyword, ctx) {
      if (keyword.name !== "find_unused_parameters" || keyword.value.kind !== "Bool" || !keyword.value.value)
        return;
      const call = keyword.parent;
      if (call?.kind !== "Call" || ctx.isTestFile || !isDdp(call.func, ctx.module)) return;
      ctx.report({
        at: keyword,
        certainty: "likely",
        message:
          "Every step walks through the graph to look for parameters without a gradient. Leave the flag out unless some steps do leave parameters out.",
        fixes: [
          {
            title: "Leave find_unused_parameters out (an error if a step leaves parameters out)",
            safety: "suggestion",
            edits: [removeKeyword(call, keyword, ctx.chunk.text)],
          },
        ],
      });
    },
  },
});
