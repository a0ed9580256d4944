import type { Frame, Machine } from "./machine.ts";
import { moduleVariable } from "./module-attribute.ts";
import { privateName } from "./private-name.ts";
import { raise } from "./raise.ts";
import type { Value } from "./values.ts";

/** What a name means in a frame: own scope, enclosing functions, the module, the built-ins. */
export function load(m: Machine, frame: Frame, said: string): Value {
  const name = frame.kind === "class" ? privateName(said, frame) : said;
  const { module } = frame.code;
  return (
    lookUp(frame, name) ??
    m.builtins.get(name) ??
    (name === "__name__" ? module.name : name === "__file__" ? (module.file ?? "") : undefined) ??
    (name === "__class__" ? frame.owner?.cls : undefined) ??
    (module.doubt === undefined
      ? raise(m, "NameError", `name '${name}' is not defined`)
      : m.unknown(module.doubt))
  );
}

/** What a name holds in a frame or its module; `undefined` for built-ins and for names that are not bound yet. */
export function lookUp(frame: Frame, name: string): Value | undefined {
  for (let scope: Frame["scope"] | undefined = frame.scope; scope !== undefined; scope = scope.parent) {
    const found = scope.vars.get(name);
    if (found !== undefined) return found;
  }
  return moduleVariable(frame.code.module, name);
}

export function store(frame: Frame, said: string, value: Value): void {
  const name = frame.kind === "class" ? privateName(said, frame) : said;
  target(frame, name).set(name, value);
}

/** The dictionary that assignment to a name changes. */
function target(frame: Frame, name: string): Map<string, Value> {
  const redirected = frame.redirects?.get(name);
  if (redirected !== undefined) return redirected;
  return frame.scope.vars;
}

/** `:=` binds outside of comprehensions. */
export function storeOutside(frame: Frame, name: string, value: Value): void {
  let scope = frame.scope;
  while (scope.comprehension && scope.parent !== undefined) scope = scope.parent;
  if (scope.comprehension && scope.parent === undefined) frame.code.module.vars.set(name, value);
  else (frame.redirects?.get(name) ?? scope.vars).set(name, value);
}

export function remove(frame: Frame, name: string): boolean {
  return target(frame, name).delete(name);
}

/** `global` and `nonlocal`. */
export function redirect(
  m: Machine,
  frame: Frame,
  kind: "Global" | "Nonlocal",
  names: readonly string[],
): void {
  m.state.unseen += 1;
  frame.redirects ??= new Map();
  for (const name of names) {
    if (kind === "Global") {
      frame.redirects.set(name, frame.code.module.vars);
      continue;
    }
    let scope = frame.scope.parent;
    while (scope !== undefined && !scope.vars.has(name)) scope = scope.parent;
    if (scope !== undefined) frame.redirects.set(name, scope.vars);
  }
}
