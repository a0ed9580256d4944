import type { Expr } from "../syntax/ast.ts";
import { pathOf } from "./paths.ts";

/** Whether two expressions read the same name, attribute or element: without calls, so that both give the same object. */
export function isSamePath(a: Expr, b: Expr): boolean {
  const path = pathOf(a);
  return path !== undefined && path === pathOf(b);
}

/** A number as written, signs included. */
export function numberOf(expr: Expr): number | undefined {
  if (expr.kind === "Int" || expr.kind === "Float") return expr.value;
  if (expr.kind !== "UnaryOp" || expr.op !== "-") return undefined;
  const value = numberOf(expr.operand);
  return value === undefined ? undefined : -value;
}
