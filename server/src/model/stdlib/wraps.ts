import type { Machine } from "../machine.ts";
import { isUnknown, none, type Value } from "../values.ts";

const copied = ["__name__", "__qualname__", "__module__", "__doc__"];

/** `functools.update_wrapper(wrapper, wrapped)`. */
export function updateWrapper(m: Machine, args: readonly Value[]): Value {
  const [wrapper = none, wrapped = none] = args;
  for (const name of copied) {
    const value = m.getAttribute(wrapped, name);
    if (value !== undefined) m.setAttribute(wrapper, name, value);
  }
  const own = m.getAttribute(wrapped, "__dict__");
  if (own !== undefined && isUnknown(own)) m.note("a wrapper", own.why);
  if (typeof own === "object" && own.kind === "dict")
    for (const { key, value } of own.entries.values())
      if (typeof key === "string") m.setAttribute(wrapper, key, value);
  m.setAttribute(wrapper, "__wrapped__", wrapped);
  return wrapper;
}
