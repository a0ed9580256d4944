import * as z from "zod";
import type { LocalFactor } from "../cost/local-factors.ts";
import type { Parallel } from "./scenario.ts";

/** The file that `ecocompute calibrate` writes: measurements with what was computed for them, and the factors from these. */
export interface FactorsFile {
  readonly schema: "ecocompute.factors/1";
  /** ISO date. */
  readonly written: string;
  readonly factors: readonly LocalFactor[];
  readonly rows: readonly FactorsRow[];
}

export interface FactorsRow {
  /** File, model and input as they were given. */
  readonly file: string;
  readonly model: string | null;
  readonly input: string | null;
  readonly accelerator: string;
  readonly precision: string;
  readonly mode: "infer" | "train";
  readonly batch: number;
  readonly compiled: boolean;
  /** Accelerators that shared the work, and how. */
  readonly count: number;
  readonly parallel: Parallel | null;
  /** Per call; `null` where it was not measured. Energy is that of all boards. */
  readonly seconds: number | null;
  readonly joules: number | null;
  readonly computedSeconds: number;
  readonly computedJoules: number | null;
  /** What is computed may be too low, with 90 % confidence, by this factor. */
  readonly secondsWithin: number;
  readonly joulesWithin: number | null;
  readonly source: string;
}

export const factorsName = "ecocompute-factors.json";

const factor = z.object({
  accelerator: z.string(),
  mode: z.enum(["infer", "train"]),
  quantity: z.enum(["time", "energy"]),
  factor: z.number().positive(),
  before: z.number().positive(),
  half: z.number().nonnegative(),
  rows: z.int().positive(),
});

const file = z.object({ schema: z.literal("ecocompute.factors/1"), factors: z.array(factor) });

/** The factors of such a file; the reason where it is none. */
export function readFactors(text: string): readonly LocalFactor[] | string {
  try {
    const parsed = file.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.factors : "it is no file that `ecocompute calibrate` writes";
  } catch {
    return "it is not JSON";
  }
}
