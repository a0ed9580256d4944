import { type Dim, hintOf, type Poly, sub } from "./dim.ts";

export type Relation = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** A comparison of sizes that was decided by their hints: the result holds for other sizes only where it does. */
export interface Guard {
  readonly left: Dim;
  readonly relation: Relation;
  readonly right: Dim;
  /** What the hints said. */
  readonly holds: boolean;
}

export interface GuardSink {
  readonly guard: (guard: Guard) => void;
}

/**
 * Compares by the hints and records it; `undefined` when a size is known only at run time. A share of a total is taken
 * to be at least 1, which is recorded too: what code skips for an empty share is work in proportion to the share.
 */
export function compare(left: Dim, relation: Relation, right: Dim, sink: GuardSink): boolean | undefined {
  const difference = sub(left, right);
  if (typeof difference === "number") return decide(difference, relation);
  const hint = hintOf(difference);
  const holds = hint === undefined ? decideBound(difference, relation) : decide(hint, relation);
  if (holds === undefined) return undefined;
  sink.guard({ left, relation, right, holds });
  return holds;
}

/** What follows when every share is at least 1 and nothing else is open. */
function decideBound(difference: Poly, relation: Relation): boolean | undefined {
  const open = difference.terms.filter((t) => t.key !== "");
  if (!open.every((t) => t.factors.every((f) => f.atom.share !== undefined))) return undefined;
  const [first] = open;
  const sign = Math.sign(first?.coefficient ?? 0);
  if (!open.every((t) => Math.sign(t.coefficient) === sign)) return undefined;
  const bound = difference.terms.reduce((a, t) => a + t.coefficient, 0);
  if (Math.sign(bound) === sign) return decide(bound, relation);
  if (bound !== 0) return undefined;
  if (relation === (sign > 0 ? ">=" : "<=")) return true;
  return relation === (sign > 0 ? "<" : ">") ? false : undefined;
}

function decide(difference: number, relation: Relation): boolean {
  switch (relation) {
    case "==":
      return difference === 0;
    case "!=":
      return difference !== 0;
    case "<":
      return difference < 0;
    case "<=":
      return difference <= 0;
    case ">":
      return difference > 0;
    case ">=":
      return difference >= 0;
  }
}
