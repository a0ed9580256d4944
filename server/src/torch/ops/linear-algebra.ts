/**
 * Decompositions and solvers. FLOPs by the usual leading terms for n x n: LU 2/3 n^3, Cholesky 1/3 n^3, QR 4/3 n^3, inverse
 * 2 n^3, triangular solve n^2 per column, symmetric eigenvalues 9 n^3, SVD 20 m n min(m, n).
 * Source: Golub and Van Loan, Matrix Computations.
 */
import { type Dim, floorDiv, mul, product, sub } from "../../graph/dim.ts";
import { toComplex, toReal } from "../../graph/dtype.ts";
import { compare } from "../../graph/guard.ts";
import { contiguousStrides, type Shape, type Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { computed, emitOne, record, shapeOf } from "../_emit.ts";
import { matmul } from "../_matmul.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { printHint } from "../_shape.ts";
import { named, type Value } from "../_value.ts";

interface Matrix {
  readonly batch: Shape;
  readonly rows: Dim;
  readonly columns: Dim;
  readonly least: Dim;
}

function matrixOf(ctx: OpContext, input: Tensor, name: string): Matrix {
  const shape = shapeOf(input);
  if (shape.length < 2)
    throw new TorchError(`linalg.${name}: The input tensor A must have at least 2 dimensions.`);
  const [rows = 1, columns = 1] = shape.slice(-2);
  const least = compare(rows, "<", columns, ctx.graph) === true ? rows : columns;
  return { batch: shape.slice(0, -2), rows, columns, least };
}

function squareOf(ctx: OpContext, input: Tensor, name: string): Matrix {
  const matrix = matrixOf(ctx, input, name);
  if (compare(matrix.rows, "==", matrix.columns, ctx.graph) === false)
    throw new TorchError(
      `linalg.${name}: A must be batches of square matrices, but they are ${printHint(matrix.rows)} by ${printHint(matrix.columns)} matrices`,
    );
  return matrix;
}

/** `factor / 3` times n^3 per matrix. */
const cubed = ({ batch, rows }: Matrix, thirds: number): Dim =>
  floorDiv(product([thirds, ...batch, rows, rows, rows]), 3);

const square = (names: readonly string[], name: string, thirds: number, shape: (m: Matrix) => Shape): Op =>
  defineOp({
    names,
    params: "(input, *args, upper=False, out=None, **kwargs)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const m = squareOf(ctx, input, name);
      return emitOne(
        ctx,
        `linalg_${name}`,
        [input],
        { shape: shape(m), dtype: input.dtype },
        { flops: cubed(m, thirds), savesOutput: true },
      );
    },
  });

const whole = ({ batch, rows, columns }: Matrix): Shape => [...batch, rows, columns];

function several(
  ctx: OpContext,
  name: string,
  input: Tensor,
  flops: Dim,
  fields: readonly string[],
  shapes: readonly (readonly [shape: Shape, dtype: Tensor["dtype"], layout?: "by column"])[],
): Value {
  const outputs = shapes.map(([shape, dtype, layout]) => {
    const strides = layout === undefined ? {} : { strides: columnMajor(shape) };
    return computed(ctx, [input], { shape, dtype, ...strides });
  });
  record(ctx, `linalg_${name}`, [input], outputs, { flops, saved: outputs });
  return named(`torch.return_types.linalg_${name}`, fields, outputs);
}

/** LAPACK writes its results column after column. */
function columnMajor(shape: Shape): Shape {
  const [rows = 1, columns = 1] = shape.slice(-2);
  const strides = contiguousStrides([...shape.slice(0, -2), columns, rows]);
  return [...strides.slice(0, -2), 1, rows];
}

/** `a` and `b` as `[..., n, n]` and `[..., n, k]`; a vector `b` stays one. */
function solve(ctx: OpContext, name: string, a: Tensor, b: Tensor): Tensor {
  const m = squareOf(ctx, a, name.replace("linalg_", ""));
  const shape = shapeOf(b);
  const isVector = shape.length === m.batch.length + 1;
  return emitOne(
    ctx,
    name,
    [a, b],
    { shape, dtype: b.dtype, ...(isVector ? {} : { strides: columnMajor(shape) }) },
    { flops: mul(m.rows, product(shape)), saved: [a], savesOutput: true },
  );
}

