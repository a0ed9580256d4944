import { type Dim, hintOf, printDim } from "./dim.ts";

const steps = ["", "k", "M", "G", "T", "P", "E"];
const binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Three significant digits with a decimal prefix: `25.6 M`, `4.09 G`, `0`; small whole numbers stay whole. */
export function printCount(value: number): string {
  const [scaled, step] = scale(value, 1000, steps.length - 1);
  const unit = steps[step] ?? "";
  return unit === "" ? digits(scaled) : `${digits(scaled)} ${unit}`;
}

/** Binary units, as memory is sold and allocated: `1.5 GiB`. */
export function printBytes(value: number): string {
  const [scaled, step] = scale(value, 1024, binary.length - 1);
  return `${digits(scaled)} ${binary[step] ?? "B"}`;
}

/** A count with its unit glued to the prefix: `4.09 GMACs`, `512 MACs`. */
export function printAmount(value: number, unit: string): string {
  const text = printCount(value);
  return text.includes(" ") ? `${text}${unit}` : `${text} ${unit}`;
}

/** The polynomial with the value at its hints: `512*B*T = 4.19 M`; just the number when it is one. */
export function printPolynomial(dim: Dim): string {
  const hint = hintOf(dim);
  if (typeof dim === "number") return printCount(dim);
  return hint === undefined ? printDim(dim) : `${printDim(dim)} = ${printCount(hint)}`;
}

function scale(value: number, base: number, top: number): readonly [number, number] {
  let scaled = value;
  let step = 0;
  const isOver = (): boolean => Math.max(Math.abs(scaled), Math.abs(Number(scaled.toPrecision(3)))) >= base;
  while (step < top && isOver()) {
    scaled /= base;
    step += 1;
  }
  return [scaled, step];
}

function digits(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1024) return String(value);
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 100 ? String(Math.round(rounded)) : String(rounded);
}
