import { type Dim, hintOf, sub } from "./dim.ts";

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

/** Compares by the hints and records it; `undefined` when a size is known only at run time. */
export function compare(left: Dim, relation: Relation, right: Dim, sink: GuardSink): boolean | undefined {
  const difference = sub(left, right);
  if (typeof difference === "number") return decide(difference, relation);
  const hint = hintOf(difference);
  if (hint === undefined) return undefined;
  const holds = decide(hint, relation);
  sink.guard({ left, relation, right, holds });
  return holds;
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
