/**
 * Normalizations, one op each.
 *
 * FLOPs per element: statistics 4 (mean 1, variance 3), normalization 2, affine 2; `batch_norm` in evaluation only
 * scales and shifts (2). Backward keeps the input and two statistics per group.
 */
import { type Dim, floorDiv, hintOf, mod, mul, product, sub } from "../../graph/dim.ts";
import { compare } from "../../graph/guard.ts";
import type { Shape, Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { bytesFor, computed, emitInPlace, emitOne, type OpDetails, shapeOf } from "../_emit.ts";
import { preservedStrides } from "../_layout.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { reduce } from "../_reduce.ts";
import { equal, printHint, printShape } from "../_shape.ts";
import { float, int, tuple } from "../_value.ts";
import { contiguous, transpose } from "../_view.ts";

const present = (...tensors: readonly (Tensor | undefined)[]): readonly Tensor[] =>
  tensors.filter((t) => t !== undefined);

function normalize(
  ctx: OpContext,
  name: string,
  input: Tensor,
  others: readonly Tensor[],
  details: OpDetails & { perElement: number; keepLayout?: boolean },
): Tensor {
  const shape = shapeOf(input);
  const { perElement, keepLayout, ...rest } = details;
  return emitOne(
    ctx,
    name,
    [input, ...others],
    { shape, dtype: input.dtype, strides: keepLayout === true ? preservedStrides(input) : undefined },
    { flops: mul(perElement, product(shape)), ...rest },
  );
}

function checkChannels(shape: Shape, running: Tensor | undefined, what: string, ctx: OpContext): void {
  const channels = shape[1] ?? 1;
  if (running === undefined) return;
  const count = product(shapeOf(running));
  if (!equal(count, channels, ctx))
    throw new TorchError(`${what} should contain ${printHint(channels)} elements not ${printHint(count)}`);
}

function batchNorm(args: Args, ctx: OpContext): Tensor {
  const input = args.tensor("input");
  const shape = shapeOf(input);
  const [mean, variance, weight, bias] = ["running_mean", "running_var", "weight", "bias"].map((n) =>
    args.optionalTensor(n),
  );
  const training = args.bool("training", false);
  checkChannels(shape, mean, "running_mean", ctx);
  checkChannels(shape, variance, "running_var", ctx);
  checkChannels(shape, weight, "weight", ctx);
  const perChannel = product(shape.filter((_, i) => i !== 1));
  if (training && compare(perChannel, "==", 1, ctx.graph) === true)
    throw new TorchError(
      `Expected more than 1 value per channel when training, got input size torch.Size(${printShape(shape)})`,
      "ValueError",
    );
  return normalize(ctx, "batch_norm", input, present(weight, bias, mean, variance), {
    perElement: training ? 8 : 2,
    keepLayout: true,
    saved: present(input, weight, mean, variance),
    savedExtra: training ? bytesFor([2, shape[1] ?? 1], "float32") : 0,
    attributes: { training },
  });
}

function layerNorm(args: Args, ctx: OpContext, name: "layer_norm" | "rms_norm"): Tensor {
  const input = args.tensor("input");
  const shape = shapeOf(input);
  const normalized = args.ints("normalized_shape");
  const tail = shape.slice(shape.length - normalized.length);
  if (tail.length !== normalized.length || tail.some((d, i) => !equal(d, normalized[i] ?? 1, ctx)))
    throw new TorchError(
      `Given normalized_shape=${printShape(normalized)}, expected input with shape [*, ${normalized.map(printHint).join(", ")}], but got input of size${printShape(shape)}`,
    );
  const [weight, bias] = [args.optionalTensor("weight"), args.optionalTensor("bias")];
  const groups: Dim = product(shape.slice(0, shape.length - normalized.length));
  const statistics = name === "layer_norm" ? 2 : 1;
  return normalize(ctx, name, input, present(weight, bias), {
    perElement: (name === "layer_norm" ? 6 : 3) + present(weight, bias).length,
    saved: present(input, weight),
    savedExtra: bytesFor([statistics, groups], "float32"),
    attributes: { size: product(normalized) },
  });
}

function groupNorm(args: Args, ctx: OpContext): Tensor {
  const input = args.tensor("input");
  const shape = shapeOf(input);
  const groups = args.int("num_groups");
  const channels = shape[1] ?? 1;
  if (shape.length < 2)
    throw new TorchError(`Expected at least 2 dimensions for input tensor but received ${shape.length}`);
  if (!equal(mod(channels, groups), 0, ctx))
    throw new TorchError(
      `Expected number of channels in input to be divisible by num_groups, but got input of shape ${printShape(shape)} and num_groups=${printHint(groups)}`,
    );
  const [weight, bias] = [args.optionalTensor("weight"), args.optionalTensor("bias")];
  if (weight !== undefined && !equal(product(shapeOf(weight)), channels, ctx))
    throw new TorchError(
      `Expected weight to be a vector of size equal to the number of channels in input, but got weight of shape ${printShape(shapeOf(weight))} and input of shape ${printShape(shape)}`,
    );
  return normalize(ctx, "group_norm", input, present(weight, bias), {
    perElement: 6 + present(weight, bias).length,
    saved: present(input, weight),
    savedExtra: bytesFor([2, shape[0] ?? 1, groups], "float32"),
    attributes: { groups },
  });
}

function instanceNorm(args: Args, ctx: OpContext): Tensor {
  const input = args.tensor("input");
  const shape = shapeOf(input);
  const [mean, variance, weight, bias] = ["running_mean", "running_var", "weight", "bias"].map((n) =>
    args.optionalTensor(n),
  );
  const useInput = args.bool("use_input_stats", true);
  if (useInput && compare(product(shape.slice(2)), "==", 1, ctx.graph) === true)
    throw new TorchError(
      `Expected more than 1 spatial element when training, got input size torch.Size(${printShape(shape)})`,
      "ValueError",
    );
  return normalize(ctx, "instance_norm", input, present(weight, bias, mean, variance), {
    perElement: useInput ? 6 + present(weight, bias).length : 2,
    saved: present(input, weight),
    savedExtra: bytesFor([2, shape[0] ?? 1, shape[1] ?? 1], "float32"),
  });
}

/** The norm of each slice of `dim`; -1 is the norm of all. Source: aten/src/ATen/native/WeightNorm.cpp. */
function normExcept(v: Tensor, pow: number, dim: number, ctx: OpContext): Tensor {
  const axes = shapeOf(v).map((_, axis) => axis);
  if (dim > 0 && dim !== axes.length - 1)
    return transpose(ctx, normExcept(transpose(ctx, v, 0, dim), pow, 0, ctx), 0, dim);
  return reduce(ctx, contiguous(ctx, v), {
    name: "norm",
    dims: axes.filter((axis) => axis !== dim),
    keep: dim !== -1,
    dtype: v.dtype,
    flops: 2,
    compute: (xs) => xs.reduce((sum, x) => sum + Math.abs(x) ** pow, 0) ** (1 / pow),
    saved: [v],
    savesOutput: true,
  });
}

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.nn.functional.batch_norm"],
    params:
      "(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-05)",
    run: batchNorm,
  }),
  defineOp({
    names: ["torch.batch_norm"],
    params: "(input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled)",
    run: batchNorm,
  }),
  defineOp({
    names: ["torch.nn.functional.layer_norm", "torch.layer_norm"],
    params: "(input, normalized_shape, weight=None, bias=None, eps=1e-05, cudnn_enable=True)",
    autocast: "float32",
    run: (args, ctx) => layerNorm(args, ctx, "layer_norm"),
  }),
  defineOp({
    names: ["torch.nn.functional.rms_norm", "torch.rms_norm"],
    params: "(input, normalized_shape, weight=None, eps=None)",
    run: (args, ctx) => layerNorm(args, ctx, "rms_norm"),
  }),
  defineOp({
    names: ["torch.nn.functional.group_norm"],
    params: "(input, num_groups, weight=None, bias=None, eps=1e-05)",
    autocast: "float32",
    run: groupNorm,
  }),
  defineOp({
    names: ["torch.group_norm"],
    params: "(input, num_groups, weight=None, bias=None, eps=1e-05, cudnn_enabled=True)",
    autocast: "float32",
    run: groupNorm,
  }),
  defineOp({
    names: ["torch.nn.functional.instance_norm"],
    params:
      "(input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-05)",
    run: instanceNorm,
  }),
  defineOp({
    names: ["torch.nn.functional.local_response_norm"],
    params: "(input, size, alpha=0.0001, beta=0.75, k=1.0)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const shape = shapeOf(input);
      const size = args.int("size");
      const half = floorDiv(size, 2);
      const squared = ctx.call("torch.unsqueeze", [ctx.call("torch.mul", [input, input]), int(1)]);
      const isPlane = shape.length > 3;
      const pads = [0, 0, ...(isPlane ? [0, 0] : []), half, floorDiv(sub(size, 1), 2)];
      // Further dimensions are seen as one.
      const [batch = 1, channels = 1, width = 1] = shape;
      const folded = tuple([batch, 1, channels, width, -1].map(int));
      const flat = shape.length > 4 ? ctx.call("torch.reshape", [squared, folded]) : squared;
      const padded = ctx.call("torch.nn.functional.pad", [flat, tuple(pads.map(int))]);
      const kernel = [size, ...(isPlane ? [1, 1] : [1])];
      const pooled = ctx.call(`torch.nn.functional.${isPlane ? "avg_pool3d" : "avg_pool2d"}`, [
        padded,
        tuple(kernel.map(int)),
        int(1),
      ]);
      const square = ctx.call("torch.squeeze", [pooled, int(1)]);
      const mean = shape.length > 4 ? ctx.call("torch.reshape", [square, tuple(shape.map(int))]) : square;
      const scaled = ctx.call("torch.add", [
        ctx.call("torch.mul", [mean, float(args.number("alpha", 1e-4))]),
        float(args.number("k", 1)),
      ]);
      return ctx.call("torch.div", [
        input,
        ctx.call("torch.pow", [scaled, float(args.number("beta", 0.75))]),
      ]);
    },
  }),
  defineOp({
    names: ["torch.nn.functional.normalize"],
    params: "(input, p=2.0, dim=1, eps=1e-12, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const size = ctx.call("torch.norm", [
        input,
        float(args.number("p", 2)),
        args.raw("dim") ?? int(1),
        { kind: "bool", value: true },
      ]);
      const safe = ctx.call("torch.clamp_min", [size, float(args.number("eps", 1e-12))]);
      return ctx.call("torch.div", [input, ctx.call("torch.Tensor.expand_as", [safe, input])]);
    },
  }),
  defineOp({
    names: ["torch.nn.functional.cosine_similarity", "torch.cosine_similarity"],
    params: "(input, other, dim=1, eps=1e-08)",
    run: (args, ctx) => {
      const [a, b] = [args.tensor("input"), args.tensor("other")];
      const dim = int(args.index("dim", 1));
      const dot = ctx.call("torch.sum", [ctx.call("torch.mul", [a, b]), dim]);
      const norms = [a, b].map((t) => ctx.call("torch.norm", [t, int(2), dim]));
      const scale = ctx.call("torch.mul", norms);
      return ctx.call("torch.div", [
        dot,
        ctx.call("torch.clamp_min", [scale, float(args.number("eps", 1e-8))]),
      ]);
    },
  }),
  defineOp({
    names: ["torch.nn.functional.pairwise_distance", "torch.pairwise_distance"],
    params: "(input, other, p=2.0, eps=1e-06, keepdim=False)",
    run: (args, ctx) => {
      const gap = ctx.call("torch.sub", [args.tensor("input"), args.tensor("other")]);
      const shifted = ctx.call("torch.add", [gap, float(args.number("eps", 1e-6))]);
      return ctx.call("torch.norm", [
        shifted,
        float(args.number("p", 2)),
        int(-1),
        { kind: "bool", value: args.bool("keepdim", false) },
      ]);
    },
  }),
  defineOp({
    names: ["torch.renorm", "torch.Tensor.renorm"],
    params: "(input, p, dim, maxnorm, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return emitOne(
        ctx,
        "renorm",
        [input],
        { shape: shapeOf(input), dtype: input.dtype },
        { flops: mul(3, product(shapeOf(input))), saved: [input] },
      );
    },
  }),
  defineOp({
    names: ["torch.Tensor.renorm_"],
    params: "(input, p, dim, maxnorm)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const details = { flops: mul(3, product(shapeOf(input))), saved: [input] };
      return emitInPlace(ctx, "renorm_", input, [], undefined, details);
    },
  }),
  defineOp({
    names: ["torch.native_layer_norm"],
    params: "(input, normalized_shape, weight, bias, eps)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const [shape, normalized] = [shapeOf(input), args.ints("normalized_shape").length];
      const made = layerNorm(args, ctx, "layer_norm");
      const kept = shape.map((size, i) => (i < shape.length - normalized ? size : 1));
      const statistics = [0, 1].map(() => computed(ctx, [input], { shape: kept, dtype: input.dtype }));
      return tuple([made, ...statistics]);
    },
  }),
  defineOp({
    names: ["torch.norm_except_dim"],
    params: "(v, pow=2, dim=0)",
    run: (args, ctx) =>
      normExcept(args.tensor("v"), args.number("pow", 2), hintOf(args.int("dim", 0)) ?? 0, ctx),
  }),
  defineOp({
    names: ["torch._weight_norm"],
    params: "(v, g, dim=0)",
    run: (args, ctx) => {
      const [v, g] = [args.tensor("v"), args.tensor("g")];
      const shape = shapeOf(v);
      return emitOne(
        ctx,
        "_weight_norm",
        [v, g],
        { shape, dtype: v.dtype },
        { flops: mul(4, product(shape)), saved: [v, g] },
      );
    },
  }),
];
