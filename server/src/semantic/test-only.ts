import type { FunctionDef, Name, Node } from "../syntax/ast.ts";
import { nodesOf } from "../syntax/visit.ts";
import type { Module } from "./module.ts";

/** A function at the top of a file that its tests alone use: the plain version that a fast one is compared with. */
export function isForTestsOnly(def: FunctionDef, module: Module): boolean {
  if (def.parent !== undefined) return false;
  const uses = module
    .mentions(def.name)
    .flatMap((chunk) => nodesOf(chunk.nodes, "Name").filter((name) => name.id === def.name));
  return uses.length > 0 && uses.every(isInTest);
}

function isInTest(name: Name): boolean {
  for (let at: Node | undefined = name.parent; at !== undefined; at = at.parent)
    if ((at.kind === "FunctionDef" || at.kind === "ClassDef") && /^_?test/i.test(at.name)) return true;
  return false;
}
