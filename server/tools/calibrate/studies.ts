import type { Calibration, Execution, Residual, TimeCalibration } from "../../src/cost/calibration.ts";
import type { TimeCoefficients } from "../../src/cost/coefficients.ts";
import type { Variant } from "./digest.ts";
import { crossValidate, fitImages, type ImageRow, readImageRows, type Shape } from "./image-latency.ts";
import { fitPower, powerRows, wattsOf } from "./power.ts";
import { conformalHalfWidth } from "./robust.ts";
import { fitServing, leaveFamilyOut, readServingRows } from "./serving.ts";
import { imageShapes } from "./shapes.ts";
import { fitTransformers, leaveOut, readKernelRows, readModelRows } from "./transformer-latency.ts";

/** Errors on rows that a fit did not see, ln of predicted by measured. */
export interface Table {
  readonly name: string;
  /** What was left out of the fit. */
  readonly leftOut: "model families" | "devices";
  readonly errors: readonly number[];
  readonly halfWidth: number;
  /** Of the error, in %, as the issue states it. */
  readonly goal: { readonly statistic: "mean" | "median"; readonly percent: number } | undefined;
}

export interface Study<T> {
  readonly calibration: T;
  readonly tables: readonly Table[];
}

/** What one measured generation cannot tell of another: known generations differ by this much, x/÷. */
const otherGeneration = Math.log(1.3);

export function studyServing(): Study<Calibration["serving"]> {
  const rows = readServingRows();
  const errors = leaveFamilyOut(rows).map(({ row, cost }) =>
    Math.log(cost.joulesPerToken / row.joulesPerToken),
  );
  const residual = wider(conformalHalfWidth(errors));
  return {
    calibration: {
      coefficients: fitServing(rows),
      residual,
      devices: distinct(rows.map((r) => r.accelerator)),
      rows: rows.length,
    },
    tables: [
      {
        name: "LLM serving, J/token, H100 (ML.ENERGY v3)",
        leftOut: "model families",
        errors,
        halfWidth: residual.newFamily,
        goal: { statistic: "median", percent: 17 },
      },
    ],
  };
}

export function studyPower(): Study<Calibration["power"]> {
  const rows = powerRows(readServingRows());
  const errors = distinct(rows.map((r) => r.family)).flatMap((family) => {
    const c = fitPower(rows.filter((r) => r.family !== family));
    return rows.filter((r) => r.family === family).map((r) => Math.log(wattsOf(r, c) / r.watts));
  });
  const residual = wider(conformalHalfWidth(errors));
  return {
    calibration: {
      coefficients: fitPower(rows),
      residual,
      devices: distinct(rows.map((r) => r.accelerator.id)),
      rows: rows.length,
    },
    tables: [
      {
        name: "board power by measured time, LLM serving, H100",
        leftOut: "model families",
        errors,
        halfWidth: residual.newFamily,
        goal: undefined,
      },
    ],
  };
}

export function studyTransformers(): Study<TimeCalibration> {
  const [models, kernels] = [readModelRows(), readKernelRows()];
  const errorsBy = (group: Parameters<typeof leaveOut>[2]): readonly number[] =>
    leaveOut(models, kernels, group).map(({ row, seconds }) => Math.log(seconds / row.seconds));
  const byModel = errorsBy((r) => r.model ?? "");
  const byDevice = errorsBy((r) => r.accelerator);
  const residual = residualOf(byModel, byDevice);
  const name = "transformers end to end, FP32 (NeuSight)";
  return {
    calibration: {
      coefficients: fitTransformers(models, kernels),
      own: {},
      residual,
      devices: distinct(models.map((r) => r.accelerator)),
      rows: models.length + kernels.length,
    },
    tables: [
      {
        name,
        leftOut: "model families",
        errors: byModel,
        halfWidth: residual.newFamily,
        goal: undefined,
      },
      {
        name,
        leftOut: "devices",
        errors: byDevice,
        halfWidth: residual.newDevice,
        goal: { statistic: "mean", percent: 10 },
      },
    ],
  };
}

export interface ImageStudy {
  readonly execution: Execution;
  readonly variant: Variant;
  readonly goals: Readonly<Record<string, number>>;
  readonly unseenGoal: number | undefined;
}

export const imageStudies: Readonly<Record<"eager" | "compiled" | "cpu", ImageStudy>> = {
  eager: {
    execution: "gpu-eager",
    variant: "eager-amp",
    goals: { rtx3090: 8, rtx4090: 7 },
    unseenGoal: 13,
  },
  compiled: {
    execution: "gpu-compiled",
    variant: "compiled-amp",
    goals: { rtx4090: 9 },
    unseenGoal: undefined,
  },
  cpu: {
    execution: "cpu",
    variant: "compiled-fp32",
    goals: { "cpu-i9-10940x": 14, "cpu-i7-12700h": 14 },
    unseenGoal: undefined,
  },
};

const folds = 4;

export function studyImages({ execution, variant, goals, unseenGoal }: ImageStudy): Study<TimeCalibration> {
  const rows = readImageRows(execution, variant);
  const shape = imageShapes[execution];
  if (shape === undefined || rows.length === 0) throw new Error(`nothing to fit for ${execution}`);
  const devices = distinct(rows.map((r) => r.accelerator));
  const own: Record<string, TimeCoefficients> = {};
  const tables: Table[] = [];
  const all: number[] = [];
  for (const device of devices) {
    const mine = rows.filter((r) => r.accelerator === device);
    own[device] = fitImages(mine, shape);
    const errors = crossValidate(mine, shape, (r) => r.family, folds).map((h) => h.error);
    all.push(...errors);
    const percent = goals[device];
    tables.push({
      name: `timm inference, ${device}, ${execution}`,
      leftOut: "model families",
      errors,
      halfWidth: conformalHalfWidth(errors),
      goal: percent === undefined ? undefined : { statistic: "mean", percent },
    });
  }
  const unseen = devices.length > 1 ? unseenErrors(rows, shape, devices.length) : [];
  const newFamily = conformalHalfWidth(all);
  const residual =
    unseen.length > 0
      ? residualOf(all, unseen)
      : { newFamily, newDevice: Math.hypot(newFamily, otherGeneration) };
  if (unseen.length > 0)
    tables.push({
      name: `timm inference, a device from its specification, ${execution}`,
      leftOut: "devices",
      errors: unseen,
      halfWidth: residual.newDevice,
      goal: unseenGoal === undefined ? undefined : { statistic: "mean", percent: unseenGoal },
    });
  return {
    calibration: { coefficients: fitImages(rows, shape), own, residual, devices, rows: rows.length },
    tables,
  };
}

const unseenErrors = (rows: readonly ImageRow[], shape: Shape, count: number): readonly number[] =>
  crossValidate(rows, shape, (r) => r.accelerator, count).map((h) => h.error);

/** A device that was not fitted is never better known than one that was. */
function residualOf(byFamily: readonly number[], byDevice: readonly number[]): Residual {
  const newFamily = conformalHalfWidth(byFamily);
  return { newFamily, newDevice: Math.max(newFamily, conformalHalfWidth(byDevice)) };
}

const wider = (newFamily: number): Residual => ({
  newFamily,
  newDevice: Math.hypot(newFamily, otherGeneration),
});

const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();
