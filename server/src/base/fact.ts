export type Unit =
  | "FLOP/s"
  | "byte"
  | "byte/s"
  | "W"
  | "s"
  | "J"
  | "USD"
  | "USD/h"
  | "gCO2e"
  | "gCO2e/kWh"
  | "J/token"
  | "ratio";

export type Confidence = "high" | "medium" | "low";

/** A number that somebody published or measured. */
export interface Fact {
  /** In `unit`, without prefixes: bytes, not gigabytes. */
  readonly value: number;
  readonly unit: Unit;
  readonly source: string;
  /** ISO date, or a coarser statement of time when the source gives no more. */
  readonly readOn: string;
  readonly confidence: Confidence;
  readonly note?: string;
}

/** Where an estimate comes from; `model` is what a language model said. */
export type Basis = "computed" | "calibrated" | "measured" | "cited" | "model";

/** A number with its 90 % interval and what it rests on. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly unit: Unit;
  readonly basis: Basis;
  readonly assumptions: readonly string[];
  readonly facts: readonly Fact[];
}

/**
 * Whole days from `readOn` to `today`, both ISO dates; `undefined` when the source says no exact day.
 */
export function ageInDays(fact: Fact, today: string): number | undefined {
  const [from, to] = [dayNumber(fact.readOn), dayNumber(today)];
  return from === undefined || to === undefined ? undefined : to - from;
}

/** Days since 0000-03-01 in the proleptic Gregorian calendar (H. Hinnant, `days_from_civil`). */
function dayNumber(date: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
}
