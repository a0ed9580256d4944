/**
 * Decompositions and solvers. FLOPs by the usual leading terms for n x n: LU 2/3 n^3, Cholesky 1/3 n^3, QR 4/3 n^3, inverse
 * 2 n^3, triangular solve n^2 per column, symmetric eigenvalues 9 n^3, SVD 20 m n min(m, n).
 * Source: Golub and Van Loan, Matrix Computations.
 */
import { type Dim, mul, product } from "../../graph/dim.ts";
import { toComplex, toReal } from "../../graph/dtype.ts";
import type { Shape, Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { computed, emitOne, shapeOf } from "../_emit.ts";
import { matmul } from "../_matmul.ts";
import {
  columnMajor,
  cubed,
  luFlops,
  type Matrix,
  matrixOf,
  type Output,
  several,
  squareOf,
  whole,
} from "../_matrix.ts";
import { defineOp, NotKnown, type Op, type OpContext } from "../_op.ts";
import { named, type Value } from "../_value.ts";

interface Square {
  readonly names: readonly string[];
  readonly name: string;
  /** FLOPs in thirds of n^3. */
  readonly thirds: number;
  readonly shape: (m: Matrix) => Shape;
  readonly isReal?: true;
  readonly layout?: "by column";
}

const square = ({ names, name, thirds, shape, isReal, layout }: Square): Op =>
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
        {
          shape: shape(m),
          dtype: isReal === true ? toReal(input.dtype) : input.dtype,
          ...(layout === undefined ? {} : { strides: columnMajor(shape(m)) }),
        },
        { flops: cubed(m, thirds), savesOutput: true },
      );
    },
  });

/** `a` and `b` as `[..., n, n]` and `[..., n, k]`; a vector `b` stays one. */
function solve(ctx: OpContext, name: string, a: Tensor, b: Tensor): Tensor {
  const m = squareOf(ctx, a, name.replace("linalg_", ""));
  const shape = shapeOf(b);
  return emitOne(
    ctx,
    name,
    [a, b],
    { shape, dtype: b.dtype, ...(shape.length < 2 ? {} : { strides: columnMajor(shape) }) },
    { flops: mul(m.rows, product(shape)), saved: [a], savesOutput: true },
  );
}

