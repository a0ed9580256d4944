import { type Dim, product } from "../graph/dim.ts";
import type { DType } from "../graph/dtype.ts";
import { dataOf, type Shape, type Tensor } from "../graph/tensor.ts";
import type { Args } from "./_args.ts";
import { concrete } from "./_data.ts";
import { emitOne, type OpDetails, shapeOf } from "./_emit.ts";
import { type OpContext, TorchError } from "./_op.ts";
import { wrapDim } from "./_shape.ts";

/** The dimensions to reduce: none given (or an empty tuple) means all. */
export function reducedDims(args: Args, rank: number): readonly number[] {
  const given = args.has("dim") ? args.indices("dim").map((d) => wrapDim(d, rank)) : [];
  const twice = given.find((d, i) => given.indexOf(d) !== i);
  if (twice !== undefined) throw new TorchError(`dim ${twice} appears multiple times in the list of dims`);
  return given.length === 0 ? Array.from({ length: rank }, (_, i) => i) : given;
}

export function reducedShape(shape: Shape, dims: readonly number[], keep: boolean): Shape {
  return keep ? shape.map((d, i) => (dims.includes(i) ? 1 : d)) : shape.filter((_, i) => !dims.includes(i));
}

export interface Reduction {
  readonly name: string;
  readonly dims: readonly number[];
  readonly keep: boolean;
  readonly dtype: DType;
  /** FLOPs per input element; 1 unless said otherwise. */
  readonly flops?: number;
  readonly compute?: ((elements: readonly number[]) => number) | undefined;
  readonly differentiable?: boolean;
  readonly saved?: readonly Tensor[];
  readonly savesOutput?: boolean;
  readonly savedExtra?: Dim;
}

/** Folds dimensions into one value each. */
export function reduce(ctx: OpContext, input: Tensor, reduction: Reduction): Tensor {
  const shape = shapeOf(input);
  const { name, dims, keep, dtype, compute, flops } = reduction;
  const data = compute === undefined ? undefined : groupsOf(input, dims)?.map(compute);
  const details: OpDetails = {
    flops: product([flops ?? 1, ...shape]),
    saved: reduction.saved ?? [],
    savedExtra: reduction.savedExtra ?? 0,
  };
  return emitOne(
    ctx,
    name,
    [input],
    {
      shape: reducedShape(shape, dims, keep),
      dtype,
      data,
      differentiable: reduction.differentiable !== false,
    },
    { ...details, savesOutput: reduction.savesOutput === true },
  );
}

/** The elements that fall into each output element, when they are known. */
export function groupsOf(input: Tensor, dims: readonly number[]): readonly (readonly number[])[] | undefined {
  const data = dataOf(input.meta);
  const sizes = concrete(shapeOf(input));
  if (data === undefined || sizes === undefined) return undefined;
  const kept = sizes.map((size, i) => (dims.includes(i) ? 1 : size));
  const count = kept.reduce((a, b) => a * b, 1);
  const groups = Array.from({ length: count }, (): number[] => []);
  for (const [flat, x] of data.entries()) {
    let rest = flat;
    let at = 0;
    let step = 1;
    for (let d = sizes.length - 1; d >= 0; d--) {
      const size = sizes[d] ?? 1;
      const i = rest % size;
      rest = Math.floor(rest / size);
      if (kept[d] === 1) continue;
      at += i * step;
      step *= kept[d] ?? 1;
    }
    groups[at]?.push(x);
  }
  return groups;
}
