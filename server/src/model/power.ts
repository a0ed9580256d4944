/**
 * Powers of floats as exact as C's `pow`: JavaScript's differs in the last digits (`2.5 ** -5`), which a size that is rounded down
 * may show. Whole exponents and roots are computed with twice the digits; all others are left to JavaScript.
 */

/** A number as the sum of two, the second below the last digit of the first. */
type Double = readonly [high: number, low: number];

const split = (x: number): Double => {
  const c = 134217729 * x;
  const high = c - (c - x);
  return [high, x - high];
};

/** Dekker's product: exact where nothing overflows. */
function exactProduct(a: number, b: number): Double {
  const product = a * b;
  const [[x, y], [u, v]] = [split(a), split(b)];
  return [product, x * u - product + x * v + y * u + y * v];
}

function multiply([a, b]: Double, [c, d]: Double): Double {
  const [high, low] = exactProduct(a, c);
  const rest = low + a * d + b * c;
  const sum = high + rest;
  return [sum, rest - (sum - high)];
}

/** One over a number. */
function invert([a, b]: Double): number {
  const rough = 1 / a;
  const [high, low] = exactProduct(rough, a);
  return rough + rough * (1 - high - low - rough * b);
}

function wholePower(a: number, n: number): Double {
  let made: Double = [1, 0];
  let square: Double = [a, 0];
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) made = multiply(made, square);
    if (left > 1) square = multiply(square, square);
  }
  return made;
}

function root(a: number): Double {
  const rough = Math.sqrt(a);
  const [high, low] = exactProduct(rough, rough);
  return [rough, (a - high - low) / (2 * rough)];
}

export function power(a: number, b: number): number {
  const rough = a ** b;
  const size = Math.abs(rough);
  // Where a step could overflow or lose digits, and where there is nothing to gain.
  if (!(size > 1e-140 && size < 1e140) || a === 0) return rough;
  const n = Math.abs(b);
  const isRoot = n % 1 === 0.5 && a > 0;
  if ((n % 1 !== 0 && !isRoot) || n > 1024 || Math.abs(a) > 1e140 || Math.abs(a) < 1e-140) return rough;
  const whole = wholePower(a, Math.floor(n));
  const made = isRoot ? multiply(whole, root(a)) : whole;
  return b < 0 ? invert(made) : made[0] + made[1];
}
