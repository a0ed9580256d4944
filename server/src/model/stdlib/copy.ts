import { lookup, makeInstance } from "../classes.ts";
import { dictSet, makeSet } from "../dicts.ts";
import type { Machine } from "../machine.ts";
import { dict, list, noKwargs, type PyInstance, tuple, type Value } from "../values.ts";

/** `copy.copy`. */
export function copyValue(m: Machine, value: Value): Value {
  if (typeof value !== "object") return value;
  switch (value.kind) {
    case "list":
      return list([...value.items]);
    case "dict": {
      const made = dict(value.cls, value.factory);
      for (const entry of value.entries.values()) dictSet(made, entry.key, entry.value);
      return made;
    }
    case "set":
      return makeSet(value.entries.values(), value.frozen);
    case "instance": {
      const own = lookup(value.cls, "__copy__");
      if (own !== undefined) return m.call(own, [value], noKwargs);
      const made = makeInstance(
        value.cls,
        value.payload === undefined ? undefined : copyValue(m, value.payload),
      );
      for (const [name, each] of value.attrs) made.attrs.set(name, each);
      return made;
    }
    default:
      return value;
  }
}

/** `copy.deepcopy`; parameters and buffers become new ones, as torch does. */
export function deepCopy(m: Machine, value: Value, seen: Map<object, Value>): Value {
  if (typeof value !== "object") return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  switch (value.kind) {
    case "list": {
      const made = list([]);
      seen.set(value, made);
      for (const item of value.items) made.items.push(deepCopy(m, item, seen));
      return made;
    }
    case "tuple": {
      const items = value.items.map((item) => deepCopy(m, item, seen));
      return items.every((item, i) => item === value.items[i]) ? value : tuple(items, value.cls);
    }
    case "dict": {
      const made = dict(value.cls, value.factory);
      seen.set(value, made);
      for (const entry of value.entries.values())
        dictSet(made, deepCopy(m, entry.key, seen), deepCopy(m, entry.value, seen));
      return made;
    }
    case "set":
      return makeSet(
        [...value.entries.values()].map((each) => deepCopy(m, each, seen)),
        value.frozen,
      );
    case "instance":
      return copyInstance(m, value, seen);
    case "method":
      return { kind: "method", self: deepCopy(m, value.self, seen), func: value.func };
    case "partial":
      return {
        kind: "partial",
        func: deepCopy(m, value.func, seen),
        args: value.args.map((each) => deepCopy(m, each, seen)),
        kwargs: new Map([...value.kwargs].map(([name, each]) => [name, deepCopy(m, each, seen)])),
      };
    case "tensor": {
      const clone = m.modules.get("_ecocompute")?.vars.get("clone_state");
      const made = clone === undefined ? m.unknown("a copy of a tensor") : m.call(clone, [value], noKwargs);
      seen.set(value, made);
      return made;
    }
    default:
      return value;
  }
}

function copyInstance(m: Machine, value: PyInstance, seen: Map<object, Value>): Value {
  if (value.cls.isEnum) return value;
  const own = lookup(value.cls, "__deepcopy__");
  if (own !== undefined) {
    const made = m.call(own, [value, dict()], noKwargs);
    seen.set(value, made);
    return made;
  }
  const made = makeInstance(value.cls);
  seen.set(value, made);
  made.payload = value.payload === undefined ? undefined : deepCopy(m, value.payload, seen);
  for (const [name, each] of value.attrs) made.attrs.set(name, deepCopy(m, each, seen));
  return made;
}
