import { fitFactor, type LocalFactor, residualOf } from "../cost/local-factors.ts";
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
    ...factorOf(group, "time", ({ seconds, computedSeconds }) => ratio(seconds, computedSeconds)),
    ...factorOf(group, "energy", ({ joules, computedJoules }) => ratio(joules, computedJoules)),
  ]);
}

const ratio = (measured: number | null, computed: number | null): readonly number[] =>
  measured === null || computed === null || computed <= 0 ? [] : [measured / computed];

function factorOf(
  rows: readonly FactorsRow[],
  quantity: LocalFactor["quantity"],
  ratioOf: (row: FactorsRow) => readonly number[],
): readonly LocalFactor[] {
  const [first] = rows;
  const pairs = rows.flatMap(ratioOf).map((each) => ({ ratio: each }));
  if (first === undefined || pairs.length === 0) return [];
  const { accelerator, mode } = first;
  return [{ accelerator, mode, quantity, ...fitFactor(pairs, residualOf(quantity, accelerator)) }];
}
