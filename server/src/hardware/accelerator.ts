import type { Fact } from "../base/fact.ts";

/** Arithmetic types that hardware has peak rates for; `tf32` is float32 with inputs rounded for tensor cores. */
export type Rate = "fp32" | "tf32" | "fp16" | "bf16" | "fp8" | "int8";

export type AcceleratorKind = "gpu" | "cpu" | "tpu" | "hpu" | "npu" | "soc";

export interface Accelerator {
  readonly id: string;
  readonly name: string;
  /** Other names that users write. */
  readonly aliases: readonly string[];
  readonly vendor: string;
  readonly kind: AcceleratorKind;
  readonly architecture: string;
  readonly year: number;
  /**
   * Dense peaks, 2 FLOP per multiply-accumulate, without structured sparsity; the rate with float32 accumulation
   * where there are two. What the hardware does not have, or nobody published, is absent.
   */
  readonly rates: Readonly<Partial<Record<Rate, Fact>>>;
  readonly memory: Fact;
  readonly bandwidth: Fact;
  readonly lastLevelCache: Fact | undefined;
  /** What the board may draw. Absent where the vendor publishes none. */
  readonly boardLimit: Fact | undefined;
  readonly idle: Fact | undefined;
  /** The highest bf16 matrix-product rate that somebody reached. */
  readonly sustained: Fact | undefined;
}

/** One line of the table: plain numbers that share a source. */
export interface AcceleratorRow
  extends Omit<
    Accelerator,
    "rates" | "memory" | "bandwidth" | "lastLevelCache" | "boardLimit" | "idle" | "sustained"
  > {
  /** TFLOP/s. */
  readonly rates: Readonly<Partial<Record<Rate, number>>>;
  /** GiB, and GB/s in powers of ten. */
  readonly memory: number;
  readonly bandwidth: number;
  /** MiB */
  readonly lastLevelCache?: number;
  /** W */
  readonly boardLimit?: number;
  readonly idle?: number;
  /** TFLOP/s */
  readonly sustained?: number;
  readonly readOn: string;
  readonly confidence: Fact["confidence"];
  readonly source: string;
  readonly note?: string;
}

/** Memory is sold in powers of ten by name but made in powers of two: 80 GB of HBM are 80 * 2^30 bytes. */
const gibibyte = 2 ** 30;

export function acceleratorOf(row: AcceleratorRow): Accelerator {
  const { id, name, aliases, vendor, kind, architecture, year } = row;
  const fact = (value: number, unit: Fact["unit"]): Fact => ({
    value,
    unit,
    source: row.source,
    readOn: row.readOn,
    confidence: row.confidence,
    ...(row.note === undefined ? {} : { note: row.note }),
  });
  const optional = (value: number | undefined, scale: number, unit: Fact["unit"]): Fact | undefined =>
    value === undefined ? undefined : fact(value * scale, unit);
  const rates: Partial<Record<Rate, Fact>> = {};
  for (const rate of rateNames) {
    const value = row.rates[rate];
    if (value !== undefined) rates[rate] = fact(value * 1e12, "FLOP/s");
  }
  return {
    id,
    name,
    aliases,
    vendor,
    kind,
    architecture,
    year,
    rates,
    memory: fact(row.memory * gibibyte, "byte"),
    bandwidth: fact(row.bandwidth * 1e9, "byte/s"),
    lastLevelCache: optional(row.lastLevelCache, 2 ** 20, "byte"),
    boardLimit: optional(row.boardLimit, 1, "W"),
    idle: optional(row.idle, 1, "W"),
    sustained: optional(row.sustained, 1e12, "FLOP/s"),
  };
}

export const rateNames: readonly Rate[] = ["fp32", "tf32", "fp16", "bf16", "fp8", "int8"];

/** Where many kernels are handled, a number stands for their rate: its place in the list. */
export const rateCode = (rate: Rate): number => rateNames.indexOf(rate);
