import { amount } from "../base/amount.ts";

/** Energy that the change a finding asks for saves, by the cost model, with its 90 % interval. */
export interface Saving {
  /** Joules per inference or training sample. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly unit: "J";
  /** Of the energy of the whole model. */
  readonly percent: number;
  readonly percentLow: number;
  readonly percentHigh: number;
  readonly accelerator: string;
  readonly per: "inference" | "training sample";
  /** The model it was computed for. */
  readonly model: string;
}

/** `saves 0.8 mJ, 21 % (12 to 28 %) per inference on H100` */
export const savingText = (saving: Saving): string =>
  `saves ${amount(saving.value, "J")}, ${percentages(saving)} per ${saving.per} of ${saving.model} on ${saving.accelerator}`;

const percentages = ({ percent, percentLow, percentHigh }: Saving): string =>
  `${Math.round(percent)} % (${Math.round(percentLow)} to ${Math.round(percentHigh)} %)`;
