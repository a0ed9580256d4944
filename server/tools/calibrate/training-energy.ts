import type { Calibration } from "../../src/cost/calibration.ts";
import type { TimeCoefficients } from "../../src/cost/coefficients.ts";
import { type Device, deviceAt } from "../../src/cost/device.ts";
import { boardPower, type PowerCoefficients } from "../../src/cost/power.ts";
import { kernelTime } from "../../src/cost/roofline.ts";
import type { Accelerator } from "../../src/hardware/accelerator.ts";
import { findAccelerator } from "../../src/hardware/find-accelerator.ts";
import { type CsvRow, cell, readCsv, requiredNumber } from "../csv.ts";
import type { Counted } from "./counted.ts";
import { kernelOf } from "./image-latency.ts";
import { conformalHalfWidth, distinct } from "./robust.ts";
import type { Study, Table } from "./tables.ts";

const dir = "server/data/calibration";

interface Row {
  readonly model: string;
  readonly accelerator: Accelerator;
  readonly device: Device;
  readonly kernels: readonly Counted[];
  /** Of a step. */
  readonly seconds: number;
  /** Of the board. */
  readonly watts: number;
}

/**
 * Rows whose board was at work: at 0.8 or more of the most that the same model drew from it. In the others torch 1.10 set the pace, which
 * launches an optimizer's passes parameter by parameter.
 */
function readRows(exponent: number): readonly Row[] {
  const digests = readCsv(`${dir}/training-digests.csv.gz`);
  const rows = readCsv(`${dir}/training-energy.csv`);
  const groupOf = (row: CsvRow): string => `${cell(row, "model")} ${cell(row, "accelerator")}`;
  const most = new Map<string, number>();
  for (const row of rows)
    most.set(groupOf(row), Math.max(most.get(groupOf(row)) ?? 0, requiredNumber(row, "watts")));
  return rows.flatMap((row) => {
    const watts = requiredNumber(row, "watts");
    if (watts < 0.8 * (most.get(groupOf(row)) ?? 0)) return [];
    const found = findAccelerator(cell(row, "accelerator"));
    if (found.kind !== "found") throw new Error(`no accelerator ${cell(row, "accelerator")}`);
    const batch = requiredNumber(row, "batch");
    return [
      {
        model: cell(row, "model"),
        accelerator: found.value,
        device: deviceAt(found.value, exponent),
        kernels: digests
          .filter((line) => line["model"] === row["model"])
          .map((line) => ({ kernel: kernelOf(line, batch), count: requiredNumber(line, "count") })),
        seconds: requiredNumber(row, "seconds"),
        watts,
      },
    ];
  });
}

interface Errors {
  /** ln of predicted by measured. */
  readonly time: number;
  readonly energy: number;
}

function errorsOf(
  { accelerator, device, kernels, seconds, watts }: Row,
  c: TimeCoefficients,
  power: PowerCoefficients,
): Errors {
  let [busy, compute, memory] = [0, 0, 0];
  for (const { kernel, count } of kernels) {
    const time = kernelTime(kernel, device, c);
    busy += count * time.seconds;
    compute += count * time.idealCompute;
    memory += count * time.idealMemory;
  }
  const drawn = boardPower(accelerator, { compute: compute / busy, memory: memory / busy, busy: 1 }, power);
  if (drawn === undefined) throw new Error(`no board limit of ${accelerator.id}`);
  const time = Math.log(busy / seconds);
  return { time, energy: time + Math.log(drawn.watts / watts) };
}

/**
 * Steps of training of two convolutional networks in float32 on four boards. Nothing is fitted to them: neither time, which comes from
 * transformers and from half precision, nor power, which comes from other boards. Their errors are what such estimates get as interval.
 *
 * @param exponent of the feed of matrix units
 */
export function studyTrainingEnergy(
  c: TimeCoefficients,
  power: PowerCoefficients,
  exponent: number,
): Study<Calibration["convolution"]> {
  const rows = readRows(exponent);
  const errors = rows.map((row) => errorsOf(row, c, power));
  const times = errors.map((e) => e.time);
  const energies = errors.map((e) => e.energy);
  const calibration = {
    time: conformalHalfWidth(times),
    energy: conformalHalfWidth(energies),
    devices: distinct(rows.map((r) => r.accelerator.id)),
    rows: rows.length,
  };
  const table = (
    what: string,
    of: readonly number[],
    measured: readonly number[],
    halfWidth: number,
  ): Omit<Table, "goal"> => ({
    name: `convolutional networks, training step in float32, ${what} on V100, A40, P100 and RTX 6000 (Zeus)`,
    leftOut: "all of them",
    errors: of,
    measured,
    groups: rows.map((r) => `${r.model} ${r.accelerator.id}`),
    halfWidth,
  });
  return {
    calibration,
    tables: [
      {
        ...table(
          "time",
          times,
          rows.map((r) => r.seconds),
          calibration.time,
        ),
        goal: undefined,
      },
      {
        ...table(
          "J/step",
          energies,
          rows.map((r) => r.seconds * r.watts),
          calibration.energy,
        ),
        goal: { of: "energy of whole models on GPUs", statistic: "median", percent: 20 },
      },
    ],
  };
}
