import type { Execution } from "../../src/cost/calibration.ts";
import type { TimeCoefficients } from "../../src/cost/coefficients.ts";
import type { Device } from "../../src/cost/device.ts";
import { type Kernel, type KernelClass, kernelClasses } from "../../src/cost/kernel.ts";
import type { Rate } from "../../src/hardware/accelerator.ts";
import { type CsvRow, cell, readCsv, requiredNumber } from "../csv.ts";
import { type Counted, countedSeconds } from "./counted.ts";
import { latencyRows, type Variant, variantOf } from "./digest.ts";
import { leastSquares, type Parameter } from "./least-squares.ts";
import { softL1 } from "./robust.ts";
import { namedDevice } from "./transformer-latency.ts";

const dir = "server/data/calibration";

export interface ImageRow {
  readonly accelerator: string;
  readonly device: Device;
  readonly model: string;
  readonly family: string;
  readonly kernels: readonly Counted[];
  /** Per batch. */
  readonly seconds: number;
}

/** Rows of one way of execution, with what each model launches at the batch of the row. */
export function readImageRows(execution: Execution): readonly ImageRow[] {
  const digests = new Map<Variant, ReadonlyMap<string, readonly CsvRow[]>>();
  return latencyRows().flatMap((row) => {
    const variant = variantOf(row);
    if (row["execution"] !== execution || variant === undefined || isFolded(row)) return [];
    const known = digests.get(variant) ?? readDigests(variant);
    digests.set(variant, known);
    const digest = known.get(`${cell(row, "model")}@${cell(row, "image_size")}`);
    return digest === undefined ? [] : [imageRow(row, digest)];
  });
}

/** The later runs, those on the RTX 4090, fold the branches of these families into one convolution before measuring. */
const isFolded = (row: CsvRow): boolean =>
  row["accelerator"] === "rtx4090" &&
  /^(?:mobileone|repvgg|fastvit|repghost|repvit|mobileclip)/.test(cell(row, "model"));

function imageRow(row: CsvRow, digest: readonly CsvRow[]): ImageRow {
  const batch = requiredNumber(row, "batch");
  const kernels = digest.map((line) => ({
    kernel: kernelOf(line, batch),
    count: requiredNumber(line, "count"),
  }));
  const model = cell(row, "model");
  return {
    accelerator: cell(row, "accelerator"),
    device: namedDevice(cell(row, "accelerator")),
    model,
    family: familyOf(model),
    kernels,
    seconds: batch / requiredNumber(row, "samples_per_s"),
  };
}

/** `tf_efficientnetv2_b0` and `efficientnetv2_m` are one family. */
function familyOf(model: string): string {
  return /^[a-z]+(?:v\d)?/.exec(model.replace(/^(?:tf|gluon|legacy)_/, ""))?.[0] ?? model;
}

function readDigests(variant: Variant): ReadonlyMap<string, readonly CsvRow[]> {
  const digests = new Map<string, CsvRow[]>();
  for (const row of readCsv(`${dir}/image-digests-${variant}.csv.gz`)) {
    const key = `${cell(row, "model")}@${cell(row, "size")}`;
    const rows = digests.get(key) ?? [];
    digests.set(key, rows);
    rows.push(row);
  }
  return digests;
}

const rates: ReadonlyMap<string, Rate> = new Map<string, Rate>([
  ["fp32", "fp32"],
  ["fp16", "fp16"],
  ["tf32", "tf32"],
]);

export function kernelOf(row: CsvRow, batch: number): Kernel {
  const rate = rates.get(cell(row, "rate"));
  if (rate === undefined) throw new Error(`no rate ${cell(row, "rate")}`);
  const number = (column: string): number => requiredNumber(row, column);
  const fixedBytes = number("fixed");
  return {
    class: kernelClass(cell(row, "class")),
    rate,
    macs: number("macs") * batch,
    flops: number("flops") * batch,
    bytes: number("bytes") * batch + fixedBytes,
    fixedBytes,
    rows: 0,
    columns: number("columns"),
    inner: number("inner"),
    batch: 1,
    window: number("window"),
    channelsFirst: number("first") === 1,
    serial: number("serial") * batch,
    op: 0,
  };
}

