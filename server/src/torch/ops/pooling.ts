/**
 * Pooling: 1 FLOP per element of each window; adaptive pooling 1 per input element. Output sizes: torch
 * documentation of `MaxPool2d`, `AvgPool2d`; `ceil_mode` as ATen `pooling_output_shape`.
 */
import { add, type Dim, floorDiv, mul, product, sub } from "../../graph/dim.ts";
import { compare } from "../../graph/guard.ts";
import type { Shape, Tensor } from "../../graph/tensor.ts";
import { type Args, dimOf, numberOf } from "../_args.ts";
import { bytesFor, computed, emitOne, record, shapeOf } from "../_emit.ts";
import { channelsLastStrides, isChannelsLast } from "../_layout.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { printHint, printShape } from "../_shape.ts";
import { bool, float, int, tuple, type Value } from "../_value.ts";
import { perDim, windowCount } from "../_window.ts";

interface Pool {
  readonly kernel: readonly Dim[];
  readonly shape: Shape;
}

const layoutFor = (input: Tensor, shape: Shape): readonly Dim[] | undefined =>
  isChannelsLast(input) ? channelsLastStrides(shape) : undefined;

function checkRank(name: string, rank: number, shape: Shape): void {
  if (shape.length !== rank + 1 && shape.length !== rank + 2)
    throw new TorchError(
      `${name}: Expected ${rank + 1}D or ${rank + 2}D (batch mode) tensor expected for input, but got: ${printShape(shape)}`,
    );
}

function slide(args: Args, ctx: OpContext, name: string, rank: number): Pool {
  const shape = shapeOf(args.tensor("input"));
  checkRank(`${name}()`, rank, shape);
  const kernel = perDim(args, "kernel_size", rank, undefined, name);
  const hasStride = args.has("stride") && args.items("stride").length > 0;
  const stride = hasStride ? perDim(args, "stride", rank, undefined, name) : kernel;
  const padding = perDim(args, "padding", rank, 0, name);
  const dilation = perDim(args, "dilation", rank, 1, name);
  const ceil = args.bool("ceil_mode", false);
  const lead = shape.length - rank;
  const sizes = shape.slice(lead).map((size, i) => {
    const [k = 1, p = 0] = [kernel[i], padding[i]];
    if (compare(mul(2, p), ">", k, ctx.graph) === true)
      throw new TorchError(
        `pad should be at most half of effective kernel size, but got pad=${printHint(p)}, kernel_size=${printHint(k)} and dilation=${printHint(dilation[i] ?? 1)}`,
      );
    return windowCount(
      size,
      { kernel: k, stride: stride[i] ?? 1, padding: p, dilation: dilation[i] ?? 1, ceil },
      ctx,
    );
  });
  if (sizes.some((d) => compare(d, "<", 1, ctx.graph) === true)) {
    const text = (dims: Shape): string => `(${dims.map(printHint).join("x")})`;
    const channels = shape[lead - 1] ?? 1;
    throw new TorchError(
      `Given input size: ${text([channels, ...(rank === 1 ? [1] : []), ...shape.slice(lead)])}. Calculated output size: ${text([channels, ...(rank === 1 ? [1] : []), ...sizes])}. Output size is too small`,
    );
  }
  return { kernel, shape: [...shape.slice(0, lead), ...sizes] };
}

function maxPool(args: Args, ctx: OpContext, rank: number, withIndices: boolean): Value {
  const input = args.tensor("input");
  const name = `max_pool${rank}d`;
  const { kernel, shape } = slide(args, ctx, name, rank);
  const strides = layoutFor(input, shape);
  const flops = product([...shape, ...kernel]);
  if (!withIndices)
    return emitOne(
      ctx,
      name,
      [input],
      { shape, dtype: input.dtype, strides },
      { flops, saved: [input], savedExtra: bytesFor(shape, "int64"), attributes: { kernel } },
    );
  const values = computed(ctx, [input], { shape, dtype: input.dtype, strides });
  const indices = computed(ctx, [input], { shape, dtype: "int64", strides, differentiable: false });
  record(ctx, name, [input], [values, indices], { flops, saved: [input, indices], attributes: { kernel } });
  return tuple([values, indices]);
}

const maxParams =
  "(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False)";