function leastSquares(args: Args, ctx: OpContext): Value {
  const [a, b] = [args.tensor("A"), args.tensor("B")];
  const m = matrixOf(ctx, a, "lstsq");
  const isVector = shapeOf(b).length === m.batch.length + 1;
  const wide = isVector ? [] : shapeOf(b).slice(-1);
  // It is the upper part of what the solver works on, which is as long as the longer side.
  const longer = m.least === m.rows ? m.columns : m.rows;
  const room = columnMajor([...m.batch, longer, ...wide]);
  const solution = emitOne(
    ctx,
    "linalg_lstsq",
    [a, b],
    { shape: [...m.batch, m.columns, ...wide], dtype: b.dtype, ...(isVector ? {} : { strides: room }) },
    { flops: product([2, ...m.batch, m.rows, m.columns, m.least]), saved: [a, b] },
  );
  const other = (what: string): Value => ({
    kind: "unknown",
    why: `torch.linalg.lstsq(): ${what} depend on the rank and on the driver`,
    where: undefined,
  });
  return named(
    "torch.return_types.linalg_lstsq",
    ["solution", "residuals", "rank", "singular_values"],
    [solution, ...["residuals", "the ranks", "singular values"].map(other)],
  );
}

/** Two thirds of n^3 for a square; m n min(m, n) less a third of min^3 in general. */
const luFlops = ({ batch, rows, columns, least }: Matrix): Dim =>
  sub(product([...batch, rows, columns, least]), floorDiv(product([...batch, least, least, least]), 3));

/** Squares for every bit of `n`, and products for those that are set; a cube is two products. Source: ATen `matrix_power`. */
function power(ctx: OpContext, input: Tensor, n: number): Tensor {
  if (n === 3) return matmul(ctx, matmul(ctx, input, input), input);
  let square = input;
  let made: Tensor | undefined;
  for (let left = n; ; ) {
    if (left % 2 === 1) made = made === undefined ? square : matmul(ctx, made, square);
    left = Math.floor(left / 2);
    if (left === 0) return made ?? square;
    square = matmul(ctx, square, square);
  }
}

