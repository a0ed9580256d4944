/**
 * Indexing: `x[...]` and `x[...] = v` in full, `where`, masks, `nonzero`.
 *
 * Basic indices are views. Advanced ones are one op, `index` or `index_put_`, that moves the elements it touches. A
 * result whose size the elements decide (`x[mask]`, `nonzero`) has a size known only at run time unless they are known.
 */
import { add, sharesIn } from "../../graph/dim.ts";
import { countOf, elementsOf, presentOf, rowsOf, setElements } from "../../graph/elements.ts";
import { compare } from "../../graph/guard.ts";
import { dataOf, type Shape, Tensor } from "../../graph/tensor.ts";
import { type Args, asInt } from "../_args.ts";
import { broadcastData, concrete, roundAll } from "../_data.ts";
import {
  bytesFor,
  bytesRead,
  computed,
  emitInPlace,
  emitOne,
  emitView,
  record,
  shapeOf,
  stridesOf,
} from "../_emit.ts";
import { applyIndex, chosenFrom, gatherShape, type Indexed } from "../_index.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import {
  operandOf,
  type PointwiseOperand,
  pointwise,
  pointwiseInPlace,
  promotedDtype,
  scalarName,
} from "../_pointwise.ts";
import { broadcast, checkExpands, printShape } from "../_shape.ts";
import { bool, none, tuple, type Value } from "../_value.ts";
import { expand } from "../_view.ts";

const isAdvanced = (indexed: Indexed): boolean => indexed.advanced.some((t) => t !== undefined);
const indexTensors = (indexed: Indexed): readonly Tensor[] => indexed.advanced.filter((t) => t !== undefined);

/** One of the classes that have rows; that this one has is taken for granted. */
function presentItem(ctx: OpContext, input: Tensor, index: Value): Tensor | undefined {
  const known = elementsOf(input.meta);
  const at = asInt(index);
  if (known?.kind !== "present" || typeof at !== "number" || at < 0 || at >= known.of.classes)
    return undefined;
  compare(rowsOf(known.of, at), ">", 0, ctx.graph);
  const shape = shapeOf(input).slice(1);
  return emitOne(
    ctx,
    "select",
    [input],
    { shape, dtype: input.dtype, data: [at], differentiable: false },
    { isView: true, bytesRead: 0, bytesWritten: 0 },
  );
}

function getItem(args: Args, ctx: OpContext): Tensor {
  const present = presentItem(ctx, args.tensor("input"), args.raw("index") ?? none);
  if (present !== undefined) return present;
  const indexed = applyIndex(ctx, args.tensor("input"), args.raw("index") ?? none);
  if (!isAdvanced(indexed))
    return indexed.view === args.tensor("input") ? alias(ctx, indexed.view) : indexed.view;
  const { shape, strides, positions } = gatherShape(ctx, indexed, "x[mask]");
  const { data } = indexed.view.meta.storage;
  const indices = indexTensors(indexed);
  const { dtype } = indexed.view;
  return emitOne(
    ctx,
    "index",
    [indexed.view, ...indices],
    { shape, dtype, strides, data: data === undefined ? undefined : positions?.map((p) => data[p] ?? 0) },
    { bytesRead: add(bytesFor(shape, dtype), bytesRead(indices)), saved: indices },
  );
}

const alias = (ctx: OpContext, tensor: Tensor): Tensor =>
  emitView(ctx, "alias", tensor, shapeOf(tensor), stridesOf(tensor));

function setItem(args: Args, ctx: OpContext): Value {
  const target = args.tensor("input");
  const indexed = applyIndex(ctx, target, args.raw("index") ?? none);
  const value = operandOf(args.operand("value"), ctx, "setitem");
  if (!isAdvanced(indexed)) writeBasic(ctx, indexed.view, value);
  else writeAdvanced(ctx, indexed, value);
  if (target !== indexed.view)
    target.become({
      producer: ctx.graph.nextOp - 1,
      varies: target.meta.varies || indexed.view.meta.varies,
      requiresGrad: target.meta.requiresGrad || indexed.view.meta.requiresGrad,
    });
  ctx.graph.wrote(target);
  return none;
}

function writeBasic(ctx: OpContext, view: Tensor, value: PointwiseOperand): void {
  const shape = shapeOf(view);
  if (!(value instanceof Tensor)) {
    const count = concrete(shape)?.reduce((a, b) => a * b, 1);
    const data =
      count === undefined || value.value === undefined || count > 4096
        ? undefined
        : new Array<number>(count).fill(value.value);
    emitInPlace(ctx, "fill_", view, [], data, { bytesRead: 0, bytesWritten: bytesFor(shape, view.dtype) });
    return;
  }
  const source = trimmed(shapeOf(value), shape);
  checkExpands(source, asGiven(source, shape), ctx);
  emitInPlace(ctx, "copy_", view, [value], broadcastData(value, shape), {
    bytesRead: bytesRead([value]),
    bytesWritten: bytesFor(shape, view.dtype),
  });
}

