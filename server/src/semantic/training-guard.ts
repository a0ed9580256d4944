import type { Expr, Node, Stmt } from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import { blockOf } from "./reaching.ts";
import { statementOf } from "./structure.ts";

const names =
  /^(?:is_?)?(?:train|training|eval|evaluating|evaluation|test|testing|inference|deterministic)(?:_mode)?$/i;

/** Whether a condition asks for the mode: `self.training`, `not training`, `mode.is_train and p > 0`. */
function asksForMode(test: Expr): boolean {
  let found = false;
  walk(test, (node) => {
    if (node.kind === "Attribute") found ||= names.test(node.attr);
    else if (node.kind === "Name") found ||= names.test(node.id);
    return !found;
  });
  return found;
}

const leaves = (block: readonly Stmt[]): boolean => {
  const last = block[block.length - 1];
  return (
    last?.kind === "Return" || last?.kind === "Raise" || last?.kind === "Continue" || last?.kind === "Break"
  );
};

/**
 * Whether code runs only in one mode as far as the conditions around it say: under `if self.training`, in a conditional
 * expression, or behind `if not self.training: return x`.
 */
export function isGuardedByMode(node: Node): boolean {
  let child = node;
  for (let at = node.parent; at !== undefined; child = at, at = at.parent) {
    if (isConditionOf(at, child)) return true;
    const stmt = statementOf(child);
    if (stmt === child && leftBefore(stmt)) return true;
    if (at.kind === "FunctionDef" || at.kind === "Lambda") return false;
  }
  return false;
}

function isConditionOf(at: Node, child: Node): boolean {
  if (at.kind === "If" || at.kind === "While" || at.kind === "IfExp")
    return child !== at.test && asksForMode(at.test);
  return at.kind === "BoolOp" && at.values.some((value) => value !== child && asksForMode(value));
}

/** An earlier statement of the same block leaves in one of the modes. */
function leftBefore(child: Stmt): boolean {
  for (const stmt of blockOf(child) ?? []) {
    if (stmt === child) return false;
    if (stmt.kind === "If" && asksForMode(stmt.test) && (leaves(stmt.body) || leaves(stmt.orelse)))
      return true;
  }
  return false;
}
