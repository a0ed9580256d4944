/**
 * torchvision.ops. Region pooling counts 8 FLOPs per sample point (4 weights, 4 sums of a bilinear look-up); what
 * non-maximum suppression keeps is known only at run time. Source: torchvision documentation.
 */
import { add, type Dim, floorDiv, mod, mul, product, sub, sum } from "../../graph/dim.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { type Args, tensorsOf } from "../_args.ts";
import { bytesFor, emitOne, shapeOf } from "../_emit.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { pointwise } from "../_pointwise.ts";
import { equal, printHint } from "../_shape.ts";
import type { Value } from "../_value.ts";
import { perDim } from "../_window.ts";

/** Boxes as one `[K, 5]` tensor or a list of `[L, 4]`, one per image. */
function boxesOf(value: Value): { tensors: readonly Tensor[]; count: Dim } {
  const items = value.kind === "list" || value.kind === "tuple" ? value.items : [value];
  const tensors = tensorsOf(items, "roi_align");
  return { tensors, count: sum(tensors.map((t) => shapeOf(t)[0] ?? 1)) };
}

function region(args: Args, ctx: OpContext, name: string, samples: number): Tensor {
  const input = args.tensor("input");
  const { tensors, count } = boxesOf(args.value("boxes"));
  const [height = 1, width = 1] = perDim(args, "output_size", 2, undefined, name);
  const channels = shapeOf(input)[1] ?? 1;
  const outChannels = name.startsWith("ps_") ? floorDiv(channels, mul(height, width)) : channels;
  const shape = [count, outChannels, height, width];
  return emitOne(
    ctx,
    name,
    [input, ...tensors],
    { shape, dtype: input.dtype },
    { flops: mul(samples, product(shape)), saved: tensors },
  );
}

const alignSamples = (args: Args): number => {
  const ratio = args.index("sampling_ratio", -1);
  return 8 * (ratio > 0 ? ratio * ratio : 4);
};

function suppression(args: Args, ctx: OpContext, name: string): Tensor {
  const boxes = args.tensor("boxes");
  const kept = ctx.graph.unbacked(`${name}()`, "the number of boxes kept is known only at run time");
  return emitOne(
    ctx,
    name,
    [boxes, args.tensor("scores")],
    { shape: [kept], dtype: "int64", differentiable: false },
    { bytesWritten: bytesFor([kept], "int64") },
  );
}

function deformable(args: Args, ctx: OpContext): Tensor {
  const [input, offset, weight] = [args.tensor("input"), args.tensor("offset"), args.tensor("weight")];
  const [batch = 1, channels = 1, ...spatial] = shapeOf(input);
  const [outChannels = 1, perGroup = 1, ...kernel] = shapeOf(weight);
  const at = (name: string, fallback: Dim): readonly Dim[] =>
    perDim(args, name, 2, fallback, "deform_conv2d");
  const [stride, padding, dilation] = [at("stride", 1), at("padding", 0), at("dilation", 1)];
  const out = spatial.map((size, i) => {
    const reach = add(mul(dilation[i] ?? 1, sub(kernel[i] ?? 1, 1)), 1);
    return add(floorDiv(sub(add(size, mul(2, padding[i] ?? 0)), reach), stride[i] ?? 1), 1);
  });
  if (!equal(mod(channels, perGroup), 0, ctx))
    throw new TorchError(
      `the input's ${printHint(channels)} channels cannot be divided into groups of ${printHint(perGroup)}, which the weight has`,
    );
  const shape = [batch, outChannels, ...out];
  const optional = ["bias", "mask"].flatMap((name) => args.optionalTensor(name) ?? []);
  const sampled = product([batch, channels, ...out, ...kernel]);
  return emitOne(
    ctx,
    "deform_conv2d",
    [input, weight, offset, ...optional],
    { shape, dtype: input.dtype },
    {
      macs: product([...shape, perGroup, ...kernel]),
      flops: mul(8, sampled),
      factors: [0, 1],
      saved: [input, weight, offset, ...optional],
      attributes: { kernel, groups: floorDiv(channels, perGroup) },
    },
  );
}

/** Intersection over union of every pair: 12 FLOPs each. */
function pairwise(args: Args, ctx: OpContext): Tensor {
  const [a, b] = [args.tensor("boxes1"), args.tensor("boxes2")];
  const shape = [shapeOf(a)[0] ?? 1, shapeOf(b)[0] ?? 1];
  return emitOne(
    ctx,
    "box_iou",
    [a, b],
    { shape, dtype: a.dtype },
    { flops: mul(12, product(shape)), saved: [a, b] },
  );
}

export const ops: readonly Op[] = [
  defineOp({
    names: ["torchvision.ops.roi_align", "torchvision.ops.roi_align.roi_align"],
    params: "(input, boxes, output_size, spatial_scale=1.0, sampling_ratio=-1, aligned=False)",
    run: (args, ctx) => region(args, ctx, "roi_align", alignSamples(args)),
  }),
  defineOp({
    names: ["torchvision.ops.roi_pool", "torchvision.ops.roi_pool.roi_pool"],
    params: "(input, boxes, output_size, spatial_scale=1.0)",
    run: (args, ctx) => region(args, ctx, "roi_pool", 4),
  }),
  defineOp({
    names: ["torchvision.ops.ps_roi_align", "torchvision.ops.ps_roi_align.ps_roi_align"],
    params: "(input, boxes, output_size, spatial_scale=1.0, sampling_ratio=-1)",
    run: (args, ctx) => region(args, ctx, "ps_roi_align", alignSamples(args)),
  }),
  defineOp({
    names: ["torchvision.ops.ps_roi_pool", "torchvision.ops.ps_roi_pool.ps_roi_pool"],
    params: "(input, boxes, output_size, spatial_scale=1.0)",
    run: (args, ctx) => region(args, ctx, "ps_roi_pool", 4),
  }),
  defineOp({
    names: ["torchvision.ops.nms", "torchvision.ops.boxes.nms", "torch.ops.torchvision.nms"],
    params: "(boxes, scores, iou_threshold)",
    run: (args, ctx) => suppression(args, ctx, "nms"),
  }),
  defineOp({
    names: ["torchvision.ops.batched_nms", "torchvision.ops.boxes.batched_nms"],
    params: "(boxes, scores, idxs, iou_threshold)",
    run: (args, ctx) => suppression(args, ctx, "batched_nms"),
  }),
  defineOp({
    names: ["torchvision.ops.deform_conv2d", "torchvision.ops.deform_conv.deform_conv2d"],
    params: "(input, offset, weight, bias=None, stride=1, padding=0, dilation=1, mask=None)",
    run: deformable,
  }),
  defineOp({
    names: [
      "torchvision.ops.box_iou",
      "torchvision.ops.boxes.box_iou",
      "torchvision.ops.generalized_box_iou",
      "torchvision.ops.boxes.generalized_box_iou",
    ],
    params: "(boxes1, boxes2)",
    run: pairwise,
  }),
  defineOp({
    names: ["torchvision.ops.sigmoid_focal_loss", "torchvision.ops.focal_loss.sigmoid_focal_loss"],
    params: "(inputs, targets, alpha=0.25, gamma=2, reduction='none')",
    run: (args, ctx) => {
      const both = [args.tensor("inputs"), args.tensor("targets")];
      const loss = pointwise(ctx, both, {
        name: "sigmoid_focal_loss",
        dtype: args.tensor("inputs").dtype,
        flops: 12,
        saved: both,
      });
      const reduction = args.string("reduction", "none");
      return reduction === "none" ? loss : ctx.call(`torch.${reduction}`, [loss]);
    },
  }),
];
