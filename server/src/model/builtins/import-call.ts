import { makeNamespaces, notThere } from "../import-statement.ts";
import type { Machine } from "../machine.ts";
import type { Kwargs, Value } from "../values.ts";
import { asString } from "./args.ts";

/** `__import__("a.b")` is the package `a`, as `import a.b` binds it; with names to take from it, it is `a.b`. */
export function importCall(m: Machine, args: readonly Value[], kwargs: Kwargs): Value {
  const name = asString(args[0] ?? kwargs.get("name"));
  const module = name === undefined ? undefined : m.findModule(name);
  if (name === undefined) return m.unknown("an imported module");
  if (module === undefined) return notThere(m, name);
  m.register(module);
  const names = args[3] ?? kwargs.get("fromlist") ?? false;
  if (m.truth(names) === true) return module;
  makeNamespaces(m, name);
  return m.findModule(name.replace(/\..*$/, "")) ?? module;
}
