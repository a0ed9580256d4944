import type { ClassDef, FunctionDef, Node } from "../syntax/ast.ts";
import { perClass } from "./memo.ts";
import { callsIn, methodsOf, selfAttribute, selfName } from "./structure.ts";

/** The method of a class that `node` stands in, seen through functions nested in the method. */
export function enclosingMethod(
  node: Node,
): { readonly cls: ClassDef; readonly method: FunctionDef } | undefined {
  let method: FunctionDef | undefined;
  for (let at = node.parent; at !== undefined; at = at.parent) {
    if (at.kind === "FunctionDef") method = at;
    if (at.kind === "ClassDef") return method === undefined ? undefined : { cls: at, method };
  }
  return undefined;
}

const isDecoratedWith = (method: FunctionDef, name: string): boolean =>
  method.decorators.some((decorator) => decorator.kind === "Name" && decorator.id === name);

/** The name by which code at `node` reaches the instance: `undefined` in static and class methods and where it is shadowed. */
export function instanceName(node: Node, method: FunctionDef): string | undefined {
  if (isDecoratedWith(method, "staticmethod") || isDecoratedWith(method, "classmethod")) return undefined;
  const self = selfName(method);
  for (let at = node.parent; at !== undefined && at !== method; at = at.parent)
    if ((at.kind === "FunctionDef" || at.kind === "Lambda") && at.params.some((param) => param.name === self))
      return undefined;
  return self;
}

/** The methods that `forward` runs: itself and those it calls on `self`, however deep. */
export const methodsOfForward = perClass((cls): ReadonlySet<FunctionDef> => {
  const methods = methodsOf(cls);
  const found = new Set<FunctionDef>();
  const enter = (name: string): void => {
    const method = methods.get(name);
    if (method === undefined || found.has(method)) return;
    found.add(method);
    const self = selfName(method);
    for (const call of callsIn(method.body)) {
      const callee = selfAttribute(call.func, self);
      if (callee !== undefined) enter(callee);
    }
  };
  enter("forward");
  return found;
});
