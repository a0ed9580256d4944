/** What a tensor says of itself, and what Python asks of it: no ops in the graph. */
import type { NumberKind } from "../../base/known.ts";
import { add, floorDiv, hintOf, mul, type Partition, product } from "../../graph/dim.ts";
import { bytesPerElement, isComplex, isFloating, toComplex, toReal } from "../../graph/dtype.ts";
import { elementsOf, rowsOf } from "../../graph/elements.ts";
import { compare } from "../../graph/guard.ts";
import { dataOf, isKnownShape, Tensor } from "../../graph/tensor.ts";
import { type Args, asInt } from "../_args.ts";
import { emitView, shapeOf, stridesOf } from "../_emit.ts";
import { defineOp, NotKnown, type Op, type OpContext, TorchError } from "../_op.ts";
import { wrapDim } from "../_shape.ts";
import { bool, float, int, list, none, size, string, tuple, type Value } from "../_value.ts";

const property = (name: string, read: (tensor: Tensor, ctx: OpContext) => Value): Op =>
  defineOp({
    names: [`torch.Tensor.${name}`],
    params: "(input)",
    isProperty: true,
    run: (args, ctx) => read(args.tensor("input"), ctx),
  });

const method = (names: readonly string[], params: string, run: (args: Args, ctx: OpContext) => Value): Op =>
  defineOp({ names, params, run });

const runtimeOnly = (what: string): NotKnown =>
  new NotKnown({
    kind: "unknown",
    why: `${what} depends on elements that only the run knows`,
    where: undefined,
  });

const element = (x: number, dtype: string): Value =>
  dtype === "bool" ? bool(x !== 0) : dtype.startsWith("float") || dtype === "bfloat16" ? float(x) : int(x);

function only(tensor: Tensor, what: string): number {
  const shape = shapeOf(tensor);
  const count = hintOf(product(shape));
  if (count !== undefined && count !== 1)
    throw new TorchError(`a Tensor with ${count} elements cannot be converted to Scalar`, "RuntimeError");
  const value = dataOf(tensor.meta)?.[0];
  if (value === undefined) throw runtimeOnly(what);
  return value;
}

const numberKind = ({ dtype }: Tensor): NumberKind =>
  dtype === "bool" ? "bool" : isFloating(dtype) ? "float" : "int";

/** Of the one element the value may be left open: what is computed with it keeps its shape. */
function knownOr(
  tensor: Tensor,
  what: string,
  make: (value: number) => Value,
  number: NumberKind = numberKind(tensor),
): Value {
  try {
    return make(only(tensor, what));
  } catch (error) {
    if (!(error instanceof NotKnown) || isComplex(tensor.dtype)) throw error;
    return { ...error.unknown, number };
  }
}

function truth(tensor: Tensor): boolean {
  const count = hintOf(product(shapeOf(tensor)));
  if (count !== undefined && count > 1)
    throw new TorchError("Boolean value of Tensor with more than one value is ambiguous");
  if (count === 0) return false;
  return only(tensor, "the truth of a tensor") !== 0;
}

/** Lists in lists of Python's numbers; where only the run knows them, of as many unknown ones. */
function nested(tensor: Tensor): Value {
  const data = dataOf(tensor.meta);
  const sizes = shapeOf(tensor).map((d) => (data === undefined ? d : (hintOf(d) ?? 0)));
  const known = sizes.flatMap((d) => (typeof d === "number" ? [d] : []));
  const total = known.reduce((a, b) => a * b, 1);
  if (data === undefined && (known.length < sizes.length || total > maxUnknown || isComplex(tensor.dtype)))
    throw runtimeOnly("tolist()");
  let next = 0;
  const open = { ...runtimeOnly("tolist()").unknown, number: numberKind(tensor) };
  const one = (): Value => (data === undefined ? { ...open } : element(data[next++] ?? 0, tensor.dtype));
  const level = (depth: number): Value => {
    const length = known[depth];
    return length === undefined ? one() : list(Array.from({ length }, () => level(depth + 1)));
  };
  return level(0);
}

/** A longer list of unknown numbers tells nothing that its length is worth. */
const maxUnknown = 4096;

/** That a class that is walked through has rows is taken for granted. */
function presentClass(ctx: OpContext, of: Partition, index: number): Value {
  compare(rowsOf(of, index), ">", 0, ctx.graph);
  return int(index);
}

const ofSize = (args: Args): Value => {
  const shape = shapeOf(args.tensor("input"));
  if (!args.has("dim")) return size(shape);
  return int(shape[wrapDim(args.index("dim"), shape.length)] ?? 1);
};

const count = (args: Args): Value => int(product(shapeOf(args.tensor("input"))));
const rankOf = (args: Args): Value => int(shapeOf(args.tensor("input")).length);

