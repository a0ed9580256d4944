/** A positive parameter, fitted in its logarithm. */
export interface Parameter {
  readonly name: string;
  readonly start: number;
  /** Standard deviation of ln(parameter / start): how far the data must pull to move it. */
  readonly spread: number;
}

export interface Fit {
  readonly values: readonly number[];
  /** Sum of squares of the weighted residuals, priors included. */
  readonly cost: number;
  readonly iterations: number;
}

/**
 * Levenberg-Marquardt on `residuals` (already weighted by their scale), with a Gaussian prior on the logarithm of every
 * parameter. Derivatives are one-sided differences. Deterministic.
 */
export function leastSquares(
  parameters: readonly Parameter[],
  residuals: (values: readonly number[]) => Float64Array,
  maxIterations = 40,
): Fit {
  const start = parameters.map((p) => Math.log(p.start));
  const valuesAt = (x: readonly number[]): number[] => x.map(Math.exp);
  const withPrior = (x: readonly number[]): Float64Array => {
    const data = residuals(valuesAt(x));
    const all = new Float64Array(data.length + x.length);
    all.set(data);
    for (const [i, p] of parameters.entries())
      all[data.length + i] = ((x[i] ?? 0) - (start[i] ?? 0)) / p.spread;
    return all;
  };
  let x = start;
  let r = withPrior(x);
  let cost = dot(r, r);
  let damping = 1e-2;
  let iterations = 0;
  for (; iterations < maxIterations; iterations++) {
    const columns = x.map((_, j) => derivative(x, j, r, withPrior));
    const moved = improve(x, columns, r, cost, damping, withPrior);
    if (moved === undefined) break;
    const gain = cost - moved.cost;
    ({ x, r, cost } = moved);
    damping = Math.max(1e-9, moved.damping / 5);
    if (gain < 1e-7 * cost) break;
  }
  return { values: valuesAt(x), cost, iterations };
}

interface Move {
  readonly x: number[];
  readonly r: Float64Array;
  readonly cost: number;
  readonly damping: number;
}

/** The first damped step that lowers the cost; `undefined` at a minimum. */
function improve(
  x: readonly number[],
  columns: readonly Float64Array[],
  r: Float64Array,
  cost: number,
  from: number,
  residuals: (x: readonly number[]) => Float64Array,
): Move | undefined {
  const normal = columns.map((a) => columns.map((b) => dot(a, b)));
  const gradient = columns.map((a) => dot(a, r));
  for (let damping = from; damping < 1e9; damping *= 4) {
    const damped = normal.map((row, i) => row.map((v, j) => (i === j ? v * (1 + damping) + 1e-12 : v)));
    const step = solve(
      damped,
      gradient.map((g) => -g),
    );
    const next = x.map((v, i) => v + Math.max(-1, Math.min(1, step[i] ?? 0)));
    const after = residuals(next);
    const lower = dot(after, after);
    if (lower < cost) return { x: next, r: after, cost: lower, damping };
  }
  return undefined;
}

function derivative(
  x: readonly number[],
  j: number,
  r: Float64Array,
  residuals: (x: readonly number[]) => Float64Array,
): Float64Array {
  const h = 1e-4;
  const moved = residuals(x.map((v, i) => (i === j ? v + h : v)));
  return moved.map((v, i) => (v - (r[i] ?? 0)) / h);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** Gaussian elimination with partial pivoting. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] {
  const n = right.length;
  const rows = matrix.map((row, i) => [...row, right[i] ?? 0]);
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let i = c + 1; i < n; i++)
      if (Math.abs(rows[i]?.[c] ?? 0) > Math.abs(rows[pivot]?.[c] ?? 0)) pivot = i;
    const top = rows[pivot] ?? [];
    rows[pivot] = rows[c] ?? [];
    rows[c] = top;
    for (let i = c + 1; i < n; i++) {
      const row = rows[i] ?? [];
      const factor = (row[c] ?? 0) / (top[c] ?? 1);
      for (let k = c; k <= n; k++) row[k] = (row[k] ?? 0) - factor * (top[k] ?? 0);
    }
  }
  const result = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    let sum = rows[i]?.[n] ?? 0;
    for (let k = i + 1; k < n; k++) sum -= (rows[i]?.[k] ?? 0) * (result[k] ?? 0);
    result[i] = sum / (rows[i]?.[i] ?? 1);
  }
  return result;
}
