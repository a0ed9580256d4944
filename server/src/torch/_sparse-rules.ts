import { unknown } from "../base/known.ts";
import { isKnownShape, type Sparse, Tensor } from "../graph/tensor.ts";
import type { Args } from "./_args.ts";
import { shapeOf } from "./_emit.ts";
import { NotKnown, type Op, type OpContext } from "./_op.ts";
import { broadcast } from "./_shape.ts";
import { emitSparse, layOut, openCount, samePlaces, sparseOf, together } from "./_sparse.ts";
import { bool, type Value } from "./_value.ts";

type Rule = (args: Args, ctx: OpContext, op: Op) => Value | undefined;

/** What an op does with tensors that are not dense; most have no kernel for them. Source: ATen `native/sparse`. */
export function runSparse(op: Op, args: Args, ctx: OpContext): Value {
  const name = op.names[0] ?? "";
  const made = name.startsWith("torch.sparse") ? op.run(args, ctx) : rules.get(name)?.(args, ctx, op);
  if (made !== undefined) return made;
  throw new NotKnown(
    unknown(`\`${name.replace(/^torch\.(Tensor\.)?/, "")}\` of a sparse tensor is not modelled`),
  );
}

const asDense: Rule = (args, ctx, op) => op.run(args, ctx);

/** The result has the places of the input. */
const keeps: Rule = (args, ctx, op) => {
  const sparse = inputOf(args);
  return sparse === undefined ? undefined : layOut(op.run(args, ctx), samePlaces(sparse));
};

/** Functions that leave zero what is zero. */
const ofElements: Rule = (args, ctx, op) => {
  const [input, sparse] = [args.tensor("input"), inputOf(args)];
  const other = args.raw("exponent");
  if (sparse === undefined || (other !== undefined && other.kind !== "int" && other.kind !== "float"))
    return undefined;
  const { dtype } = input;
  return emitSparse(ctx, shortName(op), [input], {
    shape: shapeOf(input),
    dtype,
    sparse: samePlaces(sparse),
  });
};

/** Times something: zero stays zero. */
const scaled: Rule = (args, ctx, op) => {
  const [left, right] = [args.raw("input"), args.raw("other")];
  const tensors = [left, right].filter((each) => each instanceof Tensor);
  const [first, second] = tensors.map(sparseOf);
  const only = first ?? second;
  const input = tensors.find((each) => sparseOf(each) !== undefined);
  if (only === undefined || input === undefined || args.has("rounding_mode")) return undefined;
  const factor = tensors.find((each) => each !== input);
  if (factor !== undefined && factor.dtype !== input.dtype) return undefined;
  const shape = broadcast(tensors.map(shapeOf), ctx);
  const isScaled = factor === undefined || shapeOf(factor).length === 0;
  const sparse: Sparse = isScaled
    ? samePlaces(only)
    : { ...samePlaces(only), indices: undefined, nonzeros: openCount("a product keeps the places of both") };
  return emitSparse(ctx, shortName(op), tensors, { shape, dtype: input.dtype, sparse });
};

/** Dense plus sparse is dense, and of two sparse ones the sum has the places of both. */
const summed: Rule = (args, ctx, op) => {
  const [left, right] = [args.raw("input"), args.raw("other")];
  if (!(left instanceof Tensor && right instanceof Tensor)) return undefined;
  const [a, b] = [sparseOf(left), sparseOf(right)];
  if (a === undefined) return op.run(args, ctx);
  if (b === undefined || left.dtype !== right.dtype) return undefined;
  const nonzeros = openCount("a sum keeps the places of both");
  const sparse: Sparse = { ...a, nonzeros, isCoalesced: false, indices: undefined, values: undefined };
  const shape = broadcast([shapeOf(left), shapeOf(right)], ctx);
  return emitSparse(ctx, shortName(op), [left, right], { shape, dtype: left.dtype, sparse });
};

/**
 * A product of matrices counts as one of dense ones of the same sizes, as PyTorch's own counters take it; the kernel
 * does a part of it, for each element that is kept.
 */
const multiplied =
  (a: string, b: string): Rule =>
  (args, ctx, op) => {
    const [left, right] = [args.tensor(a), args.tensor(b)];
    if (![left, right].every(({ meta }) => isKnownShape(meta.shape) && meta.shape.length <= 2))
      return undefined;
    const [first, second] = [sparseOf(left), sparseOf(right)];
    if (first === undefined && second === undefined) return undefined;
    const made = op.run(args, ctx);
    if (first === undefined || second === undefined || !(made instanceof Tensor)) return made;
    return layOut(made, productOf(first));
  };

