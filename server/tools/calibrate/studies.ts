import type { Calibration, TimeCalibration } from "../../src/cost/calibration.ts";
import type { TimeCoefficients } from "../../src/cost/coefficients.ts";
import { diffusionPowerRows, studyDiffusion } from "./diffusion.ts";
import { imageStudies, studyImages } from "./image-study.ts";
import { studyLanguage } from "./language.ts";
import { fitPower, type PowerRow, powerRows, wattsOf } from "./power.ts";
import { checkQuantization } from "./quantization.ts";
import { conformalHalfWidth, distinct, residualOf } from "./robust.ts";
import { fitServing, type HeldOut, leaveGroupOut, readServingRows } from "./serving.ts";
import type { Study, Table, Validation } from "./tables.ts";
import { studyTrainingEnergy } from "./training-energy.ts";
import { fitTransformers, leaveOut, readKernelRows, readModelRows } from "./transformer-latency.ts";
import { checkWallPower } from "./wall-power.ts";

export interface Result extends Validation {
  readonly calibration: Calibration;
}

/** Everything that is fitted, and how far off it is on rows that the fits did not see. */
export function studyAll(): Result {
  const eager = studyImages(imageStudies.eager);
  const compiled = studyImages(imageStudies.compiled);
  const training = studyImages(imageStudies.training);
  const cpu = studyImages(imageStudies.cpu);
  const transformers = studyTransformers();
  const serving = studyServing();
  const rowsOfPower = [...powerRows(readServingRows()), ...diffusionPowerRows()];
  const power = studyPower(rowsOfPower);
  const diffusion = studyDiffusion(eager.calibration.coefficients, rowsOfPower);
  const { issue } = diffusion.calibration;
  const language = studyLanguage(eager.calibration.coefficients, diffusion.calibration.exponent);
  const inference = inFloat(transformers.calibration, eager.calibration.coefficients, issue);
  const loops = inFloat(transformers.calibration, compiled.calibration.coefficients, issue);
  const steps = inFloat(transformers.calibration, training.calibration.coefficients, issue);
  const convolution = studyTrainingEnergy(
    steps.coefficients,
    power.calibration.coefficients,
    diffusion.calibration.exponent,
  );
  return {
    calibration: {
      time: {
        "gpu-fp32": inference,
        "gpu-compiled-fp32": loops,
        "gpu-train-fp32": steps,
        "gpu-eager": issuedIn(issue, eager.calibration),
        "gpu-compiled": issuedIn(issue, compiled.calibration),
        "gpu-train": issuedIn(issue, training.calibration),
        cpu: cpu.calibration,
      },
      serving: serving.calibration,
      feed: diffusion.calibration,
      pace: language.calibration,
      convolution: convolution.calibration,
      capped: transformers.capped,
      power: power.calibration,
    },
    tables: [
      eager,
      compiled,
      training,
      cpu,
      transformers,
      serving,
      power,
      diffusion,
      convolution,
      language,
    ].flatMap((s) => s.tables),
    checks: [...checkWallPower(), ...checkQuantization()],
    untested: [
      "whole-model GPU energy of image classifiers at inference, and of vision transformers at all. The data has no row of it: ML.ENERGY measured language models and diffusion, Zeus training, MLPerf whole systems under TensorRT, timm no energy. Training steps of two convolutional networks on four boards that nothing was fitted on, and diffusion models, U-Nets and a transformer, stand for them above.",
      "timm inference on a power-capped GPU in half precision (goal 20 % mean): the data has power-capped boards in float32 only, P4 and T4 in the table above.",
    ],
  };
}

/**
 * Float32 as fitted on transformers. They have no convolutions and no norms over batches, and none of these rows waits for its host: those
 * numbers come from half precision. Shares of the bandwidth hold for any type of number; depthwise products run on the vector units, which
 * take as many of them per second in either, half as many by the peak of the matrix units of the GeForce boards.
 */
function inFloat(of: TimeCalibration, half: TimeCoefficients, issue: number): TimeCalibration {
  const { defaultMemory, memory } = of.coefficients;
  const shares = Object.entries(half.memory).map(([kind, share]) => [
    kind,
    (share * defaultMemory) / half.defaultMemory,
  ]);
  const depthwise = Object.entries(half.compute).flatMap(([kind, share]) =>
    kind.includes("depthwise") ? [[kind, 2 * share]] : [],
  );
  return withCoefficients(of, {
    issue,
    relayout: half.relayout,
    compute: { ...of.coefficients.compute, ...Object.fromEntries(depthwise) },
    memory: { ...Object.fromEntries(shares), ...memory },
  });
}

/**
 * One pace for all ways to run. Compiled code issues its fewer launches no faster: ResNet-50 takes 37 us for each of 104 at batch 1, 38 for
 * each of 174 in eager mode, other networks 35 to 52 (transformers' documentation, `perf_torch_compile`, torch 2.0, A100 and V100). Where
 * Zeus measured training, launches are issued no faster than at inference.
 */
const issuedIn = (issue: number, of: TimeCalibration): TimeCalibration => ({
  ...withCoefficients(of, { issue }),
  own: Object.fromEntries(Object.entries(of.own).map(([id, own]) => [id, { ...own, issue }])),
});

/** For devices without rows of their own. */
const withCoefficients = (of: TimeCalibration, change: Partial<TimeCoefficients>): TimeCalibration => ({
  ...of,
  coefficients: { ...of.coefficients, ...change },
});

