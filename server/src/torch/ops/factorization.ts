/**
 * What decompositions leave behind, used again: solutions, products, ranks and conditions. FLOPs by the usual leading terms.
 * Source: Golub and Van Loan, Matrix Computations; shapes and layouts of the torch documentation.
 */
import { type Dim, mul, product } from "../../graph/dim.ts";
import { isFloatingOrComplex, toComplex, toReal } from "../../graph/dtype.ts";
import type { Shape, Tensor } from "../../graph/tensor.ts";
import { emitOne, shapeOf } from "../_emit.ts";
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
import { defineOp, type Op, type OpContext } from "../_op.ts";
import { named, type Value } from "../_value.ts";

/** The same as the function without `_ex`, with an int32 that tells of failures in place of an exception. */
const checked = (
  name: string,
  fields: readonly string[],
  flops: (m: Matrix) => Dim,
  outputs: (m: Matrix, input: Tensor) => readonly Output[],
): Op =>
  defineOp({
    names: [`torch.linalg.${name}`],
    params: "(input, *, pivot=True, upper=False, check_errors=False, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const m = name === "lu_factor_ex" ? matrixOf(ctx, input, name) : squareOf(ctx, input, name);
      return several(ctx, name, input, flops(m), fields, [...outputs(m, input), [m.batch, "int32"]]);
    },
  });

function scalarOfMatrix(ctx: OpContext, name: string, input: Tensor, dtype: Tensor["dtype"]): Tensor {
  const m = matrixOf(ctx, input, name);
  return emitOne(
    ctx,
    `linalg_${name}`,
    [input],
    { shape: m.batch, dtype },
    { flops: product([4, ...m.batch, m.rows, m.columns, m.least]) },
  );
}

/** `right` is what is solved for or multiplied; the result has its shape. */
function applied(
  ctx: OpContext,
  name: string,
  inputs: readonly Tensor[],
  right: Tensor,
  width: Dim,
  isByColumn: boolean,
): Tensor {
  const shape = shapeOf(right);
  return emitOne(
    ctx,
    name,
    inputs,
    { shape, dtype: right.dtype, ...(isByColumn && shape.length > 1 ? { strides: columnMajor(shape) } : {}) },
    { flops: product([2, ...shape, width]), saved: inputs },
  );
}

const widthOf = (tensor: Tensor): Dim => shapeOf(tensor).at(-1) ?? 1;

function unpacked(ctx: OpContext, packed: Tensor): Value {
  const m = matrixOf(ctx, packed, "lu_unpack");
  const { batch, rows, columns, least } = m;
  const shapes: readonly Shape[] = [
    [...batch, rows, rows],
    [...batch, rows, least],
    [...batch, least, columns],
  ];
  const parts = shapes.map((shape) => emitOne(ctx, "lu_unpack", [packed], { shape, dtype: packed.dtype }));
  return named("torch.return_types.lu_unpack", ["P", "L", "U"], parts);
}

