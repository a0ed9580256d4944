import type { Estimate, Fact } from "../base/fact.ts";
import { scaled, spreadOf } from "./interval.ts";

const secondsPerHour = 3600;

/** USD of renting `count` accelerators for that time, at a price per accelerator and hour. */
export const rent = (seconds: Estimate, count: number, perAccelerator: Fact): Estimate =>
  scaled(seconds, (count * perAccelerator.value) / secondsPerHour, spreadOf(perAccelerator), {
    unit: "USD",
    assumptions: [perAccelerator.note ?? `${perAccelerator.value} USD per accelerator and hour`],
    facts: [perAccelerator],
  });

/** USD of electricity, for hardware that one owns; `perKilowattHour` in USD. */
export const electricity = (energy: Estimate, perKilowattHour: number): Estimate =>
  scaled(
    energy,
    perKilowattHour / 3.6e6,
    { below: 0, above: 0 },
    {
      unit: "USD",
      assumptions: [`electricity at ${perKilowattHour} USD/kWh`],
    },
  );

/** Another currency, at the user's rate per USD. */
export const times = (amount: Estimate, by: number): Estimate => ({
  ...amount,
  value: amount.value * by,
  low: amount.low * by,
  high: amount.high * by,
});
