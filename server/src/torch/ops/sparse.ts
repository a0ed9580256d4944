/**
 * Tensors that keep only what is not zero: an index for each place and its value. Outputs and parameters are those of dense
 * tensors of the same sizes. `torch.sparse.mm` is no product to PyTorch's own counters: it is told, and not in the MACs.
 * Source: torch documentation of `torch.sparse`, ATen `native/sparse`.
 */
import { unknown } from "../../base/known.ts";
import { type Dim, mul, printDim } from "../../graph/dim.ts";
import type { DType } from "../../graph/dtype.ts";
import { dataOf, isContiguous, type Shape, type Sparse, Tensor } from "../../graph/tensor.ts";
import { type Args, asInt } from "../_args.ts";
import { cast } from "../_autocast.ts";
import { emitOne, shapeOf } from "../_emit.ts";
import { mm } from "../_matmul.ts";
import { defineOp, NotKnown, type Op, type OpContext, TorchError } from "../_op.ts";
import {
  countOf,
  denseElements,
  distinctPlaces,
  emitSparse,
  isCount,
  needSparse,
  openCount,
  samePlaces,
  sparseOf,
} from "../_sparse.ts";
import { lessOf, productOf } from "../_sparse-rules.ts";
import { bool, int, type Value } from "../_value.ts";

/** A tensor of what a program gives: a tensor, numbers, lists of them. */
function given(ctx: OpContext, value: Value | undefined): Tensor | undefined {
  if (value === undefined || value.kind === "none" || value.kind === "unknown") return undefined;
  const made = value instanceof Tensor ? value : ctx.call("torch.as_tensor", [value]);
  return made instanceof Tensor ? made : undefined;
}

interface Parts {
  readonly indices: Value | undefined;
  readonly values: Value | undefined;
  readonly size: readonly Dim[] | undefined;
  readonly dtype: DType | undefined;
  readonly isCoalesced?: boolean;
}

function makeCoo(ctx: OpContext, parts: Parts): Tensor {
  const indices = given(ctx, parts.indices);
  const raw = given(ctx, parts.values);
  const dtype = parts.dtype ?? raw?.dtype;
  if (dtype === undefined) throw notKnown(parts.values, "the values of a sparse tensor");
  const values = raw === undefined ? undefined : cast(raw, dtype, ctx);
  const count: Dim | undefined =
    indices === undefined || shapeOf(indices).length !== 2 ? undefined : shapeOf(indices)[1];
  const shape = parts.size ?? sizesOf(indices, values, parts.indices);
  const dimensions = indices === undefined ? shape.length : (asNumber(shapeOf(indices)[0]) ?? shape.length);
  checkDimensions(shape, dimensions, values);
  const sparse: Sparse = {
    layout: "sparse_coo",
    nonzeros: count ?? openCount("how many elements a sparse tensor keeps is not known"),
    dimensions,
    isCoalesced: parts.isCoalesced === true,
    indices,
    values,
  };
  const inputs = [indices, values].filter((each) => each !== undefined);
  return emitSparse(ctx, "_sparse_coo_tensor_with_dims_and_tensors", inputs, { shape, dtype, sparse });
}

const asNumber = (dim: Dim | undefined): number | undefined => (typeof dim === "number" ? dim : undefined);

const notKnown = (value: Value | undefined, what: string): NotKnown =>
  new NotKnown(value?.kind === "unknown" ? value : unknown(`${what} are not known`));

/** Sizes that are left out: one more than the largest index of each dimension. */
function sizesOf(
  indices: Tensor | undefined,
  values: Tensor | undefined,
  from: Value | undefined,
): readonly Dim[] {
  if (indices === undefined) throw notKnown(from, "the indices of a sparse tensor");
  const data = dataOf(indices.meta);
  const [dimensions = 0, count = 0] = shapeOf(indices);
  if (data === undefined || typeof dimensions !== "number" || typeof count !== "number")
    throw new NotKnown(
      unknown("a sparse tensor without a size is as large as its largest indices, which only the run knows"),
    );
  const largest = Array.from({ length: dimensions }, (_, d) =>
    data.slice(d * count, (d + 1) * count).reduce((most, each) => Math.max(most, each + 1), 0),
  );
  return [...largest, ...(values === undefined ? [] : shapeOf(values).slice(1))];
}

