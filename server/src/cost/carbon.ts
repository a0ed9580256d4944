import type { Estimate } from "../base/fact.ts";
import type { GridIntensity } from "../hardware/grid.ts";
import { estimate, type Spread, scaled, within } from "./interval.ts";

const joulesPerKilowattHour = 3.6e6;

/** gCO2e of running: energy times the intensity of the grid, location-based. */
export function operationalCarbon(energy: Estimate, grid: GridIntensity): Estimate {
  const spread: Spread = { below: -Math.log(grid.spread.low), above: Math.log(grid.spread.high) };
  return scaled(energy, grid.intensity.value / joulesPerKilowattHour, spread, {
    unit: "gCO2e",
    assumptions: [`grid of ${grid.code}: ${grid.intensity.value} gCO2e/kWh, ${grid.intensity.readOn}`],
    facts: [grid.intensity],
  });
}

export interface Embodied {
  /** kgCO2e of making one accelerator with its share of the server. */
  readonly kilograms: number;
  /** Years of use over which that is spread, and the share of them in which it works. */
  readonly years: number;
  readonly utilization: number;
}

/**
 * 150 kg per accelerator (Luccioni et al. 2023 for an A100 of BLOOM's cluster) and as much again for its share of the
 * server; four years at half load. Published figures differ by a factor of two and more.
 */
const defaultEmbodied: Embodied = { kilograms: 300, years: 4, utilization: 0.5 };

const secondsPerYear = 365.25 * 24 * 3600;

/** gCO2e of making the hardware, by the share of its working life that the time takes. */
export function embodiedCarbon(
  seconds: Estimate,
  count: number,
  embodied: Embodied = defaultEmbodied,
): Estimate {
  const { kilograms, years, utilization } = embodied;
  const perSecond = (kilograms * 1000) / (years * secondsPerYear * utilization);
  return scaled(seconds, count * perSecond, within(2), {
    unit: "gCO2e",
    assumptions: [
      `${kilograms} kgCO2e to make an accelerator with its share of a server, over ${years} years at ${utilization * 100} % use`,
    ],
  });
}

/** Operational and embodied together. */
export const totalCarbon = (operational: Estimate, embodied: Estimate): Estimate => ({
  ...estimate(operational.value + embodied.value, within(1), {
    unit: "gCO2e",
    basis: operational.basis,
    assumptions: [...new Set([...operational.assumptions, ...embodied.assumptions])],
    facts: operational.facts,
  }),
  low: operational.low + embodied.low,
  high: operational.high + embodied.high,
});