/** A slice between bounds that only the run knows is as long as what is assigned to it. */
const asGiven = (source: Shape, target: Shape): Shape =>
  target.map((size, i) =>
    sharesIn(size).some(({ of }) => of.chosenBy !== undefined)
      ? (source[i + source.length - target.length] ?? size)
      : size,
  );

/** Leading ones of an assigned value do not count. */
function trimmed(source: Shape, target: Shape): Shape {
  let shape = source;
  while (shape.length > target.length && shape[0] === 1) shape = shape.slice(1);
  return shape;
}

function writeAdvanced(ctx: OpContext, indexed: Indexed, value: PointwiseOperand): void {
  const { view } = indexed;
  const indices = indexTensors(indexed);
  const isFill = !(value instanceof Tensor) || shapeOf(value).length === 0;
  const [only] = indices;
  if (isFill && indices.length === 1 && only?.dtype === "bool") {
    const next = maskedData(ctx, indexed, only, value);
    emitInPlace(ctx, "masked_fill_", view, indices, undefined, {
      bytesRead: bytesRead(indices),
      bytesWritten: bytesFor(shapeOf(view), view.dtype),
    });
    if (next !== undefined) view.meta.storage.write(next);
    return;
  }
  const { shape, positions } = gatherShape(
    ctx,
    indexed,
    "x[mask] = value",
    value instanceof Tensor ? value : undefined,
  );
  const others = value instanceof Tensor ? [...indices, value] : indices;
  if (value instanceof Tensor) checkFits(shapeOf(value), shape, ctx);
  const before = view.meta.storage.data;
  const values = value instanceof Tensor ? broadcastData(value, shape) : value.value;
  emitInPlace(ctx, "index_put_", view, others, undefined, {
    bytesRead: bytesRead(others),
    bytesWritten: bytesFor(shape, view.dtype),
    saved: indices,
  });
  if (before === undefined || positions === undefined || values === undefined) return;
  const next = [...before];
  for (const [i, p] of positions.entries()) next[p] = typeof values === "number" ? values : (values[i] ?? 0);
  view.meta.storage.write(roundAll(next, view.dtype));
}

/** The elements of the memory after a fill, when those before, the mask and the value are known. */
function maskedData(
  ctx: OpContext,
  indexed: Indexed,
  mask: Tensor,
  value: PointwiseOperand,
): readonly number[] | undefined {
  const { view } = indexed;
  const before = view.meta.storage.data;
  const fill = value instanceof Tensor ? dataOf(value.meta)?.[0] : value.value;
  if (before === undefined || fill === undefined || dataOf(mask.meta) === undefined) return undefined;
  const { positions } = gatherShape(ctx, indexed, "x[mask] = value");
  if (positions === undefined) return undefined;
  const next = [...before];
  for (const p of positions) next[p] = fill;
  return roundAll(next, view.dtype);
}

/** @throws TorchError when what is assigned does not broadcast to what the indices pick */
function checkFits(given: Shape, picked: Shape, ctx: OpContext): void {
  const source = trimmed(given, picked);
  const lead = picked.length - source.length;
  const misfit = source.some(
    (size, i) => size !== 1 && compare(size, "!=", picked[i + lead] ?? 1, ctx.graph) === true,
  );
  if (lead < 0 || misfit)
    throw new TorchError(
      `shape mismatch: value tensor of shape ${printShape(given)} cannot be broadcast to indexing result of shape ${printShape(picked)}`,
    );
}

function nonzero(ctx: OpContext, input: Tensor): Tensor {
  const shape = shapeOf(input);
  const data = dataOf(input.meta);
  const sizes = concrete(shape);
  if (data === undefined || sizes === undefined) {
    const count = countOf(input.meta) ?? chosenFrom(ctx, input, "nonzero()");
    const found = emitOne(ctx, "nonzero", [input], {
      shape: [count, shape.length],
      dtype: "int64",
      differentiable: false,
    });
    const of = presentOf(elementsOf(input.meta));
    if (of !== undefined) setElements(found, { kind: "present", of });
    return found;
  }
  const hits = data.flatMap((x, i) => (x === 0 ? [] : [i]));
  const rows = hits.flatMap((i) =>
    sizes.map((size, d) => Math.floor(i / sizes.slice(d + 1).reduce((a, b) => a * b, 1)) % size),
  );
  return emitOne(ctx, "nonzero", [input], {
    shape: [hits.length, shape.length],
    strides: [1, hits.length],
    dtype: "int64",
    data: rows,
    differentiable: false,
  });
}

const nonzeroTuple = (ctx: OpContext, input: Tensor): Value => {
  const found = nonzero(ctx, input);
  return ctx.call("torch.unbind", [found, { kind: "int", value: 1 }]);
};

