import type { Call, Expr, FunctionDef, Node } from "../syntax/ast.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import { nodesOf, walk } from "../syntax/visit.ts";
import { boundNames } from "./bound-names.ts";

/**
 * Calls of classes that stand in a function that nobody runs, `net = UNet(3, 2)` of a test: for each of `names` the text
 * of the first whose arguments are literals and names of the module. Calls inside classes make parts of other models.
 */
export function plainCalls(
  source: SourceFile,
  names: ReadonlySet<string>,
  isGlobal: (name: string) => boolean,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { chunk } of source.chunks) {
    if (chunk.body.every((node) => node.kind === "ClassDef")) continue;
    for (const call of nodesOf(chunk.nodes, "Call")) {
      if (call.func.kind !== "Name" || !names.has(call.func.id) || found.has(call.func.id)) continue;
      const around = surroundings(call);
      if (around === undefined || around.locals.has(call.func.id)) continue;
      const isKnown = (name: string): boolean => !around.locals.has(name) && isGlobal(name);
      if (isPlain(call, isKnown)) found.set(call.func.id, chunk.text.slice(call.start, call.end));
    }
  }
  return found;
}

/** Names that the functions around a node bind; `undefined` inside a class. */
function surroundings(node: Node): { readonly locals: ReadonlySet<string> } | undefined {
  const locals = new Set<string>();
  for (let at = node.parent; at !== undefined; at = at.parent) {
    if (at.kind === "ClassDef") return undefined;
    if (at.kind === "Lambda") for (const { name } of at.params) locals.add(name);
    if (at.kind !== "FunctionDef") continue;
    for (const { name } of at.params) locals.add(name);
    for (const statement of at.body) boundNames(statement, locals);
  }
  return { locals };
}

const plainKinds: ReadonlySet<Node["kind"]> = new Set<Node["kind"]>([
  "Call",
  "Keyword",
  "Name",
  "Attribute",
  "Int",
  "Float",
  "Str",
  "Bool",
  "None",
  "Tuple",
  "List",
  "Dict",
  "UnaryOp",
  "BinOp",
]);

function isPlain(call: Call, isKnown: (name: string) => boolean): boolean {
  let plain = true;
  walk(call, (node) => {
    plain &&=
      plainKinds.has(node.kind) &&
      (node.kind !== "Name" || isKnown(node.id)) &&
      (node.kind !== "Keyword" || node.name !== undefined);
    return plain;
  });
  return plain;
}

/** The class of what a function returns: `return Net(...)`, or `net = Net(...)` and later `return net`. */
export function returnedClass(node: FunctionDef, isWanted: (name: string) => boolean): string | undefined {
  const made = new Map<string, string>();
  let returned: string | undefined;
  const classOf = (value: Expr | undefined): string | undefined =>
    value?.kind === "Call" && value.func.kind === "Name" && isWanted(value.func.id)
      ? value.func.id
      : value?.kind === "Name"
        ? made.get(value.id)
        : undefined;
  for (const statement of node.body)
    walk(statement, (each) => {
      if (each.kind === "Assign") {
        const cls = classOf(each.value);
        for (const target of each.targets)
          if (target.kind === "Name" && cls !== undefined) made.set(target.id, cls);
      } else if (each.kind === "Return") returned ??= classOf(each.value);
      return each.kind !== "FunctionDef" && each.kind !== "ClassDef" && each.kind !== "Lambda";
    });
  return returned;
}