/** What is known of the places of a product of two sparse matrices. */
export const productOf = (left: Sparse): Sparse => ({
  ...left,
  nonzeros: openCount("a product of sparse matrices keeps what is not zero"),
  isCoalesced: true,
  indices: undefined,
  values: undefined,
});

/** Along some dimensions it stays sparse. */
const reduced: Rule = (args, ctx, op) => {
  const sparse = inputOf(args);
  const made = op.run(args, ctx);
  if (sparse === undefined || !(made instanceof Tensor) || shapeOf(made).length === 0) return made;
  return layOut(made, lessOf(sparse, shapeOf(made).length));
};

/** What is left of places along fewer dimensions. */
export const lessOf = (sparse: Sparse, dimensions: number): Sparse => ({
  ...sparse,
  nonzeros: openCount("which rows of a sparse tensor hold something depends on its indices"),
  dimensions: Math.min(sparse.dimensions, dimensions),
  indices: undefined,
  values: undefined,
});

const joined: Rule = (args, ctx, op) => {
  const all = args.tensors("tensors").map(sparseOf);
  const sparse = all.filter((each) => each !== undefined);
  const [first] = sparse;
  if (first === undefined || sparse.length < all.length) return undefined;
  const made = op.run(args, ctx);
  if (!(made instanceof Tensor)) return made;
  const more = shapeOf(made).length - shapeOf(args.tensors("tensors")[0] ?? made).length;
  return layOut(made, {
    ...first,
    nonzeros: together(sparse),
    dimensions: first.dimensions + more,
    isCoalesced: false,
    indices: undefined,
    values: undefined,
  });
};

const dropped: Rule = (args, ctx, op) => (args.bool("training", true) ? undefined : op.run(args, ctx));

const inputOf = (args: Args): Sparse | undefined => {
  const input = args.raw("input");
  return input instanceof Tensor ? sparseOf(input) : undefined;
};

const shortName = (op: Op): string => (op.names[0] ?? "").replace(/^.*\./, "").replace(/^__r?(\w+)__$/, "$1");

const tensorNames = (names: string): readonly string[] =>
  names.split(" ").map((name) => `torch.Tensor.${name}`);
const torchNames = (names: string): readonly string[] => names.split(" ").map((name) => `torch.${name}`);

const asked =
  "shape dtype device ndim requires_grad is_leaf is_cuda is_cpu is_meta is_mps is_xpu is_hpu is_xla is_quantized is_nested is_mkldnn grad grad_fn names itemsize size dim element_size get_device is_inference is_pinned __len__ __hash__ detach_ requires_grad_ retain_grad register_hook is_floating_point is_complex is_signed to_dense coalesce indices values _nnz is_coalesced sparse_dim dense_dim to_sparse to_sparse_coo to_sparse_csr to_sparse_csc crow_indices col_indices is_sparse is_sparse_csr layout";
const likeInput =
  "data detach clone to float half bfloat16 double long int cuda cpu t transpose T permute contiguous type requires_grad_";

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...tensorNames(asked).map((name): [string, Rule] => [name, asDense]),
  ...torchNames("numel is_tensor is_floating_point is_complex is_signed").map((name): [string, Rule] => [
    name,
    asDense,
  ]),
  ...[...tensorNames(likeInput), ...torchNames("t transpose permute detach clone")].map(
    (name): [string, Rule] => [name, keeps],
  ),
  ...torchNames(
    "abs neg relu sqrt square pow sign sgn sin sinh tan tanh asin asinh atan atanh ceil floor trunc round expm1 log1p erf",
  ).map((name): [string, Rule] => [name, ofElements]),
  ["torch.Tensor.__neg__", ofElements],
  ["torch.nn.functional.relu", ofElements],
  ["torch.mul", scaled],
  ["torch.Tensor.__rmul__", scaled],
  ["torch.div", scaled],
  ["torch.add", summed],
  ["torch.sub", summed],
  ["torch.mm", multiplied("input", "mat2")],
  ["torch.mv", multiplied("input", "vec")],
  ["torch.matmul", multiplied("input", "other")],
  ["torch.Tensor.__rmatmul__", multiplied("other", "input")],
  ["torch.addmm", multiplied("mat1", "mat2")],
  ["torch.nn.functional.linear", multiplied("input", "weight")],
  ["torch.sum", reduced],
  ["torch.cat", joined],
  ["torch.stack", joined],
  ["torch.nn.functional.dropout", dropped],
  ["torch.Tensor.is_sparse", (args) => bool(inputOf(args)?.layout === "sparse_coo")],
  ["torch.Tensor.is_sparse_csr", (args) => bool(inputOf(args)?.layout === "sparse_csr")],
  ["torch.Tensor.layout", (args) => ({ kind: "token", name: `torch.${inputOf(args)?.layout ?? "strided"}` })],
]);
