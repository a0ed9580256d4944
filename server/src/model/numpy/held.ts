import { Tensor } from "../../graph/tensor.ts";
import type { Value } from "../values.ts";

/** The attribute under which an array of numpy holds its elements. */
export const heldAs = "_tensor";

/** The elements of an array of numpy: a tensor that no op of torch made, or one whose memory the array shares. */
export function arrayTensor(value: Value): Tensor | undefined {
  if (typeof value !== "object" || value.kind !== "instance" || value.cls.name !== "ndarray")
    return undefined;
  const held = value.attrs.get(heldAs);
  return held instanceof Tensor ? held : undefined;
}
