import { amount } from "../base/amount.ts";
import type { Change, Quantity } from "./gate-result.ts";

/** `at least $1,250 (1,100 to 1,400)`; where it is not known, the reason. */
export function quantityText({ value, low, high, unit, atLeast, why }: Quantity): string {
  if (value === null) return `unknown${why === null ? "" : ` (${why})`}`;
  const interval =
    low === null || high === null || (low === value && high === value)
      ? ""
      : ` (${said(low, unit)} to ${said(high, unit)})`;
  return `${atLeast ? "at least " : ""}${said(value, unit)}${interval}`;
}

/** `+$1,250 (+$1,100 to +$1,400)`. */
export function deltaText({ value, low, high, unit, atLeast, why }: Quantity): string {
  if (value === null) return `unknown${why === null ? "" : ` (${why})`}`;
  const interval =
    low === null || high === null || (low === value && high === value)
      ? ""
      : ` (${signed(low, unit)} to ${signed(high, unit)})`;
  return `${atLeast ? "at least " : ""}${signed(value, unit)}${interval}`;
}

const signed = (value: number, unit: string): string => `${value > 0 ? "+" : ""}${said(value, unit)}`;

/** `$100 to $350 (+250 %)`; one side alone where the other is not there. */
export function changeText({ before, after }: Change): string {
  if (before === null || after === null) return quantityText(after ?? before ?? nothing);
  const short = ({ value, unit, atLeast }: Quantity): string =>
    value === null ? "unknown" : `${atLeast ? "at least " : ""}${said(value, unit)}`;
  if (before.value === null && after.value === null) return "unknown";
  return `${short(before)} to ${short(after)}${percentText(before, after)}`;
}

const nothing: Quantity = { value: null, low: null, high: null, unit: "", atLeast: false, why: null };

function percentText(before: Quantity, after: Quantity): string {
  if (before.value === null || after.value === null || before.value === 0) return "";
  const percent = (after.value / before.value - 1) * 100;
  const digits = Math.abs(percent) < 10 ? 1 : 0;
  return ` (${percent > 0 ? "+" : ""}${percent.toFixed(digits)} %)`;
}

/** Counts have their prefix and their plural: `25.6 M parameters`, `4.1 GMACs`. */
function said(value: number, unit: string): string {
  if (unit === "parameter") return `${amount(value, "").trim()} parameters`;
  return amount(value, unit === "MAC" ? "MACs" : unit);
}
