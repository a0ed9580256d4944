/** Error function, to 1.2e-7. Source: Numerical Recipes in C, 2nd edition, section 6.2, `erfcc`. */
export function erf(x: number): number {
  const z = Math.abs(x);
  const t = 1 / (1 + z / 2);
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
    -0.82215223, 0.17087277,
  ];
  const polynomial = coefficients.reduceRight((sum, c) => sum * t + c, 0);
  const erfc = t * Math.exp(-z * z + polynomial);
  return x >= 0 ? 1 - erfc : erfc - 1;
}

/** Inverse of `erf`: Newton steps from Winitzki's approximation. */
export function erfinv(y: number): number {
  if (Math.abs(y) >= 1) return Math.abs(y) === 1 ? y * Number.POSITIVE_INFINITY : Number.NaN;
  const a = 0.147;
  const log = Math.log(1 - y * y);
  const term = 2 / (Math.PI * a) + log / 2;
  let x = Math.sign(y) * Math.sqrt(Math.sqrt(term * term - log / a) - term);
  for (let i = 0; i < 3; i++) x -= (erf(x) - y) / ((2 / Math.sqrt(Math.PI)) * Math.exp(-x * x));
  return x;
}

/** Logarithm of |gamma|. Source: Lanczos' approximation, g = 7, nine coefficients. */
export function lgamma(x: number): number {
  if (x < 0.5) return Math.log(Math.abs(Math.PI / Math.sin(Math.PI * x))) - lgamma(1 - x);
  const coefficients = [
    676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
    -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const z = x - 1;
  const series = coefficients.reduce((sum, c, i) => sum + c / (z + i + 1), 0.99999999999980993);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(series);
}

/** Derivative of `lgamma`: upward recurrence, then the asymptotic series. */
export function digamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 6; z++) shift -= 1 / z;
  const inverse = 1 / (z * z);
  return shift + Math.log(z) - 0.5 / z - inverse * (1 / 12 - inverse * (1 / 120 - inverse / 252));
}