function where(args: Args, ctx: OpContext): Value {
  const condition = args.tensor("condition");
  if (!args.has("input") && !args.has("other")) return nonzeroTuple(ctx, condition);
  const [a, b] = [args.operand("input"), args.operand("other")].map((v) => operandOf(v, ctx, "where"));
  if (a === undefined || b === undefined) throw new TorchError("where(): expected two values");
  if (condition.dtype !== "bool" && condition.dtype !== "uint8")
    throw new TorchError(
      `where expected condition to be a boolean tensor, but got a tensor with dtype ${scalarName(condition.dtype)}`,
    );
  return pointwise(ctx, [condition, a, b], {
    name: "where",
    dtype: promotedDtype([a, b]),
    compute: (c, x, y) => (c === 0 ? y : x),
    saved: [condition],
  });
}

function maskedFill(args: Args, ctx: OpContext, inPlace: boolean): Tensor {
  const input = args.tensor("input");
  const mask = args.tensor("mask");
  const value = operandOf(args.operand("value"), ctx, "masked_fill");
  // Before torch 2, masks of any dtype were taken, with a warning.
  const [major = 2] = ctx.release() ?? [];
  if (mask.dtype !== "bool" && mask.dtype !== "uint8" && major >= 2)
    throw new TorchError(`masked_fill only supports boolean masks, but got dtype ${mask.dtype}`);
  if (value instanceof Tensor && shapeOf(value).length > 0)
    throw new TorchError(
      `masked_fill_ only supports a 0-dimensional value tensor, but got tensor with ${shapeOf(value).length} dimension(s).`,
    );
  const op = {
    name: "masked_fill",
    dtype: input.dtype,
    compute: (x: number, m: number, v: number) => (m === 0 ? x : v),
    saved: [mask],
  };
  // The mask is the first of the two where they do not fit.
  if (!inPlace) broadcast([mask, input].map(shapeOf), ctx);
  return inPlace ? pointwiseInPlace(ctx, input, [mask, value], op) : pointwise(ctx, [input, mask, value], op);
}

export const ops: readonly Op[] = [
  defineOp({ names: ["torch.Tensor.__getitem__"], params: "(input, index)", run: getItem }),
  defineOp({ names: ["torch.Tensor.__setitem__"], params: "(input, index, value)", run: setItem }),
  defineOp({
    names: ["torch.where"],
    params: "(condition, input=None, other=None, *, out=None)",
    run: where,
  }),
  defineOp({
    names: ["torch.Tensor.where"],
    params: "(input, condition, other)",
    run: (args, ctx) =>
      ctx.call("torch.where", [args.tensor("condition"), args.tensor("input"), args.value("other")]),
  }),
  defineOp({
    names: ["torch.masked_fill", "torch.Tensor.masked_fill", "torch.onnx.symbolic_opset9.masked_fill"],
    params: "(input, mask, value)",
    run: (args, ctx) => maskedFill(args, ctx, false),
  }),
  defineOp({
    names: ["torch.Tensor.masked_fill_"],
    params: "(input, mask, value)",
    run: (args, ctx) => maskedFill(args, ctx, true),
  }),
  defineOp({
    names: ["torch.masked_select", "torch.Tensor.masked_select"],
    params: "(input, mask, *, out=None)",
    run: (args, ctx) => {
      const [input, mask] = [args.tensor("input"), args.tensor("mask")];
      if (mask.dtype !== "bool" && mask.dtype !== "uint8")
        throw new TorchError("masked_select: expected BoolTensor or ByteTensor for mask");
      const shape = broadcast([shapeOf(input), shapeOf(mask)], ctx);
      const [wide, wideMask] = [input, mask].map((each) => expand(ctx, each, shape));
      return ctx.call("torch.Tensor.__getitem__", [wide ?? input, wideMask ?? mask]);
    },
  }),
  defineOp({
    names: ["torch.nonzero", "torch.Tensor.nonzero"],
    params: "(input, *, as_tuple=False, out=None)",
    run: (args, ctx) =>
      args.bool("as_tuple", false)
        ? nonzeroTuple(ctx, args.tensor("input"))
        : nonzero(ctx, args.tensor("input")),
  }),
  defineOp({
    names: ["torch.argwhere", "torch.Tensor.argwhere"],
    params: "(input)",
    run: (args, ctx) => nonzero(ctx, args.tensor("input")),
  }),
  defineOp({
    names: ["torch.Tensor.__contains__"],
    params: "(input, element)",
    run: (args, ctx) => {
      const data = dataOf(args.tensor("input").meta);
      const wanted = operandOf(args.operand("element"), ctx, "in");
      if (data !== undefined && !(wanted instanceof Tensor) && wanted.value !== undefined)
        return bool(data.includes(wanted.value));
      return { kind: "unknown", why: "`in` compares elements that only the run knows", where: undefined };
    },
  }),
  defineOp({
    names: ["torch.unravel_index"],
    params: "(indices, shape)",
    run: (args, ctx) => {
      const input = args.tensor("indices");
      const outputs = args
        .items("shape")
        .map(() => computed(ctx, [input], { shape: shapeOf(input), dtype: "int64", differentiable: false }));
      record(ctx, "unravel_index", [input], outputs);
      return tuple(outputs);
    },
  }),
];
