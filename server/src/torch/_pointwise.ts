import type { NumberKind } from "../base/known.ts";
import { add, type Dim, mul, product } from "../graph/dim.ts";
import {
  categoryOf,
  type DType,
  isFloatingOrComplex,
  isIntegral,
  type Operand,
  promote,
  resultType,
} from "../graph/dtype.ts";
import { isKnownShape, type Shape, Tensor } from "../graph/tensor.ts";
import { asInt, asNumber } from "./_args.ts";
import { broadcastData, roundTo } from "./_data.ts";
import { bytesFor, emitInPlace, emitOne, shapeOf } from "./_emit.ts";
import { pointwiseStrides } from "./_layout.ts";
import { NotKnown, type OpContext, TorchError } from "./_op.ts";
import { broadcast, checkInPlace } from "./_shape.ts";
import { typeName, type Value } from "./_value.ts";

/** An operand that is no tensor. `value` is absent when it is symbolic. */
export interface Scalar {
  readonly kind: "scalar";
  readonly dtype: DType;
  readonly value: number | undefined;
}

export type PointwiseOperand = Tensor | Scalar;

export interface Pointwise {
  readonly name: string;
  readonly dtype: DType;
  /** On one element of each operand; left out when not worth knowing. */
  readonly compute?: ((...operands: readonly number[]) => number) | undefined;
  /** FLOPs per output element; 1 unless said otherwise, whatever the function is. */
  readonly flops?: number;
  readonly saved?: readonly Tensor[];
  readonly savesOutput?: boolean;
  readonly savedExtra?: Dim;
  readonly differentiable?: boolean;
  readonly random?: boolean;
  readonly attributes?: Readonly<Record<string, Dim | string | boolean>>;
}

/** Reads a tensor or a Python number. @throws NotKnown, TorchError */
export function operandOf(value: Value, ctx: OpContext, op: string): PointwiseOperand {
  if (value instanceof Tensor) return value;
  switch (value.kind) {
    case "unknown":
      if (value.number === undefined) throw new NotKnown(value);
      return { kind: "scalar", dtype: dtypeOfNumber(value.number, ctx), value: undefined };
    case "bool":
      return { kind: "scalar", dtype: "bool", value: Number(value.value) };
    case "int":
      return {
        kind: "scalar",
        dtype: "int64",
        value: typeof value.value === "number" ? value.value : undefined,
      };
    case "float":
      return { kind: "scalar", dtype: ctx.modes.defaultDtype, value: value.value };
    case "complex":
      return { kind: "scalar", dtype: "complex64", value: undefined };
    default: {
      const number = asNumber(value) ?? asInt(value);
      if (typeof number === "number") return { kind: "scalar", dtype: ctx.modes.defaultDtype, value: number };
      throw new TorchError(
        `unsupported operand type(s) for ${op}: 'Tensor' and '${typeName(value)}'`,
        "TypeError",
      );
    }
  }
}

/** What torch takes a Python number for. */
export const dtypeOfNumber = (kind: NumberKind, ctx: OpContext): DType =>
  kind === "float" ? ctx.modes.defaultDtype : kind === "int" ? "int64" : "bool";

export const promotedDtype = (operands: readonly PointwiseOperand[]): DType =>
  resultType(operands.map(asPromotable));

/** Integer and boolean results become the default floating dtype. */
export const floatDtype = (dtype: DType, ctx: OpContext): DType =>
  isFloatingOrComplex(dtype) ? dtype : ctx.modes.defaultDtype;

/** A new tensor, element by element over the broadcast of the operands. */
export function pointwise(ctx: OpContext, operands: readonly PointwiseOperand[], op: Pointwise): Tensor {
  const tensors = operands.filter((o) => o instanceof Tensor);
  if (tensors.length === 0)
    throw new TorchError(`${op.name}(): argument 'input' must be Tensor, not a number`, "TypeError");
  const shape = broadcast(tensors.map(shapeOf), ctx);
  const { compute } = op;
  return emitOne(
    ctx,
    op.name,
    tensors,
    {
      shape,
      dtype: op.dtype,
      strides: pointwiseStrides(shape, tensors),
      data: compute === undefined ? undefined : computeData(operands, shape, compute, op.dtype),
      differentiable: op.differentiable !== false,
      random: op.random === true,
    },
    {
      flops: work(op, shape),
      saved: savedOf(op),
      savesOutput: op.savesOutput === true,
      savedExtra: op.savedExtra ?? 0,
      attributes: op.attributes ?? {},
    },
  );
}

