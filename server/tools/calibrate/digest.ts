import type { Kernel } from "../../src/cost/kernel.ts";
import { cell, readCsv, requiredNumber } from "../csv.ts";

export type Variant = "eager-amp" | "compiled-amp" | "compiled-fp32";

export interface Wanted {
  readonly model: string;
  readonly imageSize: number;
  /** As published with the measurement. */
  readonly macs: number;
}

/** Every model and size that was measured. */
export function modelsWanted(): readonly Wanted[] {
  const wanted = new Map<string, Wanted>();
  for (const row of readCsv("server/data/calibration/image-latency.csv.gz")) {
    const [model, imageSize] = [cell(row, "model"), requiredNumber(row, "image_size")];
    const macs = requiredNumber(row, "gmacs") * 1e9;
    const key = `${model}@${imageSize}`;
    const known = wanted.get(key);
    if (known === undefined || macs > known.macs) wanted.set(key, { model, imageSize, macs });
  }
  return [...wanted.values()].sort((a, b) =>
    a.model < b.model ? -1 : a.model > b.model ? 1 : a.imageSize - b.imageSize,
  );
}

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
      k.columns,
      k.inner,
      k.window,
      k.channelsFirst ? 1 : 0,
    ].join(",");
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => `${wanted.model},${wanted.imageSize},${count},${line}`);
}
