import { isComplexByCode, isFloatingByCode } from "./dtype.ts";
import { isKnownShape, type Shape, type TensorMeta } from "./tensor.ts";

/** What is so of a tensor, whatever the sizes are, as bits. */
export const floating = 1;
export const scalar = 2;
/** A parameter or buffer, or a view of one. */
export const state = 4;
/** The same for any batch. */
export const fixed = 8;
/** By an op of the graph. */
export const computed = 16;
export const needsGradient = 32;
/** A parameter that takes gradients, or a view of all of it: `linear` is told with its weight transposed. */
export const leaf = 64;
/** A larger batch makes it larger. */
export const growing = 128;
export const complex = 256;
export const parameter = 512;

/** @param isState its memory is that of a parameter or buffer */
export function traitsOfTensor(meta: TensorMeta, dtype: number, isState: boolean): number {
  const { shape, requiresGrad, varies } = meta;
  let traits = isFloatingByCode[dtype] === 1 ? floating : isComplexByCode[dtype] === 1 ? complex : 0;
  const dimensions = isKnownShape(shape) ? shape.length : -1;
  if (dimensions === 0) traits |= scalar;
  if (isState) traits |= state;
  if (meta.role === "parameter") traits |= parameter;
  if (isState || !varies) traits |= fixed;
  if (meta.producer !== undefined) traits |= computed;
  if (varies && dimensions > 0 && meta.strides?.[0] !== 0) traits |= growing;
  if (!requiresGrad) return traits;
  traits |= needsGradient;
  return isState && isKnownShape(shape) && isWhole(shape, meta.storage.size) ? traits | leaf : traits;
}

function isWhole(shape: Shape, size: number | undefined): boolean {
  let elements = 1;
  for (let i = 0; i < shape.length; i++) {
    const each = shape[i];
    if (typeof each !== "number") return false;
    elements *= each;
  }
  return elements === size;
}
