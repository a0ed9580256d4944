/** Joining, splitting, repeating, padding. Splits are views; joins and repeats copy every element once. */
import { add, type Dim, floorDiv, hintOf, mul, product, sub, sum } from "../../graph/dim.ts";
import { type DType, resultType } from "../../graph/dtype.ts";
import { compare } from "../../graph/guard.ts";
import { dataOf, type Shape, Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { concrete } from "../_data.ts";
import { bytesFor, emitOne, shapeOf } from "../_emit.ts";
import { channelsLastStrides, isChannelsLast, preservedStrides } from "../_layout.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { equal, printHint, printShape, wrapDim } from "../_shape.ts";
import { list, tuple, type Value } from "../_value.ts";
import { expand, narrow, reshape, select, unsqueeze } from "../_view.ts";

const promotedOf = (tensors: readonly Tensor[]): DType =>
  resultType(tensors.map((t) => ({ dtype: t.dtype, rank: shapeOf(t).length === 0 ? "zero-dim" : "tensor" })));

/** An empty 1-D tensor joins with anything, for the sake of old code. */
const isLegacyEmpty = (tensor: Tensor): boolean => shapeOf(tensor).length === 1 && shapeOf(tensor)[0] === 0;

function cat(ctx: OpContext, all: readonly Tensor[], dim: number, name = "cat"): Tensor {
  if (all.length === 0) throw new TorchError("torch.cat(): expected a non-empty list of Tensors");
  const tensors = all.filter((t) => !isLegacyEmpty(t));
  const first = tensors[0] ?? all[0];
  if (first === undefined) throw new TorchError("torch.cat(): expected a non-empty list of Tensors");
  const shape = shapeOf(first);
  if (shape.length === 0)
    throw new TorchError("zero-dimensional tensor (at position 0) cannot be concatenated");
  const at = wrapDim(dim, shape.length);
  for (const [i, tensor] of tensors.entries()) checkJoin(shape, shapeOf(tensor), at, i, ctx);
  const out = shape.with(at, sum(tensors.map((t) => shapeOf(t)[at] ?? 1)));
  const dtype = promotedOf(all);
  const strides = tensors.every(isChannelsLast) && tensors.length > 0 ? channelsLastStrides(out) : undefined;
  return emitOne(ctx, name, all, {
    strides,
    shape: tensors.length === 0 ? [0] : out,
    dtype,
    data: joinData(tensors, out, at),
  });
}

function checkJoin(shape: Shape, other: Shape, at: number, index: number, ctx: OpContext): void {
  if (shape.length !== other.length)
    throw new TorchError(
      `Tensors must have same number of dimensions: got ${shape.length} and ${other.length}`,
    );
  for (const [d, size] of shape.entries()) {
    if (d === at || equal(size, other[d] ?? 1, ctx)) continue;
    throw new TorchError(
      `Sizes of tensors must match except in dimension ${at}. Expected size ${printHint(size)} but got size ${printHint(other[d] ?? 1)} for tensor number ${index} in the list.`,
    );
  }
}

function joinData(tensors: readonly Tensor[], out: Shape, at: number): readonly number[] | undefined {
  const sizes = concrete(out);
  if (sizes === undefined || sizes.reduce((a, b) => a * b, 1) > 4096) return undefined;
  const outer = sizes.slice(0, at).reduce((a, b) => a * b, 1);
  const parts: { data: readonly number[]; step: number }[] = [];
  for (const tensor of tensors) {
    const data = dataOf(tensor.meta);
    if (data === undefined) return undefined;
    parts.push({ data, step: data.length / Math.max(outer, 1) });
  }
  const result: number[] = [];
  for (let i = 0; i < outer; i++)
    for (const { data, step } of parts) result.push(...data.slice(i * step, (i + 1) * step));
  return result;
}

function stack(ctx: OpContext, tensors: readonly Tensor[], dim: number): Tensor {
  const first = tensors[0];
  if (first === undefined) throw new TorchError("stack expects a non-empty TensorList");
  const shape = shapeOf(first);
  const at = wrapDim(dim, shape.length + 1);
  for (const [i, tensor] of tensors.entries()) {
    const other = shapeOf(tensor);
    if (other.length !== shape.length || other.some((d, k) => !equal(d, shape[k] ?? 1, ctx)))
      throw new TorchError(
        `stack expects each tensor to be equal size, but got ${printShape(shape)} at entry 0 and ${printShape(other)} at entry ${i}`,
      );
  }
  const out = shape.toSpliced(at, 0, tensors.length);
  return emitOne(ctx, "stack", tensors, {
    shape: out,
    dtype: promotedOf(tensors),
    data: joinData(tensors, out, at),
  });
}

/** Views of `sizes` elements one after another. */
function splitInto(
  ctx: OpContext,
  input: Tensor,
  sizes: readonly Dim[],
  dim: number,
  name = "split",
): Tensor[] {
  let start: Dim = 0;
  return sizes.map((size) => {
    const part = narrow(ctx, input, dim, start, size, 1, name);
    start = add(start, size);
    return part;
  });
}

function split(ctx: OpContext, input: Tensor, by: Value, dim: number): Value {
  const shape = shapeOf(input);
  const at = wrapDim(dim, shape.length);
  const size = shape[at] ?? 1;
  if (by.kind === "list" || by.kind === "tuple") {
    const sizes = by.items.map((v) => (v.kind === "int" ? v.value : 0));
    if (!equal(sum(sizes), size, ctx))
      throw new TorchError(
        `split_with_sizes expects split_sizes to sum exactly to ${printHint(size)} (input tensor's size at dimension ${at}), but got split_sizes=${printShape(sizes)}`,
      );
    return tuple(splitInto(ctx, input, sizes, at));
  }
  const step = by.kind === "int" ? by.value : 1;
  return tuple(splitInto(ctx, input, evenSizes(size, step, ctx), at));
}

/** Pieces of `step`, the last one smaller. The number of pieces must be concrete: it follows the hints. */
function evenSizes(size: Dim, step: Dim, ctx: OpContext): readonly Dim[] {
  if ((hintOf(step) ?? 1) <= 0 && size !== 0)
    throw new TorchError(`split expects split_size be non-negative, but got split_size=${printHint(step)}`);
  const count = Math.max(1, Math.ceil((hintOf(size) ?? 1) / (hintOf(step) ?? 1)));
  compare(mul(count, step), ">=", size, ctx.graph);
  const last = sub(size, mul(count - 1, step));
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? last : step));
}