function studyServing(): Study<Calibration["serving"]> {
  const rows = readServingRows();
  const byFamily = leaveGroupOut(rows, (r) => r.family);
  const byDevice = leaveGroupOut(readServingRows("llm-serving-2024"), (r) => r.accelerator);
  const residual = residualOf(byFamily.map(tokenError), byDevice.map(tokenError));
  const table = (
    name: string,
    leftOut: string,
    held: readonly HeldOut[],
  ): Omit<Table, "halfWidth" | "goal"> => ({
    name,
    leftOut,
    errors: held.map(tokenError),
    measured: held.map((h) => h.row.joulesPerToken),
    groups: held.map((h) => h.row.family),
  });
  return {
    calibration: {
      coefficients: fitServing(rows),
      residual,
      devices: distinct(rows.map((r) => r.accelerator)),
      rows: rows.length,
    },
    tables: [
      {
        ...table("LLM serving, J/token, H100 (ML.ENERGY v3)", "model families", byFamily),
        halfWidth: residual.newFamily,
        goal: { of: "LLM serving, J/token", statistic: "median", percent: 17 },
      },
      {
        ...table("LLM serving, J/token, A100 and H100 (ML.ENERGY v2)", "GPU generations", byDevice),
        halfWidth: residual.newDevice,
        goal: { of: "LLM serving, J/token", statistic: "median", percent: 22 },
      },
    ],
  };
}

const tokenError = ({ row, cost }: HeldOut): number => Math.log(cost.joulesPerToken / row.joulesPerToken);

function studyPower(rows: readonly PowerRow[]): Study<Calibration["power"]> {
  const heldBy = (groupOf: (row: PowerRow) => string): readonly HeldOutPower[] =>
    distinct(rows.map(groupOf)).flatMap((group) => {
      const c = fitPower(rows.filter((r) => groupOf(r) !== group));
      return rows
        .filter((r) => groupOf(r) === group)
        .map((row) => ({ row, error: Math.log(wattsOf(row, c) / row.watts) }));
    });
  const byFamily = heldBy((r) => r.family);
  const byDevice = heldBy((r) => r.accelerator.id);
  const errorsOf = (held: readonly HeldOutPower[]): readonly number[] => held.map((h) => h.error);
  const residual = residualOf(errorsOf(byFamily), errorsOf(byDevice));
  const table = (leftOut: string, held: readonly HeldOutPower[], halfWidth: number): Table => ({
    name: "board power by measured time, LLM serving and diffusion models, A100 and H100",
    leftOut,
    errors: errorsOf(held),
    measured: held.map((h) => h.row.watts),
    groups: held.map((h) => h.row.family),
    halfWidth,
    goal: undefined,
  });
  return {
    calibration: {
      coefficients: fitPower(rows),
      residual,
      devices: distinct(rows.map((r) => r.accelerator.id)),
      rows: rows.length,
    },
    tables: [
      table("model families", byFamily, residual.newFamily),
      table("devices", byDevice, residual.newDevice),
    ],
  };
}

interface HeldOutPower {
  readonly row: PowerRow;
  /** ln of predicted by measured. */
  readonly error: number;
}

function studyTransformers(): Study<TimeCalibration> & { readonly capped: Calibration["capped"] } {
  const [models, kernels] = [readModelRows(), readKernelRows()];
  const heldBy = (group: Parameters<typeof leaveOut>[2]): ReturnType<typeof leaveOut> =>
    leaveOut(models, kernels, group);
  const byModel = heldBy((r) => r.model ?? "");
  const byDevice = heldBy((r) => r.accelerator);
  const errorsOf = (held: typeof byModel): readonly number[] =>
    held.map(({ row, seconds }) => Math.log(seconds / row.seconds));
  const residual = residualOf(errorsOf(byModel), errorsOf(byDevice));
  const table = (held: typeof byModel): Pick<Table, "errors" | "measured" | "groups"> => ({
    errors: errorsOf(held),
    measured: held.map((h) => h.row.seconds),
    groups: held.map((h) => `${h.row.model} ${h.row.accelerator}`),
  });
  const name = "transformers end to end, FP32 (NeuSight)";
  const ofCapped = byDevice.filter((h) => h.row.device.isCapped);
  const capped = {
    newDevice: Math.max(residual.newDevice, conformalHalfWidth(errorsOf(ofCapped))),
    devices: distinct(ofCapped.map((h) => h.row.accelerator)),
    rows: ofCapped.length,
  };
  return {
    capped,
    calibration: {
      coefficients: fitTransformers(models, kernels),
      own: {},
      residual,
      devices: distinct(models.map((r) => r.accelerator)),
      rows: models.length + kernels.length,
    },
    tables: [
      { name, leftOut: "model families", ...table(byModel), halfWidth: residual.newFamily, goal: undefined },
      {
        name,
        leftOut: "devices",
        ...table(byDevice),
        halfWidth: residual.newDevice,
        goal: { of: "transformers in float32, unseen devices", statistic: "mean", percent: 10 },
      },
      {
        name: `${name}, power-capped boards`,
        leftOut: "devices",
        ...table(ofCapped),
        halfWidth: capped.newDevice,
        goal: {
          of: "unseen GPU: from its specification, power-capped, with one constant",
          statistic: "mean",
          percent: 20,
        },
      },
    ],
  };
}