const detach = (args: Args, ctx: OpContext): Tensor => {
  const input = args.tensor("input");
  const made = emitView(ctx, "detach", input, shapeOf(input), stridesOf(input));
  made.become({ requiresGrad: false });
  return made;
};

/** Every second real number of the same memory. */
const component = (t: Tensor, ctx: OpContext, name: string, start: number): Tensor =>
  emitView(
    ctx,
    name,
    t,
    shapeOf(t),
    stridesOf(t).map((s) => mul(s, 2)),
    add(mul(t.meta.offset, 2), start),
    toReal(t.dtype),
  );

export const ops: readonly Op[] = [
  property("shape", (t) => (isKnownShape(t.meta.shape) ? size(t.meta.shape) : t.meta.shape)),
  property("dtype", (t) => ({ kind: "dtype", dtype: t.dtype })),
  property("device", (t) => ({ kind: "device", name: t.meta.device })),
  property("ndim", (t) => int(shapeOf(t).length)),
  property("requires_grad", (t) => bool(t.meta.requiresGrad)),
  property("is_leaf", (t) => bool(t.meta.producer === undefined || !t.meta.requiresGrad)),
  property("is_cuda", (t) => bool(t.meta.device.startsWith("cuda"))),
  property("is_cpu", (t) => bool(t.meta.device === "cpu")),
  property("is_meta", (t) => bool(t.meta.device === "meta")),
  ...[
    "is_mps",
    "is_xpu",
    "is_hpu",
    "is_xla",
    "is_quantized",
    "is_sparse",
    "is_sparse_csr",
    "is_nested",
    "is_mkldnn",
  ].map((name) => property(name, () => bool(false))),
  property("grad", () => none),
  property("grad_fn", (t) =>
    t.meta.requiresGrad && t.meta.producer !== undefined ? { kind: "opaque", typeName: "Node" } : none,
  ),
  property("names", (t) => tuple(shapeOf(t).map(() => none))),
  property("layout", () => ({ kind: "token", name: "torch.strided" })),
  property("itemsize", (t) => int(bytesPerElement(t.dtype))),
  property("nbytes", (t) => int(product([...shapeOf(t), bytesPerElement(t.dtype)]))),
  property("data", (t, ctx) => {
    const made = emitView(ctx, "detach", t, shapeOf(t), stridesOf(t));
    // Of a parameter it is a plain tensor: a module that keeps it has no further parameter.
    const role = t.meta.role === "parameter" ? "constant" : t.meta.role;
    made.become({ requiresGrad: false, role, name: t.meta.name });
    return made;
  }),
  property("real", (t, ctx) => (isComplex(t.dtype) ? component(t, ctx, "real", 0) : t)),
  property("imag", (t, ctx) => {
    if (!isComplex(t.dtype))
      throw new TorchError("imag is not implemented for tensors with non-complex dtypes.");
    return component(t, ctx, "imag", 1);
  }),
  method(["torch.Tensor.size"], "(input, dim=None)", ofSize),
  method(["torch.numel", "torch.Tensor.numel", "torch.Tensor.nelement"], "(input)", count),
  method(["torch.Tensor.dim", "torch.Tensor.ndimension"], "(input)", rankOf),
  method(["torch.Tensor.stride"], "(input, dim=None)", (args) => {
    const strides = stridesOf(args.tensor("input"));
    if (!args.has("dim")) return tuple(strides.map(int));
    return int(strides[wrapDim(args.index("dim"), strides.length)] ?? 1);
  }),
  method(["torch.Tensor.storage_offset"], "(input)", (args) => int(args.tensor("input").meta.offset)),
  method(["torch.Tensor.element_size"], "(input)", (args) =>
    int(bytesPerElement(args.tensor("input").dtype)),
  ),
  method(["torch.Tensor.get_device"], "(input)", (args) =>
    int(args.tensor("input").meta.device.startsWith("cuda") ? 0 : -1),
  ),
  method(["torch.Tensor.is_floating_point", "torch.is_floating_point"], "(input)", (args) =>
    bool(isFloating(args.tensor("input").dtype)),
  ),
  method(["torch.Tensor.is_complex", "torch.is_complex"], "(input)", (args) =>
    bool(isComplex(args.tensor("input").dtype)),
  ),
  method(["torch.Tensor.is_signed", "torch.is_signed"], "(input)", (args) =>
    bool(!["bool", "uint8", "uint16", "uint32", "uint64"].includes(args.tensor("input").dtype)),
  ),
  method(["torch.Tensor.is_inference", "torch.is_inference"], "(input)", () => bool(false)),
  method(["torch.Tensor.is_pinned", "torch.Tensor.is_shared"], "(input)", () => bool(false)),
  method(["torch.Tensor.is_conj", "torch.is_conj", "torch.Tensor.is_neg"], "(input)", () => bool(false)),
  method(["torch.is_nonzero", "torch.Tensor.is_nonzero", "torch.Tensor.__bool__"], "(input)", (args) =>
    bool(truth(args.tensor("input"))),
  ),
  method(["torch.Tensor.__len__"], "(input)", (args) => {
    const shape = shapeOf(args.tensor("input"));
    if (shape.length === 0) throw new TorchError("len() of a 0-d tensor", "TypeError");
    return int(shape[0] ?? 0);
  }),
  method(["torch.Tensor.item"], "(input)", (args) => {
    const input = args.tensor("input");
    const known = elementsOf(input.meta);
    if (known?.kind === "sizes") return int(asInt(input) ?? only(input, "item()"));
    return knownOr(input, "item()", (value) => element(value, input.dtype));
  }),
  method(["torch.Tensor.__int__", "torch.Tensor.__index__"], "(input)", (args) => {
    const input = args.tensor("input");
    const known = asInt(input);
    return known === undefined
      ? knownOr(input, "int()", (value) => int(Math.trunc(value)), "int")
      : int(known);
  }),
  method(["torch.Tensor.__float__"], "(input)", (args) =>
    knownOr(args.tensor("input"), "float()", float, "float"),
  ),
  method(["torch.Tensor.tolist"], "(input)", (args, ctx) => {
    const input = args.tensor("input");
    const data = dataOf(input.meta);
    const known = elementsOf(input.meta);
    if (data === undefined && known?.kind === "sizes" && shapeOf(input).length === 1)
      return list(known.values.map(int));
    if (data === undefined && known?.kind === "present" && shapeOf(input).length === 1)
      return list(Array.from({ length: known.of.classes }, (_, i) => presentClass(ctx, known.of, i)));
    return nested(input);
  }),
  method(["torch.Tensor.data_ptr"], "(input)", (args) => int(args.tensor("input").meta.storage.id)),
  method(["torch.Tensor.__hash__"], "(input)", (args) => int(args.tensor("input").id)),
  method(["torch.is_tensor"], "(obj)", (args) => bool(args.optional("obj") instanceof Tensor)),
  method(["torch.Tensor.detach", "torch.detach"], "(input)", detach),
  method(["torch.Tensor.detach_"], "(input)", (args) => {
    args.tensor("input").become({ requiresGrad: false });
    return args.tensor("input");
  }),
  method(["torch.Tensor.requires_grad_"], "(input, requires_grad=True)", (args) => {
    args.tensor("input").become({ requiresGrad: args.bool("requires_grad", true) });
    return args.tensor("input");
  }),
  method(["torch.Tensor.retain_grad", "torch.Tensor.record_stream"], "(input, *args, **kwargs)", () => none),
  method(
    ["torch.Tensor.register_hook", "torch.Tensor.register_post_accumulate_grad_hook"],
    "(input, hook)",
    () => ({ kind: "opaque", typeName: "RemovableHandle" }),
  ),
  method(
    [
      "torch.Tensor.share_memory_",
      "torch.Tensor.pin_memory",
      "torch.Tensor.resolve_conj",
      "torch.Tensor.resolve_neg",
      "torch.resolve_conj",
      "torch.resolve_neg",
      "torch.Tensor.rename",
    ],
    "(input, *args, **kwargs)",
    (args) => args.tensor("input"),
  ),
  method(["torch._shape_as_tensor"], "(input)", (args, ctx) =>
    ctx.call("torch.tensor", [size(shapeOf(args.tensor("input")))]),
  ),
  method(["torch.view_as_real"], "(input)", (args, ctx) => {
    const input = args.tensor("input");
    if (!isComplex(input.dtype)) throw new TorchError("view_as_real is only supported for complex tensors");
    return emitView(
      ctx,
      "view_as_real",
      input,
      [...shapeOf(input), 2],
      [...stridesOf(input).map((s) => product([s, 2])), 1],
      product([input.meta.offset, 2]),
      toReal(input.dtype),
    );
  }),
  method(["torch.view_as_complex"], "(input)", (args, ctx) => {
    const input = args.tensor("input");
    const shape = shapeOf(input);
    const last = shape[shape.length - 1];
    if (hintOf(last ?? 0) !== 2) throw new TorchError("Tensor must have a last dimension of size 2");
    const strides = stridesOf(input)
      .slice(0, -1)
      .map((s) => floorDiv(s, 2));
    return emitView(ctx, "view_as_complex", input, shape.slice(0, -1), strides, 0, toComplex(input.dtype));
  }),
  method(
    ["torch.Tensor.__repr__", "torch.Tensor.__str__", "torch.Tensor.__format__"],
    "(input, *args)",
    (args) => string(`tensor(id=${args.tensor("input").id})`),
  ),
];
