import { amount } from "../base/amount.ts";
import type { Unknown } from "../base/known.ts";
import type { Saving } from "./saving.ts";

/** `saves 0.8 mJ, 21 % (12 to 28 %) per inference on H100`; `undefined` where nothing is saved at best estimate. */
export function savingWords(
  saving: Saving | Unknown,
  accelerator: string,
  mode: "infer" | "train",
): string | undefined {
  if (saving.kind === "unknown" || saving.value <= 0) return undefined;
  const { value, percent, percentLow, percentHigh } = saving;
  const of = mode === "train" ? "training sample" : "inference";
  return `saves ${amount(value, "J")}, ${shown(percent)} % (${shown(percentLow)} to ${shown(percentHigh)} %) per ${of} on ${accelerator}`;
}

const shown = (percent: number): string =>
  Math.abs(percent) >= 10 ? String(Math.round(percent)) : percent.toPrecision(2);