export const ops: readonly Op[] = [
  square(["torch.linalg.inv", "torch.inverse", "torch.Tensor.inverse"], "inv", 6, whole),
  square(["torch.linalg.cholesky", "torch.cholesky", "torch.Tensor.cholesky"], "cholesky", 1, whole),
  square(
    ["torch.linalg.det", "torch.det", "torch.Tensor.det", "torch.logdet"],
    "det",
    2,
    ({ batch }) => batch,
  ),
  square(["torch.linalg.matrix_exp", "torch.matrix_exp", "torch.Tensor.matrix_exp"], "matrix_exp", 60, whole),
  square(["torch.linalg.eigvalsh"], "eigvalsh", 4, ({ batch, rows }) => [...batch, rows]),
  defineOp({
    names: ["torch.linalg.pinv", "torch.pinverse"],
    params: "(input, rcond=None, hermitian=False, **kwargs)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const m = matrixOf(ctx, input, "pinv");
      return emitOne(
        ctx,
        "linalg_pinv",
        [input],
        { shape: [...m.batch, m.columns, m.rows], dtype: input.dtype },
        { flops: product([22, ...m.batch, m.rows, m.columns, m.least]), saved: [input], savesOutput: true },
      );
    },
  }),
  defineOp({
    names: ["torch.linalg.svd", "torch.svd", "torch.Tensor.svd"],
    params: "(input, full_matrices=True, *, driver=None, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const m = matrixOf(ctx, input, "svd");
      const full = args.bool("full_matrices", true);
      return several(
        ctx,
        "svd",
        input,
        product([20, ...m.batch, m.rows, m.columns, m.least]),
        ["U", "S", "Vh"],
        [
          [[...m.batch, m.rows, full ? m.rows : m.least], input.dtype],
          [[...m.batch, m.least], toReal(input.dtype)],
          [[...m.batch, full ? m.columns : m.least, m.columns], input.dtype],
        ],
      );
    },
  }),
  defineOp({
    names: ["torch.linalg.svdvals"],
    params: "(input, *, driver=None, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const m = matrixOf(ctx, input, "svdvals");
      return emitOne(
        ctx,
        "linalg_svdvals",
        [input],
        { shape: [...m.batch, m.least], dtype: toReal(input.dtype) },
        { flops: product([4, ...m.batch, m.rows, m.columns, m.least]), saved: [input] },
      );
    },
  }),
  defineOp({
    names: ["torch.linalg.qr", "torch.qr", "torch.Tensor.qr"],
    params: "(input, mode='reduced', *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const m = matrixOf(ctx, input, "qr");
      const inner = args.string("mode", "reduced") === "complete" ? m.rows : m.least;
      return several(
        ctx,
        "qr",
        input,
        product([4, ...m.batch, m.rows, m.columns, m.least]),
        ["Q", "R"],
        [
          [[...m.batch, m.rows, inner], input.dtype],
          [[...m.batch, inner, m.columns], input.dtype],
        ],
      );
    },
  }),
  ...["eigh", "eig"].map((name) =>
    defineOp({
      names: [`torch.linalg.${name}`],
      params: "(input, UPLO='L', *, out=None)",
      run: (args, ctx) => {
        const input = args.tensor("input");
        const m = squareOf(ctx, input, name);
        const complex = toComplex(toReal(input.dtype));
        return several(
          ctx,
          name,
          input,
          cubed(m, name === "eigh" ? 27 : 75),
          ["eigenvalues", "eigenvectors"],
          [
            [[...m.batch, m.rows], name === "eigh" ? toReal(input.dtype) : complex],
            name === "eigh" ? [whole(m), input.dtype] : [whole(m), complex, "by column"],
          ],
        );
      },
    }),
  ),
  defineOp({
    names: ["torch.linalg.solve"],
    params: "(A, B, *, left=True, out=None)",
    run: (args, ctx) => solve(ctx, "linalg_solve", args.tensor("A"), args.tensor("B")),
  }),
  defineOp({
    names: ["torch.linalg.solve_triangular"],
    params: "(A, B, *, upper, left=True, unitriangular=False, out=None)",
    run: (args, ctx) => solve(ctx, "linalg_solve_triangular", args.tensor("A"), args.tensor("B")),
  }),
  defineOp({
    names: ["torch.cholesky_solve", "torch.Tensor.cholesky_solve"],
    params: "(B, L, upper=False, *, out=None)",
    run: (args, ctx) => solve(ctx, "cholesky_solve", args.tensor("L"), args.tensor("B")),
  }),
  defineOp({
    names: ["torch.triangular_solve", "torch.Tensor.triangular_solve"],
    params: "(b, A, upper=True, transpose=False, unitriangular=False, *, out=None)",
    run: (args, ctx) => {
      const a = args.tensor("A");
      const solution = solve(ctx, "triangular_solve", a, args.tensor("b"));
      const strides = columnMajor(shapeOf(a));
      const copy = computed(ctx, [a], { shape: shapeOf(a), dtype: a.dtype, strides });
      return named(
        "torch.return_types.triangular_solve",
        ["solution", "cloned_coefficient"],
        [solution, copy],
      );
    },
  }),
  defineOp({
    names: ["torch.linalg.lstsq"],
    params: "(A, B, rcond=None, *, driver=None)",
    run: leastSquares,
  }),
  defineOp({
    names: ["torch.linalg.slogdet", "torch.slogdet", "torch.Tensor.slogdet"],
    params: "(input)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const m = squareOf(ctx, input, "slogdet");
      return several(
        ctx,
        "slogdet",
        input,
        cubed(m, 2),
        ["sign", "logabsdet"],
        [
          [m.batch, input.dtype],
          [m.batch, toReal(input.dtype)],
        ],
      );
    },
  }),
  defineOp({
    names: ["torch.linalg.matrix_power", "torch.matrix_power", "torch.Tensor.matrix_power"],
    params: "(input, n)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const n = args.index("n");
      if (n === 0) return ctx.call("torch.eye", [{ kind: "int", value: shapeOf(input)[0] ?? 1 }]);
      if (n > 0) return power(ctx, input, n);
      const inverse = ctx.call("torch.linalg.inv", [input]);
      return inverse.kind === "tensor" ? power(ctx, inverse, -n) : inverse;
    },
  }),
  defineOp({
    names: ["torch.linalg.lu"],
    params: "(input, *, pivot=True, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const m = matrixOf(ctx, input, "lu");
      const { batch, rows, columns, least } = m;
      return several(
        ctx,
        "lu",
        input,
        luFlops(m),
        ["P", "L", "U"],
        [
          [[...batch, rows, rows], input.dtype],
          [[...batch, rows, least], input.dtype],
          [[...batch, least, columns], input.dtype],
        ],
      );
    },
  }),
  defineOp({
    names: ["torch.linalg.lu_factor", "torch.lu", "torch.Tensor.lu"],
    params: "(input, pivot=True, get_infos=False, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const m = matrixOf(ctx, input, "lu_factor");
      return several(
        ctx,
        "lu_factor",
        input,
        luFlops(m),
        ["LU", "pivots"],
        [
          [whole(m), input.dtype, "by column"],
          [[...m.batch, m.least], "int32"],
        ],
      );
    },
  }),
];
