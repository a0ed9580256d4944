/**
 * Checks for layers, products and reshapes that are given a tensor of a shape they cannot take.
 *
 * ## Why is this bad?
 * The program ends there with an exception, after the data was loaded, the weights were initialized and, on a cluster, the
 * job waited for its turn. The shapes follow from the code alone, so the exception can be read before that.
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Head(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.layers = nn.Sequential(nn.Linear(128, 64), nn.ReLU(), nn.Linear(128, 10))
 *
 *     def forward(self, x):
 *         return self.layers(x)
 *
 *
 * Head()(torch.randn(4, 128))
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Head(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.layers = nn.Sequential(nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))
 *
 *     def forward(self, x):
 *         return self.layers(x)
 *
 *
 * Head()(torch.randn(4, 128))
 * ```
 *
 * ## Fix safety
 * None: which of the two sizes is wrong, only the author knows.
 *
 * ## When not to use it
 * It speaks only where every size on the way is known and the model is called or built in the file: then real PyTorch
 * raises the same error. There is nothing to silence it for, save code that is meant to fail.
 *
 * ## References
 * - Jhoo et al. 2022, [A Static Analyzer for Detecting Tensor Shape Errors in Deep Neural Network Training Code](https://arxiv.org/abs/2112.09037)
 * - Islam et al. 2020, [Repairing Deep Neural Networks](https://arxiv.org/abs/2005.00972): data dimensions are the most frequent fix
 */
import { isKnownShape } from "../graph/tensor.ts";
import type { InterpretedModel, ModelReported } from "./_interpreted-model.ts";
import { defineModelRule } from "./_rule.ts";

/** How torch begins to say that shapes do not fit. */
const mismatch = [
  /shapes cannot be multiplied/,
  /^RuntimeError: Given (?:groups|transposed|normalized_shape|input size)/,
  /^RuntimeError: Expected .*(?:size|dimension|channels|D\b|-D|input)/i,
  /must match the size of tensor/,
  /^RuntimeError: Sizes of tensors must match/,
  /^RuntimeError: shape '.*' is invalid for input of size/,
  /^RuntimeError: (?:running_mean|weight|bias) should contain/,
  /input\.size\(-1\) must be equal to input_size/,
  /size mismatch/,
];

export const rule = defineModelRule({
  category: "bug",
  topic: "layers",
  severity: { certain: "error", likely: "off", possible: "off" },
  fix: "none",
  since: "0.1.0",
  onModel({ failure, ...model }, ctx) {
    if (failure?.place === undefined || !mismatch.some((pattern) => pattern.test(failure.message))) return;
    // Sums are the affair of residual-shape-mismatch.
    if (/must match the size of tensor/.test(failure.message) && ctx.text(failure.place).includes("+"))
      return;
    const said = failure.message.replace(/^RuntimeError: /, "");
    ctx.report({
      at: failure.place,
      certainty: "certain",
      message: `\`${model.entry}\` fails here when it runs: ${said}. Make the sizes agree.`,
      manual: "Which of the sizes is wrong is for you to say.",
      related: layerOf(said, model),
    });
  },
});

/** Where the layer was made that refuses its input, when its weight tells which one it is. */
function layerOf(
  said: string,
  { graph }: Pick<InterpretedModel, "graph">,
): ModelReported["related"] & object {
  const factors = /\(\d+x\d+ and (\d+)x(\d+)\)/.exec(said);
  const wanted =
    factors === null ? /weight of size \[([^\]]*)\]/.exec(said)?.[1] : `${factors[2]}, ${factors[1]}`;
  if (wanted === undefined) return [];
  const last = graph.ops.at(-1)?.site.modulePath;
  const candidates = graph.parameters.filter(
    ({ tensor: { meta } }) => isKnownShape(meta.shape) && meta.shape.join(", ") === wanted,
  );
  const ran = candidates.filter(({ names }) => names.some((name) => name === `${last}.weight`));
  const [only, ...others] = ran.length > 0 ? ran : candidates;
  if (only?.place === undefined || others.length > 0) return [];
  return [{ at: only.place, message: "the layer that refuses its input" }];
}
