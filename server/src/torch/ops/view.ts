/**
 * Other shapes over the same memory: no work, no bytes. `reshape`, `flatten` and `contiguous` copy where the
 * memory leaves no other way; the copy is an op of its own, `clone`, that reads and writes every element.
 */
import { add, type Dim, floorDiv, mul, product, sub } from "../../graph/dim.ts";
import { bytesPerElement } from "../../graph/dtype.ts";
import { compare } from "../../graph/guard.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { type Args, tensorsOf } from "../_args.ts";
import { emitView, shapeOf, stridesOf } from "../_emit.ts";
import { channelsLastStrides, isChannelsLast } from "../_layout.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { printHint, printShape, wrapDim } from "../_shape.ts";
import { tuple } from "../_value.ts";
import {
  clone,
  contiguous,
  expand,
  flattenDims,
  inferShape,
  permute,
  reshape,
  select,
  squeeze,
  transpose,
  unsqueeze,
  view,
  viewStrides,
} from "../_view.ts";

/** Makes a shape op work in place: same memory, the tensor object changes. */
function adopt(target: Tensor, made: Tensor): Tensor {
  target.become({ shape: made.meta.shape, strides: made.meta.strides, offset: made.meta.offset });
  return target;
}

const squeezed = (args: Args, ctx: OpContext): Tensor => {
  const input = args.tensor("input");
  const dims = args.has("dim") ? args.indices("dim") : shapeOf(input).map((_, i) => i);
  return squeeze(ctx, input, dims);
};

const formatOf = (args: Args): string | undefined => {
  const format = args.optional("memory_format");
  return format?.kind === "token" ? format.name : undefined;
};

/** Sizes of a new dimension made of windows. Source: torch documentation of `Tensor.unfold`. */
function windows(ctx: OpContext, input: Tensor, dimension: number, size: Dim, step: Dim): Tensor {
  const [shape, strides] = [shapeOf(input), stridesOf(input)];
  const at = wrapDim(dimension, shape.length);
  const length = shape[at] ?? 1;
  if (shape.length === 0) return emitView(ctx, "unfold", input, [size], [1]);
  if (compare(size, ">", length, ctx.graph) === true)
    throw new TorchError(
      `maximum size for tensor at dimension ${at} is ${printHint(length)} but size is ${printHint(size)}`,
    );
  const count = add(floorDiv(sub(length, size), step), 1);
  const stride = strides[at] ?? 1;
  return emitView(
    ctx,
    "unfold",
    input,
    [...shape.with(at, count), size],
    [...strides.with(at, mul(stride, step)), stride],
  );
}

function viewAs(args: Args, ctx: OpContext): Tensor {
  const input = args.tensor("input");
  const first = args.items("size")[0];
  if (first?.kind !== "dtype") return view(ctx, input, args.variadicInts("size"));
  const [from, to] = [bytesPerElement(input.dtype), bytesPerElement(first.dtype)];
  const shape = shapeOf(input);
  const last = shape[shape.length - 1] ?? 1;
  if (from === to)
    return emitView(ctx, "view", input, shape, stridesOf(input), input.meta.offset, first.dtype);
  const resized = [...shape.slice(0, -1), floorDiv(mul(last, from), to)];
  const strides = viewStrides(resized, stridesOf(contiguous(ctx, input)), resized) ?? [];
  return emitView(ctx, "view", input, resized, strides, 0, first.dtype);
}

