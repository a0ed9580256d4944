import type { Basis, Estimate, Fact, Unit } from "../base/fact.ts";

/** How far off a number may be: ln of the factor by which it may be too low, and too high, with 90 % confidence. */
export interface Spread {
  readonly below: number;
  readonly above: number;
}

export const exact: Spread = { below: 0, above: 0 };

/** The same factor both ways: 1.2 is `x/÷ 1.2`. */
export const within = (factor: number): Spread => ({ below: Math.log(factor), above: Math.log(factor) });

/** Of a product of independent factors: logarithms add in squares. */
export const combined = (spreads: readonly Spread[]): Spread => ({
  below: Math.hypot(...spreads.map((s) => s.below)),
  above: Math.hypot(...spreads.map((s) => s.above)),
});

/** What a published number may be off by. */
export const spreadOf = (fact: Fact): Spread => within({ high: 1, medium: 1.1, low: 1.3 }[fact.confidence]);

export const spreadOfEstimate = (e: Estimate): Spread =>
  e.value === 0 ? exact : { below: Math.log(e.value / e.low), above: Math.log(e.high / e.value) };

export interface Origin {
  readonly unit: Unit;
  readonly basis: Basis;
  readonly assumptions?: readonly string[];
  readonly facts?: readonly Fact[];
}

export const estimate = (value: number, spread: Spread, origin: Origin): Estimate => ({
  value,
  low: value * Math.exp(-spread.below),
  high: value * Math.exp(spread.above),
  unit: origin.unit,
  basis: origin.basis,
  assumptions: origin.assumptions ?? [],
  facts: origin.facts ?? [],
});

/** `from` times `factor`, the factor uncertain by `spread` of its own. */
export const scaled = (
  from: Estimate,
  factor: number,
  spread: Spread,
  origin: Omit<Origin, "basis">,
): Estimate =>
  estimate(from.value * factor, combined([spreadOfEstimate(from), spread]), {
    unit: origin.unit,
    basis: from.basis,
    assumptions: [...from.assumptions, ...(origin.assumptions ?? [])],
    facts: [...from.facts, ...(origin.facts ?? [])],
  });
