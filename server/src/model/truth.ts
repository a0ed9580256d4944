import { elementsOf } from "../graph/elements.ts";
import { compare } from "../graph/guard.ts";
import { dataOf, isKnownShape } from "../graph/tensor.ts";
import { method } from "./bind.ts";
import { isPlainEnum } from "./classes.ts";
import type { Machine } from "./machine.ts";
import { raise } from "./raise.ts";
import { noKwargs, none, type Value } from "./values.ts";

/** Python's `bool(value)`; `undefined` when it depends on something unknown. */
export function truth(m: Machine, value: Value): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value !== 0;
  if (typeof value === "string") return value.length > 0;
  switch (value.kind) {
    case "none":
      return false;
    case "float":
      return value.value !== 0;
    case "complex":
      return value.re !== 0 || value.im !== 0;
    case "bytes":
      return value.value.length > 0;
    case "list":
    case "tuple":
      return value.items.length > 0;
    case "dict":
    case "set":
      return value.entries.size > 0;
    case "range":
      return value.step > 0 ? value.start < value.stop : value.start > value.stop;
    case "poly":
      return compare(value, "!=", 0, m.guards);
    case "unknown":
      return undefined;
    case "tensor":
      return tensorTruth(m, value);
    case "instance":
      return instanceTruth(m, value);
    default:
      return true;
  }
}

function tensorTruth(m: Machine, value: Extract<Value, { kind: "tensor" }>): boolean | undefined {
  const data = dataOf(value.meta);
  if (data?.length === 1) return data[0] !== 0;
  if (isKnownShape(value.shape) && value.shape.some((size) => typeof size === "number" && size > 1))
    return raise(m, "RuntimeError", "Boolean value of Tensor with more than one value is ambiguous");
  const known = elementsOf(value.meta);
  const [only] = known?.kind === "sizes" || known?.kind === "test" ? known.values : [];
  if (only === undefined) return undefined;
  return known?.kind === "test"
    ? compare(only, known.relation, known.right, m.guards)
    : compare(only, "!=", 0, m.guards);
}

function instanceTruth(m: Machine, value: Extract<Value, { kind: "instance" }>): boolean | undefined {
  const own = method(value, "__bool__") ?? method(value, "__len__");
  if (
    own !== undefined &&
    (value.payload === undefined || typeof own !== "object" || own.kind === "function")
  )
    return truth(m, m.call(own, [value], noKwargs));
  if (value.payload !== undefined && value.payload !== none)
    return isPlainEnum(value.cls) ? true : truth(m, value.payload);
  return value.cls.opaque === undefined ? true : undefined;
}
