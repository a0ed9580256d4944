/** In-place fills, copies and random draws: they write their bytes; draws make the tensor differ from run to run. */
import { isFloating } from "../../graph/dtype.ts";
import { contiguousStrides, type Tensor } from "../../graph/tensor.ts";
import { type Args, asNumber } from "../_args.ts";
import { filled } from "../_create.ts";
import { broadcastData } from "../_data.ts";
import { bytesFor, bytesRead, emitInPlace, emitOne, shapeOf } from "../_emit.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { scalarName } from "../_pointwise.ts";
import { broadcast, checkInPlace } from "../_shape.ts";

function fill(ctx: OpContext, input: Tensor, value: number | undefined, name: string): Tensor {
  const shape = shapeOf(input);
  return emitInPlace(ctx, name, input, [], filled(shape, value), {
    bytesRead: 0,
    bytesWritten: bytesFor(shape, input.dtype),
  });
}

const draws: readonly (readonly [name: string, params: string])[] = [
  ["uniform_", "(input, from=0, to=1, *, generator=None)"],
  ["normal_", "(input, mean=0, std=1, *, generator=None)"],
  ["bernoulli_", "(input, p=0.5, *, generator=None)"],
  ["exponential_", "(input, lambd=1, *, generator=None)"],
  ["random_", "(input, from=0, to=None, *, generator=None)"],
  ["log_normal_", "(input, mean=1, std=2, *, generator=None)"],
  ["cauchy_", "(input, median=0, sigma=1, *, generator=None)"],
  ["geometric_", "(input, p, *, generator=None)"],
];

const draw = (ctx: OpContext, input: Tensor, name: string): Tensor => {
  fill(ctx, input, undefined, name);
  input.become({ varies: true });
  return input;
};

function copy(args: Args, ctx: OpContext): Tensor {
  const given = args.value("src");
  if (given.kind !== "tensor") return fill(ctx, args.tensor("input"), asNumber(given), "fill_");
  const [target, source] = [args.tensor("input"), given];
  const shape = shapeOf(target);
  checkInPlace(shape, [shapeOf(source)], ctx);
  return emitInPlace(ctx, "copy_", target, [source], broadcastData(source, shape), {
    bytesRead: bytesRead([source]),
    bytesWritten: bytesFor(shape, target.dtype),
  });
}

export const ops: readonly Op[] = [
  ...draws.map(([name, params]) =>
    defineOp({
      names: [`torch.Tensor.${name}`],
      params,
      run: (args, ctx) => draw(ctx, args.tensor("input"), name),
    }),
  ),
  defineOp({
    names: ["torch.Tensor.fill_", "torch.fill_"],
    params: "(input, value)",
    run: (args, ctx) => fill(ctx, args.tensor("input"), asNumber(args.operand("value")), "fill_"),
  }),
  defineOp({
    names: ["torch.fill"],
    params: "(input, value)",
    run: (args, ctx) => ctx.call("torch.full_like", [args.tensor("input"), args.value("value")]),
  }),
  defineOp({
    names: ["torch.Tensor.zero_", "torch.zero_"],
    params: "(input)",
    run: (args, ctx) => fill(ctx, args.tensor("input"), 0, "zero_"),
  }),
  defineOp({
    names: ["torch.Tensor.fill_diagonal_"],
    params: "(input, fill_value, wrap=False)",
    run: (args, ctx) =>
      emitInPlace(ctx, "fill_diagonal_", args.tensor("input"), [], undefined, {
        bytesRead: 0,
        bytesWritten: 0,
      }),
  }),
  defineOp({ names: ["torch.Tensor.copy_"], params: "(input, src, non_blocking=False)", run: copy }),
  defineOp({
    names: ["torch.Tensor.set_"],
    params: "(input, source=None, storage_offset=0, size=None, stride=None)",
    run: (args) => {
      const target = args.tensor("input");
      const source = args.optionalTensor("source");
      if (source !== undefined) {
        const { shape, strides, offset, storage, dtype } = source.meta;
        target.become({ shape, strides, offset, storage, dtype });
      }
      return target;
    },
  }),
  defineOp({
    names: ["torch.Tensor.resize_", "torch.Tensor.resize_as_", "torch.resize_as_"],
    params: "(input, *sizes, memory_format=None)",
    run: (args) => {
      const target = args.tensor("input");
      const [first] = args.items("sizes");
      const shape = first?.kind === "tensor" ? shapeOf(first) : args.variadicInts("sizes");
      target.become({ shape, strides: contiguousStrides(shape) });
      return target;
    },
  }),
  defineOp({
    names: ["torch.bernoulli", "torch.Tensor.bernoulli"],
    params: "(input, p=None, *, generator=None, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return emitOne(ctx, "bernoulli", [input], { shape: shapeOf(input), dtype: input.dtype, random: true });
    },
  }),
  defineOp({
    names: ["torch.poisson"],
    params: "(input, generator=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return emitOne(ctx, "poisson", [input], { shape: shapeOf(input), dtype: input.dtype, random: true });
    },
  }),
  defineOp({
    names: ["torch.binomial"],
    params: "(count, prob, generator=None)",
    run: (args, ctx) => {
      const [count, prob] = [args.tensor("count"), args.tensor("prob")];
      const shape = broadcast([shapeOf(count), shapeOf(prob)], ctx);
      return emitOne(ctx, "binomial", [count, prob], { shape, dtype: count.dtype, random: true });
    },
  }),
  defineOp({
    names: ["torch.multinomial", "torch.Tensor.multinomial"],
    params: "(input, num_samples, replacement=False, *, generator=None, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const rank = shapeOf(input).length;
      if (rank === 0 || rank > 2) throw new TorchError("prob_dist must be 1 or 2 dim");
      if (!isFloating(input.dtype))
        throw new TorchError(
          `multinomial only supports floating-point dtypes for input, got: ${scalarName(input.dtype)}`,
        );
      const shape = [...shapeOf(input).slice(0, -1), args.int("num_samples")];
      return emitOne(ctx, "multinomial", [input], {
        shape,
        dtype: "int64",
        random: true,
        differentiable: false,
      });
    },
  }),
];
