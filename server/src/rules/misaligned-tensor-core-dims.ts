/**
 * Checks for wide layers in 16 bit whose sizes are no multiple of 8.
 *
 * ## Why is this bad?
 * Tensor cores work on tiles. A 16-bit product whose sizes are not divisible by 8 cannot load its rows in the 16 bytes
 * at a time that they want, and falls back to slower kernels or padding. NVIDIA recommends multiples of 8 for 16-bit
 * numbers, and of 64 on A100 and later. Padding a vocabulary of 50,257 to 50,304 made nanoGPT about 25 % faster.
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Mlp(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.up = nn.Linear(4096, 10922)
 *
 *     def forward(self, x):
 *         return self.up(x)
 *
 *
 * Mlp().half()(torch.randn(64, 4096).half())
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Mlp(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.up = nn.Linear(4096, 10944)
 *
 *     def forward(self, x):
 *         return self.up(x)
 *
 *
 * Mlp().half()(torch.randn(64, 4096).half())
 * ```
 *
 * ## Fix safety
 * None: another width is another architecture, and weights that are trained already do not fit it.
 *
 * ## When not to use it
 * Pretrained weights fix the sizes. Layers below 512 wide or 5 % of the model's multiply-accumulates are not worth it and
 * never reported, nor are sizes that the task fixes, such as 3 channels or 1,000 classes. Decoding one token at a time is
 * bound by memory, where alignment matters less.
 *
 * ## References
 * - [NVIDIA, Matrix Multiplication Background](https://docs.nvidia.com/deeplearning/performance/dl-performance-matrix-multiplication/index.html#requirements-tc)
 * - [karpathy/nanoGPT train.py](https://github.com/karpathy/nanoGPT): the vocabulary is padded to a multiple of 64 "for efficiency"
 * - Anthony et al. 2024, [The Case for Co-Designing Model Architectures with Hardware](https://arxiv.org/abs/2401.14489)
 */
import { isLinear, weightStorages } from "../cost/optimizations/_state.ts";
import type { Graph, OpRecord, StateRecord } from "../graph/ir.ts";
import { attributeSize, percent, sizeOf } from "./_model-sizes.ts";
import { defineModelRule } from "./_rule.ts";

const leastWidth = 512;
const leastShare = 0.05;

export const rule = defineModelRule({
  category: "performance",
  topic: "precision",
  severity: { certain: "info", likely: "info", possible: "hint" },
  fix: "none",
  since: "0.1.0",
  onModel({ graph, entry }, ctx) {
    if (/pretrained|checkpoint|load_/.test(entry)) return;
    const weights = weightStorages(graph);
    const linear = graph.ops.filter((op) => isLinear(op, weights));
    const crooked = linear.filter((op) => odd(op).length > 0);
    if (crooked.length === 0) return;
    const all = graph.ops.reduce((sum, op) => sum + sizeOf(op.work.macs), 0);
    for (const [state, ops] of byWeight(crooked, graph)) {
      const share = ops.reduce((sum, op) => sum + sizeOf(op.work.macs), 0) / all;
      const [first] = ops;
      const at = state.place?.file === ctx.file ? state.place : first?.site.place;
      if (first === undefined || at === undefined || share < leastShare) continue;
      const is16Bit = first.inputs.every(({ meta }) => /16$/.test(meta.dtype));
      const sizes = odd(first).map(
        (size) => `${size} (next: ${next(size, 8)}, or ${next(size, 64)} for multiples of 64)`,
      );
      ctx.report({
        at,
        certainty: is16Bit ? "likely" : "possible",
        message: `This layer does ${percent(share)} of the model's multiply-accumulates with a size that is no multiple of 8: ${sizes.join(", ")}. ${is16Bit ? "In 16 bit" : "Once it runs in 16 bit"}, tensor cores want multiples of 8. Pad it, unless trained weights fix it.`,
      });
    }
  },
});

/** The widths of a linear layer that are wide and crooked. */
const odd = (op: OpRecord): readonly number[] =>
  [...new Set(["k", "n"].map((name) => attributeSize(op, name)))].filter(
    (size) => size >= leastWidth && size % 8 !== 0,
  );

const next = (size: number, step: number): number => Math.ceil(size / step) * step;

function byWeight(ops: readonly OpRecord[], graph: Graph): ReadonlyMap<StateRecord, readonly OpRecord[]> {
  const found = new Map<StateRecord, OpRecord[]>();
  for (const op of ops) {
    const storages = new Set(op.factors.map((at) => op.inputs[at]?.meta.storage.id));
    const state = graph.parameters.find(({ tensor }) => storages.has(tensor.meta.storage.id));
    if (state === undefined) continue;
    found.set(state, [...(found.get(state) ?? []), op]);
  }
  return found;
}
