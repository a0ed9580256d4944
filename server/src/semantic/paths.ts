import type { Expr } from "../syntax/ast.ts";

/** `self.optimizers[0]` for a chain of names, attributes and constant indices; `undefined` for anything else. */
export function pathOf(expr: Expr): string | undefined {
  switch (expr.kind) {
    case "Name":
      return expr.id;
    case "Attribute": {
      const owner = pathOf(expr.value);
      return owner === undefined ? undefined : `${owner}.${expr.attr}`;
    }
    case "Subscript": {
      const owner = pathOf(expr.value);
      if (owner === undefined) return undefined;
      if (expr.index.kind === "Int") return `${owner}[${expr.index.value}]`;
      return expr.index.kind === "Str" ? `${owner}[${JSON.stringify(expr.index.value)}]` : undefined;
    }
    default:
      return undefined;
  }
}

/** The name by which an object is mentioned: `self.optimizer_g` -> `optimizer_g`, `optimizers[0]` -> `optimizers`. */
export function lastName(expr: Expr): string | undefined {
  if (expr.kind === "Name") return expr.id;
  if (expr.kind === "Attribute") return expr.attr;
  return expr.kind === "Subscript" ? lastName(expr.value) : undefined;
}

/** The name that a chain of attributes, elements and method calls starts from: `batch["x"].to(device)` -> `batch`. */
export function rootName(expr: Expr): string | undefined {
  let at = expr;
  for (;;) {
    if (at.kind === "Name") return at.id;
    if (at.kind === "Attribute" || at.kind === "Subscript") at = at.value;
    else if (at.kind === "Call" && at.func.kind === "Attribute") at = at.func.value;
    else return undefined;
  }
}

/** The plain names of an assignment or loop target: `(a, [b, self.c])` -> `a`, `b`. */
export const namesIn = (target: Expr): readonly string[] =>
  target.kind === "Name"
    ? [target.id]
    : target.kind === "Tuple" || target.kind === "List"
      ? target.elts.flatMap(namesIn)
      : [];
