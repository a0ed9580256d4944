/** Splitting: views of consecutive parts. */
import { add, type Dim, floorDiv, hintOf, mod, mul, sub, sum } from "../../graph/dim.ts";
import { compare } from "../../graph/guard.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { type Args, dimOf } from "../_args.ts";
import { shapeOf } from "../_emit.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { equal, printHint, printShape, wrapDim } from "../_shape.ts";
import { tuple, type Value } from "../_value.ts";
import { narrow, select } from "../_view.ts";

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
    const sizes = by.items.map((v) => dimOf(v, "split"));
    if (!equal(sum(sizes), size, ctx))
      throw new TorchError(
        `split_with_sizes expects split_sizes to sum exactly to ${printHint(size)} (input tensor's size at dimension ${dim}), but got split_sizes=${printShape(sizes)}`,
      );
    return tuple(splitInto(ctx, input, sizes, at));
  }
  const step = dimOf(by, "split");
  return tuple(splitInto(ctx, input, evenSizes(size, step, ctx), at));
}

/** Pieces of `step`, the last one smaller. The number of pieces must be concrete: it follows the hints. */
function evenSizes(size: Dim, step: Dim, ctx: OpContext): readonly Dim[] {
  if ((hintOf(step) ?? 1) <= 0 && size !== 0)
    throw new TorchError(`split expects split_size be non-negative, but got split_size=${printHint(step)}`);
  const count = Math.max(1, Math.ceil((hintOf(size) ?? 1) / (hintOf(step) ?? 1)));
  ctx.graph.expectOps(count);
  compare(mul(count, step), ">=", size, ctx.graph);
  const last = sub(size, mul(count - 1, step));
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? last : step));
}

function chunk(ctx: OpContext, input: Tensor, chunks: number, dim: number): Value {
  const at = wrapDim(dim, shapeOf(input).length);
  if (chunks <= 0) throw new TorchError(`chunk expects \`chunks\` to be greater than 0, got: ${chunks}`);
  const size = shapeOf(input)[at] ?? 1;
  if (size === 0) ctx.graph.expectOps(chunks);
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
    ctx.graph.expectOps(n);
    const sizes = Array.from({ length: n }, (_, i) => Math.floor(size / n) + (i < size % n ? 1 : 0));
    return tuple(splitInto(ctx, input, sizes, at, "tensor_split"));
  }
  const cuts = [0, ...args.indices(name), size].map((c) => Math.min(c < 0 ? c + size : c, size));
  const sizes = cuts.slice(1).map((c, i) => Math.max(0, c - (cuts[i] ?? 0)));
  return tuple(splitInto(ctx, input, sizes, at, "tensor_split"));
}

function unbind(ctx: OpContext, input: Tensor, dim: number): Value {
  if (shapeOf(input).length === 0)
    throw new TorchError("Dimension specified as 0 but tensor has no dimensions", "IndexError");
  const at = wrapDim(dim, shapeOf(input).length);
  const size = shapeOf(input)[at] ?? 1;
  const count = hintOf(size);
  if (count === undefined) throw new TorchError("unbind(): the size is known only at run time");
  ctx.graph.expectOps(count);
  equal(size, count, ctx);
  return tuple(Array.from({ length: count }, (_, i) => select(ctx, input, at, i)));
}

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.split", "torch.Tensor.split", "torch.unsafe_split", "torch.Tensor.unsafe_split"],
    // The function of the module is written in Python and calls its input otherwise than the method does.
    params: [
      "(input, split_size_or_sections, dim=0)",
      "(input, split_size, dim=0)",
      "(tensor, split_size_or_sections, dim=0)",
    ],
    run: (args, ctx) =>
      split(
        ctx,
        args.tensor(args.optional("tensor") === undefined ? "input" : "tensor"),
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
      run: (args, ctx) => {
        const shape = shapeOf(args.tensor("input"));
        const dim = i === 0 ? (shape.length === 1 ? 0 : 1) : i === 1 ? 0 : 2;
        if (shape.length <= i)
          throw new TorchError(
            `torch.${name} requires a tensor with at least ${i + 1} dimension, but got a tensor with ${shape.length} dimensions!`,
          );
        const by = args.value("indices_or_sections");
        const parts = by.kind === "int" ? by.value : 1;
        const size = shape[dim] ?? 1;
        if (parts === 0 || compare(mod(size, parts), "!=", 0, ctx.graph) === true)
          throw new TorchError(
            `torch.${name} attempted to split along dimension ${dim}, but the size of the dimension ${printHint(size)} is not divisible by the split_size ${printHint(parts)}!`,
          );
        return tensorSplit(args, ctx, dim);
      },
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
    names: ["torch.narrow_copy", "torch.Tensor.narrow_copy"],
    params: "(input, dim, start, length)",
    run: (args, ctx) => {
      const [dim, start, length] = [args.value("dim"), args.value("start"), args.value("length")];
      return ctx.call("torch.clone", [ctx.call("torch.narrow", [args.tensor("input"), dim, start, length])], {
        memory_format: { kind: "token", name: "torch.contiguous_format" },
      });
    },
  }),
  defineOp({
    names: ["torch.narrow", "torch.Tensor.narrow"],
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
];
