import type { Basis, Estimate, Fact, Unit } from "../base/fact.ts";
import type { Unknown } from "../base/known.ts";
import type { Currency } from "./scenario.ts";

/** A number with its 90 % interval; `value` is `null` where it is not known, and `assumptions` say why. */
export interface EstimateValue {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Money is in the currency of the request. */
  readonly unit: Unit | (string & {});
  readonly basis: Basis;
  readonly assumptions: readonly string[];
  /** Who published the figures that it rests on, and when, as far as they are published. */
  readonly sources?: readonly string[];
}

export const shownValue = (from: Estimate | Unknown, unit: Unit): EstimateValue =>
  "kind" in from
    ? unknownValue(unit, from.why)
    : {
        value: from.value,
        low: from.low,
        high: from.high,
        unit: from.unit,
        basis: from.basis,
        assumptions: [...new Set(from.assumptions)],
        sources: [...new Set(from.facts.map(sourceOf))],
      };

const sources = new WeakMap<Fact, string>();

/** Remembered: most facts are those of tables, and every estimate names them. */
function sourceOf(fact: Fact): string {
  const known = sources.get(fact);
  if (known !== undefined) return known;
  const made = `${fact.source} (${fact.readOn})`;
  sources.set(fact, made);
  return made;
}

export const unknownValue = (unit: Unit, why: string): EstimateValue => ({
  value: null,
  low: null,
  high: null,
  unit,
  basis: "computed",
  assumptions: [why],
});

/** As many of them. */
export const timesValue = (of: EstimateValue, by: number): EstimateValue =>
  of.value === null || of.low === null || of.high === null
    ? of
    : { ...of, value: of.value * by, low: of.low * by, high: of.high * by };

/** Money in the user's currency; anything else as it is. */
export const inCurrency = (of: EstimateValue, currency: Currency | undefined): EstimateValue =>
  currency === undefined || of.unit !== "USD"
    ? of
    : {
        ...timesValue(of, currency.perDollar),
        unit: currency.code,
        assumptions: [...of.assumptions, `${currency.perDollar} ${currency.code} per US dollar, as you say`],
      };
