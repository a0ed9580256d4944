import { distinct, mean } from "./robust.ts";

const promised = 0.9;

/**
 * How many independent rows tell as much about a share as these, whose errors resemble each other within a group: Kish's effective
 * size, n / (1 + (m - 1) rho), m the mean size of the group that a row is in, rho the intraclass correlation of absolute errors
 * (one-way analysis of variance, at least 0).
 *
 * @param groups of the rows, in the order of `errors`: the model family, or the machine
 */
export function independentRows(errors: readonly number[], groups: readonly string[]): number {
  const n = errors.length;
  const members = distinct(groups).map((group) =>
    errors.filter((_, i) => groups[i] === group).map((e) => Math.abs(e)),
  );
  const squares = members.reduce((sum, of) => sum + of.length ** 2, 0);
  const k = members.length;
  if (k < 2) return 1;
  if (k === n) return n;
  const all = mean(members.flat());
  const between = members.reduce((sum, of) => sum + of.length * (mean(of) - all) ** 2, 0) / (k - 1);
  const within =
    members.reduce((sum, of) => sum + of.reduce((s, e) => s + (e - mean(of)) ** 2, 0), 0) / (n - k);
  const size = (n - squares / n) / (k - 1);
  const rho = Math.max(0, (between - within) / (between + (size - 1) * within));
  return n / (1 + (squares / n - 1) * rho);
}

/**
 * Shares that intervals which hold 90 % in the long run show in nine of ten samples of as many independent rows: the 5 % and 95 % quantiles
 * of the binomial distribution.
 */
export function chanceRange(rows: number): readonly [number, number] {
  const n = Math.max(1, Math.round(rows));
  let [term, below] = [(1 - promised) ** n, 0];
  let low: number | undefined;
  for (let held = 0; held < n; held++) {
    below += term;
    if (low === undefined && below > 0.05) low = held;
    if (below >= 0.95) return [(low ?? held) / n, held / n];
    term *= ((n - held) / (held + 1)) * (promised / (1 - promised));
  }
  return [(low ?? n) / n, 1];
}
