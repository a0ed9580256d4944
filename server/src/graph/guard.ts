import { type Dim, exactDiv, hintOf, mul, type Poly, shareOf, sharesIn, sub } from "./dim.ts";

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
  /** How often a class was taken to have rows. */
  readonly occupied?: number;
  readonly occupy?: () => void;
}

/**
 * Compares by the hints and records it; `undefined` when a size is known only at run time. A share of a total is taken
 * to be at least 1, which is recorded too: what code skips for an empty share is work in proportion to the share. What a
 * mask chooses may be nothing.
 */
export function compare(left: Dim, relation: Relation, right: Dim, sink: GuardSink): boolean | undefined {
  const difference = sub(left, right);
  if (typeof difference === "number") return decide(difference, relation);
  const hint = hintOf(difference);
  const holds = hint === undefined ? decideBound(difference, relation) : decide(hint, relation);
  if (holds === undefined) return undefined;
  if (hint === undefined) sink.occupy?.();
  sink.guard({ left, relation, right, holds });
  return holds;
}

/** What follows when every share is at least 1 and nothing else is open. */
function decideBound(difference: Poly, relation: Relation): boolean | undefined {
  const { coefficients, rest } = inShares(difference);
  if (typeof rest !== "number" || coefficients.length === 0) return undefined;
  if (sharesIn(difference).some(({ of }) => of.chosenBy !== undefined)) return undefined;
  const sign = Math.sign(coefficients[0] ?? 0);
  if (!coefficients.every((each) => Math.sign(each) === sign)) return undefined;
  const bound = coefficients.reduce((a, b) => a + b, rest);
  if (Math.sign(bound) === sign) return decide(bound, relation);
  if (bound !== 0) return undefined;
  if (relation === (sign > 0 ? ">=" : "<=")) return true;
  return relation === (sign > 0 ? "<" : ">") ? false : undefined;
}

/** How often each share is in a size, and what is left of it; a total counts as all of its shares. */
function inShares(size: Poly): { readonly coefficients: readonly number[]; readonly rest: Dim } {
  const shares = sharesIn(size);
  const [first] = shares;
  const linear = size.terms.filter((t) => t.factors.length === 1 && t.factors[0]?.atom.share !== undefined);
  if (first === undefined || linear.length !== shares.length || linear.some((t) => t.factors[0]?.power !== 1))
    return { coefficients: [], rest: size };
  const rest = linear.reduce<Dim>(
    (a, t, i) => sub(a, mul(t.coefficient, shareOf(shares[i]?.of ?? first.of, shares[i]?.index ?? 0))),
    size,
  );
  const whole = shares.every(({ of }) => of.key === first.of.key)
    ? exactDiv(rest, first.of.total)
    : undefined;
  if (typeof whole !== "number" || whole === 0)
    return { coefficients: linear.map((t) => t.coefficient), rest };
  const all = new Array<number>(first.of.classes).fill(whole);
  for (const [i, term] of linear.entries()) {
    const at = shares[i]?.index ?? 0;
    all[at] = (all[at] ?? 0) + term.coefficient;
  }
  return { coefficients: all.filter((each) => each !== 0), rest: 0 };
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
