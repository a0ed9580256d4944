/** Repeating and moving elements: one op that writes every element of the result. */
import { type Dim, mul, sum } from "../../graph/dim.ts";
import { contiguousStrides, dataOf, type Shape, Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { concrete, movedData } from "../_data.ts";
import { bytesFor, emitOne, shapeOf } from "../_emit.ts";
import { channelsLastStrides, isChannelsLast, preservedStrides } from "../_layout.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { wrapDim } from "../_shape.ts";
import type { Value } from "../_value.ts";
import { reshape } from "../_view.ts";

function repeat(ctx: OpContext, input: Tensor, times: readonly Dim[]): Tensor {
  const shape = shapeOf(input);
  const lead = times.length - shape.length;
  if (lead < 0)
    throw new TorchError(
      "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor",
    );
  const padded = [...new Array<Dim>(lead).fill(1), ...shape];
  const out = padded.map((d, i) => mul(d, times[i] ?? 1));
  return emitOne(ctx, "repeat", [input], {
    shape: out,
    dtype: input.dtype,
    data: repeatData(input, padded, times, out),
  });
}

function repeatData(
  input: Tensor,
  shape: Shape,
  times: readonly Dim[],
  out: Shape,
): readonly number[] | undefined {
  const data = dataOf(input.meta);
  const [sizes, wide] = [concrete(shape), concrete(out)];
  if (data === undefined || sizes === undefined || wide === undefined || times.length === 0) return data;
  const count = wide.reduce((a, b) => a * b, 1);
  if (count > 4096) return undefined;
  return Array.from({ length: count }, (_, flat) => {
    let rest = flat;
    let at = 0;
    let step = 1;
    for (let d = wide.length - 1; d >= 0; d--) {
      const size = sizes[d] ?? 1;
      at += ((rest % (wide[d] ?? 1)) % size) * step;
      rest = Math.floor(rest / (wide[d] ?? 1));
      step *= size;
    }
    return data[at] ?? 0;
  });
}

function repeatInterleave(args: Args, ctx: OpContext): Tensor {
  const given = args.tensor("input");
  const flat = args.has("dim") ? given : reshape(ctx, given, [-1]);
  const shape = shapeOf(flat);
  const at = wrapDim(args.has("dim") ? args.index("dim") : 0, shape.length);
  const by = args.value("repeats");
  const times = by instanceof Tensor ? dataOf(by.meta) : undefined;
  const size = shape[at] ?? 1;
  const total =
    by instanceof Tensor
      ? args.has("output_size")
        ? args.int("output_size")
        : times === undefined
          ? ctx.graph.unbacked("repeat_interleave()", "its size is the sum of `repeats`")
          : times.length === 1
            ? mul(size, times[0] ?? 1)
            : sum(times)
      : mul(size, args.int("repeats"));
  const inputs = by instanceof Tensor ? [flat, by] : [flat];
  const once = by.kind === "int" && typeof by.value === "number" ? by.value : undefined;
  const target = shape.with(at, total);
  const data =
    shape.length === 1
      ? interleaved(dataOf(flat.meta), times, by)
      : once === undefined
        ? undefined
        : movedData(flat, target, (place) => place.with(at, Math.floor((place[at] ?? 0) / once)));
  return emitOne(ctx, "repeat_interleave", inputs, { shape: target, dtype: flat.dtype, data });
}

function interleaved(
  data: readonly number[] | undefined,
  times: readonly number[] | undefined,
  by: Value,
): readonly number[] | undefined {
  const fixed = by.kind === "int" && typeof by.value === "number" ? by.value : undefined;
  if (data === undefined || (times === undefined && fixed === undefined)) return undefined;
  return data.flatMap((x, i) => new Array<number>(fixed ?? times?.[times.length === 1 ? 0 : i] ?? 0).fill(x));
}

/** The last place of a dimension. */
const lastOf = (shape: Shape, d: number): number => {
  const size = shape[d];
  return typeof size === "number" ? size - 1 : 0;
};

function flipped(input: Tensor, dims: readonly number[]): readonly number[] | undefined {
  const shape = shapeOf(input);
  const turned = new Set(dims.map((d) => wrapDim(d, shape.length)));
  return movedData(input, shape, (place) => place.map((i, d) => (turned.has(d) ? lastOf(shape, d) - i : i)));
}

/** Without dimensions, the elements in a row are rolled. */
function rolled(
  input: Tensor,
  shifts: readonly number[],
  dims: readonly number[] | undefined,
): readonly number[] | undefined {
  if (dims === undefined) {
    const data = dataOf(input.meta);
    const by = data === undefined || data.length === 0 ? 0 : (shifts[0] ?? 0) % data.length;
    return data === undefined || by === 0 ? data : [...data.slice(-by), ...data.slice(0, -by)];
  }
  const shape = shapeOf(input);
  const by = new Map<number, number>();
  for (const [i, d] of dims.entries()) {
    const at = wrapDim(d, shape.length);
    by.set(at, (by.get(at) ?? 0) + (shifts[i] ?? 0));
  }
  return movedData(input, shape, (place) =>
    place.map((i, d) => {
      const size = lastOf(shape, d) + 1;
      return (((i - (by.get(d) ?? 0)) % size) + size) % size;
    }),
  );
}

/** Quarter turns from the first dimension towards the second. */
function turned(
  input: Tensor,
  target: Shape,
  [x, y]: readonly [number, number],
  times: number,
): readonly number[] | undefined {
  const shape = shapeOf(input);
  return movedData(input, target, (place) => {
    const [i, j] = [place[x] ?? 0, place[y] ?? 0];
    switch (((times % 4) + 4) % 4) {
      case 1:
        return place.with(x, j).with(y, lastOf(shape, y) - i);
      case 2:
        return place.with(x, lastOf(shape, x) - i).with(y, lastOf(shape, y) - j);
      case 3:
        return place.with(x, lastOf(shape, x) - j).with(y, i);
      default:
        return place;
    }
  });
}

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.Tensor.repeat"],
    params: "(input, *sizes)",
    run: (args, ctx) => repeat(ctx, args.tensor("input"), args.variadicInts("sizes")),
  }),
  defineOp({
    names: ["torch.Tensor.tile"],
    params: "(input, *dims)",
    run: (args, ctx) => tile(ctx, args.tensor("input"), args.variadicInts("dims")),
  }),
  defineOp({
    names: ["torch.tile"],
    params: "(input, dims)",
    run: (args, ctx) => tile(ctx, args.tensor("input"), args.ints("dims")),
  }),
  defineOp({
    names: ["torch.repeat_interleave", "torch.Tensor.repeat_interleave"],
    params: ["(input, repeats, dim=None, *, output_size=None)"],
    run: repeatInterleave,
  }),
  defineOp({
    names: ["torch.roll", "torch.Tensor.roll"],
    params: "(input, shifts, dims=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const shifts = args.indices("shifts");
      const along = args.has("dims") ? args.indices("dims").length : 0;
      if (shifts.length === 0) throw new TorchError("`shifts` required");
      if (along !== shifts.length && (along > 0 || shifts.length > 1))
        throw new TorchError(`shifts and dimensions must align. shifts: ${shifts.length}, dims:${along}`);
      const strides = isChannelsLast(input) ? channelsLastStrides(shapeOf(input)) : undefined;
      const shape = shapeOf(input);
      const data = rolled(input, shifts, args.has("dims") ? args.indices("dims") : undefined);
      return emitOne(ctx, "roll", [input], { shape, dtype: input.dtype, strides, data });
    },
  }),
  defineOp({
    names: ["torch.flip", "torch.Tensor.flip"],
    params: ["(input, dims)", "(input, *dims)"],
    run: (args, ctx) => {
      const input = args.tensor("input");
      return copyOp(ctx, input, "flip", flipped(input, args.indices("dims")));
    },
  }),
  ...["fliplr", "flipud"].map((name, i) =>
    defineOp({
      names: [`torch.${name}`, `torch.Tensor.${name}`],
      params: "(input)",
      run: (args, ctx) => {
        const input = args.tensor("input");
        return copyOp(ctx, input, "flip", flipped(input, [1 - i]));
      },
    }),
  ),
  defineOp({
    names: ["torch.rot90", "torch.Tensor.rot90"],
    params: "(input, k=1, dims=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const shape = shapeOf(input);
      const dims = args.has("dims") ? args.indices("dims") : [0, 1];
      const [a = 0, b = 1] = dims;
      if (dims.length !== 2)
        throw new TorchError(`expected total rotation dims == 2, but got dims = ${dims.length}`);
      if (shape.length < 2)
        throw new TorchError(`expected total dims >= 2, but got total dims = ${shape.length}`);
      if (a === b)
        throw new TorchError(`expected rotation dims to be different, but got dim0 = ${a} and dim1 = ${b}`);
      const [x, y] = [wrapDim(a, shape.length), wrapDim(b, shape.length)];
      const swap = (dims: Shape): Shape => dims.with(x, dims[y] ?? 1).with(y, dims[x] ?? 1);
      // A quarter turn is a flip whose result is then seen transposed.
      const layout =
        args.index("k", 1) % 2 === 0
          ? { shape, strides: contiguousStrides(shape) }
          : { shape: swap(shape), strides: swap(contiguousStrides(shape)) };
      const data = turned(input, layout.shape, [x, y], args.index("k", 1));
      return emitOne(ctx, "rot90", [input], { ...layout, dtype: input.dtype, data });
    },
  }),
];

function tile(ctx: OpContext, input: Tensor, dims: readonly Dim[]): Tensor {
  const lead = shapeOf(input).length - dims.length;
  return repeat(ctx, input, [...new Array<Dim>(Math.max(lead, 0)).fill(1), ...dims]);
}

const copyOp = (ctx: OpContext, input: Tensor, name: string, data?: readonly number[]): Tensor =>
  emitOne(
    ctx,
    name,
    [input],
    { shape: shapeOf(input), dtype: input.dtype, strides: preservedStrides(input), data },
    { bytesWritten: bytesFor(shapeOf(input), input.dtype) },
  );
