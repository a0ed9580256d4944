import type { Call, ClassDef, Expr, For, FunctionDef, Node, Stmt, While } from "../syntax/ast.ts";
import { forEachChild, walk } from "../syntax/visit.ts";

/** The nearest ancestor that satisfies `test`. */
function ancestor<T extends Node>(node: Node, test: (at: Node) => at is T): T | undefined {
  for (let at = node.parent; at !== undefined; at = at.parent) if (test(at)) return at;
  return undefined;
}

export const enclosingDef = (node: Node): FunctionDef | undefined =>
  ancestor(node, (at): at is FunctionDef => at.kind === "FunctionDef");

export const enclosingClass = (node: Node): ClassDef | undefined =>
  ancestor(node, (at): at is ClassDef => at.kind === "ClassDef");

/** The loop whose body holds `node`, without leaving the function it stands in. */
export function enclosingLoop(node: Node): For | While | undefined {
  let child = node;
  for (let at = node.parent; at !== undefined; child = at, at = at.parent) {
    if (at.kind === "FunctionDef" || at.kind === "Lambda" || at.kind === "ClassDef") return undefined;
    if ((at.kind === "For" || at.kind === "While") && at.body.some((stmt) => stmt === child)) return at;
  }
  return undefined;
}

const statementKinds: ReadonlySet<string> = new Set([
  "ExprStmt",
  "Assign",
  "AnnAssign",
  "AugAssign",
  "Return",
  "If",
  "For",
  "While",
  "With",
  "Try",
  "Raise",
  "Assert",
  "Import",
  "ImportFrom",
  "FunctionDef",
  "ClassDef",
  "Pass",
  "Break",
  "Continue",
  "Delete",
  "Global",
  "Nonlocal",
  "TypeAlias",
  "Match",
]);

const isStatement = (node: Node): node is Stmt => statementKinds.has(node.kind);

/** The innermost statement that `node` is part of (itself, if it is one). */
export const statementOf = (node: Node): Stmt | undefined =>
  isStatement(node) ? node : ancestor(node, isStatement);

/** Visits what runs when `roots` run: nested functions, lambdas and classes are left out. */
export function walkOwn(roots: readonly Node[], visit: (node: Node) => void): void {
  const enter = (node: Node): void => {
    visit(node);
    if (node.kind === "FunctionDef" || node.kind === "Lambda" || node.kind === "ClassDef") return;
    forEachChild(node, enter);
  };
  for (const root of roots) enter(root);
}

/** The calls that run when `roots` run. */
export function callsIn(roots: readonly Node[]): readonly Call[] {
  const found: Call[] = [];
  walkOwn(roots, (node) => {
    if (node.kind === "Call") found.push(node);
  });
  return found;
}

/** Part of the code is not understood: a rule that concludes from absence must stay silent. */
export function containsInvalid(node: Node): boolean {
  let found = false;
  walk(node, (at) => {
    if (at.kind === "Invalid") found = true;
    return !found;
  });
  return found;
}

/** Methods by name; the last definition wins, as at run time. Conditional definitions count. */
export function methodsOf(cls: ClassDef): ReadonlyMap<string, FunctionDef> {
  const methods = new Map<string, FunctionDef>();
  const add = (body: readonly Stmt[]): void => {
    for (const stmt of body) {
      if (stmt.kind === "FunctionDef") methods.set(stmt.name, stmt);
      else if (stmt.kind === "If") {
        add(stmt.body);
        add(stmt.orelse);
      }
    }
  };
  add(cls.body);
  return methods;
}

/** The name of the first parameter of a method: `self` by custom. */
export const selfName = (method: FunctionDef): string | undefined => {
  const first = method.params[0];
  return first?.mode === "positional" || first?.mode === "positional-only" ? first.name : undefined;
};

/** `self.attr` -> `attr`. */
export function selfAttribute(expr: Expr, self: string | undefined): string | undefined {
  return expr.kind === "Attribute" && expr.value.kind === "Name" && expr.value.id === self
    ? expr.attr
    : undefined;
}

/** The argument of a call by keyword or position. `"unknown"` when a `*` or `**` may carry it. */
export function argumentOf(
  call: Call,
  name: string,
  position: number | undefined,
): Expr | "unknown" | undefined {
  const byName = call.keywords.find((keyword) => keyword.name === name);
  if (byName !== undefined) return byName.value;
  if (position !== undefined) {
    const before = call.args.slice(0, position + 1);
    if (before.some((arg) => arg.kind === "Starred")) return "unknown";
    const byPosition = call.args[position];
    if (byPosition !== undefined) return byPosition;
  }
  return call.keywords.some((keyword) => keyword.name === undefined) ? "unknown" : undefined;
}
