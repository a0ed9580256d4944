import type { Emission } from "../graph/builder.ts";
import { type Dim, mul, product, sum } from "../graph/dim.ts";
import { bytesPerElement, type DType, isFloatingOrComplex } from "../graph/dtype.ts";
import { bytesOf, indicesOf, isKnownShape, type Shape, type Tensor } from "../graph/tensor.ts";
import { roundAll } from "./_data.ts";
import { NotKnown, type OpContext } from "./_op.ts";

/** The shape, when it is known. @throws NotKnown */
export function shapeOf(tensor: Tensor): Shape {
  const { shape } = tensor.meta;
  if (isKnownShape(shape)) return shape;
  throw new NotKnown(shape);
}

export const stridesOf = (tensor: Tensor): readonly Dim[] => {
  shapeOf(tensor);
  return tensor.meta.strides ?? [];
};

export const bytesFor = (shape: Shape, dtype: DType): Dim => mul(product(shape), bytesPerElement(dtype));

export const bytesRead = (tensors: readonly Tensor[]): Dim => sum(tensors.map((t) => bytesOf(t.meta)));

export interface Result {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly strides?: readonly Dim[] | undefined;
  /** Row-major elements, when they can be computed. */
  readonly data?: readonly number[] | undefined;
  readonly device?: string | undefined;
  /** Differs from one run to the next even if the inputs do not: randomness. */
  readonly random?: boolean;
  /** False for outputs that carry no gradient: indices, comparisons. */
  readonly differentiable?: boolean;
}

/** A new tensor computed from `inputs` by the op that is emitted next. */
export function computed(ctx: OpContext, inputs: readonly Tensor[], result: Result): Tensor {
  const { shape, dtype, strides, data } = result;
  return ctx.graph.tensor({
    shape,
    dtype,
    strides,
    device: result.device ?? deviceOf(inputs, ctx),
    requiresGrad: gradOf(ctx, inputs, dtype) && result.differentiable !== false,
    role: "activation",
    varies: result.random === true || inputs.some((t) => t.meta.varies),
    data: data === undefined ? undefined : roundAll(data, dtype),
    producer: ctx.graph.nextOp,
  });
}

export interface OpDetails extends Omit<Emission, "name" | "inputs" | "outputs" | "work"> {
  readonly macs?: Dim;
  readonly flops?: Dim;
  /** Instead of the bytes of all inputs. */
  readonly bytesRead?: Dim;
  /** Instead of the bytes of all outputs. */
  readonly bytesWritten?: Dim;
}

/** Records an op; unless said otherwise it reads its inputs and writes its outputs once. */
export function record(
  ctx: OpContext,
  name: string,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  details: OpDetails = noDetails,
): void {
  recordSaving(ctx, name, inputs, outputs, details, details.saved);
}

const noDetails: OpDetails = {};

// Runs for every op of every model: each field by its name, which takes a fraction of the time of a spread.
function recordSaving(
  ctx: OpContext,
  name: string,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  details: OpDetails,
  saved: readonly Tensor[] | undefined,
): void {
  const { factors, savedExtra, isView, inPlace, attributes } = details;
  const work = {
    macs: details.macs ?? 0,
    flops: details.flops ?? 0,
    bytesRead: details.bytesRead ?? bytesRead(inputs),
    bytesWritten: details.bytesWritten ?? sum(outputs.map((t) => bytesFor(shapeOf(t), t.dtype))),
  };
  const emission: Required<Emission> = {
    name,
    inputs,
    outputs,
    work,
    factors,
    saved,
    savedExtra,
    isView,
    inPlace,
    attributes,
  };
  ctx.graph.emit(emission);
}

/** One output that is computed from the inputs, recorded. */
export function emitOne(
  ctx: OpContext,
  name: string,
  inputs: readonly Tensor[],
  result: Result,
  details: OpDetails & { readonly savesOutput?: boolean } = {},
): Tensor {
  const output = computed(ctx, inputs, result);
  const saved = output.meta.requiresGrad
    ? [...(details.saved ?? []), ...(details.savesOutput === true ? [output] : [])]
    : [];
  recordSaving(ctx, name, inputs, [output], details, saved);
  return output;
}

/** A view: other sizes and steps over the same memory; no work, no bytes. */
export function emitView(
  ctx: OpContext,
  name: string,
  input: Tensor,
  shape: Shape,
  strides: readonly Dim[],
  offset: Dim = input.meta.offset,
  dtype: DType = input.dtype,
): Tensor {
  const { storage, device, varies, role } = input.meta;
  const output = ctx.graph.tensor({
    shape,
    dtype,
    strides,
    offset,
    device,
    storage,
    varies,
    role: role === "constant" ? "constant" : "activation",
    requiresGrad: gradOf(ctx, [input], dtype),
    producer: ctx.graph.nextOp,
  });
  record(ctx, name, [input], [output], { isView: true, bytesRead: 0, bytesWritten: 0 });
  return output;
}

/**
 * An in-place op on `target`. `data` are its new elements in row-major order, when known; otherwise the elements
 * are forgotten in every view of the memory.
 */
export function emitInPlace(
  ctx: OpContext,
  name: string,
  target: Tensor,
  others: readonly Tensor[],
  data: readonly number[] | undefined,
  details: OpDetails = {},
): Tensor {
  const inputs = [target, ...others];
  const producer = ctx.graph.nextOp;
  writeData(target, data === undefined ? undefined : roundAll(data, target.dtype));
  record(ctx, name, inputs, [target], { inPlace: true, ...details });
  target.become({
    producer,
    varies: inputs.some((t) => t.meta.varies),
    requiresGrad: target.meta.requiresGrad || gradOf(ctx, others, target.dtype),
  });
  return target;
}

function writeData(target: Tensor, data: readonly number[] | undefined): void {
  const { storage } = target.meta;
  const positions = data === undefined ? undefined : indicesOf(target.meta);
  if (data === undefined || positions === undefined || positions.length !== data.length) {
    storage.write(undefined);
    return;
  }
  if (storage.data === undefined) {
    const whole = storage.size === positions.length && positions.every((p, i) => p === i);
    storage.write(whole ? data : undefined);
    return;
  }
  const next = [...storage.data];
  for (const [i, p] of positions.entries()) next[p] = data[i] ?? 0;
  storage.write(next);
}

const deviceOf = (inputs: readonly Tensor[], ctx: OpContext): string =>
  inputs.find((t) => t.meta.device !== "cpu")?.meta.device ??
  inputs[0]?.meta.device ??
  ctx.modes.defaultDevice;

const gradOf = (ctx: OpContext, inputs: readonly Tensor[], dtype: DType): boolean =>
  ctx.modes.gradEnabled && isFloatingOrComplex(dtype) && inputs.some((t) => t.meta.requiresGrad);