function kernelClass(text: string): KernelClass {
  const found = kernelClasses.find((c) => c === text);
  if (found === undefined) throw new Error(`no class ${text}`);
  return found;
}

const imageSeconds = (row: ImageRow, c: TimeCoefficients): number =>
  countedSeconds(row.kernels, row.device, c);

/** `compute.convolution`, `memory.copy`, or the name of a single coefficient. */
export interface Shape {
  readonly base: TimeCoefficients;
  readonly parameters: readonly Parameter[];
}

export function fitImages(rows: readonly ImageRow[], shape: Shape): TimeCoefficients {
  const perFamily = new Map<string, number>();
  for (const { family } of rows) perFamily.set(family, (perFamily.get(family) ?? 0) + 1);
  const weights = rows.map(({ family }) => 1 / Math.sqrt(Math.max(1, (perFamily.get(family) ?? 1) / 8)));
  const fit = leastSquares(
    shape.parameters,
    (values) => {
      const c = assigned(shape, values);
      return Float64Array.from(
        rows,
        (row, i) => ((weights[i] ?? 1) * softL1(Math.log(imageSeconds(row, c) / row.seconds), 0.1)) / 0.08,
      );
    },
    12,
  );
  return assigned(shape, fit.values);
}

function assigned(shape: Shape, values: readonly number[]): TimeCoefficients {
  const compute: Partial<Record<KernelClass, number>> = { ...shape.base.compute };
  const memory: Partial<Record<KernelClass, number>> = { ...shape.base.memory };
  const single = new Map<string, number>();
  for (const [i, { name }] of shape.parameters.entries()) {
    const value = values[i] ?? 1;
    const [group = "", kind] = name.split(".");
    if (kind === undefined) single.set(group, value);
    else if (group === "compute") compute[kernelClass(kind)] = value;
    else memory[kernelClass(kind)] = value;
  }
  const of = (name: keyof TimeCoefficients, otherwise: number): number => single.get(name) ?? otherwise;
  const { base } = shape;
  return {
    compute,
    memory,
    defaultCompute: of("defaultCompute", base.defaultCompute),
    defaultMemory: of("defaultMemory", base.defaultMemory),
    halfColumns: of("halfColumns", base.halfColumns),
    halfInner: of("halfInner", base.halfInner),
    halfIntensity: of("halfIntensity", base.halfIntensity),
    misaligned: of("misaligned", base.misaligned),
    strided: of("strided", base.strided),
    relayout: of("relayout", base.relayout),
    cacheGain: of("cacheGain", base.cacheGain),
    cacheShare: of("cacheShare", base.cacheShare),
    reorder: of("reorder", base.reorder),
    serial: of("serial", base.serial),
    knee: base.knee,
    call: of("call", base.call),
    launch: of("launch", base.launch),
    issue: of("issue", base.issue),
  };
}

export interface HeldOutImage {
  readonly row: ImageRow;
  /** ln of predicted by measured. */
  readonly error: number;
}

/** Errors of every row under a fit without its group; groups are dealt to `folds` fits in order of size. */
export function crossValidate(
  rows: readonly ImageRow[],
  shape: Shape,
  groupOf: (row: ImageRow) => string,
  folds: number,
): readonly HeldOutImage[] {
  const sizes = new Map<string, number>();
  for (const row of rows) sizes.set(groupOf(row), (sizes.get(groupOf(row)) ?? 0) + 1);
  const order = [...sizes].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([group]) => group);
  const foldOf = new Map(order.map((group, i) => [group, i % folds]));
  return Array.from({ length: folds }, (_, fold) => {
    const isIn = (row: ImageRow): boolean => foldOf.get(groupOf(row)) === fold;
    const c = fitImages(
      rows.filter((row) => !isIn(row)),
      shape,
    );
    return rows.filter(isIn).map((row) => ({ row, error: Math.log(imageSeconds(row, c) / row.seconds) }));
  }).flat();
}
