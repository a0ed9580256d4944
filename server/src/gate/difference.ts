import { ratioSpread } from "../cost/saving.ts";
import type { Change, Quantity } from "./gate-result.ts";
import type { ModelSnapshot } from "./snapshot.ts";

/** What two models are compared on. */
export type Device = Parameters<typeof ratioSpread>[0];

/** How far off ratios between two models may be, as logarithms with 90 % confidence. */
export interface Spreads {
  /** Of times, and of money, which follows them. */
  readonly time: number;
  /** Of energy and CO2e. */
  readonly energy: number;
}

/**
 * How far off the comparison of two models on one device may be. The operations that both have err the same way and
 * cancel; of those that differ each model errs by itself.
 */
export function spreadsBetween(before: ModelSnapshot, after: ModelSnapshot, device: Device): Spreads {
  const shares = { before: changedShare(before, after), after: changedShare(after, before) };
  return {
    time: ratioSpread(device, { ...shares, watts: 1 }),
    energy: ratioSpread(device, { ...shares, watts: wattsRatio(before, after) }),
  };
}

/** Share of the time of `of` in kinds of operations on which `other` spends less. */
function changedShare({ seconds }: ModelSnapshot, other: ModelSnapshot): number {
  let [all, changed] = [0, 0];
  for (const [kind, each] of Object.entries(seconds)) {
    all += each;
    changed += Math.max(0, each - (other.seconds[kind] ?? 0));
  }
  return all === 0 ? 1 : changed / all;
}

function wattsRatio(before: ModelSnapshot, after: ModelSnapshot): number {
  const watts = ({ figures }: ModelSnapshot): number | undefined => {
    const [joules, seconds] = [figures.energy.value, figures.latency.value];
    return joules === null || seconds === null || !(joules > 0) || !(seconds > 0)
      ? undefined
      : joules / seconds;
  };
  const [old, now] = [watts(before), watts(after)];
  return old === undefined || now === undefined ? 1 : now / old;
}

/**
 * What a quantity changes by. Without a spread both sides are exact or have nothing in common: their bounds are held
 * against each other.
 */
export function changeOf(before: Quantity | null, after: Quantity | null, spread?: number): Change {
  return { before, after, delta: deltaOf(before, after, spread) };
}

function deltaOf(before: Quantity | null, after: Quantity | null, spread: number | undefined): Quantity {
  if (before === null) return after ?? unknownDelta("", "there is no model on either side");
  if (after === null) return negative(before);
  if (!bounds(before) || !bounds(after))
    return unknownDelta(before.unit, after.why ?? before.why ?? "it is not known");
  const { unit } = after;
  // More may be missing on either side: neither end of the difference is a bound any more.
  const atLeast = after.atLeast || before.atLeast;
  const value = after.value - before.value;
  const ends =
    spread === undefined || before.value === 0
      ? { low: after.low - before.high, high: after.high - before.low }
      : endsOf(before, after, spread);
  return { value, ...ends, unit, atLeast, why: null };
}

type Known = Quantity & { readonly value: number; readonly low: number; readonly high: number };

const bounds = (of: Quantity): of is Known => of.value !== null && of.low !== null && of.high !== null;

/** The ratio errs by the spread and the level of both by that of the first; the two are independent. */
function endsOf(
  before: Known,
  after: Known,
  spread: number,
): { readonly low: number; readonly high: number } {
  const ratio = after.value / before.value;
  const value = after.value - before.value;
  const below = 1 - before.low / before.value;
  const above = before.high / before.value - 1;
  const [less, more] = value >= 0 ? [below, above] : [above, below];
  const reach = (r: number, by: number): number => Math.hypot(before.value * (r - ratio), value * by);
  return {
    low: value - reach(ratio * Math.exp(-spread), less),
    high: value + reach(ratio * Math.exp(spread), more),
  };
}

const negative = (of: Quantity): Quantity => ({
  ...of,
  value: minus(of.value),
  low: minus(of.high),
  high: minus(of.low),
});

const minus = (value: number | null): number | null => (value === null ? null : 0 - value);

const unknownDelta = (unit: string, why: string): Quantity => ({
  value: null,
  low: null,
  high: null,
  unit,
  atLeast: true,
  why,
});

/** As many of them. */
export const timesQuantity = (of: Quantity, by: number, unit = of.unit): Quantity =>
  bounds(of) ? { ...of, value: of.value * by, low: of.low * by, high: of.high * by, unit } : { ...of, unit };

/**
 * All together. They err the same way, for they come from one model of one device: ends add to ends. What is not known
 * of one makes the sum a lower bound.
 */
export function sumOf(quantities: readonly Quantity[], unit: string): Quantity {
  const known = quantities.filter(bounds);
  const [lost] = quantities.filter((each) => !bounds(each));
  if (known.length === 0 && lost !== undefined) return { ...lost, unit };
  const add = (pick: (of: Known) => number): number => known.reduce((sum, each) => sum + pick(each), 0);
  return {
    value: add((each) => each.value),
    low: add((each) => each.low),
    high: add((each) => each.high),
    unit,
    atLeast: quantities.some((each) => each.atLeast || !bounds(each)),
    why: null,
  };
}
