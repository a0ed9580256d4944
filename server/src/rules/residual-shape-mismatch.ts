/**
 * Checks for sums of tensors, such as a block's output and its input, whose shapes do not fit.
 *
 * ## Why is this bad?
 * A residual connection adds what enters a block to what leaves it. Where the block changes the number of channels or
 * the resolution, the shortcut must change it as well; otherwise the first batch ends with an exception.
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Down(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.conv = nn.Conv2d(64, 128, 3, stride=2, padding=1)
 *
 *     def forward(self, x):
 *         return x + self.conv(x)
 *
 *
 * Down()(torch.randn(1, 64, 32, 32))
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Down(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.conv = nn.Conv2d(64, 128, 3, stride=2, padding=1)
 *         self.shortcut = nn.Conv2d(64, 128, 1, stride=2)
 *
 *     def forward(self, x):
 *         return self.shortcut(x) + self.conv(x)
 *
 *
 * Down()(torch.randn(1, 64, 32, 32))
 * ```
 *
 * ## Fix safety
 * None: a projection on the shortcut adds parameters, and whether that or another stride was meant, only the author knows.
 *
 * ## When not to use it
 * It speaks only where every size on the way is known and the model is called or built in the file: then real PyTorch
 * raises the same error. Shapes that broadcast are no error to it.
 *
 * ## References
 * - He et al. 2016, [Deep Residual Learning](https://arxiv.org/abs/1512.03385), section 3.2: projection shortcuts
 * - Islam et al. 2020, [Repairing Deep Neural Networks](https://arxiv.org/abs/2005.00972)
 */
import { defineModelRule } from "./_rule.ts";

const sizes =
  /size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension (\d+)/;

export const rule = defineModelRule({
  category: "bug",
  topic: "layers",
  severity: { certain: "error", likely: "off", possible: "off" },
  fix: "none",
  since: "0.1.0",
  onModel({ failure, entry }, ctx) {
    if (failure?.place === undefined || !ctx.text(failure.place).includes("+")) return;
    const [, a, b, dim] = sizes.exec(failure.message) ?? [];
    if (a === undefined) return;
    ctx.report({
      at: failure.place,
      certainty: "certain",
      message: `\`${entry}\` fails here when it runs: of the tensors that are added, one has ${a} and the other ${b} in dimension ${dim}. Bring both to one shape, with a projection on the shortcut where the block changes it.`,
      manual: "Whether the shortcut or the block has the wrong shape is for you to say.",
    });
  },
});
