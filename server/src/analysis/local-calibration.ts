import { fitFactor, type LocalFactor } from "../cost/local-factors.ts";
import type { FactorsRow } from "./factors-file.ts";

/** One factor for each accelerator, mode and quantity that was measured. */
export function factorsOf(rows: readonly FactorsRow[]): readonly LocalFactor[] {
  const groups = new Map<string, FactorsRow[]>();
  for (const row of rows) {
    const key = `${row.accelerator} ${row.mode}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(row);
  }
  return [...groups.values()].flatMap((group) => [
    ...factorOf(group, "time", (row) => compared(row.seconds, row.computedSeconds, row.secondsWithin)),
    ...factorOf(group, "energy", (row) => compared(row.joules, row.computedJoules, row.joulesWithin)),
  ]);
}

interface Compared {
  readonly ratio: number;
  readonly within: number;
}

const compared = (
  measured: number | null,
  computed: number | null,
  within: number | null,
): readonly Compared[] =>
  measured === null || computed === null || within === null || computed <= 0
    ? []
    : [{ ratio: measured / computed, within }];

/** What is known before the measurements is the widest of their intervals. */
function factorOf(
  rows: readonly FactorsRow[],
  quantity: LocalFactor["quantity"],
  comparedIn: (row: FactorsRow) => readonly Compared[],
): readonly LocalFactor[] {
  const [first] = rows;
  const pairs = rows.flatMap(comparedIn);
  if (first === undefined || pairs.length === 0) return [];
  const { accelerator, mode } = first;
  const half = Math.log(Math.max(...pairs.map(({ within }) => within)));
  return [{ accelerator, mode, quantity, ...fitFactor(pairs, half) }];
}
