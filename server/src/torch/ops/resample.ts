/**
 * Resizing, sampling on grids, pixel shuffles, sliding blocks. FLOPs per output element: nearest 0, linear 3 and
 * bilinear 7 (torch's weights and sums), trilinear 15, bicubic 35, area as average pooling; grid sampling adds 4 for
 * the coordinates.
 */
import { add, type Dim, floorDiv, hintOf, mul, product } from "../../graph/dim.ts";
import type { Shape, Tensor } from "../../graph/tensor.ts";
import { type Args, numberOf } from "../_args.ts";
import { emitOne, shapeOf } from "../_emit.ts";
import { channelsLastStrides, isChannelsLast } from "../_layout.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { divideEvenly, printHint, printShape } from "../_shape.ts";
import { int, tuple, type Value } from "../_value.ts";
import { perDim, windowCount } from "../_window.ts";

const flopsPerElement: Readonly<Record<string, number>> = {
  nearest: 0,
  "nearest-exact": 0,
  linear: 3,
  bilinear: 7,
  trilinear: 15,
  bicubic: 35,
};
const ranks: Readonly<Record<string, readonly number[]>> = {
  linear: [3],
  bilinear: [4],
  trilinear: [5],
  bicubic: [4],
  nearest: [3, 4, 5],
  "nearest-exact": [3, 4, 5],
  area: [3, 4, 5],
};

/** `floor(size * scale)`; a symbolic size needs a scale that is a ratio of small integers. */
function scaled(size: Dim, scale: number): Dim {
  if (typeof size === "number") return Math.floor(size * scale);
  const inverse = Math.round(1 / scale);
  if (Number.isInteger(scale)) return mul(size, scale);
  return Math.abs(1 / scale - inverse) < 1e-9
    ? floorDiv(size, inverse)
    : floorDiv(mul(size, Math.round(scale * 65536)), 65536);
}

function outputSize(args: Args, shape: Shape): readonly Dim[] {
  const rank = shape.length - 2;
  const spatial = shape.slice(2);
  if (args.has("size") && args.has("scale_factor"))
    throw new TorchError("only one of size or scale_factor should be defined", "ValueError");
  if (args.has("size")) {
    const sizes = args.ints("size");
    if (sizes.length !== 1 && sizes.length !== rank)
      throw new TorchError(
        `Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of ${printShape(spatial)} and output size of ${printShape(sizes)}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and output size in (o1, o2, ...,oK) format.`,
        "ValueError",
      );
    return spatial.map((_, i) => sizes[sizes.length === 1 ? 0 : i] ?? 1);
  }
  if (!args.has("scale_factor"))
    throw new TorchError("either size or scale_factor should be defined", "ValueError");
  const factors = args.items("scale_factor").map((v) => numberOf(v, "interpolate"));
  return spatial.map((size, i) => scaled(size, factors[factors.length === 1 ? 0 : i] ?? 1));
}

function interpolate(args: Args, ctx: OpContext): Value {
  const input = args.tensor("input");
  const shape = shapeOf(input);
  const mode = args.string("mode", "nearest");
  if (shape.length < 3 || shape.length > 5 || ranks[mode]?.includes(shape.length) !== true)
    throw new TorchError(
      `Input Error: Only 3D, 4D and 5D input Tensors supported (got ${shape.length}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | area | nearest-exact (got ${mode})`,
      "NotImplementedError",
    );
  const out = outputSize(args, shape);
  if (out.some((d) => (hintOf(d) ?? 1) <= 0))
    throw new TorchError(
      `Input and output sizes should be greater than 0, but got input (${axes(shape.slice(2))}) output (${axes(out)})`,
    );
  if (mode === "area")
    return ctx.call(`torch.nn.functional.adaptive_avg_pool${shape.length - 2}d`, [
      input,
      tuple(out.map(int)),
    ]);
  return resize(ctx, input, out, mode);
}

/** `H: 7, W: 2` */
const axes = (sizes: readonly Dim[]): string =>
  sizes.map((size, i) => `${"DHW".charAt(i + 3 - sizes.length)}: ${printHint(size)}`).join(", ");

function resize(ctx: OpContext, input: Tensor, out: readonly Dim[], mode: string): Tensor {
  const shape = [...shapeOf(input).slice(0, 2), ...out];
  const name = mode.startsWith("nearest")
    ? `${mode === "nearest" ? "" : "_"}upsample_${mode.replace("-", "_")}${out.length}d`
    : `upsample_${mode}${mode === "linear" ? "1d" : mode === "trilinear" ? "3d" : "2d"}`;
  const strides = isChannelsLast(input) ? channelsLastStrides(shape) : undefined;
  return emitOne(
    ctx,
    name,
    [input],
    { shape, dtype: input.dtype, strides },
    { flops: mul(flopsPerElement[mode] ?? 0, product(shape)) },
  );
}

