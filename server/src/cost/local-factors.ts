import type { Estimate } from "../base/fact.ts";
import { estimate, type Spread, spreadOfEstimate } from "./interval.ts";

/** A measurement beside what was computed for the same model on the same accelerator. */
export interface MeasuredPair {
  /** Measured by computed. */
  readonly ratio: number;
}

/** How far measurements of one's own lie from what is computed, on one accelerator. */
export interface LocalFactor {
  /** Id of the accelerator. */
  readonly accelerator: string;
  readonly mode: "infer" | "train";
  readonly quantity: "time" | "energy";
  /** What is computed is multiplied by this. */
  readonly factor: number;
  /** Half-width of the 90 % interval of the same models before these measurements, in ln, and what is left of it. */
  readonly before: number;
  readonly half: number;
  readonly rows: number;
}

/** 90 % of a normal distribution lie within so many standard deviations. */
const z90 = 1.645;
/** Weight, in rows, of what the calibration says of the scatter between models. */
const priorRows = 3;

/**
 * Bayes with normal distributions of logarithms: half of the variance of the calibration is taken to be common to a device
 * and its software, half to differ from model to model. Measurements of one's own replace the common half as they grow in
 * number, and their own scatter replaces the other.
 *
 * @param half half-width of the 90 % interval without them, in ln
 */
export function fitFactor(
  pairs: readonly MeasuredPair[],
  half: number,
): Pick<LocalFactor, "factor" | "before" | "half" | "rows"> {
  const rows = pairs.length;
  const logs = pairs.map(({ ratio }) => Math.log(ratio));
  const prior = (half / z90) ** 2 / 2;
  const mean = rows === 0 ? 0 : logs.reduce((sum, each) => sum + each, 0) / rows;
  const squares = logs.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const scatter = (priorRows * prior + squares) / (priorRows + Math.max(0, rows - 1));
  const posterior = 1 / (1 / prior + rows / scatter);
  const shift = posterior * ((rows * mean) / scatter);
  return { factor: Math.exp(shift), before: half, half: z90 * Math.sqrt(posterior + scatter), rows };
}

/**
 * The estimate moved by measurements of one's own, its interval narrowed by the share that they took of theirs: what was measured at a
 * large batch does not tell the pace of the host. It never becomes wider.
 */
export function adjusted(of: Estimate, factor: LocalFactor | undefined): Estimate {
  if (factor === undefined) return of;
  const { below, above } = spreadOfEstimate(of);
  const left = Math.min(1, factor.half / factor.before);
  const spread: Spread = { below: left * below, above: left * above };
  return estimate(of.value * factor.factor, spread, {
    ...of,
    basis: "calibrated",
    assumptions: [
      ...of.assumptions,
      `${factor.quantity} times ${Number(factor.factor.toPrecision(3))}: ${factor.rows === 1 ? "a measurement" : `${factor.rows} measurements`} of your own`,
    ],
  });
}

export const factorFor = (
  factors: readonly LocalFactor[] | undefined,
  accelerator: string,
  mode: LocalFactor["mode"],
  quantity: LocalFactor["quantity"],
): LocalFactor | undefined =>
  factors?.find(
    (each) => each.accelerator === accelerator && each.mode === mode && each.quantity === quantity,
  );
