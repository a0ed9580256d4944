import { type Device, deviceOf } from "../../src/cost/device.ts";
import { boardPower, type PowerCoefficients, type Use } from "../../src/cost/power.ts";
import type { Accelerator } from "../../src/hardware/accelerator.ts";
import { findAccelerator } from "../../src/hardware/find-accelerator.ts";
import { leastSquares } from "./least-squares.ts";
import { softL1 } from "./robust.ts";
import type { ServingRow } from "./serving.ts";
import { servingUse } from "./serving-use.ts";

export interface PowerRow {
  readonly family: string;
  readonly accelerator: Accelerator;
  readonly use: Use;
  /** Of one board. */
  readonly watts: number;
}

/** Power against the use that the measured, not the predicted, time gives: errors of time stay out of it. */
export function powerRows(rows: readonly ServingRow[]): readonly PowerRow[] {
  const devices = new Map<string, { accelerator: Accelerator; device: Device }>();
  return rows.map((row) => {
    const known = devices.get(row.accelerator) ?? lookUp(row.accelerator);
    devices.set(row.accelerator, known);
    return {
      family: row.family,
      accelerator: known.accelerator,
      use: servingUse(row, known.device),
      watts: row.watts / row.serving.count,
    };
  });
}

function lookUp(name: string): { accelerator: Accelerator; device: Device } {
  const found = findAccelerator(name);
  if (found.kind !== "found") throw new Error(`no accelerator ${name}`);
  return { accelerator: found.value, device: deviceOf(found.value) };
}

export const wattsOf = (row: PowerRow, c: PowerCoefficients): number => {
  const power = boardPower(row.accelerator, row.use, c);
  if (power === undefined) throw new Error(`no board limit of ${row.accelerator.id}`);
  return power.watts;
};

export function fitPower(rows: readonly PowerRow[]): PowerCoefficients {
  const fit = leastSquares(
    [
      { name: "active", start: 0.4, spread: 1 },
      { name: "compute", start: 1, spread: 1 },
      { name: "memory", start: 0.4, spread: 1 },
    ],
    (values) => {
      const c = coefficientsOf(values);
      return Float64Array.from(rows, (row) => softL1(Math.log(wattsOf(row, c) / row.watts), 0.15));
    },
  );
  return coefficientsOf(fit.values);
}

const coefficientsOf = ([active = 0, compute = 0, memory = 0]: readonly number[]): PowerCoefficients => ({
  active,
  compute,
  memory,
});
