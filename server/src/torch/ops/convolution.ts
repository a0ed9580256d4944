/**
 * Convolutions, one op each as in torch.
 *
 * MACs = output elements x (input channels / groups) x kernel elements; transposed: input elements x (output
 * channels / groups) x kernel elements. The bias adds no MACs. Output size: torch documentation of `Conv2d` and
 * `ConvTranspose2d`. The output is channels-last when the input or the weight is. Under `padding="same"` torch pads
 * by an op of its own when the padding is uneven.
 */
import { add, type Dim, floorDiv, hintOf, mul, product, sub } from "../../graph/dim.ts";
import { isComplex } from "../../graph/dtype.ts";
import { compare } from "../../graph/guard.ts";
import type { Shape, Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { complexConvolution } from "../_complex-convolution.ts";
import { emitOne, shapeOf } from "../_emit.ts";
import { channelsLastStrides, isChannelsLast } from "../_layout.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { cppName, scalarName } from "../_pointwise.ts";
import { divideEvenly, equal, printHint, printShape } from "../_shape.ts";
import { int, none, string, tuple } from "../_value.ts";
import { squeeze, unsqueeze } from "../_view.ts";
import { perDim } from "../_window.ts";

interface Setup {
  readonly name: string;
  readonly rank: number;
  readonly input: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  readonly stride: readonly Dim[];
  readonly padding: readonly Dim[];
  readonly dilation: readonly Dim[];
  readonly groups: Dim;
}

const spatial = (shape: Shape): Shape => shape.slice(2);

/** Types that oneDNN convolves: it compares weights before the loops of all other types do, in words of its own. */
const byOneDnn: ReadonlySet<string> = new Set(["float32", "bfloat16"]);

function checkTypes({ input, weight, bias }: Setup): void {
  const other = bias ?? weight;
  if (other.dtype === input.dtype && weight.dtype === input.dtype) return;
  if (bias === undefined && !byOneDnn.has(input.dtype))
    throw new TorchError(
      `expected scalar type ${scalarName(input.dtype)} but found ${scalarName(weight.dtype)}`,
    );
  throw new TorchError(
    bias === undefined
      ? `Input type (torch.${scalarName(input.dtype)}Tensor) and weight type (torch.${scalarName(weight.dtype)}Tensor) should be the same`
      : `Input type (${cppName(input.dtype)}) and bias type (${cppName(bias.dtype)}) should be the same`,
  );
}

function convolve(ctx: OpContext, setup: Setup): Tensor {
  checkTypes(setup);
  const { input, weight, bias, stride, padding, dilation, groups, rank } = setup;
  const [x, w] = [shapeOf(input), shapeOf(weight)];
  const [channels = 1, perGroup = 1, outChannels = 1] = [x[1], w[1], w[0]];
  if (!equal(channels, mul(perGroup, groups), ctx))
    throw new TorchError(
      `Given groups=${printHint(groups)}, weight of size ${printShape(w)}, expected input${printShape(x)} to have ${printHint(mul(perGroup, groups))} channels, but got ${printHint(channels)} channels instead`,
    );
  const kernel = spatial(w);
  const padded = spatial(x).map((size, i) => add(size, mul(2, padding[i] ?? 0)));
  const reach = kernel.map((k, i) => add(mul(dilation[i] ?? 1, sub(k, 1)), 1));
  if (padded.some((size, i) => compare(size, "<", reach[i] ?? 1, ctx.graph) === true)) {
    const sizes = (dims: Shape): string => `(${dims.map(printHint).join(" x ")})`;
    throw new TorchError(
      `Calculated padded input size per channel: ${sizes(padded)}. Kernel size: ${sizes(reach)}. Kernel size can't be greater than actual input size`,
    );
  }
  const out = padded.map((size, i) => add(floorDiv(sub(size, reach[i] ?? 1), stride[i] ?? 1), 1));
  const shape = [x[0] ?? 1, outChannels, ...out];
  const macs = mul(product(shape), mul(perGroup, product(kernel)));
  return emitConvolution(ctx, setup, shape, macs, {
    groups,
    kernel,
    stride,
    padding,
    dilation,
    transposed: false,
    spatial: rank,
    bias: bias !== undefined,
  });
}

function convolveTransposed(ctx: OpContext, setup: Setup, outputPadding: readonly Dim[]): Tensor {
  checkTypes(setup);
  const { input, weight, bias, stride, padding, dilation, groups, rank } = setup;
  const [x, w] = [shapeOf(input), shapeOf(weight)];
  const [channels = 1, inChannels = 1, perGroup = 1] = [x[1], w[0], w[1]];
  if (!equal(channels, inChannels, ctx))
    throw new TorchError(
      `Given transposed=1, weight of size ${printShape(w)}, expected input${printShape(x)} to have ${printHint(inChannels)} channels, but got ${printHint(channels)} channels instead`,
    );
  const kernel = spatial(w);
  const out = spatial(x).map((size, i) => {
    const grown = sub(mul(sub(size, 1), stride[i] ?? 1), mul(2, padding[i] ?? 0));
    return add(add(grown, mul(dilation[i] ?? 1, sub(kernel[i] ?? 1, 1))), add(outputPadding[i] ?? 0, 1));
  });
  if (out.some((d) => compare(d, "<", 1, ctx.graph) === true)) {
    const sizes = (dims: Shape): string =>
      `(${[...(rank === 1 ? [1] : []), ...dims].map(printHint).join(" x ")})`;
    throw new TorchError(
      `Given input size per channel: ${sizes(spatial(x))}. Calculated output size per channel: ${sizes(out)}. Output size is too small`,
    );
  }
  const shape = [x[0] ?? 1, mul(perGroup, groups), ...out];
  const macs = mul(product(x), mul(perGroup, product(kernel)));
  return emitConvolution(ctx, setup, shape, macs, {
    groups,
    kernel,
    stride,
    padding,
    dilation,
    transposed: true,
    spatial: rank,
    bias: bias !== undefined,
  });
}

function emitConvolution(
  ctx: OpContext,
  setup: Setup,
  shape: Shape,
  macs: Dim,
  attributes: Readonly<Record<string, Dim | boolean | readonly Dim[]>>,
): Tensor {
  const { input, weight, bias, name } = setup;
  const saved = [input, weight];
  const strides = isChannelsLast(input) || isChannelsLast(weight) ? channelsLastStrides(shape) : undefined;
  const inputs = bias === undefined ? [input, weight] : [input, weight, bias];
  return emitOne(
    ctx,
    name,
    inputs,
    { shape, dtype: input.dtype, strides },
    { macs, factors: [0, 1], saved, attributes },
  );
}

/** Adds the batch dimension that an unbatched input lacks, and takes it off again. */
function batched(
  ctx: OpContext,
  name: string,
  rank: number,
  input: Tensor,
  run: (input: Tensor) => Tensor,
): Tensor {
  const shape = shapeOf(input);
  if (shape.length === rank + 2) return run(input);
  if (shape.length === rank + 1) return squeeze(ctx, run(unsqueeze(ctx, input, 0)), [0]);
  throw new TorchError(
    `Expected ${rank + 1}D (unbatched) or ${rank + 2}D (batched) input to ${name}, but got input of size: ${printShape(shape)}`,
  );
}

/** Total padding that keeps the size: `d(k-1)`, split left and right. */
function samePadding(
  ctx: OpContext,
  input: Tensor,
  setup: Pick<Setup, "weight" | "dilation" | "stride">,
): { input: Tensor; padding: Dim[] } {
  if (setup.stride.some((s) => s !== 1))
    throw new TorchError("padding='same' is not supported for strided convolutions");
  const total = spatial(shapeOf(setup.weight)).map((k, i) => mul(setup.dilation[i] ?? 1, sub(k, 1)));
  const left = total.map((t) => floorDiv(t, 2));
  const uneven = total.some((t) => divideEvenly(t, 2, ctx) === undefined);
  if (!uneven) return { input, padding: left };
  const extra = total.map((t, i) => sub(t, mul(2, left[i] ?? 0)));
  const pads = extra.toReversed().flatMap((e) => [int(0), int(e)]);
  const padded = ctx.call("torch.nn.functional.pad", [input, tuple(pads), string("constant"), none]);
  if (padded.kind !== "tensor") throw new TorchError("padding failed");
  return { input: padded, padding: left };
}

function setupOf(args: Args, name: string, rank: number, input: Tensor): Setup {
  return {
    name,
    rank,
    input,
    weight: args.tensor("weight"),
    bias: args.optionalTensor("bias"),
    stride: perDim(args, "stride", rank, 1, name),
    padding:
      args.raw("padding")?.kind === "string"
        ? new Array<Dim>(rank).fill(0)
        : perDim(args, "padding", rank, 0, name),
    dilation: perDim(args, "dilation", rank, 1, name),
    groups: args.int("groups", 1),
  };
}

/** `convNd` takes complex numbers apart, `torch.convolution` does not. */
const byParts = (ctx: OpContext, setup: Setup, run: (setup: Setup) => Tensor): Tensor => {
  const types = [setup.input, setup.weight, setup.bias ?? setup.weight];
  return types.every(({ dtype }) => isComplex(dtype))
    ? complexConvolution(ctx, setup, (operands) => run({ ...setup, ...operands }))
    : run(setup);
};

const forward = (rank: number): Op => {
  const name = `conv${rank}d`;
  return defineOp({
    names: [`torch.nn.functional.${name}`, `torch.${name}`],
    params: "(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)",
    autocast: "lower",
    run: (args, ctx) =>
      batched(ctx, name, rank, args.tensor("input"), (input) => {
        const mode = args.raw("padding");
        const same = mode?.kind === "string" && mode.value !== "valid";
        return byParts(ctx, setupOf(args, name, rank, input), (setup) =>
          convolve(ctx, same ? { ...setup, ...samePadding(ctx, setup.input, setup) } : setup),
        );
      }),
  });
};

const transposed = (rank: number): Op => {
  const name = `conv_transpose${rank}d`;
  return defineOp({
    names: [`torch.nn.functional.${name}`, `torch.${name}`],
    params: "(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1)",
    autocast: "lower",
    run: (args, ctx) =>
      batched(ctx, name, rank, args.tensor("input"), (input) =>
        byParts(ctx, setupOf(args, name, rank, input), (setup) =>
          convolveTransposed(ctx, setup, perDim(args, "output_padding", rank, 0, name)),
        ),
      ),
  });
};

export const ops: readonly Op[] = [
  ...[1, 2, 3].flatMap((rank) => [forward(rank), transposed(rank)]),
  defineOp({
    names: ["torch.convolution", "torch._convolution"],
    params: "(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups, *rest)",
    autocast: "lower",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const rank = shapeOf(input).length - 2;
      const isTransposed = args.bool("transposed");
      const setup = setupOf(args, `conv${isTransposed ? "_transpose" : ""}${rank}d`, rank, input);
      return isTransposed
        ? convolveTransposed(ctx, setup, perDim(args, "output_padding", rank, 0, setup.name))
        : convolve(ctx, setup);
    },
  }),
  defineOp({
    names: ["torch.conv_tbc"],
    params: "(input, weight, bias, pad=0)",
    autocast: "lower",
    run: (args, ctx) => {
      const [input, weight] = [args.tensor("input"), args.tensor("weight")];
      const [time = 1, batch = 1] = shapeOf(input);
      const [width = 1, channels = 1, outChannels = 1] = shapeOf(weight);
      const length = add(sub(add(time, mul(2, args.int("pad", 0))), width), 1);
      if ((hintOf(length) ?? 1) < 1)
        throw new TorchError("Kernel size can't be greater than actual input size");
      const shape = [length, batch, outChannels];
      const macs = mul(product(shape), mul(width, channels));
      return emitOne(
        ctx,
        "conv_tbc",
        [input, weight, args.tensor("bias")],
        { shape, dtype: input.dtype },
        { macs, factors: [0, 1], saved: [input, weight] },
      );
    },
  }),
];
