import type { Expr, Stmt } from "../syntax/ast.ts";

const known = new WeakMap<Stmt, boolean>();

/** Whether running a statement may suspend the generator around it. Nested functions suspend themselves. */
export function hasYield(node: Stmt): boolean {
  let found = known.get(node);
  if (found === undefined) {
    found = search(node);
    known.set(node, found);
  }
  return found;
}

function search(node: Stmt): boolean {
  switch (node.kind) {
    case "ExprStmt":
    case "Assign":
      return isYield(node.value);
    case "Return":
      return node.value !== undefined && isYield(node.value);
    case "If":
    case "While":
    case "For":
      return node.body.some(hasYield) || node.orelse.some(hasYield);
    case "With":
      return node.body.some(hasYield);
    case "Try":
      return (
        node.body.some(hasYield) ||
        node.orelse.some(hasYield) ||
        node.handlers.some((handler) => handler.body.some(hasYield))
      );
    default:
      return false;
  }
}

const isYield = (node: Expr): boolean => node.kind === "Yield" || node.kind === "YieldFrom";
