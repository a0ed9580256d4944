import { makeClass } from "../classes.ts";
import { ellipsis, type PyClass, type Value } from "../values.ts";
import { builtinFunctions } from "./functions.ts";

/** Binds Python's built-in names: functions, classes and constants. */
export function bindBuiltins(
  builtins: Map<string, Value>,
  classes: Map<string, PyClass>,
  notImplemented: Value,
): void {
  for (const fn of builtinFunctions) {
    builtins.set(fn.name, fn);
    const known = classes.get(fn.name);
    // `range`, `slice`, `property`, ...: functions to call and classes to test for.
    if (known !== undefined)
      classes.set(
        fn.name,
        makeClass({
          name: fn.name,
          bases: known.bases,
          attrs: known.attrs,
          construct: (m, _, args, kwargs) => fn.run(m, args, kwargs),
        }),
      );
  }
  for (const [name, cls] of classes) if (!hidden.has(name)) builtins.set(name, cls);
  builtins.set("NotImplemented", notImplemented);
  builtins.set("Ellipsis", ellipsis);
  builtins.set("__debug__", true);
  for (const [name, alias] of [
    ["IOError", "OSError"],
    ["EnvironmentError", "OSError"],
  ] as const) {
    const cls = classes.get(alias);
    if (cls !== undefined) builtins.set(name, cls);
  }
}

/** Classes that Python has no built-in name for. */
const hidden = new Set([
  "NoneType",
  "ellipsis",
  "function",
  "method",
  "builtin_function_or_method",
  "module",
  "generator",
  "partial",
  "dtype",
  "device",
  "token",
  "record",
  "Tensor",
  "Parameter",
  "Size",
]);
