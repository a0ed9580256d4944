import type { Calibration } from "../../src/cost/calibration.ts";
import type { TimeCoefficients } from "../../src/cost/coefficients.ts";
import { deviceOf } from "../../src/cost/device.ts";
import { boardPower, type PowerCoefficients } from "../../src/cost/power.ts";
import { kernelTime } from "../../src/cost/roofline.ts";
import type { Accelerator } from "../../src/hardware/accelerator.ts";
import { findAccelerator } from "../../src/hardware/find-accelerator.ts";
import { type CsvRow, cell, readCsv, requiredNumber } from "../csv.ts";
import { type Counted, countedSeconds } from "./counted.ts";
import { kernelOf } from "./image-latency.ts";
import { leastSquares } from "./least-squares.ts";
import { conformalHalfWidth, distinct, residualOf, softL1 } from "./robust.ts";
import type { Study, Table } from "./tables.ts";

const dir = "server/data/calibration";

interface Row {
  readonly model: string;
  readonly accelerator: Accelerator;
  readonly batch: number;
  readonly kernels: readonly Counted[];
  /** Of the board, for one image. */
  readonly joules: number;
  /** Of the batch. */
  readonly seconds: number;
}

function readRows(): readonly Row[] {
  const digests = new Map<string, CsvRow[]>();
  for (const line of readCsv(`${dir}/diffusion-digests.csv.gz`)) {
    const lines = digests.get(cell(line, "model")) ?? [];
    digests.set(cell(line, "model"), lines);
    lines.push(line);
  }
  return readCsv(`${dir}/diffusion-energy.csv`).map((row) => {
    const found = findAccelerator(cell(row, "accelerator"));
    const digest = digests.get(cell(row, "model"));
    if (found.kind !== "found" || digest === undefined) throw new Error(`nothing of ${cell(row, "model")}`);
    const batch = requiredNumber(row, "batch");
    return {
      model: cell(row, "model"),
      accelerator: found.value,
      batch,
      kernels: digest.map((line) => ({
        kernel: kernelOf(line, batch),
        count: requiredNumber(line, "count"),
      })),
      joules: requiredNumber(row, "joules_per_image"),
      seconds: requiredNumber(row, "seconds"),
    };
  });
}

const seconds = (row: Row, exponent: number, c: TimeCoefficients): number =>
  countedSeconds(row.kernels, deviceOf(row.accelerator, exponent), c);

/** J for one image, power being that of the computed time. */
function joules(row: Row, exponent: number, c: TimeCoefficients, power: PowerCoefficients): number {
  const device = deviceOf(row.accelerator, exponent);
  const whole = seconds(row, exponent, c);
  let [busy, compute, memory] = [0, 0, 0];
  for (const { kernel, count } of row.kernels) {
    const time = kernelTime(kernel, device, c);
    busy += count * time.seconds;
    compute += count * time.idealCompute;
    memory += count * time.idealMemory;
  }
  const use = { compute: compute / whole, memory: memory / whole, busy: busy / whole };
  const drawn = boardPower(row.accelerator, use, power);
  if (drawn === undefined) throw new Error(`no board limit of ${row.accelerator.id}`);
  return (drawn.watts * whole) / row.batch;
}

/** Rows whose board was at work throughout: below, a pipeline in Python sets the pace, which is not what is fitted. */
const isBusy = ({ accelerator, batch, joules: each, seconds: whole }: Row): boolean =>
  (each * batch) / whole > 0.8 * (accelerator.boardLimit?.value ?? 0);

function fitExponent(all: readonly Row[], c: TimeCoefficients): number {
  const rows = all.filter(isBusy);
  const fit = leastSquares([{ name: "exponent", start: 0.4, spread: 1 }], ([exponent = 0]) =>
    Float64Array.from(rows, (row) => softL1(Math.log(seconds(row, exponent, c) / row.seconds), 0.1) / 0.1),
  );
  return fit.values[0] ?? 0;
}

interface HeldOut {
  readonly row: Row;
  /** ln of predicted by measured. */
  readonly time: number;
  readonly energy: number;
}

/**
 * Whole models of convolutions and of transformers on data center boards, whose matrix units are the harder to keep fed the faster
 * they are. One number is fitted, the exponent of that; everything else comes from GeForce boards and, for power, from
 * language models.
 */
export function studyDiffusion(c: TimeCoefficients, power: PowerCoefficients): Study<Calibration["feed"]> {
  const rows = readRows();
  const heldBy = (groupOf: (row: Row) => string): readonly HeldOut[] =>
    distinct(rows.map(groupOf)).flatMap((group) => {
      const exponent = fitExponent(
        rows.filter((row) => groupOf(row) !== group),
        c,
      );
      return rows
        .filter((row) => groupOf(row) === group)
        .map((row) => ({
          row,
          time: Math.log(seconds(row, exponent, c) / row.seconds),
          energy: Math.log(joules(row, exponent, c, power) / row.joules),
        }));
    });
  const byModel = heldBy((row) => row.model);
  const byDevice = heldBy((row) => row.accelerator.id);
  const times = (held: readonly HeldOut[]): readonly number[] => held.map((h) => h.time);
  const energies = (held: readonly HeldOut[]): readonly number[] => held.map((h) => h.energy);
  const table = (leftOut: string, held: readonly HeldOut[], goal: Table["goal"]): readonly Table[] => [
    {
      name: "diffusion models, half precision, time on A100 and H100 (ML.ENERGY v2)",
      leftOut,
      errors: times(held),
      measured: held.map((h) => h.row.seconds),
      halfWidth: conformalHalfWidth(times(held)),
      goal: undefined,
    },
    {
      name: "diffusion models, half precision, J/image on A100 and H100 (ML.ENERGY v2)",
      leftOut,
      errors: energies(held),
      measured: held.map((h) => h.row.joules),
      halfWidth: conformalHalfWidth(energies(held)),
      goal,
    },
  ];
  return {
    calibration: {
      exponent: fitExponent(rows, c),
      residual: residualOf(times(byModel), times(byDevice)),
      devices: distinct(rows.map((row) => row.accelerator.id)),
      rows: rows.length,
    },
    tables: [
      ...table("models", byModel, { statistic: "mean", percent: 14 }),
      ...table("devices", byDevice, { statistic: "median", percent: 20 }),
    ],
  };
}