function checkDimensions(shape: Shape, dimensions: number, values: Tensor | undefined): void {
  const dense = values === undefined ? shape.length - dimensions : Math.max(0, shapeOf(values).length - 1);
  if (shape.length !== dimensions + dense)
    throw new TorchError(
      `'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = ${shape.length}, sparse_dim = ${dimensions}, dense_dim = ${dense}`,
    );
}

function empty(ctx: OpContext, shape: readonly Dim[], dtype: DType): Tensor {
  const sparse: Sparse = {
    layout: "sparse_coo",
    nonzeros: 0,
    dimensions: shape.length,
    isCoalesced: true,
    indices: undefined,
    values: undefined,
  };
  return emitSparse(ctx, "empty", [], { shape, dtype, sparse });
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
};

/** `torch.sparse.FloatTensor(indices, values, size)`, or sizes alone of one that keeps nothing. */
function legacyConstructor(args: Args, ctx: OpContext, dtype: DType): Tensor {
  const items = args.raw("data");
  const [first, second, third] = items?.kind === "tuple" ? items.items : [];
  if (first === undefined) return empty(ctx, [0], dtype);
  const isSize =
    second === undefined
      ? first.kind === "tuple" || first.kind === "list"
      : !(first instanceof Tensor) && asInt(first) !== undefined;
  if (isSize || (second === undefined && asInt(first) !== undefined))
    return empty(ctx, args.variadicInts("data"), dtype);
  const size = third === undefined ? undefined : args.with("size", third).ints("size");
  return makeCoo(ctx, { indices: first, values: second, size, dtype });
}

/** A matrix by compressed rows or columns. */
const compressed = (layout: "sparse_csr" | "sparse_csc", name: string, ends: string, places: string): Op =>
  defineOp({
    names: [`torch.${name}`],
    params: `(${ends}, ${places}, values, size=None, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False, check_invariants=None)`,
    run: (args, ctx) => {
      const values = given(ctx, args.value("values"));
      const size = args.optionalInts("size");
      if (values === undefined || size === undefined)
        throw new NotKnown(unknown("a sparse tensor without a size is as large as its largest indices"));
      const dtype = args.dtype() ?? values.dtype;
      const sparse: Sparse = {
        layout,
        nonzeros: shapeOf(values)[0] ?? 0,
        dimensions: 2,
        isCoalesced: true,
        indices: undefined,
        values: cast(values, dtype, ctx),
      };
      return emitSparse(ctx, "sparse_compressed_tensor", [values], { shape: size, dtype, sparse });
    },
  });

const ofInput = (
  name: string,
  params: string,
  run: (input: Tensor, sparse: Sparse, ctx: OpContext, args: Args) => Value,
  names: readonly string[] = [`torch.Tensor.${name}`],
): Op =>
  defineOp({
    names,
    params,
    run: (args, ctx) => run(args.tensor("input"), needSparse(args.tensor("input"), name), ctx, args),
  });

/** Where the elements are, or what they are: the tensor that the program gave, while it still tells that. */
function part(ctx: OpContext, input: Tensor, sparse: Sparse, which: "indices" | "values"): Tensor {
  const known = isContiguous(input.meta) ? sparse[which] : undefined;
  if (known !== undefined) return known;
  const count = countOf(sparse, ctx);
  const shape =
    which === "indices" ? [sparse.dimensions, count] : [count, ...shapeOf(input).slice(sparse.dimensions)];
  const dtype = which === "indices" ? "int64" : input.dtype;
  return emitOne(
    ctx,
    which,
    [input],
    { shape, dtype, differentiable: which === "values" },
    { isView: true, bytesRead: 0, bytesWritten: 0 },
  );
}

