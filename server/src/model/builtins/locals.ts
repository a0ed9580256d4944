import type { FunctionDef, Lambda } from "../../syntax/ast.ts";
import { walk } from "../../syntax/visit.ts";
import { dictFrom } from "../dicts.ts";
import { liveDict } from "../live-dict.ts";
import type { Frame, Machine } from "../machine.ts";
import { moduleDict } from "../module-attribute.ts";
import { noKwargs, type Value } from "../values.ts";

/**
 * `locals()`, and `vars()` without an object: the names of a module or of the body of a class themselves, and what a function
 * holds now. A method that names `super` or `__class__` has its class among them, as CPython keeps it for both.
 */
export function localsOf({ state: { frame } }: Machine): Value {
  if (frame === undefined) return dictFrom(noKwargs);
  if (frame.kind === "module") return moduleDict(frame.code.module);
  if (frame.kind === "class") return liveDict(frame.scope.vars);
  const cls = frame.kind === "function" ? namedClass(frame) : undefined;
  return dictFrom(cls === undefined ? frame.scope.vars : [...frame.scope.vars, ["__class__", cls]]);
}

function namedClass({ owner, name }: Frame): Value | undefined {
  const fn = owner?.cls?.attrs.get(name.replace(/^.*\./, ""));
  return typeof fn === "object" && fn.kind === "function" && namesItsClass(fn.node) ? owner?.cls : undefined;
}

function namesItsClass(node: FunctionDef | Lambda): boolean {
  let found = false;
  walk(node, (each) => {
    found ||= each.kind === "Name" && (each.id === "super" || each.id === "__class__");
    return !found;
  });
  return found;
}
