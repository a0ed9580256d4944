import { type Dim, product } from "../graph/dim.ts";
import type { DType } from "../graph/dtype.ts";
import type { Shape, Tensor } from "../graph/tensor.ts";
import type { Args } from "./_args.ts";
import { concrete, roundAll } from "./_data.ts";
import { bytesFor } from "./_emit.ts";
import type { OpContext } from "./_op.ts";

export interface Created {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly device: string;
  readonly strides?: readonly Dim[] | undefined;
  readonly data?: readonly number[] | undefined;
  readonly random?: boolean;
  readonly requiresGrad?: boolean;
  /** `empty` and `tensor` write nothing on the device. */
  readonly writes?: boolean;
}

/** A tensor made of nothing; the op writes its bytes. */
export function create(ctx: OpContext, name: string, from: Created): Tensor {
  const { shape, dtype } = from;
  const output = ctx.graph.tensor({
    shape,
    dtype,
    ...(from.strides === undefined ? {} : { strides: from.strides }),
    device: from.device,
    role: "constant",
    varies: from.random === true,
    requiresGrad: from.requiresGrad === true,
    data: from.data === undefined ? undefined : roundAll(from.data, dtype),
    producer: ctx.graph.nextOp,
  });
  ctx.graph.emit({
    name,
    inputs: [],
    outputs: [output],
    work: {
      macs: 0,
      flops: 0,
      bytesRead: 0,
      bytesWritten: from.writes === false ? 0 : bytesFor(shape, dtype),
    },
  });
  return output;
}

/**
 * `value` in every element, when they are few and their number is known. Elements are never changed in place, so
 * equal fills are one array: a network has hundreds of them.
 */
export function filled(shape: Shape, value: number | undefined): readonly number[] | undefined {
  const sizes = concrete(shape);
  const count = sizes === undefined ? undefined : product(sizes);
  if (value === undefined || typeof count !== "number" || count < 0 || count > 4096) return undefined;
  const key = `${count} ${Object.is(value, -0) ? "-0" : value}`;
  const known = fills.get(key);
  if (known !== undefined) return known;
  if (fills.size >= maxFills) fills.clear();
  const made = new Array<number>(count).fill(value);
  fills.set(key, made);
  return made;
}

const fills = new Map<string, readonly number[]>();
const maxFills = 200;

/** The `dtype`, `device` and `requires_grad` that creation functions share. */
export const factoryOptions = (
  args: Args,
  ctx: OpContext,
  dtype: DType,
): { readonly dtype: DType; readonly device: string; readonly requiresGrad: boolean } => ({
  dtype: args.dtype() ?? dtype,
  device: args.device() ?? ctx.modes.defaultDevice,
  requiresGrad: args.bool("requires_grad", false),
});