function coalesced(ctx: OpContext, input: Tensor, sparse: Sparse): Tensor {
  if (sparse.isCoalesced || (typeof sparse.nonzeros === "number" && sparse.nonzeros < 2)) return input;
  const made: Sparse = {
    ...sparse,
    nonzeros: distinctPlaces(sparse),
    isCoalesced: true,
    indices: undefined,
    values: undefined,
  };
  const { dtype } = input;
  return emitSparse(ctx, "_coalesce", [input], { shape: shapeOf(input), dtype, sparse: made });
}

/** The same in another layout; of a dense tensor what is not zero, which only the run knows. */
const toLayout = (name: string, layout: Sparse["layout"]): Op =>
  defineOp({
    names: [`torch.Tensor.${name}`],
    params: "(input, sparse_dim=None, *, layout=None, blocksize=None, dense_dim=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const from = sparseOf(input);
      if (from?.layout === layout && !args.has("layout")) return input;
      if (args.has("layout") || args.has("blocksize"))
        throw new NotKnown(unknown(`\`${name}\` with a layout`));
      const shape = shapeOf(input);
      const sparse: Sparse = {
        layout,
        nonzeros: from?.nonzeros ?? nonzerosOf(input),
        dimensions: from?.dimensions ?? args.index("sparse_dim", shape.length - args.index("dense_dim", 0)),
        isCoalesced: true,
        indices: undefined,
        values: undefined,
      };
      return emitSparse(ctx, "_to_sparse", [input], { shape, dtype: input.dtype, sparse });
    },
  });

const nonzerosOf = (input: Tensor): Sparse["nonzeros"] =>
  dataOf(input.meta)?.filter((each) => each !== 0).length ??
  openCount("how many elements are not zero depends on a tensor's values");

function leftOut(left: Tensor, sparse: Sparse | undefined, columns: Dim): string {
  const whole = printDim(mul(denseElements(left), columns));
  const why = "PyTorch's own counters leave this product out";
  if (sparse === undefined) return `${why}: ${whole} multiply-accumulates`;
  if (!isCount(sparse.nonzeros))
    return `${why}: at most ${whole} multiply-accumulates, by how many elements are not zero`;
  return `${why}: ${printDim(mul(sparse.nonzeros, columns))} multiply-accumulates for the ${printDim(sparse.nonzeros)} elements that are kept`;
}

/** The product that PyTorch's counters leave out: the same for them, whatever the layout of the left side is. */
function uncountedProduct(ctx: OpContext, left: Tensor, right: Tensor, bias?: Tensor): Tensor {
  const [first, second] = [sparseOf(left), sparseOf(right)];
  const made = ctx.graph.onHost(() => mm(ctx, left, right, bias));
  ctx.graph.uncounted("torch.sparse.mm", leftOut(left, first, shapeOf(right)[1] ?? 1));
  const inputs = bias === undefined ? [left, right] : [bias, left, right];
  const { dtype } = left;
  if (first !== undefined && second !== undefined)
    return emitSparse(ctx, "_sparse_sparse_matmul", inputs, {
      shape: shapeOf(made),
      dtype,
      sparse: productOf(first),
    });
  return emitOne(ctx, "_sparse_addmm", inputs, { shape: shapeOf(made), dtype }, { saved: [left, right] });
}