const maxPools = (rank: number): readonly Op[] => [
  defineOp({
    names: [`torch.nn.functional.max_pool${rank}d`, `torch.max_pool${rank}d`],
    params: maxParams,
    run: (args, ctx) => maxPool(args, ctx, rank, args.bool("return_indices", false)),
  }),
  defineOp({
    names: [`torch.nn.functional.max_pool${rank}d_with_indices`, `torch.max_pool${rank}d_with_indices`],
    params: maxParams,
    run: (args, ctx) => maxPool(args, ctx, rank, true),
  }),
];

const averagePool = (rank: number): Op =>
  defineOp({
    names: [
      `torch.nn.functional.avg_pool${rank}d`,
      ...(rank === 1 ? ["torch.avg_pool1d"] : [`torch._C._nn.avg_pool${rank}d`]),
    ],
    params:
      "(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const { kernel, shape } = slide(args, ctx, `avg_pool${rank}d`, rank);
      if (rank === 3) checkFits(shapeOf(input).slice(-3), kernel, ctx);
      return emitOne(
        ctx,
        `avg_pool${rank}d`,
        [input],
        { shape, dtype: input.dtype, strides: layoutFor(input, shape) },
        { flops: product([...shape, ...kernel]), saved: [input], attributes: { kernel } },
      );
    },
  });

/** `avg_pool3d` wants the window inside the input even where padding would make it fit. */
function checkFits(sizes: Shape, kernel: readonly Dim[], ctx: OpContext): void {
  if (!sizes.some((size, i) => compare(size, "<", kernel[i] ?? 1, ctx.graph) === true)) return;
  const text = (dims: readonly Dim[], prefix: string): string =>
    ["T", "H", "W"].map((axis, i) => `${prefix}${axis}: ${printHint(dims[i] ?? 1)}`).join(" ");
  throw new TorchError(`input image (${text(sizes, "")}) smaller than kernel size (${text(kernel, "k")})`);
}

/** Wanted sizes; `None` keeps the input's. */
function adaptiveShape(args: Args, rank: number, name: string): Shape {
  const shape = shapeOf(args.tensor("input"));
  checkRank(`${name}()`, rank, shape);
  const items = args.items("output_size");
  const lead = shape.length - rank;
  const wanted = items.length === 1 ? new Array<Value | undefined>(rank).fill(items[0]) : items;
  if (wanted.length !== rank)
    throw new TorchError(`${name}: internal error: output_size.size() must be ${rank}`);
  return [
    ...shape.slice(0, lead),
    ...wanted.map(
      (v, i): Dim => (v === undefined || v.kind === "none" ? (shape[lead + i] ?? 1) : dimOf(v, name)),
    ),
  ];
}

const adaptiveAverage = (rank: number): Op => {
  const name = `adaptive_avg_pool${rank}d`;
  return defineOp({
    names: [`torch.nn.functional.${name}`, ...(rank === 1 ? [`torch.${name}`] : [])],
    params: "(input, output_size)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const shape = adaptiveShape(args, rank, name);
      const isMean = shape.slice(-rank).every((d) => d === 1);
      return emitOne(
        ctx,
        isMean ? "mean" : name,
        [input],
        { shape, dtype: input.dtype, strides: layoutFor(input, shape) },
        { flops: product(shapeOf(input)), saved: isMean ? [] : [input] },
      );
    },
  });
};

const adaptiveMaximum = (rank: number): readonly Op[] => {
  const name = `adaptive_max_pool${rank}d`;
  const run = (args: Args, ctx: OpContext, pair: boolean): Value => {
    const input = args.tensor("input");
    const shape = adaptiveShape(args, rank, name);
    const values = computed(ctx, [input], { shape, dtype: input.dtype });
    const indices = computed(ctx, [input], { shape, dtype: "int64", differentiable: false });
    record(ctx, name, [input], [values, indices], {
      flops: product(shapeOf(input)),
      saved: [input, indices],
    });
    return pair ? tuple([values, indices]) : values;
  };
  return [
    defineOp({
      names: [`torch.nn.functional.${name}`],
      params: "(input, output_size, return_indices=False)",
      run: (args, ctx) => run(args, ctx, args.bool("return_indices", false)),
    }),
    defineOp({
      names: [`torch.nn.functional.${name}_with_indices`],
      params: "(input, output_size, return_indices=False)",
      run: (args, ctx) => run(args, ctx, true),
    }),
  ];
};

