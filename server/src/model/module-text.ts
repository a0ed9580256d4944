import { dictEntries } from "./dicts.ts";
import type { PyInstance, Value } from "./values.ts";

/** More values than this are not gone through: what is left is told as `more`. */
const maxValues = 50_000;

/**
 * Attributes of a module and of all inside it, as far as they could change what the module does.
 *
 * @param passing names of attributes that make no difference here.
 */
export function moduleText(root: PyInstance, passing?: ReadonlySet<string>): string {
  const seen = new Set<object>();
  let left = maxValues;
  const of = (value: Value): string => {
    if (typeof value !== "object") return JSON.stringify(value);
    switch (value.kind) {
      case "float":
        return `${value.value}f`;
      case "tensor":
        return `${value.meta.dtype}${JSON.stringify(value.meta.shape)}`;
      case "list":
      case "tuple":
      case "dict":
      case "set":
      case "instance":
        break;
      case "function":
      case "class":
        return value.name;
      default:
        return value.kind;
    }
    if (seen.has(value)) return "again";
    seen.add(value);
    left -= 1;
    if (left < 0) return "more";
    if (value.kind === "instance") {
      const attrs = [...value.attrs].filter(([name]) => passing?.has(name) !== true);
      return `${value.cls.name}{${attrs.map(([name, each]) => `${name}:${of(each)}`).join()}}`;
    }
    if (value.kind === "dict")
      return `{${dictEntries(value)
        .map(({ key, value: each }) => `${of(key)}:${of(each)}`)
        .join()}}`;
    return `[${[...(value.kind === "set" ? value.entries.values() : value.items)].map(of).join()}]`;
  };
  return of(root);
}