export const ops: readonly Op[] = [
  defineOp({ names: ["torch.Tensor.view"], params: "(input, *size)", run: viewAs }),
  defineOp({
    names: ["torch.Tensor.view_as"],
    params: "(input, other)",
    run: (args, ctx) => view(ctx, args.tensor("input"), shapeOf(args.tensor("other"))),
  }),
  defineOp({
    names: ["torch.Tensor.reshape"],
    params: "(input, *shape)",
    run: (args, ctx) => reshape(ctx, args.tensor("input"), args.variadicInts("shape")),
  }),
  defineOp({
    names: ["torch.reshape"],
    params: "(input, shape)",
    run: (args, ctx) => reshape(ctx, args.tensor("input"), args.ints("shape")),
  }),
  defineOp({
    names: ["torch.Tensor.resize"],
    params: "(input, *shape)",
    run: (args, ctx) => view(ctx, contiguous(ctx, args.tensor("input")), args.variadicInts("shape")),
  }),
  defineOp({
    names: ["torch.Tensor.resize_as"],
    params: "(input, other)",
    run: (args, ctx) => view(ctx, contiguous(ctx, args.tensor("input")), shapeOf(args.tensor("other"))),
  }),
  defineOp({
    names: ["torch.Tensor.reshape_as"],
    params: "(input, other)",
    run: (args, ctx) => reshape(ctx, args.tensor("input"), shapeOf(args.tensor("other"))),
  }),
  defineOp({
    names: ["torch.flatten", "torch.Tensor.flatten"],
    params: "(input, start_dim=0, end_dim=-1)",
    run: (args, ctx) =>
      flattenDims(ctx, args.tensor("input"), args.index("start_dim", 0), args.index("end_dim", -1)),
  }),
  defineOp({
    names: ["torch.ravel", "torch.Tensor.ravel"],
    params: "(input)",
    run: (args, ctx) => {
      const input = contiguous(ctx, args.tensor("input"));
      return shapeOf(input).length === 1 ? input : reshape(ctx, input, [product(shapeOf(input))]);
    },
  }),
  defineOp({
    names: ["torch.unflatten", "torch.Tensor.unflatten"],
    params: "(input, dim, sizes)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const shape = shapeOf(input);
      const at = wrapDim(args.index("dim"), shape.length);
      const sizes = args.ints("sizes");
      const size = shape[at] ?? 1;
      const known = product(sizes.filter((d) => d !== -1));
      const fits = sizes.includes(-1)
        ? compare(mul(floorDiv(size, known), known), "==", size, ctx.graph)
        : compare(known, "==", size, ctx.graph);
      if (fits === false)
        throw new TorchError(
          `unflatten: Provided sizes ${printShape(sizes)} don't multiply up to the size of dim ${at} (${printHint(size)}) in the input tensor`,
        );
      return view(ctx, input, [
        ...shape.slice(0, at),
        ...inferShape(sizes, size, ctx),
        ...shape.slice(at + 1),
      ]);
    },
  }),
  defineOp({
    names: ["torch.Tensor.permute"],
    params: "(input, *dims)",
    run: (args, ctx) => permute(ctx, args.tensor("input"), concreteDims(args)),
  }),
  defineOp({
    names: ["torch.permute"],
    params: "(input, dims)",
    run: (args, ctx) => permute(ctx, args.tensor("input"), args.indices("dims")),
  }),
  defineOp({
    names: [
      "torch.transpose",
      "torch.Tensor.transpose",
      "torch.swapaxes",
      "torch.Tensor.swapaxes",
      "torch.swapdims",
      "torch.Tensor.swapdims",
    ],
    params: ["(input, dim0, dim1)", "(input, axis0, axis1)"],
    run: (args, ctx) => transpose(ctx, args.tensor("input"), ...pair(args)),
  }),
  defineOp({
    names: ["torch.Tensor.transpose_", "torch.Tensor.swapaxes_", "torch.Tensor.swapdims_"],
    params: ["(input, dim0, dim1)", "(input, axis0, axis1)"],
    run: (args, ctx) => adopt(args.tensor("input"), transpose(ctx, args.tensor("input"), ...pair(args))),
  }),
  defineOp({
    names: ["torch.t", "torch.Tensor.t"],
    params: "(input)",
    run: (args, ctx) => transposed(ctx, args.tensor("input")),
  }),
  defineOp({
    names: ["torch.Tensor.t_"],
    params: "(input)",
    run: (args, ctx) => adopt(args.tensor("input"), transposed(ctx, args.tensor("input"))),
  }),
  defineOp({
    names: ["torch.Tensor.T", "torch.Tensor.H"],
    params: "(input)",
    isProperty: true,
    run: (args, ctx) => {
      const input = args.tensor("input");
      return permute(
        ctx,
        input,
        shapeOf(input).map((_, i) => shapeOf(input).length - 1 - i),
      );
    },
  }),
  defineOp({
    names: ["torch.Tensor.mT", "torch.Tensor.mH"],
    params: "(input)",
    isProperty: true,
    run: (args, ctx) => transpose(ctx, args.tensor("input"), -2, -1),
  }),
  defineOp({
    names: ["torch.adjoint", "torch.Tensor.adjoint"],
    params: "(input)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return shapeOf(input).length === 0 ? input : transpose(ctx, input, -2, -1);
    },
  }),
  defineOp({
    names: ["torch.movedim", "torch.Tensor.movedim", "torch.moveaxis", "torch.Tensor.moveaxis"],
    params: "(input, source, destination)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const rank = shapeOf(input).length;
      const source = args.indices("source").map((d) => wrapDim(d, rank));
      const destination = args.indices("destination").map((d) => wrapDim(d, rank));
      if (source.length !== destination.length)
        throw new TorchError(
          `movedim: Invalid source or destination dims: source (${printShape(args.indices("source"))} dims) should contain the same number of dims as destination (${printShape(args.indices("destination"))} dims)`,
        );
      for (const name of ["source", "destination"]) {
        const dims = name === "source" ? source : destination;
        if (new Set(dims).size !== dims.length)
          throw new TorchError(`movedim: repeated dim in \`${name}\` (${printShape(args.indices(name))})`);
      }
      const rest = Array.from({ length: rank }, (_, i) => i).filter((i) => !source.includes(i));
      const order = Array.from({ length: rank }, (_, i) => {
        const at = destination.indexOf(i);
        return at >= 0 ? (source[at] ?? 0) : (rest.shift() ?? 0);
      });
      return permute(ctx, input, order);
    },
  }),
  defineOp({
    names: ["torch.Tensor.expand", "torch.Tensor.broadcast_to"],
    params: "(input, *size, implicit=False)",
    run: (args, ctx) => expand(ctx, args.tensor("input"), args.variadicInts("size")),
  }),
  defineOp({
    names: ["torch.Tensor.expand_as"],
    params: "(input, other)",
    run: (args, ctx) => expand(ctx, args.tensor("input"), shapeOf(args.tensor("other"))),
  }),
  defineOp({
    names: ["torch.broadcast_to"],
    params: "(input, size)",
    run: (args, ctx) => expand(ctx, args.tensor("input"), args.ints("size")),
  }),
  defineOp({
    names: ["torch.unsqueeze", "torch.Tensor.unsqueeze"],
    params: "(input, dim)",
    run: (args, ctx) => unsqueeze(ctx, args.tensor("input"), args.index("dim")),
  }),
  defineOp({
    names: ["torch.Tensor.unsqueeze_"],
    params: "(input, dim)",
    run: (args, ctx) => adopt(args.tensor("input"), unsqueeze(ctx, args.tensor("input"), args.index("dim"))),
  }),
  defineOp({ names: ["torch.squeeze", "torch.Tensor.squeeze"], params: "(input, dim=None)", run: squeezed }),
  defineOp({
    names: ["torch.Tensor.squeeze_"],
    params: "(input, dim=None)",
    run: (args, ctx) => adopt(args.tensor("input"), squeezed(args, ctx)),
  }),
  defineOp({
    names: ["torch.select", "torch.Tensor.select"],
    params: "(input, dim, index)",
    run: (args, ctx) => select(ctx, args.tensor("input"), args.index("dim"), args.int("index")),
  }),
  defineOp({
    names: ["torch.as_strided", "torch.Tensor.as_strided"],
    params: "(input, size, stride, storage_offset=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const offset = args.has("storage_offset") ? args.int("storage_offset") : input.meta.offset;
      return emitView(ctx, "as_strided", input, args.ints("size"), args.ints("stride"), offset);
    },
  }),
  defineOp({
    names: ["torch.Tensor.as_strided_", "torch.as_strided_"],
    params: "(input, size, stride, storage_offset=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const sizes = [args.value("size"), args.value("stride")];
      const offset = args.has("storage_offset") ? [args.value("storage_offset")] : [];
      const made = ctx.call("torch.as_strided", [input, ...sizes, ...offset]);
      return made.kind === "tensor" ? adopt(input, made) : made;
    },
  }),
  defineOp({
    names: ["torch.Tensor.unfold"],
    params: "(input, dimension, size, step)",
    run: (args, ctx) =>
      windows(ctx, args.tensor("input"), args.index("dimension"), args.int("size"), args.int("step")),
  }),
  defineOp({
    names: ["torch.diagonal", "torch.Tensor.diagonal", "torch.linalg.diagonal"],
    params: "(input, offset=0, dim1=0, dim2=1)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const [shape, strides] = [shapeOf(input), stridesOf(input)];
      const [a, b] = [
        wrapDim(args.index("dim1", 0), shape.length),
        wrapDim(args.index("dim2", 1), shape.length),
      ];
      if (a === b) throw new TorchError(`diagonal dimensions cannot be identical ${a}, ${b}`);
      const offset = args.index("offset", 0);
      const [rows, columns] = [
        sub(shape[a] ?? 1, Math.max(-offset, 0)),
        sub(shape[b] ?? 1, Math.max(offset, 0)),
      ];
      const shorter = compare(rows, "<", columns, ctx.graph) === true ? rows : columns;
      const length = compare(shorter, "<", 0, ctx.graph) === true ? 0 : shorter;
      const start = offset >= 0 ? mul(offset, strides[b] ?? 1) : mul(-offset, strides[a] ?? 1);
      const keep = (_: Dim, i: number): boolean => i !== a && i !== b;
      const step = add(strides[a] ?? 1, strides[b] ?? 1);
      return emitView(
        ctx,
        "diagonal",
        input,
        [...shape.filter(keep), length],
        [...strides.filter(keep), step],
        add(input.meta.offset, start),
      );
    },
  }),
  defineOp({
    names: ["torch.Tensor.contiguous"],
    params: "(input, memory_format=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      if (formatOf(args)?.startsWith("torch.channels_last") !== true) return contiguous(ctx, input);
      return isChannelsLast(input) ? input : clone(ctx, input, channelsLastStrides(shapeOf(input)));
    },
  }),
  defineOp({
    names: ["torch.clone", "torch.Tensor.clone", "torch.Tensor.__copy__", "torch.Tensor.__deepcopy__"],
    params: "(input, memo=None, *, memory_format=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const format = formatOf(args);
      if (format === "torch.contiguous_format") return clone(ctx, input, "contiguous");
      if (format?.startsWith("torch.channels_last") === true)
        return clone(ctx, input, channelsLastStrides(shapeOf(input)));
      return clone(ctx, input, "preserve");
    },
  }),
  ...["torch.atleast_1d", "torch.atleast_2d", "torch.atleast_3d"].map((name, i) =>
    defineOp({
      names: [name],
      params: "(*tensors)",
      run: (args, ctx) => {
        const widen = (given: Tensor): Tensor => {
          let tensor = given;
          while (shapeOf(tensor).length <= i)
            tensor = unsqueeze(ctx, tensor, shapeOf(tensor).length === 2 ? 2 : 0);
          return tensor;
        };
        const [first, ...others] = args.items("tensors");
        if (first?.kind === "tensor" && others.length === 0) return widen(first);
        const isSequence = (first?.kind === "list" || first?.kind === "tuple") && others.length === 0;
        return tuple(tensorsOf(isSequence ? first.items : args.items("tensors"), name).map(widen));
      },
    }),
  ),
];

function concreteDims(args: Args): readonly number[] {
  const dims = args.variadicInts("dims");
  return dims.filter((d) => typeof d === "number");
}

function pair(args: Args): readonly [number, number] {
  return args.has("dim0")
    ? [args.index("dim0"), args.index("dim1")]
    : [args.index("axis0"), args.index("axis1")];
}

function transposed(ctx: OpContext, input: Tensor): Tensor {
  const rank = shapeOf(input).length;
  if (rank > 2) throw new TorchError(`t() expects a tensor with <= 2 dimensions, but self is ${rank}D`);
  return rank < 2 ? input : transpose(ctx, input, 0, 1);
}
