import type { FunctionDef, Lambda, Node, Stmt } from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import { partsOf } from "./made-of.ts";
import { isOnlyRead } from "./only-read.ts";
import type { PyModule, Value } from "./values.ts";

/**
 * Global names whose objects a statement may have been in the middle of changing when a limit cut it: those that it uses,
 * those that functions of the file use which it may call, and all that hold a part of the same objects. Tensors stay
 * what they are: how far their elements came is nothing that shapes rest on.
 */
export function namesLeftOpen(module: PyModule, statement: Stmt): ReadonlySet<string> {
  const roots = new Set<string>();
  const seen = new Set<Node>();
  const waiting: Node[] = [statement];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    walk(node, (each) => {
      const value = each.kind === "Name" ? module.vars.get(each.id) : undefined;
      if (each.kind !== "Name" || value === undefined) return true;
      if (isChangeable(value) && !isOnlyRead(each, [value])) roots.add(each.id);
      waiting.push(...codeOf(value, module));
      return true;
    });
  }
  const touched = new Set<object>();
  for (const name of roots) collect(module.vars.get(name), touched);
  const open = new Set(roots);
  for (const [name, value] of module.vars)
    if (!open.has(name) && isChangeable(value) && holdsAny(value, touched)) open.add(name);
  return open;
}

const isChangeable = (value: Value): boolean =>
  typeof value === "object" &&
  (value.kind === "list" ||
    value.kind === "dict" ||
    value.kind === "set" ||
    value.kind === "instance" ||
    value.kind === "iterator" ||
    value.kind === "tuple" ||
    value.kind === "partial" ||
    value.kind === "method");

/** Code of the file that runs when this is called or one of its methods is. */
function codeOf(value: Value, module: PyModule): readonly (FunctionDef | Lambda)[] {
  if (typeof value !== "object") return [];
  switch (value.kind) {
    case "function":
      return value.code.module === module ? [value.node] : [];
    case "class":
      return value.mro
        .filter(({ code }) => code?.module === module)
        .flatMap(({ attrs }) => [...attrs.values()].flatMap((each) => codeOf(each, module)));
    case "instance":
      return codeOf(value.cls, module);
    case "method":
    case "partial":
    case "staticmethod":
    case "classmethod":
      return codeOf(value.func, module);
    default:
      return [];
  }
}

/** Objects that a value holds, itself among them. */
function collect(value: Value | undefined, into: Set<object>): void {
  if (value === undefined || typeof value !== "object" || into.has(value)) return;
  const inner = partsIn(value);
  if (inner === undefined) return;
  into.add(value);
  for (const each of inner) collect(each, into);
}

function holdsAny(value: Value, wanted: ReadonlySet<object>): boolean {
  const within = new Set<object>();
  collect(value, within);
  return [...within].some((each) => wanted.has(each));
}

/** What code can change of a value, or `undefined` where there is nothing. */
function partsIn(value: Exclude<Value, boolean | number | string>): readonly Value[] | undefined {
  switch (value.kind) {
    case "list":
    case "tuple":
      return value.items;
    case "dict":
      return [...value.entries.values()].map((entry) => entry.value);
    case "set":
      return [...value.entries.values()];
    case "instance":
      return [...value.attrs.values(), ...(value.payload === undefined ? [] : [value.payload])];
    case "method":
      return [value.self];
    case "partial":
      return [...value.args, ...value.kwargs.values()];
    case "native":
      return partsOf(value);
    case "iterator":
      return [];
    default:
      return undefined;
  }
}