export const ops: readonly Op[] = [
  checked(
    "inv_ex",
    ["inverse", "info"],
    (m) => cubed(m, 6),
    (m, { dtype }) => [[whole(m), dtype, "by column"]],
  ),
  checked(
    "cholesky_ex",
    ["L", "info"],
    (m) => cubed(m, 1),
    (m, { dtype }) => [[whole(m), dtype, "by column"]],
  ),
  checked("lu_factor_ex", ["LU", "pivots", "info"], luFlops, (m, { dtype }) => [
    [whole(m), dtype, "by column"],
    [[...m.batch, m.least], "int32"],
  ]),
  defineOp({
    names: ["torch.linalg.solve_ex"],
    params: "(A, B, *, left=True, check_errors=False, out=None)",
    run: (args, ctx) => {
      const [a, b] = [args.tensor("A"), args.tensor("B")];
      const m = squareOf(ctx, a, "solve_ex");
      const solution = applied(ctx, "linalg_solve_ex", [a, b], b, m.rows, true);
      const info = emitOne(ctx, "linalg_solve_ex", [a], { shape: m.batch, dtype: "int32" });
      return named("torch.return_types.linalg_solve_ex", ["result", "info"], [solution, info]);
    },
  }),
  defineOp({
    names: ["torch.linalg.eigvals"],
    params: "(input, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const m = squareOf(ctx, input, "eigvals");
      const dtype = toComplex(toReal(input.dtype));
      return emitOne(
        ctx,
        "linalg_eigvals",
        [input],
        { shape: [...m.batch, m.rows], dtype },
        { flops: cubed(m, 30), saved: [input] },
      );
    },
  }),
  defineOp({
    names: ["torch.linalg.matrix_rank"],
    params: "(input, tol=None, hermitian=False, *, atol=None, rtol=None, out=None)",
    run: (args, ctx) => scalarOfMatrix(ctx, "matrix_rank", args.tensor("input"), "int64"),
  }),
  defineOp({
    names: ["torch.linalg.cond"],
    params: "(input, p=None, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return scalarOfMatrix(ctx, "cond", input, toReal(input.dtype));
    },
  }),
  defineOp({
    names: ["torch.lu_solve", "torch.Tensor.lu_solve"],
    params: "(b, LU_data, LU_pivots, *, out=None)",
    run: (args, ctx) => {
      const [b, packed] = [args.tensor("b"), args.tensor("LU_data")];
      return applied(ctx, "lu_solve", [b, packed], b, widthOf(packed), true);
    },
  }),
  defineOp({
    names: ["torch.linalg.lu_solve"],
    params: "(LU, pivots, B, *, left=True, adjoint=False, out=None)",
    run: (args, ctx) => {
      const [packed, b] = [args.tensor("LU"), args.tensor("B")];
      return applied(ctx, "linalg_lu_solve", [packed, b], b, widthOf(packed), args.bool("left", true));
    },
  }),
  defineOp({
    names: ["torch.lu_unpack"],
    params: "(LU_data, LU_pivots, unpack_data=True, unpack_pivots=True, *, out=None)",
    run: (args, ctx) => unpacked(ctx, args.tensor("LU_data")),
  }),
  defineOp({
    names: ["torch.cholesky_inverse", "torch.Tensor.cholesky_inverse"],
    params: "(input, upper=False, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const m = squareOf(ctx, input, "cholesky_inverse");
      const strides = columnMajor(whole(m));
      return emitOne(
        ctx,
        "cholesky_inverse",
        [input],
        { shape: whole(m), dtype: input.dtype, strides },
        { flops: cubed(m, 2), savesOutput: true },
      );
    },
  }),
  defineOp({
    names: ["torch.geqrf", "torch.Tensor.geqrf"],
    params: "(input, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const m = matrixOf(ctx, input, "geqrf");
      const flops = product([2, ...m.batch, m.rows, m.columns, m.least]);
      return several(
        ctx,
        "geqrf",
        input,
        flops,
        ["a", "tau"],
        [
          [whole(m), input.dtype, "by column"],
          [[...m.batch, m.least], input.dtype],
        ],
      );
    },
  }),
  defineOp({
    names: ["torch.linalg.householder_product", "torch.orgqr", "torch.Tensor.orgqr"],
    params: "(input, tau, *, out=None)",
    run: (args, ctx) => {
      const [input, tau] = [args.tensor("input"), args.tensor("tau")];
      return applied(ctx, "linalg_householder_product", [input, tau], input, widthOf(tau), true);
    },
  }),
  defineOp({
    names: ["torch.ormqr", "torch.Tensor.ormqr"],
    params: "(input, tau, other, left=True, transpose=False, *, out=None)",
    run: (args, ctx) => {
      const [input, tau, other] = [args.tensor("input"), args.tensor("tau"), args.tensor("other")];
      return applied(ctx, "ormqr", [input, tau, other], other, mul(2, widthOf(tau)), true);
    },
  }),
  defineOp({
    names: ["torch.linalg.vander"],
    params: "(x, *, N=None)",
    run: (args, ctx) => {
      const input = args.tensor("x");
      const shape = shapeOf(input);
      const wide = shape.length === 0 ? [1] : shape;
      return emitOne(ctx, "linalg_vander", [input], {
        shape: [...wide, args.int("N", wide.at(-1) ?? 1)],
        dtype: isFloatingOrComplex(input.dtype) ? input.dtype : "int64",
      });
    },
  }),
];
