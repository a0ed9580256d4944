import type { Tensor } from "../graph/tensor.ts";
import type { PyClass, Value } from "./values.ts";

const arrays = new WeakSet<Tensor>();

/** Arrays of numpy with more than one dimension are tensors here: what `x.numpy()` gives is known to be one. */
export function markArray(value: Value): Value {
  if (typeof value === "object" && value.kind === "tensor") arrays.add(value);
  return value;
}

/** Whether it is an instance of `np.ndarray` beside `torch.Tensor`. */
export const isArrayOf = (value: Value, cls: PyClass): boolean =>
  cls.name === "ndarray" && typeof value === "object" && value.kind === "tensor" && arrays.has(value);
