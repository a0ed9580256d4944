/**
 * Gather and scatter: reads move the elements that are picked and the indices; in-place writes move what they touch, the
 * others the whole tensor. Adding or reducing counts 1 FLOP per element written.
 */
import { add, type Dim, hintOf, mul, product } from "../../graph/dim.ts";
import { compare } from "../../graph/guard.ts";
import { dataOf, type Shape, Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { concrete, movedData } from "../_data.ts";
import { bytesFor, bytesRead, emitInPlace, emitOne, shapeOf } from "../_emit.ts";
import { checkIndices, outsideOf } from "../_index-bounds.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { broadcast, checkExpands, printHint, printShape, wrapDim } from "../_shape.ts";
import { tuple } from "../_value.ts";
import { expand } from "../_view.ts";

function gatheredData(input: Tensor, at: number, index: Tensor, out: Shape): readonly number[] | undefined {
  const positions = dataOf(index.meta);
  const sizes = concrete(out);
  if (positions === undefined || sizes === undefined) return undefined;
  const flat = (place: readonly number[]): number =>
    place.reduce((sum, i, d) => sum * (sizes[d] ?? 1) + i, 0);
  return movedData(input, out, (place) => place.with(at, positions[flat(place)] ?? 0));
}

/** Elements at `index` along `dim`; the shape is the index's. */
function gather(ctx: OpContext, input: Tensor, dim: number, index: Tensor): Tensor {
  const [shape, out] = [shapeOf(input), shapeOf(index)];
  if (index.dtype !== "int64" && !out.includes(0))
    throw new TorchError("gather(): Expected dtype int64 for index");
  if (shape.length !== out.length && shape.length > 0 && out.length > 0)
    throw new TorchError("Index tensor must have the same number of dimensions as input tensor");
  const at = wrapDim(dim, shape.length);
  if (shape.some((size, i) => i !== at && compare(out[i] ?? 0, ">", size, ctx.graph) === true))
    throw new TorchError(
      `Size does not match at dimension ${shape.findIndex((size, i) => i !== at && compare(out[i] ?? 0, ">", size, ctx.graph) === true)} expected index ${printShape(out)} to be smaller than self ${printShape(shape)} apart from dimension ${at}`,
    );
  const { dtype } = input;
  return emitOne(
    ctx,
    "gather",
    [input, index],
    { shape: out, dtype, data: gatheredData(input, at, index, out) },
    { bytesRead: add(bytesFor(out, dtype), bytesRead([index])), saved: [input, index] },
  );
}

function indexSelect(ctx: OpContext, input: Tensor, dim: number, index: Tensor): Tensor {
  const shape = shapeOf(input);
  const at = wrapDim(dim, shape.length);
  if (shapeOf(index).length > 1)
    throw new TorchError("index_select(): Index is supposed to be a vector", "IndexError");
  checkIndices(ctx, "index_select", input, at, index);
  const out = shape.length === 0 ? shape : shape.with(at, product(shapeOf(index)));
  const picks = dataOf(index.meta);
  const values =
    picks === undefined || shape.length === 0
      ? undefined
      : movedData(input, out, (place) => place.with(at, picks[place[at] ?? 0] ?? 0));
  return emitOne(
    ctx,
    "index_select",
    [input, index],
    { shape: out, dtype: input.dtype, data: values },
    { bytesRead: add(bytesFor(out, input.dtype), bytesRead([index])), saved: [index] },
  );
}

interface Writer {
  readonly name: string;
  readonly params: string;
  /** FLOPs per written element. */
  readonly flops: number;
  /** Never in place: it exists to give a tensor of its own. */
  readonly isWhole?: true;
}

const writers: readonly Writer[] = [
  { name: "scatter", params: "(input, dim, index, src=None, value=None, *, reduce=None)", flops: 0 },
  { name: "scatter_add", params: "(input, dim, index, src)", flops: 1 },
  { name: "scatter_reduce", params: "(input, dim, index, src, reduce, *, include_self=True)", flops: 1 },
  { name: "index_add", params: "(input, dim, index, source, *, alpha=1)", flops: 1 },
  { name: "index_copy", params: "(input, dim, index, source)", flops: 0 },
  { name: "index_fill", params: "(input, dim, index, value)", flops: 0 },
  { name: "index_reduce", params: "(input, dim, index, source, reduce, *, include_self=True)", flops: 1 },
  { name: "masked_scatter", params: "(input, mask, source)", flops: 0 },
  { name: "index_put", params: "(input, indices, values, accumulate=False)", flops: 0 },
  { name: "put", params: "(input, index, source, accumulate=False)", flops: 0 },
  { name: "diagonal_scatter", params: "(input, src, offset=0, dim1=0, dim2=1)", flops: 0, isWhole: true },
  { name: "select_scatter", params: "(input, src, dim, index)", flops: 0, isWhole: true },
  {
    name: "slice_scatter",
    params: "(input, src, dim=0, start=None, end=None, step=1)",
    flops: 0,
    isWhole: true,
  },
];

/** @throws TorchError when the indices are none, or what is scattered has another dtype than where it goes */
function checkSource(name: string, args: Args, target: Tensor): void {
  const index = name.startsWith("scatter") ? args.raw("index") : undefined;
  if (index instanceof Tensor && index.dtype !== "int64" && !shapeOf(index).includes(0))
    throw new TorchError("scatter(): Expected dtype int64 for index");
  const source = name.startsWith("scatter") ? args.raw("src") : undefined;
  if (source instanceof Tensor && source.dtype !== target.dtype)
    throw new TorchError("scatter(): Expected self.dtype to be equal to src.dtype");
}

/** @throws TorchError for a known index that lies outside of the target */
function checkPlacesOf(writer: Writer, args: Args, target: Tensor, ctx: OpContext): void {
  const index = writer.params.startsWith("(input, dim, index") ? args.raw("index") : undefined;
  if (index instanceof Tensor)
    checkIndices(ctx, writer.name, target, wrapDim(args.index("dim"), shapeOf(target).length), index);
  if (writer.name === "put") checkPlaces(ctx, target, args.tensor("index"));
}

/** @throws TorchError for a known index into the flattened `input` that lies outside */
function checkPlaces(ctx: OpContext, input: Tensor, index: Tensor): void {
  const count = product(shapeOf(input));
  const outside = outsideOf(ctx, index, count, "from the end too");
  if (outside === undefined) return;
  throw new TorchError(
    `out of range: tried to access index ${outside} on a tensor of ${printHint(count)} elements.`,
    "IndexError",
  );
}

function writerOps(writer: Writer): readonly Op[] {
  const parts = (args: Args): { target: Tensor; others: readonly Tensor[]; touched: Dim } => {
    const all = args.allTensors();
    const target = args.tensor("input");
    const others = all.filter((t) => t !== target);
    const touched = others.reduce<Dim>(
      (a, t) => ((hintOf(product(shapeOf(t))) ?? 0) > (hintOf(a) ?? 0) ? product(shapeOf(t)) : a),
      1,
    );
    return { target, others, touched };
  };
  const op = defineOp({
    names: [`torch.${writer.name}`, `torch.Tensor.${writer.name}`],
    params: writer.params,
    ...(writer.name === "index_put" || writer.name === "scatter_add" ? { autocast: "promote" } : {}),
    run: (args, ctx) => {
      const { target, others, touched } = parts(args);
      checkSource(writer.name, args, target);
      checkPlacesOf(writer, args, target, ctx);
      const mask = writer.name === "masked_scatter" ? [shapeOf(args.tensor("mask"))] : [];
      return emitOne(
        ctx,
        writer.name,
        [target, ...others],
        { shape: broadcast([shapeOf(target), ...mask], ctx), dtype: target.dtype },
        { flops: mul(writer.flops, touched), saved: others.filter((t) => !t.meta.requiresGrad) },
      );
    },
  });
  if (writer.isWhole === true) return [op];
  const inPlace = defineOp({
    names: [`torch.Tensor.${writer.name}_`],
    params: writer.params,
    run: (args, ctx) => {
      const { target, others, touched } = parts(args);
      checkSource(writer.name, args, target);
      checkPlacesOf(writer, args, target, ctx);
      if (writer.name === "masked_scatter") checkExpands(shapeOf(args.tensor("mask")), shapeOf(target), ctx);
      const written = mul(touched, target.dtype === "bool" ? 1 : bytesFor([1], target.dtype));
      return emitInPlace(ctx, `${writer.name}_`, target, others, undefined, {
        flops: mul(writer.flops, touched),
        bytesRead: bytesRead(others),
        bytesWritten: written,
      });
    },
  });
  return [op, inPlace];
}

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.gather", "torch.Tensor.gather"],
    params: "(input, dim, index, *, sparse_grad=False, out=None)",
    run: (args, ctx) => {
      const [input, index] = [args.tensor("input"), args.tensor("index")];
      const dim = args.index("dim");
      const picked = gather(ctx, input, dim, index);
      checkIndices(ctx, "gather", input, wrapDim(dim, shapeOf(input).length), index);
      return picked;
    },
  }),
  defineOp({
    names: ["torch.take_along_dim", "torch.Tensor.take_along_dim"],
    params: "(input, indices, dim=None, *, out=None)",
    run: (args, ctx) => {
      const [input, index] = [args.tensor("input"), args.tensor("indices")];
      if (!args.has("dim")) return gather(ctx, flat(ctx, input), 0, flat(ctx, index));
      const dim = wrapDim(args.index("dim"), shapeOf(input).length);
      const shape = shapeOf(input).map((d, i) =>
        i === dim ? (shapeOf(index)[i] ?? 1) : (broadcast([[d], [shapeOf(index)[i] ?? 1]], ctx)[0] ?? d),
      );
      const wide = ctx.call("torch.broadcast_to", [
        index,
        tuple(shape.map((d) => ({ kind: "int", value: d }))),
      ]);
      const from = shapeOf(input).map((d, i) => (i === dim ? d : (shape[i] ?? d)));
      return wide instanceof Tensor ? gather(ctx, expand(ctx, input, from), dim, wide) : wide;
    },
  }),
  defineOp({
    names: ["torch.take", "torch.Tensor.take"],
    params: "(input, index, *, out=None)",
    run: (args, ctx) => {
      const [input, index] = [args.tensor("input"), args.tensor("index")];
      checkPlaces(ctx, input, index);
      return emitOne(
        ctx,
        "take",
        [input, index],
        { shape: shapeOf(index), dtype: input.dtype },
        { bytesRead: bytesRead([index]), saved: [index] },
      );
    },
  }),
  defineOp({
    names: ["torch.index_select", "torch.Tensor.index_select"],
    params: "(input, dim, index, *, out=None)",
    run: (args, ctx) => indexSelect(ctx, args.tensor("input"), args.index("dim"), args.tensor("index")),
  }),
  ...writers.flatMap(writerOps),
];

const flat = (ctx: OpContext, input: Tensor): Tensor => {
  const made = ctx.call("torch.ravel", [input]);
  return made instanceof Tensor ? made : input;
};