function chunk(ctx: OpContext, input: Tensor, chunks: number, dim: number): Value {
  const at = wrapDim(dim, shapeOf(input).length);
  if (chunks <= 0) throw new TorchError(`chunk expects \`chunks\` to be greater than 0, got: ${chunks}`);
  const size = shapeOf(input)[at] ?? 1;
  const step = floorDiv(add(size, chunks - 1), chunks);
  if (typeof size !== "number" && compare(mul(step, chunks), "==", size, ctx.graph) === true)
    return tuple(splitInto(ctx, input, new Array<Dim>(chunks).fill(step), at));
  return tuple(
    splitInto(ctx, input, size === 0 ? new Array<Dim>(chunks).fill(0) : evenSizes(size, step, ctx), at),
  );
}

/** As NumPy's `array_split`: the first pieces are one larger. */
function tensorSplit(args: Args, ctx: OpContext, dim: number): Value {
  const input = args.tensor("input");
  const at = wrapDim(dim, shapeOf(input).length);
  const size = hintOf(shapeOf(input)[at] ?? 1) ?? 1;
  const name = ["indices", "sections"].find((each) => args.has(each)) ?? "indices_or_sections";
  const by = args.value(name);
  if (by.kind === "int") {
    const n = hintOf(by.value) ?? 1;
    const sizes = Array.from({ length: n }, (_, i) => Math.floor(size / n) + (i < size % n ? 1 : 0));
    return tuple(splitInto(ctx, input, sizes, at, "tensor_split"));
  }
  const cuts = [0, ...args.indices(name), size].map((c) => Math.min(c < 0 ? c + size : c, size));
  const sizes = cuts.slice(1).map((c, i) => Math.max(0, c - (cuts[i] ?? 0)));
  return tuple(splitInto(ctx, input, sizes, at, "tensor_split"));
}

function unbind(ctx: OpContext, input: Tensor, dim: number): Value {
  const at = wrapDim(dim, shapeOf(input).length);
  const size = shapeOf(input)[at] ?? 1;
  const count = hintOf(size);
  if (count === undefined) throw new TorchError("unbind(): the size is known only at run time");
  equal(size, count, ctx);
  return tuple(Array.from({ length: count }, (_, i) => select(ctx, input, at, i)));
}

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
  const data = shape.length === 1 ? interleaved(dataOf(flat.meta), times, by) : undefined;
  return emitOne(ctx, "repeat_interleave", inputs, { shape: shape.with(at, total), dtype: flat.dtype, data });
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

