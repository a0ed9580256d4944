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

/** Share of errors within a half-width. */
export const coverage = (errors: readonly number[], halfWidth: number): number =>
  mean(errors.map((e) => (Math.abs(e) <= halfWidth ? 1 : 0)));
