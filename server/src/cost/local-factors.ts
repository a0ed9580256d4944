import type { Estimate } from "../base/fact.ts";
import { calibration } from "./coefficients.gen.ts";
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
  /** Half-width of the 90 % interval that is left, in ln. */
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
): Pick<LocalFactor, "factor" | "half" | "rows"> {
  const rows = pairs.length;
  const logs = pairs.map(({ ratio }) => Math.log(ratio));
  const prior = (half / z90) ** 2 / 2;
  const mean = rows === 0 ? 0 : logs.reduce((sum, each) => sum + each, 0) / rows;
  const squares = logs.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const scatter = (priorRows * prior + squares) / (priorRows + Math.max(0, rows - 1));
  const posterior = 1 / (1 / prior + rows / scatter);
  const shift = posterior * ((rows * mean) / scatter);
  return { factor: Math.exp(shift), half: z90 * Math.sqrt(posterior + scatter), rows };
}

/** Half-widths of the calibration, for an accelerator that it has rows of and one that it has not. */
export function residualOf(quantity: LocalFactor["quantity"], accelerator: string): number {
  const isKnown = Object.values(calibration.time).some((each) => each.devices.includes(accelerator));
  const pick = ({
    newFamily,
    newDevice,
  }: {
    readonly newFamily: number;
    readonly newDevice: number;
  }): number => (isKnown ? newFamily : newDevice);
  const time = pick(calibration.time["gpu-eager"].residual);
  if (quantity === "time") return time;
  const { residual, devices } = calibration.power;
  return Math.hypot(time, devices.includes(accelerator) ? residual.newFamily : residual.newDevice);
}

/** The estimate moved and narrowed by measurements of one's own. It never becomes wider. */
export function adjusted(of: Estimate, factor: LocalFactor | undefined): Estimate {
  if (factor === undefined) return of;
  const before = spreadOfEstimate(of);
  const spread: Spread = {
    below: Math.min(before.below, factor.half),
    above: Math.min(before.above, factor.half),
  };
  return estimate(of.value * factor.factor, spread, {
    ...of,
    basis: "calibrated",
    assumptions: [
      ...of.assumptions,
      `${factor.quantity} times ${Number(factor.factor.toPrecision(3))}: ${factor.rows} measurements of your own`,
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