const stackLike = (
  name: string,
  prepare: (ctx: OpContext, tensor: Tensor) => Tensor,
  dim: (rank: number) => number,
): Op =>
  defineOp({
    names: [`torch.${name}`],
    params: "(tensors, *, out=None)",
    run: (args, ctx) => {
      const tensors = args.tensors("tensors").map((t) => prepare(ctx, t));
      return cat(ctx, tensors, dim(shapeOf(tensors[0] ?? args.tensor("tensors")).length));
    },
  });

const atLeast =
  (rank: number) =>
  (ctx: OpContext, tensor: Tensor): Tensor => {
    let wide = tensor;
    while (shapeOf(wide).length < rank) wide = unsqueeze(ctx, wide, shapeOf(wide).length === 2 ? 2 : 0);
    return wide;
  };

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.cat", "torch.concat", "torch.concatenate"],
    params: "(tensors, dim=0, *, out=None)",
    autocast: "promote",
    run: (args, ctx) => cat(ctx, args.tensors("tensors"), args.index("dim", 0)),
  }),
  defineOp({
    names: ["torch.stack"],
    params: "(tensors, dim=0, *, out=None)",
    autocast: "promote",
    run: (args, ctx) => stack(ctx, args.tensors("tensors"), args.index("dim", 0)),
  }),
  stackLike("hstack", atLeast(1), (rank) => (rank === 1 ? 0 : 1)),
  stackLike("vstack", atLeast(2), () => 0),
  stackLike("row_stack", atLeast(2), () => 0),
  stackLike("dstack", atLeast(3), () => 2),
  stackLike(
    "column_stack",
    (ctx, t) => (shapeOf(t).length < 2 ? reshape(ctx, t, [product(shapeOf(t)), 1]) : t),
    () => 1,
  ),
  defineOp({
    names: ["torch.split", "torch.Tensor.split", "torch.unsafe_split", "torch.Tensor.unsafe_split"],
    params: ["(input, split_size_or_sections, dim=0)", "(input, split_size, dim=0)"],
    run: (args, ctx) =>
      split(
        ctx,
        args.tensor("input"),
        args.optional("split_size_or_sections") ?? args.value("split_size"),
        args.index("dim", 0),
      ),
  }),
  defineOp({
    names: ["torch.split_with_sizes", "torch.Tensor.split_with_sizes"],
    params: "(input, split_sizes, dim=0)",
    run: (args, ctx) => split(ctx, args.tensor("input"), args.value("split_sizes"), args.index("dim", 0)),
  }),
  defineOp({
    names: ["torch.chunk", "torch.Tensor.chunk", "torch.unsafe_chunk", "torch.Tensor.unsafe_chunk"],
    params: "(input, chunks, dim=0)",
    run: (args, ctx) => chunk(ctx, args.tensor("input"), args.index("chunks"), args.index("dim", 0)),
  }),
  defineOp({
    names: ["torch.tensor_split", "torch.Tensor.tensor_split"],
    params: ["(input, indices_or_sections, dim=0)", "(input, indices, dim=0)", "(input, sections, dim=0)"],
    run: (args, ctx) => tensorSplit(args, ctx, args.index("dim", 0)),
  }),
  ...["hsplit", "vsplit", "dsplit"].map((name, i) =>
    defineOp({
      names: [`torch.${name}`, `torch.Tensor.${name}`],
      params: "(input, indices_or_sections)",
      run: (args, ctx) =>
        tensorSplit(
          args,
          ctx,
          i === 0 ? (shapeOf(args.tensor("input")).length === 1 ? 0 : 1) : i === 1 ? 0 : 2,
        ),
    }),
  ),
  defineOp({
    names: ["torch.unbind", "torch.Tensor.unbind"],
    params: "(input, dim=0)",
    run: (args, ctx) => unbind(ctx, args.tensor("input"), args.index("dim", 0)),
  }),
  defineOp({
    names: ["torch.Tensor.__iter__"],
    params: "(input)",
    run: (args, ctx) => {
      if (shapeOf(args.tensor("input")).length === 0)
        throw new TorchError("iteration over a 0-d tensor", "TypeError");
      return unbind(ctx, args.tensor("input"), 0);
    },
  }),
  defineOp({
    names: ["torch.narrow", "torch.Tensor.narrow", "torch.Tensor.narrow_copy"],
    params: "(input, dim, start, length)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const at = wrapDim(args.index("dim"), shapeOf(input).length);
      const size = shapeOf(input)[at] ?? 1;
      const [start, length] = [args.int("start"), args.int("length")];
      const from = compare(start, "<", 0, ctx.graph) === true ? add(start, size) : start;
      if (compare(add(from, length), ">", size, ctx.graph) === true)
        throw new TorchError(
          `start (${printHint(from)}) + length (${printHint(length)}) exceeds dimension size (${printHint(size)}).`,
        );
      return narrow(ctx, input, at, from, length);
    },
  }),
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
    names: ["torch.meshgrid"],
    params: "(*tensors, indexing=None)",
    run: (args, ctx) => {
      const items = args
        .items("tensors")
        .flatMap((v) => (v.kind === "list" || v.kind === "tuple" ? v.items : [v]));
      const tensors = items.filter((v) => v.kind === "tensor");
      const swap = args.has("indexing") && args.string("indexing") === "xy" && tensors.length >= 2;
      const axes = tensors.map((_, i) => (swap && i < 2 ? 1 - i : i));
      const shape = axes.map((_, axis) =>
        product(shapeOf(tensors[axes.indexOf(axis)] ?? args.tensor("tensors"))),
      );
      return tuple(
        tensors.map((t, i) => {
          const flat = shape.map((_, axis): Dim => (axis === axes[i] ? -1 : 1));
          return expand(ctx, reshape(ctx, t, flat), shape);
        }),
      );
    },
  }),
  defineOp({
    names: ["torch.broadcast_tensors"],
    params: "(*tensors)",
    run: (args, ctx) => {
      const tensors = args.tensors("tensors");
      const rank = Math.max(...tensors.map((t) => shapeOf(t).length));
      const shape = Array.from({ length: rank }, (_, i): Dim => {
        const sizes = tensors.map((t) => shapeOf(t)[i - rank + shapeOf(t).length] ?? 1);
        return sizes.find((d) => d !== 1) ?? 1;
      });
      return list(tensors.map((t) => expand(ctx, t, shape)));
    },
  }),
  defineOp({
    names: ["torch.combinations", "torch.cartesian_prod"],
    params: "(*tensors)",
    run: (args, ctx) => {
      const tensors = args.tensors("tensors");
      const [first] = tensors;
      if (first === undefined) throw new TorchError("cartesian_prod(): expected at least one tensor");
      const shape = [product(tensors.map((t) => shapeOf(t)[0] ?? 1)), tensors.length];
      return emitOne(ctx, "cartesian_prod", tensors, {
        shape: tensors.length === 1 ? shapeOf(first) : shape,
        dtype: first.dtype,
      });
    },
  }),
  defineOp({
    names: ["torch.roll", "torch.Tensor.roll"],
    params: "(input, shifts, dims=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const strides = isChannelsLast(input) ? channelsLastStrides(shapeOf(input)) : undefined;
      return emitOne(ctx, "roll", [input], { shape: shapeOf(input), dtype: input.dtype, strides });
    },
  }),
  defineOp({
    names: ["torch.flip", "torch.Tensor.flip"],
    params: ["(input, dims)", "(input, *dims)"],
    run: (args, ctx) => {
      const input = args.tensor("input");
      const isFlat = shapeOf(input).length === 1;
      const data = isFlat ? dataOf(input.meta)?.toReversed() : undefined;
      return copyOp(ctx, input, "flip", data);
    },
  }),
  defineOp({
    names: ["torch.fliplr", "torch.flipud", "torch.Tensor.fliplr", "torch.Tensor.flipud"],
    params: "(input)",
    run: (args, ctx) => copyOp(ctx, args.tensor("input"), "flip"),
  }),
  defineOp({
    names: ["torch.rot90", "torch.Tensor.rot90"],
    params: "(input, k=1, dims=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const shape = shapeOf(input);
      const [a = 0, b = 1] = args.has("dims") ? args.indices("dims") : [0, 1];
      const [x, y] = [wrapDim(a, shape.length), wrapDim(b, shape.length)];
      const turned =
        args.index("k", 1) % 2 === 0 ? shape : shape.with(x, shape[y] ?? 1).with(y, shape[x] ?? 1);
      return emitOne(ctx, "rot90", [input], { shape: turned, dtype: input.dtype });
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
