/**
 * Checks for convolutional networks that train in mixed precision in the default memory layout.
 *
 * ## Why is this bad?
 * Tensor cores want the channels of 16-bit convolutions next to each other. In the default layout cuDNN transposes every input and output around them;
 * a model and inputs in `torch.channels_last` save that. The
 * [memory format tutorial](https://docs.pytorch.org/tutorials/intermediate/memory_format_tutorial.html) reports gains of 8 to 35 % with AMP on Volta. In float32,
 * and with few channels, it helps little, hence a hint. For inputs of one size `torch.backends.cudnn.benchmark = True` besides lets cuDNN choose by trying.
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * def main(loader, optimizer):
 *     model = nn.Sequential(nn.Conv2d(3, 64, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU()).cuda()
 *     for x in loader:
 *         optimizer.zero_grad()
 *         with torch.autocast("cuda", dtype=torch.bfloat16):
 *             loss = model(x.cuda(non_blocking=True)).mean()
 *         loss.backward()
 *         optimizer.step()
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * def main(loader, optimizer):
 *     model = nn.Sequential(nn.Conv2d(3, 64, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU())
 *     model = model.to("cuda", memory_format=torch.channels_last)
 *     for x in loader:
 *         optimizer.zero_grad()
 *         with torch.autocast("cuda", dtype=torch.bfloat16):
 *             loss = model(x.cuda(non_blocking=True, memory_format=torch.channels_last)).mean()
 *         loss.backward()
 *         optimizer.step()
 * ```
 *
 * One hint per file, at the backward pass of a loop, where the file itself names CUDA, autocast and two-dimensional convolutions with batch norms or a ResNet, and no
 * attention, no other memory format and no framework.
 *
 * ## Fix safety
 * There is no automatic fix: model and inputs must change together, and code that calls `view` on activations fails on another layout.
 *
 * ## When not to use it
 * In float32, with grouped convolutions of few channels, and when a profile shows no transposes.
 *
 * ## References
 * - [Channels last memory format in PyTorch](https://docs.pytorch.org/tutorials/intermediate/memory_format_tutorial.html)
 */
import { isManagedByFramework, mentionsAny, speaksOfCuda } from "../semantic/device-evidence.ts";
import { isBackward } from "../semantic/loops.ts";
import type { Module } from "../semantic/module.ts";
import { enclosingLoop } from "../semantic/structure.ts";
import { nodesOf } from "../syntax/visit.ts";
import { defineRule } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "layers",
  severity: { certain: "hint", likely: "hint", possible: "off" },
  fix: "none",
  since: "0.1.0",
  torch: { from: [1, 5] },
  on: {
    Call(call, ctx) {
      const { module } = ctx;
      if (!isBackward(call) || ctx.isTestFile || enclosingLoop(call) === undefined) return;
      if (module.mentions("backward")[0] !== ctx.chunk) return;
      const first = nodesOf(ctx.chunk.nodes, "Call").find(
        (each) => isBackward(each) && enclosingLoop(each) !== undefined,
      );
      if (first !== call || !mentionsAny(["autocast"], module) || !convolves(module)) return;
      if (mentionsAny(otherwise, module) || isManagedByFramework(module) || !speaksOfCuda(module)) return;
      ctx.report({
        at: call,
        certainty: "likely",
        message:
          "These 16-bit convolutions run in the default memory layout, which cuDNN transposes around each of them. Bring model and inputs into `memory_format=torch.channels_last`.",
        manual:
          "Pass `memory_format=torch.channels_last` where the model and its inputs go to the device; look out for `view` on activations.",
      });
    },
  },
});

/** Layers of its own, or a residual network of torchvision. */
const convolves = (module: Module): boolean =>
  ["Conv2d", "BatchNorm2d"].every((name) => module.isMentioned(name)) ||
  mentionsAny(["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"], module);

const otherwise = [
  "channels_last",
  "memory_format",
  "MultiheadAttention",
  "scaled_dot_product_attention",
  "Transformer",
  "Conv3d",
  "to_memory_format",
];