/**
 * The same on `target` itself. Where backward needs what was there before, autograd keeps a copy of it: bytes kept, but
 * no op, since without gradients there is no copy. @throws TorchError when the result does not fit into it */
export function pointwiseInPlace(
  ctx: OpContext,
  target: Tensor,
  others: readonly PointwiseOperand[],
  op: Pointwise,
): Tensor {
  const operands = [target, ...others];
  const tensors = operands.filter((o) => o instanceof Tensor);
  const shape = shapeOf(target);
  checkInPlace(shape, tensors.slice(1).map(shapeOf), ctx);
  if (!fits(op.dtype, target.dtype))
    throw new TorchError(
      `result type ${scalarName(op.dtype)} can't be cast to the desired output type ${scalarName(target.dtype)}`,
    );
  const { compute } = op;
  const needsOld = op.saved?.includes(target) === true;
  const oldBytes = needsOld ? bytesFor(shape, target.dtype) : 0;
  const kept = op.saved?.filter((t) => t !== target) ?? [];
  return emitInPlace(
    ctx,
    `${op.name}_`,
    target,
    tensors.slice(1),
    compute === undefined ? undefined : computeData(operands, shape, compute, op.dtype),
    {
      flops: work(op, shape),
      bytesWritten: bytesFor(shape, target.dtype),
      saved: op.savesOutput === true ? [...kept, target] : kept,
      savedExtra: add(oldBytes, op.savedExtra ?? 0),
    },
  );
}

/** torch's `can_cast`: never down a category. */
const fits = (from: DType, to: DType): boolean => categoryOf(from) <= categoryOf(to);

const scalarNames: Readonly<Partial<Record<DType, string>>> = {
  bool: "Bool",
  uint8: "Byte",
  int8: "Char",
  int16: "Short",
  int32: "Int",
  int64: "Long",
  float16: "Half",
  bfloat16: "BFloat16",
  float32: "Float",
  float64: "Double",
  complex64: "ComplexFloat",
  complex128: "ComplexDouble",
};

/** C10's name of a dtype, which error messages use. */
export const scalarName = (dtype: DType): string => scalarNames[dtype] ?? dtype;

const cppNames: Readonly<Partial<Record<DType, string>>> = {
  float16: "c10::Half",
  bfloat16: "c10::BFloat16",
  float32: "float",
  float64: "double",
  int64: "long int",
  int32: "int",
};

/** C++'s name of a dtype, which other error messages use. */
export const cppName = (dtype: DType): string => cppNames[dtype] ?? dtype;

const work = (op: Pointwise, shape: Shape): Dim => mul(op.flops ?? 1, product(shape));

const savedOf = (op: Pointwise): readonly Tensor[] => op.saved ?? [];

function asPromotable(operand: PointwiseOperand): Operand {
  if (!(operand instanceof Tensor)) return { dtype: operand.dtype, rank: "scalar" };
  const { shape, dtype } = operand.meta;
  return { dtype, rank: isKnownShape(shape) && shape.length === 0 ? "zero-dim" : "tensor" };
}

/** A number joins whole numbers as one of them: -3 is 253 among bytes. */
const scalarIn = ({ value }: Scalar, dtype: DType): number | undefined =>
  value === undefined || !isIntegral(dtype) || !Number.isInteger(value) ? value : roundTo(value, dtype);

function computeData(
  operands: readonly PointwiseOperand[],
  shape: Shape,
  compute: (...operands: readonly number[]) => number,
  dtype: DType,
): readonly number[] | undefined {
  const columns: (readonly number[] | number)[] = [];
  for (const operand of operands) {
    const column = operand instanceof Tensor ? broadcastData(operand, shape) : scalarIn(operand, dtype);
    if (column === undefined) return undefined;
    columns.push(column);
  }
  const length = columns.find((c): c is readonly number[] => typeof c !== "number")?.length ?? 1;
  return Array.from({ length }, (_, i) =>
    compute(...columns.map((c) => (typeof c === "number" ? c : (c[i] ?? 0)))),
  );
}

/** The dtype that holds both, for ops that promote two tensors without scalars. */
export const widest = (tensors: readonly Tensor[]): DType => {
  const [first, ...rest] = tensors.map((t) => t.dtype);
  if (first === undefined) throw new TorchError("expected at least one tensor");
  return rest.reduce(promote, first);
};
