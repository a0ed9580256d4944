import type * as ast from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import type { Machine } from "./machine.ts";

/** `print(...)`, `warnings.warn(...)`, `logger.info(...)`. */
export function isReport(node: ast.Expr): boolean {
  if (node.kind !== "Call") return false;
  const { func } = node;
  if (func.kind === "Name") return func.id === "print" || func.id === "warn";
  return (
    func.kind === "Attribute" &&
    func.value.kind === "Name" &&
    (func.value.id === "warnings" || isLogger(func.value.id))
  );
}

export const isLogger = (name: string): boolean => /^_?(?:logging|logger|log)$/i.test(name);

/** Something other than making an empty tensor, or telling of it, is called. */
function calls(node: ast.Stmt | ast.Expr): boolean {
  let found = false;
  walk(node, (each) => {
    if (each.kind === "Call" && !isReport(each)) {
      const { func } = each;
      const name = func.kind === "Attribute" ? func.attr : func.kind === "Name" ? func.id : "";
      found ||= !/^(new_)?(zeros|empty|ones)(_like)?$|^(append|item|size)$/.test(name);
    }
    return !found;
  });
  return found;
}

/** The side that is left out because a class is taken to have rows does work of its own. */
export function noteSkipped(m: Machine, left: readonly (ast.Stmt | ast.Expr)[]): void {
  if (left.some(calls)) m.note("a branch", "what is done for a class without rows is not counted");
}
