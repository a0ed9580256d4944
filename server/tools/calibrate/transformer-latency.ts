import type { TimeCoefficients } from "../../src/cost/coefficients.ts";
import { type Device, deviceOf } from "../../src/cost/device.ts";
import type { Kernel, KernelClass } from "../../src/cost/kernel.ts";
import { kernelTime } from "../../src/cost/roofline.ts";
import { stepsOf, tableOf } from "../../src/cost/step.ts";
import { trainingSteps } from "../../src/cost/training.ts";
import { findAccelerator } from "../../src/hardware/find-accelerator.ts";
import { type CsvRow, cell, numberCell, readCsv, requiredNumber } from "../csv.ts";
import { type Counted, counted, countedSeconds } from "./counted.ts";
import { leastSquares, type Parameter } from "./least-squares.ts";
import { issueSeconds, launchSeconds } from "./overheads.ts";
import { softL1 } from "./robust.ts";
import { transformerSteps, transformers } from "./transformers.ts";

const dir = "server/data/calibration";

export interface ModelRow {
  readonly accelerator: string;
  readonly device: Device;
  readonly model: string;
  readonly kernels: readonly Counted[];
  readonly seconds: number;
  /** What NeuSight predicted. */
  readonly neusight: number | undefined;
}

export interface KernelRow {
  readonly accelerator: string;
  readonly device: Device;
  readonly kernel: Kernel;
  readonly seconds: number;
}

export function readModelRows(): readonly ModelRow[] {
  return readCsv(`${dir}/transformer-latency.csv`).map((row) => {
    const model = cell(row, "model");
    const transformer = transformers[model];
    if (transformer === undefined) throw new Error(`no configuration of ${model}`);
    const isTraining = cell(row, "mode") === "train";
    const [batch, length] = [requiredNumber(row, "batch"), requiredNumber(row, "length")];
    const forward = transformerSteps(transformer, batch, length, isTraining);
    const neusight = numberCell(row, "neusight_ms");
    return {
      accelerator: cell(row, "accelerator"),
      device: namedDevice(cell(row, "accelerator")),
      model,
      kernels: counted(isTraining ? stepsOf(trainingSteps(tableOf(forward))) : forward),
      seconds: requiredNumber(row, "milliseconds") / 1e3,
      neusight: neusight === undefined ? undefined : neusight / 1e3,
    };
  });
}

export function readKernelRows(): readonly KernelRow[] {
  return readCsv(`${dir}/kernel-latency.csv`).map((row) => ({
    accelerator: cell(row, "accelerator"),
    device: namedDevice(cell(row, "accelerator")),
    kernel: kernelOf(row),
    seconds: requiredNumber(row, "milliseconds") / 1e3,
  }));
}

const devices = new Map<string, Device>();

export function namedDevice(id: string): Device {
  const known = devices.get(id);
  if (known !== undefined) return known;
  const found = findAccelerator(id);
  if (found.kind !== "found") throw new Error(`no accelerator ${id}`);
  const device = deviceOf(found.value);
  devices.set(id, device);
  return device;
}

const float = 4;

function kernelOf(row: CsvRow): Kernel {
  const number = (column: string): number => requiredNumber(row, column);
  const [batch, rows, columns, inner] = [number("batch"), number("rows"), number("columns"), number("inner")];
  const elements = number("elements");
  const product = batch * (rows * inner + inner * columns + rows * columns);
  return {
    class: classOf(cell(row, "kind")),
    rate: "fp32",
    macs: batch * rows * columns * inner,
    flops: elements,
    fixedBytes: 0,
    bytes: float * (elements === 0 ? product : elements * (number("inputs") + 1)),
    rows,
    columns,
    inner,
    batch,
    window: 1,
    channelsFirst: false,
    serial: 0,
    op: 0,
  };
}

function classOf(kind: string): KernelClass {
  if (kind === "matmul" || kind === "softmax" || kind === "layer-norm" || kind === "pointwise") return kind;
  throw new Error(`${kind} is no kind of kernel`);
}

const parameters: readonly Parameter[] = [
  { name: "compute", start: 0.75, spread: 1.5 },
  { name: "memory", start: 0.8, spread: 1.5 },
  { name: "softmax", start: 0.6, spread: 1.5 },
  { name: "layer-norm", start: 0.5, spread: 1.5 },
  { name: "copy", start: 0.6, spread: 1.5 },
  { name: "halfColumns", start: 16, spread: 1.5 },
  { name: "halfInner", start: 16, spread: 1.5 },
];

const coefficientsOf = ([
  compute = 0,
  memory = 0,
  softmax = 0,
  layerNorm = 0,
  copy = 0,
  halfColumns = 0,
  halfInner = 0,
]: readonly number[]): TimeCoefficients => ({
  compute: {},
  memory: { softmax, "layer-norm": layerNorm, copy },
  defaultCompute: compute,
  defaultMemory: memory,
  halfColumns,
  halfInner,
  halfIntensity: 0,
  strided: 1,
  misaligned: 1,
  relayout: 0,
  cacheGain: 1,
  cacheShare: 1,
  reorder: 0,
  serial: 0,
  knee: 4,
  call: 0,
  launch: launchSeconds,
  issue: issueSeconds.transformers,
});

/** Kernels teach the shape of the curves, whole models their level. */
export function fitTransformers(
  models: readonly ModelRow[],
  kernels: readonly KernelRow[],
): TimeCoefficients {
  const fit = leastSquares(parameters, (values) => {
    const c = coefficientsOf(values);
    const residuals = new Float64Array(models.length + kernels.length);
    for (const [i, row] of models.entries())
      residuals[i] = 3 * softL1(Math.log(modelSeconds(row, c) / row.seconds), 0.2);
    for (const [i, { kernel, device, seconds }] of kernels.entries())
      residuals[models.length + i] =
        0.1 * softL1(Math.log(kernelTime(kernel, device, c).seconds / seconds), 0.3);
    return residuals;
  });
  return coefficientsOf(fit.values);
}

const modelSeconds = (row: ModelRow, c: TimeCoefficients): number =>
  countedSeconds(row.kernels, row.device, c);

export interface HeldOutModel {
  readonly row: ModelRow;
  readonly seconds: number;
}

/** Every row as a fit sees it that knows nothing of the rows of its group. */
export function leaveOut(
  models: readonly ModelRow[],
  kernels: readonly KernelRow[],
  groupOf: (row: { readonly accelerator: string; readonly model?: string }) => string,
): readonly HeldOutModel[] {
  const groups = [...new Set(models.map(groupOf))].sort();
  return groups.flatMap((group) => {
    const c = fitTransformers(
      models.filter((r) => groupOf(r) !== group),
      kernels.filter((r) => groupOf(r) !== group),
    );
    return models.filter((r) => groupOf(r) === group).map((row) => ({ row, seconds: modelSeconds(row, c) }));
  });
}
