/**
 * Checks for single layers that make up most of a model and have a form that costs far less.
 *
 * ## Why is this bad?
 * A linear layer behind `flatten` has a weight for every pixel of every channel: in VGG-16 the first one holds 102.8 of 138
 * million parameters. A global average pool in front of it needs one weight per channel, which is what networks have done
 * since 2013. A convolution with a large dense kernel costs its kernel's area times what a pointwise one does; depthwise
 * kernels of that size cost a fraction.
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Classifier(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.conv = nn.Conv2d(3, 512, 3, stride=32, padding=1)
 *         self.hidden = nn.Linear(512 * 7 * 7, 4096)
 *
 *     def forward(self, x):
 *         return self.hidden(self.conv(x).flatten(1))
 *
 *
 * Classifier()(torch.randn(1, 3, 224, 224))
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Classifier(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.conv = nn.Conv2d(3, 512, 3, stride=32, padding=1)
 *         self.hidden = nn.Linear(512, 4096)
 *
 *     def forward(self, x):
 *         return self.hidden(self.conv(x).mean((2, 3)))
 *
 *
 * Classifier()(torch.randn(1, 3, 224, 224))
 * ```
 *
 * ## Fix safety
 * None: the model is another one afterwards and has to be trained again.
 *
 * ## When not to use it
 * Where positions matter to the layer, as in autoencoders and policies over small images, or where trained weights are
 * given. It speaks from 20 million parameters of one layer on, when these are more than 40 % of the model.
 *
 * ## References
 * - Lin et al. 2013, [Network In Network](https://arxiv.org/abs/1312.4400): global average pooling
 * - [PyTorch FAQ](https://docs.pytorch.org/docs/stable/notes/faq.html): "Don't use linear layers that are too large"
 * - Simonyan and Zisserman 2014, [VGG](https://arxiv.org/abs/1409.1556), table 2
 */
import { amount } from "../base/amount.ts";
import { flowOf, underViews } from "../cost/optimizations/_edit.ts";
import { isLinear, weightStorages } from "../cost/optimizations/_state.ts";
import type { OpRecord } from "../graph/ir.ts";
import { isKnownShape, type TensorRef } from "../graph/tensor.ts";
import { elementsOf } from "../graph/work.ts";
import { attributeSize, bytesIn, percent, sizeOf } from "./_model-sizes.ts";
import { defineModelRule } from "./_rule.ts";

const leastParameters = 20e6;
const leastShare = 0.4;
/** Of what comes out of a global pool there is one value per channel. */
const leastPixels = 4;

export const rule = defineModelRule({
  category: "energy",
  topic: "layers",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "none",
  since: "0.1.0",
  onModel({ graph, entry }, ctx) {
    if (/pretrained|weights/.test(entry)) return;
    const weights = weightStorages(graph);
    const large = graph.ops.filter(
      (op) => isLinear(op, weights) && attributeSize(op, "k") * attributeSize(op, "n") >= leastParameters,
    );
    if (large.length === 0) return;
    const flow = flowOf(graph);
    const all = graph.parameters.reduce((sum, each) => sum + sizeOf(elementsOf(each)), 0);
    for (const op of large) {
      const [weight, input] = operandsOf(op, weights);
      const state = graph.parameters.find((each) => each.tensor.meta.storage.id === weight?.meta.storage.id);
      const [inner, outer] = [attributeSize(op, "k"), attributeSize(op, "n")];
      const pixels = input === undefined ? 0 : pixelsIn(underViews(input, flow), inner);
      const share = (inner * outer) / all;
      const own = state?.place?.file === ctx.file ? state.place : op.site.place;
      if (pixels < leastPixels || share < leastShare || state === undefined || own === undefined) continue;
      ctx.report({
        at: own,
        certainty: "likely",
        message: `This layer holds ${percent(share)} of the model's parameters (${(inner * outer).toLocaleString("en-US")}, ${amount(bytesIn(state.tensor), "byte")}), a weight for each of ${pixels} pixels of every channel. A global average pool in front of it needs ${(inner / pixels).toLocaleString("en-US")} inputs in place of ${inner.toLocaleString("en-US")}.`,
        ...(op.site.place === undefined || op.site.place === own
          ? {}
          : { related: [{ at: op.site.place, message: "where it runs" }] }),
      });
    }
  },
});

/** The weight of a linear layer and what it is multiplied with. */
function operandsOf(op: OpRecord, weights: ReadonlySet<number>): readonly (TensorRef | undefined)[] {
  const operands = op.factors.map((at) => op.inputs[at]);
  const isWeight = (ref: TensorRef | undefined): boolean => weights.has(ref?.meta.storage.id ?? -1);
  return [operands.find(isWeight), operands.find((ref) => !isWeight(ref))];
}

/** Pixels for each channel of the picture that was flattened into `inner` values; 0 when there was none. */
function pixelsIn({ meta: { shape } }: TensorRef, inner: number): number {
  if (!isKnownShape(shape) || shape.length !== 4) return 0;
  const [channels = 0, height = 0, width = 0] = shape.slice(1).map(sizeOf);
  return channels * height * width === inner ? height * width : 0;
}