const named = (kind: "softmax" | "log_softmax"): Op =>
  ofInput(
    kind,
    "(input, dim, *, dtype=None)",
    (input, sparse, ctx, args) =>
      emitSparse(ctx, `_sparse_${kind}`, [input], {
        shape: shapeOf(input),
        dtype: args.dtype() ?? input.dtype,
        sparse: samePlaces(sparse),
      }),
    [`torch.sparse.${kind}`],
  );

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.sparse_coo_tensor"],
    params: [
      "(indices, values, size=None, *, dtype=None, device=None, pin_memory=False, requires_grad=False, check_invariants=None, is_coalesced=None)",
      "(size, *, dtype=None, device=None, requires_grad=False, check_invariants=None)",
    ],
    run: (args, ctx) => {
      const [size, dtype] = [args.optionalInts("size"), args.dtype()];
      const [indices, values] = [args.raw("indices"), args.raw("values")];
      const made =
        values === undefined && size !== undefined
          ? empty(ctx, size, dtype ?? ctx.modes.defaultDtype)
          : makeCoo(ctx, { indices, values, size, dtype, isCoalesced: args.bool("is_coalesced", false) });
      made.become({ requiresGrad: made.meta.requiresGrad || args.bool("requires_grad", false) });
      return made;
    },
  }),
  ...Object.entries(legacy).map(([name, dtype]) =>
    defineOp({
      names: [`torch.sparse.${name}`, `torch.cuda.sparse.${name}`],
      params: "(*data, device=None)",
      run: (args, ctx) => legacyConstructor(args, ctx, dtype),
    }),
  ),
  compressed("sparse_csr", "sparse_csr_tensor", "crow_indices", "col_indices"),
  compressed("sparse_csc", "sparse_csc_tensor", "ccol_indices", "row_indices"),
  ofInput("coalesce", "(input)", (input, sparse, ctx) => coalesced(ctx, input, sparse)),
  ofInput("is_coalesced", "(input)", (_, sparse) => bool(sparse.isCoalesced)),
  ...(["indices", "values"] as const).map((which) =>
    ofInput(which, "(input)", (input, sparse, ctx) => part(ctx, input, sparse, which), [
      `torch.Tensor.${which}`,
      `torch.Tensor._${which}`,
    ]),
  ),
  ofInput("col_indices", "(input)", (input, sparse, ctx) =>
    emitOne(
      ctx,
      "col_indices",
      [input],
      { shape: [countOf(sparse, ctx)], dtype: "int64" },
      { isView: true, bytesRead: 0, bytesWritten: 0 },
    ),
  ),
  ofInput("_nnz", "(input)", (_, sparse) =>
    isCount(sparse.nonzeros) ? int(sparse.nonzeros) : sparse.nonzeros,
  ),
  ofInput("sparse_dim", "(input)", (_, sparse) => int(sparse.dimensions)),
  ofInput("dense_dim", "(input)", (input, sparse) => int(shapeOf(input).length - sparse.dimensions)),
  toLayout("to_sparse", "sparse_coo"),
  toLayout("to_sparse_coo", "sparse_coo"),
  toLayout("to_sparse_csr", "sparse_csr"),
  toLayout("to_sparse_csc", "sparse_csc"),
  defineOp({
    names: ["torch.Tensor.to_dense"],
    params: "(input, dtype=None, *, masked_grad=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const dtype = args.dtype("dtype") ?? input.dtype;
      if (sparseOf(input) === undefined) return cast(input, dtype, ctx);
      return emitOne(ctx, "_to_dense", [input], { shape: shapeOf(input), dtype });
    },
  }),
  defineOp({
    names: ["torch.sparse.mm"],
    params: "(input, mat2)",
    run: (args, ctx) => uncountedProduct(ctx, args.tensor("input"), args.tensor("mat2")),
  }),
  defineOp({
    names: ["torch.sparse.addmm"],
    params: "(input, mat1, mat2, *, beta=1, alpha=1)",
    run: (args, ctx) => uncountedProduct(ctx, args.tensor("mat1"), args.tensor("mat2"), args.tensor("input")),
  }),
  defineOp({
    names: ["torch.sparse.sum"],
    params: "(input, dim=None, dtype=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const sparse = needSparse(input, "torch.sparse.sum");
      const rank = shapeOf(input).length;
      const gone = args.has("dim") ? args.indices("dim").map((d) => (d < 0 ? d + rank : d)) : undefined;
      const shape = gone === undefined ? [] : shapeOf(input).filter((_, i) => !gone.includes(i));
      const dtype = args.dtype() ?? input.dtype;
      if (shape.length === 0) return emitOne(ctx, "sum", [input], { shape, dtype });
      return emitSparse(ctx, "_sparse_sum", [input], { shape, dtype, sparse: lessOf(sparse, shape.length) });
    },
  }),
  named("softmax"),
  named("log_softmax"),
];
