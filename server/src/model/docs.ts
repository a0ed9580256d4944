import type { Stmt } from "../syntax/ast.ts";

/** The text that opens a class or a function. */
export function docOf(body: readonly Stmt[]): string | undefined {
  const [first] = body;
  return first?.kind === "ExprStmt" && first.value.kind === "Str" ? first.value.value : undefined;
}