/** `[N, C r r, H, W]` to `[N, C, H r, W r]`, as one op that moves every element. */
function pixelShuffle(args: Args, ctx: OpContext): Tensor {
  const input = args.tensor("input");
  const r = args.int("upscale_factor");
  const shape = shapeOf(input);
  const [channels = 1, height = 1, width = 1] = shape.slice(-3);
  const left = divideEvenly(channels, mul(r, r), ctx);
  if (left === undefined)
    throw new TorchError(
      `pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)=${printHint(channels)} is not divisible by ${printHint(mul(r, r))}`,
    );
  return emitOne(ctx, "pixel_shuffle", [input], {
    shape: [...shape.slice(0, -3), left, mul(height, r), mul(width, r)],
    dtype: input.dtype,
  });
}

function pixelUnshuffle(args: Args, ctx: OpContext): Tensor {
  const input = args.tensor("input");
  const r = args.int("downscale_factor");
  const shape = shapeOf(input);
  const [channels = 1, height = 1, width = 1] = shape.slice(-3);
  const [h, w] = [divideEvenly(height, r, ctx), divideEvenly(width, r, ctx)];
  if (h === undefined || w === undefined)
    throw new TorchError(
      `pixel_unshuffle expects ${h === undefined ? "height" : "width"} to be divisible by downscale_factor, but input.size(${h === undefined ? -2 : -1})=${printHint(h === undefined ? height : width)} is not divisible by ${printHint(r)}`,
    );
  return emitOne(ctx, "pixel_unshuffle", [input], {
    shape: [...shape.slice(0, -3), product([channels, r, r]), h, w],
    dtype: input.dtype,
  });
}

/** Sliding blocks to columns: `[N, C, *]` to `[N, C k, L]`. */
function unfold(args: Args, ctx: OpContext): Tensor {
  const input = args.tensor("input");
  const given = shapeOf(input);
  const batch = given.length === 4 ? [given[0] ?? 1] : [];
  const [channels = 1, ...spatial] = given.slice(-3);
  const at = (name: string, fallback: Dim | undefined): readonly Dim[] =>
    perDim(args, name, 2, fallback, "im2col");
  const [kernel, stride, padding, dilation] = [
    at("kernel_size", undefined),
    at("stride", 1),
    at("padding", 0),
    at("dilation", 1),
  ];
  const blocks = spatial.map((size, i) =>
    windowCount(
      size,
      {
        kernel: kernel[i] ?? 1,
        stride: stride[i] ?? 1,
        padding: padding[i] ?? 0,
        dilation: dilation[i] ?? 1,
        ceil: false,
      },
      ctx,
    ),
  );
  if (blocks.some((d) => (hintOf(d) ?? 1) < 1))
    throw new TorchError(
      `Given input with spatial size (${spatial.map(printHint).join(", ")}), kernel_size=(${kernel.map(printHint).join(", ")}), dilation=(${dilation.map(printHint).join(", ")}), padding=(${padding.map(printHint).join(", ")}), calculated shape of the array of sliding blocks as (${blocks.map(printHint).join(", ")}), but its components must be at least one.`,
    );
  return emitOne(ctx, "im2col", [input], {
    shape: [...batch, mul(channels, product(kernel)), product(blocks)],
    dtype: input.dtype,
  });
}

