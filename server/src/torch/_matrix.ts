/** What decompositions and solvers share: the last two dimensions are a matrix, the others a batch. */
import { type Dim, floorDiv, product, sub } from "../graph/dim.ts";
import type { DType } from "../graph/dtype.ts";
import { compare } from "../graph/guard.ts";
import { contiguousStrides, type Shape, type Tensor } from "../graph/tensor.ts";
import { computed, record, shapeOf } from "./_emit.ts";
import { type OpContext, TorchError } from "./_op.ts";
import { printHint } from "./_shape.ts";
import { named, type Value } from "./_value.ts";

export interface Matrix {
  readonly batch: Shape;
  readonly rows: Dim;
  readonly columns: Dim;
  readonly least: Dim;
}

export function matrixOf(ctx: OpContext, input: Tensor, name: string): Matrix {
  const shape = shapeOf(input);
  if (shape.length < 2)
    throw new TorchError(`linalg.${name}: The input tensor A must have at least 2 dimensions.`);
  const [rows = 1, columns = 1] = shape.slice(-2);
  const least = compare(rows, "<", columns, ctx.graph) === true ? rows : columns;
  return { batch: shape.slice(0, -2), rows, columns, least };
}

export function squareOf(ctx: OpContext, input: Tensor, name: string): Matrix {
  const matrix = matrixOf(ctx, input, name);
  if (compare(matrix.rows, "==", matrix.columns, ctx.graph) === false)
    throw new TorchError(
      `linalg.${name}: A must be batches of square matrices, but they are ${printHint(matrix.rows)} by ${printHint(matrix.columns)} matrices`,
    );
  return matrix;
}

/** `factor / 3` times n^3 per matrix. */
export const cubed = ({ batch, rows }: Matrix, thirds: number): Dim =>
  floorDiv(product([thirds, ...batch, rows, rows, rows]), 3);

export const whole = ({ batch, rows, columns }: Matrix): Shape => [...batch, rows, columns];

/** Two thirds of n^3 for a square; m n min(m, n) less a third of min^3 in general. */
export const luFlops = ({ batch, rows, columns, least }: Matrix): Dim =>
  sub(product([...batch, rows, columns, least]), floorDiv(product([...batch, least, least, least]), 3));

export type Output = readonly [shape: Shape, dtype: DType, layout?: "by column" | "by row"];

export function several(
  ctx: OpContext,
  name: string,
  input: Tensor,
  flops: Dim,
  fields: readonly string[],
  shapes: readonly Output[],
): Value {
  const outputs = shapes.map(([shape, dtype, layout]) => {
    const strides = layout === "by column" ? { strides: columnMajor(shape) } : {};
    return computed(ctx, [input], { shape, dtype, ...strides });
  });
  record(ctx, `linalg_${name}`, [input], outputs, { flops, saved: outputs });
  return named(`torch.return_types.linalg_${name}`, fields, outputs);
}

/** LAPACK writes its results column after column. */
export function columnMajor(shape: Shape): Shape {
  const [rows = 1, columns = 1] = shape.slice(-2);
  const strides = contiguousStrides([...shape.slice(0, -2), columns, rows]);
  return [...strides.slice(0, -2), 1, rows];
}