function singularValues(
  ctx: OpContext,
  input: Tensor,
  full: boolean,
): readonly [flops: Dim, fields: readonly string[], outputs: readonly [Output, Output, Output]] {
  const m = matrixOf(ctx, input, "svd");
  return [
    product([20, ...m.batch, m.rows, m.columns, m.least]),
    ["U", "S", "Vh"],
    [
      [[...m.batch, m.rows, full ? m.rows : m.least], input.dtype, "by column"],
      [[...m.batch, m.least], toReal(input.dtype)],
      [[...m.batch, full ? m.columns : m.least, m.columns], input.dtype, "by column"],
    ],
  ];
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

/** Identity matrices over the batch. */
function identities(ctx: OpContext, input: Tensor): Tensor {
  const shape = shapeOf(input);
  const size = shape.at(-1) ?? 1;
  const one = ctx.call("torch.eye", [{ kind: "int", value: size }], {
    dtype: { kind: "dtype", dtype: input.dtype },
  });
  if (one.kind !== "tensor" || shape.length <= 2) return one.kind === "tensor" ? one : input;
  return emitOne(ctx, "eye", [], { shape, dtype: input.dtype, differentiable: false });
}

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

const squares: readonly Square[] = [
  {
    names: ["torch.linalg.inv", "torch.inverse", "torch.Tensor.inverse"],
    name: "inv",
    thirds: 6,
    shape: whole,
    layout: "by column",
  },
  {
    names: ["torch.linalg.cholesky", "torch.cholesky", "torch.Tensor.cholesky"],
    name: "cholesky",
    thirds: 1,
    shape: whole,
    layout: "by column",
  },
  {
    names: ["torch.linalg.det", "torch.det", "torch.Tensor.det", "torch.logdet", "torch.Tensor.logdet"],
    name: "det",
    thirds: 2,
    shape: ({ batch }) => batch,
  },
  {
    names: ["torch.linalg.matrix_exp", "torch.matrix_exp", "torch.Tensor.matrix_exp"],
    name: "matrix_exp",
    thirds: 60,
    shape: whole,
  },
  {
    names: ["torch.linalg.eigvalsh"],
    name: "eigvalsh",
    thirds: 4,
    shape: ({ batch, rows }) => [...batch, rows],
    isReal: true,
  },
];

function qr(ctx: OpContext, input: Tensor, mode: string): Value {
  const m = matrixOf(ctx, input, "qr");
  const inner = mode === "complete" ? m.rows : m.least;
  return several(
    ctx,
    "qr",
    input,
    product([4, ...m.batch, m.rows, m.columns, m.least]),
    ["Q", "R"],
    [
      [[...m.batch, mode === "r" ? 0 : m.rows, inner], input.dtype, "by column"],
      [[...m.batch, inner, m.columns], input.dtype, "by column"],
    ],
  );
}

export const ops: readonly Op[] = [
  ...squares.map(square),
  defineOp({
    names: ["torch.linalg.pinv", "torch.pinverse", "torch.Tensor.pinverse"],
    params: "(input, rcond=None, hermitian=False, **kwargs)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const m = matrixOf(ctx, input, "pinv");
      const bound = args.raw("rcond");
      if (bound?.kind === "tensor" && shapeOf(bound).length > 0)
        throw new NotKnown({
          kind: "unknown",
          why: "linalg.pinv(): several bounds for singular values",
          where: undefined,
        });
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
    names: ["torch.linalg.svd"],
    params: "(input, full_matrices=True, *, driver=None, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return several(ctx, "svd", input, ...singularValues(ctx, input, args.bool("full_matrices", true)));
    },
  }),
  defineOp({
    names: ["torch.svd", "torch.Tensor.svd"],
    params: "(input, some=True, compute_uv=True, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      // Without the vectors torch fills whole squares with zeros.
      const full = !args.bool("some", true) || !args.bool("compute_uv", true);
      const [flops, , [u, s, vh]] = singularValues(ctx, input, full);
      const transposed: Output = [vh[0].toSpliced(-2, 2, ...vh[0].slice(-2).reverse()), vh[1], "by row"];
      return several(ctx, "svd", input, flops, ["U", "S", "V"], [u, s, transposed]);
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
    names: ["torch.linalg.qr"],
    params: "(input, mode='reduced', *, out=None)",
    run: (args, ctx) => qr(ctx, args.tensor("input"), args.string("mode", "reduced")),
  }),
  defineOp({
    names: ["torch.qr", "torch.Tensor.qr"],
    params: "(input, some=True, *, out=None)",
    run: (args, ctx) => qr(ctx, args.tensor("input"), args.bool("some", true) ? "reduced" : "complete"),
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
            [whole(m), name === "eigh" ? input.dtype : complex, "by column"],
          ],
        );
      },
    }),
  ),
  // Until PyTorch 1.13: without `eigenvectors` the second field has no elements.
  defineOp({
    names: ["torch.symeig", "torch.Tensor.symeig"],
    params: "(input, eigenvectors=False, upper=True, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const m = squareOf(ctx, input, "symeig");
      const vectors: Output = args.bool("eigenvectors", false)
        ? [whole(m), input.dtype, "by column"]
        : [[0], input.dtype];
      return several(
        ctx,
        "symeig",
        input,
        cubed(m, 27),
        ["eigenvalues", "eigenvectors"],
        [[[...m.batch, m.rows], toReal(input.dtype)], vectors],
      );
    },
  }),
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
      if (n === 0) return identities(ctx, input);
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
      const infos: readonly Output[] = args.bool("get_infos", false) ? [[m.batch, "int32"]] : [];
      return several(
        ctx,
        "lu_factor",
        input,
        luFlops(m),
        ["LU", "pivots", ...infos.map(() => "infos")],
        [[whole(m), input.dtype, "by column"], [[...m.batch, m.least], "int32"], ...infos],
      );
    },
  }),
];
