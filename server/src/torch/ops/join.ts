/** Joining tensors: every element is copied once. */
import { add, type Dim, floorDiv, product, sub, sum } from "../../graph/dim.ts";
import { type DType, resultType } from "../../graph/dtype.ts";
import { dataOf, type Shape, type Tensor } from "../../graph/tensor.ts";
import { tensorsOf } from "../_args.ts";
import { concrete } from "../_data.ts";
import { emitOne, shapeOf } from "../_emit.ts";
import { channelsLastStrides, isChannelsLast } from "../_layout.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { equal, printHint, printShape, wrapDim } from "../_shape.ts";
import { list, tuple } from "../_value.ts";
import { expand, reshape, unsqueeze } from "../_view.ts";

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

const stackLike = (
  name: string,
  prepare: (ctx: OpContext, tensor: Tensor) => Tensor,
  dim: (rank: number) => number,
): Op =>
  defineOp({
    names: [`torch.${name}`],
    params: "(tensors, *, out=None)",
    run: (args, ctx) => {
      const tensors = args.tensorList("tensors").map((t) => prepare(ctx, t));
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
    run: (args, ctx) => cat(ctx, args.tensorList("tensors"), args.index("dim", 0)),
  }),
  defineOp({
    names: ["torch.stack"],
    params: "(tensors, dim=0, *, out=None)",
    autocast: "promote",
    run: (args, ctx) => stack(ctx, args.tensorList("tensors"), args.index("dim", 0)),
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
    names: ["torch.meshgrid"],
    params: "(*tensors, indexing=None)",
    run: (args, ctx) => {
      const items = args
        .items("tensors")
        .flatMap((v) => (v.kind === "list" || v.kind === "tuple" ? v.items : [v]));
      const tensors = tensorsOf(items, "meshgrid");
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
    names: ["torch.combinations"],
    params: "(input, r=2, with_replacement=False)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const r = args.index("r", 2);
      const most = args.bool("with_replacement", false)
        ? add(shapeOf(input)[0] ?? 1, r - 1)
        : (shapeOf(input)[0] ?? 1);
      const ordered = product(Array.from({ length: r }, (_, i) => sub(most, i)));
      const orders = Array.from({ length: r }, (_, i) => i + 1).reduce((a, b) => a * b, 1);
      const shape = [floorDiv(ordered, orders), r];
      return emitOne(ctx, "combinations", [input], { shape, dtype: input.dtype });
    },
  }),
  defineOp({
    names: ["torch.cartesian_prod"],
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
];
