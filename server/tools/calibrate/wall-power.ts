import { hostWatts } from "../../src/cost/scope.ts";
import { findAccelerator } from "../../src/hardware/find-accelerator.ts";
import { cell, numberCell, readCsv, requiredNumber } from "../csv.ts";
import { median } from "./robust.ts";
import { type Check, offBy, percent } from "./tables.ts";

interface WallRow {
  readonly predicted: number;
  /** W of the whole system at the wall. */
  readonly watts: number;
}

/** MLPerf: boards at their limit, the host's share for each. Nothing is fitted. */
function wallRows(): readonly WallRow[] {
  return readCsv("server/data/calibration/mlperf-power.csv").map((row) => {
    const name = cell(row, "accelerator");
    const found = findAccelerator(name);
    if (found.kind !== "found" || found.value.boardLimit === undefined)
      throw new Error(`no board limit of ${name}`);
    const board = numberCell(row, "limit_w") ?? found.value.boardLimit.value;
    return {
      predicted: requiredNumber(row, "count") * (board + hostWatts.value),
      watts: requiredNumber(row, "system_watts"),
    };
  });
}

export function checkWallPower(): readonly Check[] {
  const rows = wallRows();
  const errors = rows.map((r) => Math.log(r.predicted / r.watts));
  const within = errors.filter((e) => Math.abs(e) <= Math.LN2).length / rows.length;
  const rank = rankCorrelation(
    rows.map((r) => r.predicted),
    rows.map((r) => r.watts),
  );
  return [
    {
      name: "wall power (MLPerf, whole systems, most of them capped for efficiency): within a factor of two",
      rows: rows.length,
      figure: `${percent(within)}, median error ${percent(median(offBy(errors)))}`,
      goal: "within 2x",
      isMet: within >= 0.95,
    },
    {
      name: "wall power: rank correlation",
      rows: rows.length,
      figure: rank.toFixed(3),
      goal: "0.9",
      isMet: rank >= 0.9,
    },
  ];
}

/** Spearman's, ties sharing their mean rank. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const center = (a.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (const [i, r] of x.entries()) {
    const [dx, dy] = [r - center, (y[i] ?? 0) - center];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xy / Math.sqrt(xx * yy);
}

function ranks(values: readonly number[]): readonly number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return values.map((v) => (sorted.indexOf(v) + sorted.lastIndexOf(v)) / 2);
}
