import type { Calibration, Residual } from "../../src/cost/calibration.ts";
import type { TimeCoefficients } from "../../src/cost/coefficients.ts";
import { deviceAt, deviceOf } from "../../src/cost/device.ts";
import { boardPower, type PowerCoefficients } from "../../src/cost/power.ts";
import { kernelTime } from "../../src/cost/roofline.ts";
import type { Accelerator } from "../../src/hardware/accelerator.ts";
import { findAccelerator } from "../../src/hardware/find-accelerator.ts";
import { type CsvRow, cell, readCsv, requiredNumber } from "../csv.ts";
import { type Counted, countedSeconds } from "./counted.ts";
import { kernelOf } from "./image-latency.ts";
import { leastSquares } from "./least-squares.ts";
import { fitPower, type PowerRow } from "./power.ts";
import { distinct, residualOf, softL1 } from "./robust.ts";
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

function readRows(file = "diffusion-energy"): readonly Row[] {
  const digests = new Map<string, CsvRow[]>();
  for (const line of readCsv(`${dir}/diffusion-digests.csv.gz`)) {
    const lines = digests.get(cell(line, "model")) ?? [];
    digests.set(cell(line, "model"), lines);
    lines.push(line);
  }
  return readCsv(`${dir}/${file}.csv`).map((row) => {
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

interface Pace {
  readonly exponent: number;
  readonly issue: number;
}

interface Run {
  /** Seconds that the device works, and those that the batch takes. */
  readonly busy: number;
  readonly whole: number;
  /** Seconds at full rate and bandwidth. */
  readonly compute: number;
  readonly memory: number;
}

function run(row: Row, { exponent, issue }: Pace, c: TimeCoefficients): Run {
  const device = deviceAt(row.accelerator, exponent);
  let [busy, compute, memory] = [0, 0, 0];
  for (const { kernel, count } of row.kernels) {
    const time = kernelTime(kernel, device, c);
    busy += count * time.seconds;
    compute += count * time.idealCompute;
    memory += count * time.idealMemory;
  }
  return { busy, compute, memory, whole: countedSeconds(row.kernels, device, { ...c, issue }) };
}

/** J for one image, power being that of the computed time. */
function joules(row: Row, { busy, compute, memory, whole }: Run, power: PowerCoefficients): number {
  const use = { compute: compute / whole, memory: memory / whole, busy: busy / whole };
  const drawn = boardPower(row.accelerator, use, power);
  if (drawn === undefined) throw new Error(`no board limit of ${row.accelerator.id}`);
  return (drawn.watts * whole) / row.batch;
}

function fitPace(rows: readonly Row[], c: TimeCoefficients): Pace {
  const pace = ([exponent = 0, issue = 0]: readonly number[]): Pace => ({ exponent, issue });
  const fit = leastSquares(
    [
      { name: "exponent", start: 0.4, spread: 1 },
      { name: "issue", start: 2e-5, spread: 1 },
    ],
    (values) =>
      Float64Array.from(
        rows,
        (row) => softL1(Math.log(run(row, pace(values), c).whole / row.seconds), 0.1) / 0.1,
      ),
  );
  return pace(fit.values);
}

/** Power by the measured time, of rows whose board was at work throughout: in the others, Python set the pace. */
export function diffusionPowerRows(): readonly PowerRow[] {
  return readRows().flatMap((row) => {
    const { accelerator, batch, seconds } = row;
    const watts = (row.joules * batch) / seconds;
    if (watts < 0.8 * (accelerator.boardLimit?.value ?? 0)) return [];
    const device = deviceOf(accelerator);
    let [macs, bytes] = [0, 0];
    for (const { kernel, count } of row.kernels) {
      macs += (count * 2 * kernel.macs) / device.peak[kernel.rate];
      bytes += count * kernel.bytes;
    }
    const use = { compute: macs / seconds, memory: bytes / (device.bandwidth * seconds), busy: 1 };
    return [{ family: familyOf(row.model), accelerator, use, watts }];
  });
}

const energyGoal = { of: "energy of whole models on GPUs", statistic: "mean" } as const;

/** SDXL Turbo is SDXL with other weights. */
const familyOf = (model: string): string => (/xl/.test(model) ? "sdxl" : model);

interface HeldOut {
  readonly row: Row;
  /** ln of predicted by measured. */
  readonly time: number;
  readonly energy: number;
}

/**
 * Whole models of convolutions and of transformers on data center boards, whose matrix units are the harder to keep fed the faster
 * they are. Two numbers are fitted, the exponent of that, and the seconds in which Python issues a launch; everything else comes from
 * GeForce boards and, for power, from language models and from the other diffusion models.
 */
export function studyDiffusion(
  c: TimeCoefficients,
  powerRows: readonly PowerRow[],
): Study<Calibration["feed"]> {
  const rows = readRows();
  const heldBy = (
    groupOf: (row: Row) => string,
    powerGroupOf: (row: PowerRow) => string,
  ): readonly HeldOut[] =>
    distinct(rows.map(groupOf)).flatMap((group) => {
      const pace = fitPace(
        rows.filter((row) => groupOf(row) !== group),
        c,
      );
      const power = fitPower(powerRows.filter((row) => powerGroupOf(row) !== group));
      return rows
        .filter((row) => groupOf(row) === group)
        .map((row) => {
          const ran = run(row, pace, c);
          return {
            row,
            time: Math.log(ran.whole / row.seconds),
            energy: Math.log(joules(row, ran, power) / row.joules),
          };
        });
    });
  const byModel = heldBy(
    (row) => familyOf(row.model),
    (row) => row.family,
  );
  const byDevice = heldBy(
    (row) => row.accelerator.id,
    (row) => row.accelerator.id,
  );
  const times = (held: readonly HeldOut[]): readonly number[] => held.map((h) => h.time);
  const energies = (held: readonly HeldOut[]): readonly number[] => held.map((h) => h.energy);
  const pace = fitPace(rows, c);
  const power = fitPower(powerRows);
  const further = readRows("diffusion-held-out").map((row): HeldOut => {
    const ran = run(row, pace, c);
    return {
      row,
      time: Math.log(ran.whole / row.seconds),
      energy: Math.log(joules(row, ran, power) / row.joules),
    };
  });
  const time = residualOf(times(byModel), times(byDevice));
  const energy = residualOf(energies(byModel), energies(byDevice));
  const table = (
    leftOut: string,
    held: readonly HeldOut[],
    of: keyof Residual,
    goal: Table["goal"],
    [models, bench] = ["diffusion models, half precision,", "(ML.ENERGY v2)"],
  ): readonly Table[] => [
    {
      name: `${models} time on A100 and H100 ${bench}`,
      leftOut,
      errors: times(held),
      measured: held.map((h) => h.row.seconds),
      groups: held.map((h) => familyOf(h.row.model)),
      halfWidth: time[of],
      goal: undefined,
    },
    {
      name: `${models} J/image on A100 and H100 ${bench}`,
      leftOut,
      errors: energies(held),
      measured: held.map((h) => h.row.joules),
      groups: held.map((h) => familyOf(h.row.model)),
      halfWidth: energy[of],
      goal,
    },
  ];
  return {
    calibration: {
      ...pace,
      residual: time,
      energy,
      devices: distinct(rows.map((row) => row.accelerator.id)),
      rows: rows.length,
    },
    tables: [
      ...table("model families", byModel, "newFamily", { ...energyGoal, percent: 14 }),
      ...table("devices", byDevice, "newDevice", { ...energyGoal, statistic: "median", percent: 20 }),
      ...table("all of them", further, "newFamily", { ...energyGoal, percent: 14 }, [
        "five further diffusion models, images and videos, half precision,",
        "(ML.ENERGY v2 and v3)",
      ]).map((each) => ({ ...each, isSeparate: true })),
    ],
  };
}
