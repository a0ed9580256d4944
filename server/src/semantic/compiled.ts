import type { Call, Expr, FunctionDef, Node } from "../syntax/ast.ts";
import type { Chunk } from "../syntax/chunk.ts";
import { nodesOf } from "../syntax/visit.ts";
import type { Module } from "./module.ts";
import { definitionOf, qualifiedName } from "./names.ts";
import { lastName } from "./paths.ts";

/** `@torch.compile`, `@torch.compile(...)`: the decorator that compiles a function. */
export const compilingDecorator = (def: FunctionDef, module: Module): Expr | undefined =>
  def.decorators.find((each) => isCompile(each.kind === "Call" ? each.func : each, module));

const isCompile = (callee: Expr, module: Module): boolean =>
  lastName(callee) === "compile" && qualifiedName(callee, module) === "torch.compile";

const compileCalls = new WeakMap<Chunk, readonly Call[]>();

function compileCallsIn(chunk: Chunk): readonly Call[] {
  const known = compileCalls.get(chunk);
  if (known !== undefined) return known;
  const found = nodesOf(chunk.nodes, "Call").filter((call) => lastName(call.func) === "compile");
  compileCalls.set(chunk, found);
  return found;
}

/** A call `torch.compile(def)` of this file, for a function of this file. */
export function compilingCall(def: FunctionDef, module: Module): Call | undefined {
  for (const chunk of module.mentions("compile", def.name))
    for (const call of compileCallsIn(chunk)) {
      const [first] = call.args;
      if (first?.kind !== "Name" || first.id !== def.name || !isCompile(call.func, module)) continue;
      if (definitionOf(first, module)?.node === def) return call;
    }
  return undefined;
}

/** Whether `node` runs only outside of the compiler: under `if not torch.compiler.is_compiling()`, or any other condition inside the function. */
export function isLeftOut(node: Node, def: FunctionDef): boolean {
  let child = node;
  for (let at = node.parent; at !== undefined && at !== def; child = at, at = at.parent) {
    if ((at.kind === "If" || at.kind === "IfExp") && child !== at.test) return true;
    if (
      at.kind === "FunctionDef" ||
      at.kind === "Lambda" ||
      at.kind === "ExceptHandler" ||
      at.kind === "Assert"
    )
      return true;
  }
  return false;
}