function fold(args: Args, ctx: OpContext): Tensor {
  const input = args.tensor("input");
  const shape = shapeOf(input);
  const at = (name: string, fallback: Dim | undefined): readonly Dim[] =>
    perDim(args, name, 2, fallback, "col2im");
  const [size, kernel, stride, padding, dilation] = [
    at("output_size", undefined),
    at("kernel_size", undefined),
    at("stride", 1),
    at("padding", 0),
    at("dilation", 1),
  ];
  const [columns = 1, length = 1] = shape.slice(-2);
  const channels = divideEvenly(columns, product(kernel), ctx);
  if (channels === undefined)
    throw new TorchError(
      `Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)=${printHint(columns)} and kernel_size=(${kernel.map(printHint).join(", ")}).`,
    );
  const blocks = size.map((d, i) =>
    windowCount(
      d,
      {
        kernel: kernel[i] ?? 1,
        stride: stride[i] ?? 1,
        padding: padding[i] ?? 0,
        dilation: dilation[i] ?? 1,
        ceil: false,
      },
      ctx,
    ),
  );
  if (hintOf(product(blocks)) !== hintOf(length))
    throw new TorchError(
      `Given output_size=(${size.map(printHint).join(", ")}), kernel_size=(${kernel.map(printHint).join(", ")}), dilation=(${dilation.map(printHint).join(", ")}), padding=(${padding.map(printHint).join(", ")}), stride=(${stride.map(printHint).join(", ")}), expected size of input's dimension 2 to match the calculated number of sliding blocks ${blocks.map(printHint).join(" * ")} = ${printHint(product(blocks))}, but got input.size(2)=${printHint(length)}.`,
    );
  return emitOne(
    ctx,
    "col2im",
    [input],
    { shape: [...shape.slice(0, -2), channels, ...size], dtype: input.dtype },
    { flops: product(shape) },
  );
}

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.nn.functional.interpolate", "torch.nn.functional.upsample"],
    params:
      "(input, size=None, scale_factor=None, mode='nearest', align_corners=None, recompute_scale_factor=None, antialias=False)",
    run: interpolate,
  }),
  ...["nearest", "bilinear"].map((mode) =>
    defineOp({
      names: [`torch.nn.functional.upsample_${mode}`],
      params: "(input, size=None, scale_factor=None)",
      run: (args, ctx) =>
        resize(ctx, args.tensor("input"), outputSize(args, shapeOf(args.tensor("input"))), mode),
    }),
  ),
  defineOp({
    names: ["torch.nn.functional.grid_sample", "torch.grid_sampler"],
    params: "(input, grid, mode='bilinear', padding_mode='zeros', align_corners=None)",
    autocast: "promote",
    run: (args, ctx) => {
      const [input, grid] = [args.tensor("input"), args.tensor("grid")];
      const [x, g] = [shapeOf(input), shapeOf(grid)];
      if (x.length !== g.length)
        throw new TorchError(
          `grid_sampler(): expected grid and input to have same number of dimensions, but got input with sizes ${printShape(x)} and grid with sizes ${printShape(g)}`,
        );
      if (hintOf(g[g.length - 1] ?? 0) !== x.length - 2)
        throw new TorchError(
          `grid_sampler(): expected grid to have size ${x.length - 2} in last dimension, but got grid with sizes ${printShape(g)}`,
        );
      const shape = [x[0] ?? 1, x[1] ?? 1, ...g.slice(1, -1)];
      const mode = args.raw("mode")?.kind === "string" ? args.string("mode") : "bilinear";
      const perElement = mode === "nearest" ? 0 : mode === "bicubic" ? 35 : x.length === 5 ? 15 : 7;
      return emitOne(
        ctx,
        `grid_sampler_${x.length - 2}d`,
        [input, grid],
        { shape, dtype: input.dtype },
        { flops: add(mul(perElement, product(shape)), mul(4, product(g))), saved: [input, grid] },
      );
    },
  }),
  defineOp({
    names: ["torch.nn.functional.affine_grid"],
    params: "(theta, size, align_corners=None)",
    run: (args, ctx) => {
      const theta = args.tensor("theta");
      const size = args.ints("size");
      const rank = size.length - 2;
      const [batch = 1, ...spatial] = [size[0] ?? 1, ...size.slice(2)];
      const shape = [batch, ...spatial, rank];
      // One op to torch: its counters of products do not see the small one inside.
      const flops = mul(2, product([batch, ...spatial, rank + 1, rank]));
      return emitOne(
        ctx,
        "affine_grid_generator",
        [theta],
        { shape, dtype: theta.dtype },
        { flops, saved: [] },
      );
    },
  }),
  defineOp({
    names: ["torch.nn.functional.pixel_shuffle", "torch.pixel_shuffle"],
    params: "(input, upscale_factor)",
    run: pixelShuffle,
  }),
  defineOp({
    names: ["torch.nn.functional.pixel_unshuffle", "torch.pixel_unshuffle"],
    params: "(input, downscale_factor)",
    run: pixelUnshuffle,
  }),
  defineOp({
    names: [
      "torch.nn.functional.channel_shuffle",
      "torch.nn.functional.native_channel_shuffle",
      "torch.channel_shuffle",
    ],
    params: "(input, groups)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return emitOne(ctx, "channel_shuffle", [input], { shape: shapeOf(input), dtype: input.dtype });
    },
  }),
  defineOp({
    names: ["torch.nn.functional.unfold"],
    params: "(input, kernel_size, dilation=1, padding=0, stride=1)",
    run: unfold,
  }),
  defineOp({
    names: ["torch.nn.functional.fold"],
    params: "(input, output_size, kernel_size, dilation=1, padding=0, stride=1)",
    run: fold,
  }),
];
