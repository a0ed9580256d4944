/**
 * `torch.tensor([...])` and its kin: tensors from Python values. The op writes its bytes; what the elements are is
 * kept when there are at most 4,096.
 */

import { printDim } from "../../graph/dim.ts";
import type { DType } from "../../graph/dtype.ts";
import { dtypeNamed, toComplex } from "../../graph/dtype.ts";
import { dataOf, Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { cast } from "../_autocast.ts";
import { create } from "../_create.ts";
import { emitView, shapeOf, stridesOf } from "../_emit.ts";
import { defineOp, NotKnown, type Op, type OpContext, TorchError } from "../_op.ts";
import type { Value } from "../_value.ts";
import { clone } from "../_view.ts";

interface Leaves {
  readonly shape: readonly number[];
  readonly kind: "bool" | "int" | "float" | "complex";
  readonly values: readonly number[] | undefined;
}

const rank = { bool: 0, int: 1, float: 2, complex: 3 };

/** Shape and elements of nested lists. @throws TorchError when they are ragged, NotKnown when one is unknown */
function leavesOf(value: Value): Leaves {
  switch (value.kind) {
    case "bool":
      return { shape: [], kind: "bool", values: [Number(value.value)] };
    case "int":
      return { shape: [], kind: "int", values: typeof value.value === "number" ? [value.value] : undefined };
    case "float":
      return { shape: [], kind: "float", values: [value.value] };
    case "complex":
      return { shape: [], kind: "complex", values: undefined };
    case "tensor":
      return tensorLeaves(value);
    case "unknown":
      if (value.number === undefined) throw new NotKnown(value);
      return { shape: [], kind: value.number, values: undefined };
    case "list":
    case "tuple":
      return joined(value.items.map(leavesOf));
    default:
      throw new TorchError(`must be real number, not ${value.kind}`, "TypeError");
  }
}

function tensorLeaves(tensor: Tensor): Leaves {
  const shape = shapeOf(tensor).map((d) => {
    if (typeof d === "number") return d;
    throw new NotKnown({ kind: "unknown", why: `the size ${printDim(d)} is symbolic`, where: undefined });
  });
  const kind = tensor.dtype === "bool" ? "bool" : tensor.dtype.startsWith("float") ? "float" : "int";
  return { shape, kind, values: dataOf(tensor.meta) };
}

function joined(parts: readonly Leaves[]): Leaves {
  const first = parts[0];
  if (first === undefined) return { shape: [0], kind: "float", values: [] };
  const ragged = parts.find(
    (p) => p.shape.length !== first.shape.length || p.shape.some((d, i) => d !== first.shape[i]),
  );
  if (ragged !== undefined)
    throw new TorchError(
      `expected sequence of length ${first.shape[0] ?? 0} at dim 1 (got ${ragged.shape[0] ?? 0})`,
      "ValueError",
    );
  const kind = parts.map((p) => p.kind).reduce((a, b) => (rank[b] > rank[a] ? b : a));
  const values: number[] = [];
  for (const part of parts) {
    if (part.values === undefined) return { shape: [parts.length, ...first.shape], kind, values: undefined };
    for (const value of part.values) values.push(value);
  }
  return { shape: [parts.length, ...first.shape], kind, values };
}

const dtypeOf = (leaves: Leaves, ctx: OpContext): DType =>
  leaves.kind === "bool"
    ? "bool"
    : leaves.kind === "int"
      ? "int64"
      : leaves.kind === "complex"
        ? toComplex(ctx.modes.defaultDtype)
        : ctx.modes.defaultDtype;

function build(ctx: OpContext, value: Value, dtype: DType | undefined, args: Args, device?: string): Tensor {
  const leaves = leavesOf(value);
  return create(ctx, "tensor", {
    shape: leaves.shape,
    dtype: dtype ?? dtypeOf(leaves, ctx),
    device: args.device() ?? device ?? ctx.modes.defaultDevice,
    data: leaves.values,
    requiresGrad: args.bool("requires_grad", false),
  });
}

const legacy: Readonly<Record<string, DType>> = {
  FloatTensor: "float32",
  DoubleTensor: "float64",
  HalfTensor: "float16",
  BFloat16Tensor: "bfloat16",
  LongTensor: "int64",
  IntTensor: "int32",
  ShortTensor: "int16",
  ByteTensor: "uint8",
  CharTensor: "int8",
  BoolTensor: "bool",
};

/** `torch.FloatTensor(2, 3)` is an empty tensor of that size, `torch.FloatTensor([2, 3])` holds the two numbers. */
function legacyConstructor(args: Args, ctx: OpContext, dtype: DType): Tensor {
  const items = args.items("data");
  const first = items[0];
  const device = ctx.modes.defaultDevice;
  if (first === undefined) return create(ctx, "empty", { shape: [0], dtype, device, writes: false });
  if (first instanceof Tensor)
    return first.dtype === dtype
      ? emitView(ctx, "alias", first, shapeOf(first), stridesOf(first))
      : cast(first, dtype, ctx);
  const isSize = first.kind === "tuple" && first.typeName === "torch.Size";
  if (!isSize && (first.kind === "list" || first.kind === "tuple")) return build(ctx, first, dtype, args);
  return create(ctx, "empty", { shape: args.variadicInts("data"), dtype, device, writes: false });
}

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.tensor"],
    params: "(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False)",
    run: (args, ctx) => {
      const value = args.operand("data");
      if (!(value instanceof Tensor)) return build(ctx, value, args.dtype(), args);
      const copy = clone(ctx, value, "preserve");
      return cast(copy, args.dtype() ?? value.dtype, ctx);
    },
  }),
  defineOp({
    names: ["torch.as_tensor", "torch.asarray", "torch.from_numpy"],
    params: "(data, dtype=None, device=None, *, copy=None, requires_grad=False)",
    run: (args, ctx) => {
      const value = args.operand("data");
      return value instanceof Tensor
        ? cast(value, args.dtype() ?? value.dtype, ctx)
        : build(ctx, value, args.dtype(), args);
    },
  }),
  defineOp({
    names: ["torch.scalar_tensor"],
    params: "(s, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False)",
    run: (args, ctx) => build(ctx, args.value("s"), args.dtype() ?? ctx.modes.defaultDtype, args),
  }),
  defineOp({
    names: ["torch.Tensor.new_tensor"],
    params: "(input, data, *, dtype=None, device=None, requires_grad=False)",
    run: (args, ctx) => {
      const like = args.tensor("input");
      return build(ctx, args.operand("data"), args.dtype() ?? like.dtype, args, like.meta.device);
    },
  }),
  defineOp({
    names: ["torch.Tensor.new"],
    params: "(input, *data)",
    run: (args, ctx) => legacyConstructor(args, ctx, args.tensor("input").dtype),
  }),
  defineOp({
    names: ["torch.Tensor"],
    params: "(*data, device=None, requires_grad=False)",
    run: (args, ctx) => legacyConstructor(args, ctx, ctx.modes.defaultDtype),
  }),
  ...Object.keys(legacy).flatMap((name) =>
    ["torch", "torch.cuda"].map((home) =>
      defineOp({
        names: [`${home}.${name}`],
        params: "(*data, device=None, requires_grad=False)",
        run: (args, ctx) => legacyConstructor(args, ctx, legacy[name] ?? dtypeNamed(name) ?? "float32"),
      }),
    ),
  ),
];
