import type { Execution, TimeCalibration } from "../../src/cost/calibration.ts";
import type { TimeCoefficients } from "../../src/cost/coefficients.ts";
import { crossValidate, fitImages, type HeldOutImage, readImageRows } from "./image-latency.ts";
import { conformalHalfWidth, distinct, median, otherGeneration, residualOf } from "./robust.ts";
import { imageShapes } from "./shapes.ts";
import type { Goal, Study, Table, Test } from "./tables.ts";

export interface ImageStudy {
  readonly execution: Execution;
  readonly what: string;
  readonly test: Test;
  /** Of the mean error in %, by accelerator. */
  readonly goals: Readonly<Record<string, number>>;
  readonly unseenGoal: number | undefined;
  readonly constantGoal: number | undefined;
}

export const imageStudies: Readonly<Record<"eager" | "compiled" | "training" | "cpu", ImageStudy>> = {
  eager: {
    execution: "gpu-eager",
    what: "timm inference, eager",
    test: "timm inference, eager",
    goals: { rtx3090: 8, rtx4090: 7 },
    unseenGoal: 13,
    constantGoal: 8,
  },
  compiled: {
    execution: "gpu-compiled",
    what: "timm inference, compiled",
    test: "timm inference, compiled",
    goals: { rtx4090: 9 },
    unseenGoal: undefined,
    constantGoal: undefined,
  },
  training: {
    execution: "gpu-train",
    what: "timm training step",
    test: "timm training step",
    goals: { rtx3090: 12 },
    unseenGoal: undefined,
    constantGoal: undefined,
  },
  cpu: {
    execution: "cpu",
    what: "timm inference, compiled, CPU, batch 1",
    test: "CPU, batch 1",
    goals: { "cpu-i9-10940x": 14, "cpu-i7-12700h": 14 },
    unseenGoal: undefined,
    constantGoal: undefined,
  },
};

const folds = 4;

/** Measured rows from which the constant of a device is taken. */
const constantRows = 20;

export function studyImages(study: ImageStudy): Study<TimeCalibration> {
  const { execution, what, goals } = study;
  const rows = readImageRows(execution);
  const shape = imageShapes[execution];
  if (shape === undefined || rows.length === 0) throw new Error(`nothing to fit for ${execution}`);
  const devices = distinct(rows.map((r) => r.accelerator));
  const own: Record<string, TimeCoefficients> = {};
  const tables: Table[] = [];
  const all: number[] = [];
  for (const device of devices) {
    const mine = rows.filter((r) => r.accelerator === device);
    own[device] = fitImages(mine, shape);
    const held = crossValidate(mine, shape, (r) => r.family, folds);
    const errors = held.map((h) => h.error);
    all.push(...errors);
    tables.push({
      ...tableOf(`${what}, ${device}`, "model families", held, meanGoal(study.test, goals[device])),
      halfWidth: conformalHalfWidth(errors),
    });
  }
  const unseen = devices.length > 1 ? crossValidate(rows, shape, (r) => r.accelerator, devices.length) : [];
  const newFamily = conformalHalfWidth(all);
  const residual =
    unseen.length > 0
      ? residualOf(
          all,
          unseen.map((h) => h.error),
        )
      : { newFamily, newDevice: Math.hypot(newFamily, otherGeneration) };
  if (unseen.length > 0) tables.push(...unseenTables(study, unseen, residual.newDevice));
  return {
    calibration: { coefficients: fitImages(rows, shape), own, residual, devices, rows: rows.length },
    tables,
  };
}

function unseenTables(
  study: ImageStudy,
  unseen: readonly HeldOutImage[],
  halfWidth: number,
): readonly Table[] {
  const { what, unseenGoal, constantGoal } = study;
  const adjusted = withConstant(unseen);
  return [
    {
      ...tableOf(
        `${what}, a device from its specification`,
        "devices",
        unseen,
        meanGoal(unseenTest, unseenGoal),
      ),
      halfWidth,
    },
    {
      ...tableOf(
        `${what}, the same with one constant from ${constantRows} rows`,
        "devices",
        adjusted,
        meanGoal(unseenTest, constantGoal),
      ),
      halfWidth: conformalHalfWidth(adjusted.map((h) => h.error)),
    },
  ];
}

/** Errors less the median of a few rows of the same device, which are not counted themselves. */
function withConstant(held: readonly HeldOutImage[]): readonly HeldOutImage[] {
  return distinct(held.map((h) => h.row.accelerator)).flatMap((device) => {
    const mine = held.filter((h) => h.row.accelerator === device);
    const step = Math.floor(mine.length / constantRows);
    const isTaken = (i: number): boolean => i % step === 0 && i / step < constantRows;
    const constant = median(mine.filter((_, i) => isTaken(i)).map((h) => h.error));
    return mine.filter((_, i) => !isTaken(i)).map(({ row, error }) => ({ row, error: error - constant }));
  });
}

const unseenTest: Test = "unseen GPU: from its specification, power-capped, with one constant";

const meanGoal = (of: Test, percent: number | undefined): Goal | undefined =>
  percent === undefined ? undefined : { of, statistic: "mean", percent };

const tableOf = (
  name: string,
  leftOut: string,
  held: readonly HeldOutImage[],
  goal: Goal | undefined,
): Omit<Table, "halfWidth"> => ({
  name,
  leftOut,
  errors: held.map((h) => h.error),
  measured: held.map((h) => h.row.seconds),
  groups: held.map((h) => h.row.family),
  goal,
});
