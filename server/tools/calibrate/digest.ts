import type { Execution } from "../../src/cost/calibration.ts";
import type { Kernel } from "../../src/cost/kernel.ts";
import { type CsvRow, cell, readCsv, requiredNumber } from "../csv.ts";

/**
 * A file of digests: what is launched, and the release of timm whose code says so. Measurements were made with the
 * code of their day, which launches other kernels than today's: norms in half precision, branches folded.
 */
export type Variant =
  | "eager-amp-1.0.9"
  | "eager-amp-1.0.24"
  | "compiled-amp-1.0.24"
  | "compiled-fp32-1.0.9"
  | "train-amp-0.6.6";

interface Measured {
  readonly accelerator: string;
  readonly execution: Execution;
  readonly variant: Variant;
}

const measured: readonly Measured[] = [
  { accelerator: "rtx3090", execution: "gpu-eager", variant: "eager-amp-1.0.9" },
  { accelerator: "rtx4090", execution: "gpu-eager", variant: "eager-amp-1.0.24" },
  { accelerator: "rtx4090", execution: "gpu-compiled", variant: "compiled-amp-1.0.24" },
  { accelerator: "cpu-i9-10940x", execution: "cpu", variant: "compiled-fp32-1.0.9" },
  { accelerator: "cpu-i7-12700h", execution: "cpu", variant: "compiled-fp32-1.0.9" },
  { accelerator: "rtx3090", execution: "gpu-train", variant: "train-amp-0.6.6" },
];

export const latencyRows = (): readonly CsvRow[] => readCsv("server/data/calibration/image-latency.csv.gz");

export interface Wanted {
  readonly model: string;
  readonly imageSize: number;
  /** As published with the measurements. */
  readonly macs: number;
}

/** Every model and size that was measured with one of the variants. */
export function modelsWanted(variants: readonly Variant[]): readonly Wanted[] {
  const wanted = new Map<string, Wanted>();
  const used = new Set<string>();
  for (const row of latencyRows()) {
    const [model, imageSize] = [cell(row, "model"), requiredNumber(row, "image_size")];
    const macs = requiredNumber(row, "gmacs") * 1e9;
    const key = `${model}@${imageSize}`;
    const known = wanted.get(key);
    if (known === undefined || macs > known.macs) wanted.set(key, { model, imageSize, macs });
    if (variants.some((v) => v === variantOf(row))) used.add(key);
  }
  return [...wanted]
    .filter(([key]) => used.has(key))
    .map(([, each]) => each)
    .sort((a, b) => (a.model < b.model ? -1 : a.model > b.model ? 1 : a.imageSize - b.imageSize));
}

export const variantOf = (row: CsvRow): Variant | undefined =>
  measured.find((m) => m.accelerator === row["accelerator"] && m.execution === row["execution"])?.variant;

export const digestColumns = [
  "model",
  "size",
  "count",
  "class",
  "rate",
  "macs",
  "flops",
  "bytes",
  "fixed",
  "columns",
  "inner",
  "window",
  "first",
  "serial",
] as const;

/** One line per distinct kernel: sizes per sample, and the bytes that do not grow with the batch. */
export function digestLine(wanted: Wanted, kernels: readonly Kernel[], batch: number): readonly string[] {
  const counts = new Map<string, number>();
  for (const k of kernels) {
    const perSample = (value: number): number => Math.round(value / batch);
    const line = [
      k.class,
      k.rate,
      perSample(k.macs),
      perSample(k.flops),
      perSample(k.bytes - k.fixedBytes),
      Math.round(k.fixedBytes),
      Math.round(k.columns),
      Math.round(k.inner),
      k.window,
      k.channelsFirst ? 1 : 0,
      perSample(k.serial),
    ].join(",");
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => `${wanted.model},${wanted.imageSize},${count},${line}`);
}
