const scales = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
  [1, ""],
  [1e-3, "m"],
  [1e-6, "µ"],
  [1e-9, "n"],
  [1e-12, "p"],
] as const;

/** Of a whole: `100 %`, `4.2 %`, `under 0.1 %`. */
export function percentOf(share: number): string {
  const percent = 100 * share;
  if (percent > 0 && percent < 0.1) return "under 0.1 %";
  return `${percent >= 10 ? Math.round(percent) : Number(percent.toPrecision(2))} %`;
}

const symbols: Readonly<Record<string, string>> = { byte: "B" };

/**
 * Three significant digits with a decimal prefix: `893 µs`, `2.79 MB`; grams turn into kilograms and tonnes, and money has a prefix
 * where zeros would have to be counted: `$0.0042`, `3.57 µUSD`.
 */
export function amount(value: number, unit: string): string {
  if (unit === "gCO2e") return grams(value);
  if (unit === "%") return `${plain(value)} %`;
  const isTiny = value !== 0 && Math.abs(value) < leastPlain;
  if (unit === "USD" && !isTiny) return `${value < 0 ? "-" : ""}$${plain(Math.abs(value))}`;
  if (/^[A-Z]{3}$/.test(unit) && !isTiny) return `${plain(value)} ${unit}`;
  if (unit === "s" && Math.abs(value) >= 60) return duration(value);
  const [scale, prefix] = scales.find(([s]) => Math.abs(value) >= s) ?? [1, ""];
  return `${digits(value / scale)} ${prefix}${symbols[unit] ?? unit}`;
}

/** Smaller numbers have more zeros than one sees at a glance. */
const leastPlain = 1e-4;

/** Three significant digits, no zeros behind them. */
export const digits = (value: number): string => String(Number(value.toPrecision(3)));

/** Thousands apart, no exponent where a number can be read without: `1,250`, `0.0042`. */
function plain(value: number): string {
  if (value === 0) return "0";
  if (Math.abs(value) < leastPlain) return digits(value);
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) < 1000 ? String(rounded) : Math.round(rounded).toLocaleString("en-US");
}

function grams(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${digits(value / 1e6)} t CO2e`;
  if (size >= 1e3) return `${digits(value / 1e3)} kg CO2e`;
  return size >= 1 || size === 0 ? `${digits(value)} g CO2e` : `${digits(value * 1e3)} mg CO2e`;
}

function duration(seconds: number): string {
  if (seconds < 3600) return `${digits(seconds / 60)} min`;
  return seconds < 48 * 3600 ? `${digits(seconds / 3600)} h` : `${digits(seconds / 86400)} days`;
}

/**
 * How far an interval reaches from its value: `±18 %`, the larger of both ways, or a factor where that says more than
 * a percentage of which the lower end knows nothing: `×÷ 2.1`.
 */
export function spread(value: number, low: number, high: number): string {
  if (value === 0) return "±0 %";
  const share = Math.max(high / value - 1, 1 - low / value);
  return share > 0.5 && low > 0
    ? `×÷ ${Number(Math.max(high / value, value / low).toPrecision(2))}`
    : `±${Math.round(100 * share)} %`;
}
