import type { Expr, Stmt } from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import { isReport } from "./skipped-work.ts";

/** What a statement of a program runs one after another: those of `if __name__ == "__main__":` stand for themselves. */
export const statementsIn = (statement: Stmt): readonly Stmt[] =>
  statement.kind === "If" && isMain(statement.test) ? statement.body : [statement];

/** It runs in a program that is started, not in a module that is imported. */
export const isMainBlock = (statement: Stmt): boolean =>
  statement.kind === "If" && isMain(statement.test) && statement.orelse.length === 0;

function isMain(test: Expr): boolean {
  if (test.kind !== "Compare" || test.ops.length !== 1 || test.ops[0] !== "==") return false;
  const [right] = test.comparators;
  const sides = [test.left, right];
  return (
    sides.some((each) => each?.kind === "Name" && each.id === "__name__") &&
    sides.some((each) => each?.kind === "Str" && each.value === "__main__")
  );
}

const readers: ReadonlySet<string> = new Set([
  ...["size", "numel", "nelement", "dim", "item", "format", "parameters", "values", "items", "keys"],
  ...["print", "len", "str", "type", "sum", "list", "tuple", "round", "isinstance"],
]);

/** Nothing that is called in it can change what was made before: it tells of something, or does nothing. */
export function isIdle(statement: Stmt): boolean {
  if (statement.kind === "Pass" || statement.kind === "FunctionDef") return true;
  if (statement.kind !== "ExprStmt") return false;
  if (statement.value.kind === "Str") return true;
  let reads = isReport(statement.value);
  walk(statement.value, (each) => {
    if (each.kind === "Call" && each !== statement.value) {
      const { func } = each;
      const name = func.kind === "Attribute" ? func.attr : func.kind === "Name" ? func.id : "";
      reads &&= readers.has(name);
    }
    return reads;
  });
  return reads;
}

/** Nothing of it runs behind a call that stands in it. */
export const isSimple = ({ kind }: Stmt): boolean =>
  kind === "ExprStmt" || kind === "Assign" || kind === "AnnAssign" || kind === "AugAssign";