const unpool = (rank: number): Op =>
  defineOp({
    names: [`torch.nn.functional.max_unpool${rank}d`],
    params: "(input, indices, kernel_size, stride=None, padding=0, output_size=None)",
    run: (args, ctx) => {
      const [input, indices] = [args.tensor("input"), args.tensor("indices")];
      const shape = shapeOf(input);
      const lead = shape.length - rank;
      const kernel = perDim(args, "kernel_size", rank, undefined, "max_unpool");
      const stride = args.has("stride") ? perDim(args, "stride", rank, undefined, "max_unpool") : kernel;
      const padding = perDim(args, "padding", rank, 0, "max_unpool");
      const given = args.optionalInts("output_size");
      const grown = shape
        .slice(lead)
        .map((size, i) =>
          sub(add(mul(sub(size, 1), stride[i] ?? 1), kernel[i] ?? 1), mul(2, padding[i] ?? 0)),
        );
      const out = [...shape.slice(0, lead), ...(given === undefined ? grown : given.slice(-rank))];
      return emitOne(
        ctx,
        `max_unpool${rank}d`,
        [input, indices],
        { shape: out, dtype: input.dtype },
        { saved: [indices] },
      );
    },
  });

/** `(sum of x^p over the window)^(1/p)`, by the ops torch makes of it. */
const lpPool = (rank: number): Op =>
  defineOp({
    names: [`torch.nn.functional.lp_pool${rank}d`],
    params: "(input, norm_type, kernel_size, stride=None, ceil_mode=False)",
    run: (args, ctx) => {
      const p = args.number("norm_type");
      const kernel = perDim(args, "kernel_size", rank, undefined, "lp_pool");
      const powered = ctx.call("torch.pow", [args.tensor("input"), float(p)]);
      const stride = args.has("stride") ? { stride: args.value("stride") } : {};
      const mean = ctx.call(`torch.nn.functional.avg_pool${rank}d`, [powered, tuple(kernel.map(int))], {
        ...stride,
        ceil_mode: bool(args.bool("ceil_mode", false)),
      });
      const sign = ctx.call("torch.sign", [mean]);
      const positive = ctx.call("torch.relu", [ctx.call("torch.abs", [mean])]);
      const scaled = ctx.call("torch.mul", [ctx.call("torch.mul", [sign, positive]), int(product(kernel))]);
      return ctx.call("torch.pow", [scaled, float(1 / p)]);
    },
  });

const fractional = (rank: number, suffix: "" | "_with_indices"): Op =>
  defineOp({
    names: [`torch.nn.functional.fractional_max_pool${rank}d${suffix}`],
    params:
      "(input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const shape = shapeOf(input);
      const lead = shape.length - rank;
      const kernel = perDim(args, "kernel_size", rank, undefined, "fractional_max_pool");
      const sizes = args.has("output_size")
        ? perDim(args, "output_size", rank, undefined, "fractional_max_pool")
        : shape.slice(lead).map((size, i) => {
            const item = args.items("output_ratio")[i] ?? args.items("output_ratio")[0];
            const ratio = item === undefined ? 1 : numberOf(item, "fractional_max_pool");
            return typeof size === "number"
              ? Math.floor(size * ratio)
              : floorDiv(mul(size, Math.round(ratio * 1e6)), 1e6);
          });
      const out = [...shape.slice(0, lead), ...sizes];
      const values = computed(ctx, [input], { shape: out, dtype: input.dtype, random: true });
      const indices = computed(ctx, [input], { shape: out, dtype: "int64", differentiable: false });
      record(ctx, `fractional_max_pool${rank}d`, [input], [values, indices], {
        flops: product([...out, ...kernel]),
        saved: [input, indices],
      });
      const isPair = suffix !== "" || args.bool("return_indices", false);
      return isPair ? tuple([values, indices]) : values;
    },
  });

export const ops: readonly Op[] = [1, 2, 3].flatMap((rank) => [
  ...maxPools(rank),
  averagePool(rank),
  adaptiveAverage(rank),
  ...adaptiveMaximum(rank),
  unpool(rank),
  ...(rank < 3 ? [lpPool(rank)] : []),
  ...(rank > 1 ? [fractional(rank, ""), fractional(rank, "_with_indices")] : []),
]);
