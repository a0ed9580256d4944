import type { Assign, Call, Expr, If, Name } from "../syntax/ast.ts";
import { blockOf, mayBind, reachingBefore } from "./reaching.ts";
import { statementOf } from "./structure.ts";

/** One step on the way from a use of a value back to where it was made. */
export interface ChainStep {
  readonly expr: Expr;
  /** The name and the assignment that the step came through, and the `if` without `else` that it stands in. */
  readonly through: (NameOrigin & { readonly name: string }) | undefined;
}

export interface NameOrigin {
  readonly stmt: Assign;
  readonly value: Expr;
  readonly condition: If | undefined;
}

/**
 * The assignment that gave `use` its value. One in an `if` without `else` counts, with its condition: the value came
 * from it, or was not touched.
 */
export function originOf(use: Name): NameOrigin | undefined {
  const from = statementOf(use);
  if (from === undefined) return undefined;
  const given = reachingBefore(from, use.id);
  if (given !== undefined) {
    return given.kind === "assign" && given.stmt.kind === "Assign"
      ? { stmt: given.stmt, value: given.value, condition: undefined }
      : undefined;
  }
  const block = blockOf(from) ?? [];
  for (let i = block.indexOf(from) - 1; i >= 0; i--) {
    const before = block[i];
    if (before === undefined || !mayBind(before, use.id)) continue;
    if (before.kind !== "If" || before.orelse.length > 0) return undefined;
    const inside = before.body.filter((stmt) => mayBind(stmt, use.id));
    const only = inside[0];
    const target = only?.kind === "Assign" && only.targets.length === 1 ? only.targets[0] : undefined;
    return inside.length === 1 && only?.kind === "Assign" && target?.kind === "Name"
      ? { stmt: only, value: only.value, condition: before }
      : undefined;
  }
  return undefined;
}

const maxSteps = 12;

/**
 * Follows a value backwards through names and through calls that `passes` lets through to their receiver: from the use to
 * its maker, all steps included. Stops where the code leaves a choice.
 */
export function chainOf(use: Expr, passes: (call: Call) => boolean): readonly ChainStep[] {
  const steps: ChainStep[] = [{ expr: use, through: undefined }];
  let expr = use;
  while (steps.length < maxSteps) {
    if (expr.kind === "Call" && expr.func.kind === "Attribute" && passes(expr)) {
      expr = expr.func.value;
      steps.push({ expr, through: undefined });
      continue;
    }
    const origin = expr.kind === "Name" ? originOf(expr) : undefined;
    if (expr.kind !== "Name" || origin === undefined) break;
    const name = expr.id;
    expr = origin.value;
    steps.push({ expr, through: { ...origin, name } });
  }
  return steps;
}
