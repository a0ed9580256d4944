import { isKnownShape } from "../../graph/tensor.ts";
import { method } from "../bind.ts";
import { metaMethod } from "../classes.ts";
import { members } from "../enums.ts";
import type { Machine } from "../machine.ts";
import { raise } from "../raise.ts";
import { typeName } from "../types.ts";
import { noKwargs, type Value } from "../values.ts";

/** Python's `len(value)`. */
export function length(m: Machine, value: Value): Value {
  if (typeof value === "string") return value.length;
  if (typeof value === "object") {
    switch (value.kind) {
      case "list":
      case "tuple":
        return value.items.length;
      case "dict":
      case "set":
        return value.entries.size;
      case "bytes":
        return value.value.length;
      case "range":
        return Math.max(0, Math.ceil((value.stop - value.start) / value.step));
      case "tensor":
        if (!isKnownShape(value.shape)) return value.shape;
        return value.shape[0] ?? raise(m, "TypeError", "len() of a 0-d tensor");
      case "unknown":
        return value;
      case "class":
        if (value.isEnum) return members(value).length;
        {
          const own = metaMethod(value, "__len__");
          if (own !== undefined) return m.call(own, [value], noKwargs);
        }
        break;
      case "instance": {
        const own = method(value, "__len__");
        if (own !== undefined) return m.call(own, [value], noKwargs);
        if (value.payload !== undefined) return length(m, value.payload);
        if (value.cls.opaque !== undefined) return value.cls.opaque;
        break;
      }
      default:
        break;
    }
  }
  return raise(m, "TypeError", `object of type '${typeName(value)}' has no len()`);
}
