import type { Residual } from "../../src/cost/calibration.ts";

/** What one measured generation cannot tell of another: known generations differ by this much, x/÷. */
export const otherGeneration = Math.log(1.3);

export const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();

/** A device that was not fitted is never better known than one that was. */
export function residualOf(byFamily: readonly number[], byDevice: readonly number[]): Residual {
  const newFamily = conformalHalfWidth(byFamily);
  return { newFamily, newDevice: Math.max(newFamily, conformalHalfWidth(byDevice)) };
}

/**
 * Residuals whose squares sum to the soft-L1 loss at `scale`: quadratic for small errors, linear for outliers.
 */
export function softL1(error: number, scale: number): number {
  const z = (error / scale) ** 2;
  return Math.sign(error) * scale * Math.sqrt(2 * (Math.sqrt(1 + z) - 1));
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length);

/** Linear between order statistics. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/**
 * Half-width, in ln, of a 90 % interval from the logarithmic errors of rows that were not fitted (split conformal): the
 * quantile of their absolute values at (n + 1) * 0.9 / n.
 */
export const conformalHalfWidth = (errors: readonly number[]): number =>
  quantile(errors.map(Math.abs), Math.min(1, (0.9 * (errors.length + 1)) / Math.max(1, errors.length)));

/**
 * Which rows are within an interval that, like the fit, did not see them: each quarter of the rows, in the order of the groups that were
 * left out, under the interval of the other three.
 */
export function crossHeld(errors: readonly number[]): readonly boolean[] {
  const quarter = Math.ceil(errors.length / 4);
  return [0, 1, 2, 3].flatMap((i) => {
    const isIn = (_: number, at: number): boolean => Math.floor(at / quarter) === i;
    const half = conformalHalfWidth(errors.filter((e, at) => !isIn(e, at)));
    return heldWithin(errors.filter(isIn), half);
  });
}

export const heldWithin = (errors: readonly number[], halfWidth: number): readonly boolean[] =>
  errors.map((e) => Math.abs(e) <= halfWidth);

export const share = (held: readonly boolean[]): number => mean(held.map(Number));
