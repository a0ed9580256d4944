import { didYouMean } from "../base/did-you-mean.ts";
import type { Fact } from "../base/fact.ts";
import type { Lookup } from "./find-accelerator.ts";
import { gridRows, regionRows } from "./grid.gen.ts";
import type { Cloud } from "./prices.ts";

/** Annual average of a country, a US state or a Nordic price zone, location-based. */
export interface GridRow {
  /** ISO 3166 alpha-3, `US-texas`, `SE1`, or `WOR` for the world. */
  readonly code: string;
  readonly name: string;
  readonly year: string;
  /** gCO2e per kWh. */
  readonly intensity: number;
  readonly source: string;
}

/** Annual average at a cloud region, location-based; `low` and `high` are what years and sources say of it. */
export interface RegionRow extends GridRow {
  readonly cloud: Cloud;
  readonly low: number;
  readonly high: number;
}

export interface GridIntensity {
  readonly code: string;
  /** Whose region it is; absent of a country, a state or a zone. */
  readonly cloud?: Cloud;
  readonly intensity: Fact;
  /** 90 % of what the intensity may be, as factors on it: sources and years differ. */
  readonly spread: { readonly low: number; readonly high: number };
}

/** Sources and years disagree by this much even for one well-known region (`us-central1`: 394 to 479 g). */
const leastSpread = 0.2;

/** A cloud region (`us-east-1`, `gcp/us-central1`), a country by name or code (`FRA`, `fr`), a state (`texas`), a zone (`SE1`). */
export function findGrid(name: string): Lookup<GridIntensity> {
  const wanted = normalized(countryOf(name) ?? name);
  const region = regionRows.find((r) => matches(wanted, [r.code, `${r.cloud}/${r.code}`]));
  if (region !== undefined) return { kind: "found", value: fromRegion(region) };
  const grid = gridRows.find((g) => matches(wanted, [g.code, g.name]));
  if (grid !== undefined) return { kind: "found", value: fromGrid(grid) };
  const known = [...regionRows.map((r) => r.code), ...gridRows.flatMap((g) => [g.code, g.name])];
  return { kind: "not-found", didYouMean: didYouMean(name, known) };
}

const countries = new Intl.DisplayNames("en", { type: "region", fallback: "none" });

/** The country of a code of two letters, in English; Nordic zones have codes of the same form and are those of the countries. */
const countryOf = (code: string): string | undefined =>
  /^[a-z]{2}$/i.test(code) && !gridRows.some((g) => g.code === code.toUpperCase())
    ? countries.of(code.toUpperCase())
    : undefined;

const fromRegion = (row: RegionRow): GridIntensity => ({
  code: row.code,
  cloud: row.cloud,
  intensity: factOf(row),
  spread: {
    low: Math.min(1 - leastSpread, row.low / row.intensity),
    high: Math.max(1 + leastSpread, row.high / row.intensity),
  },
});

const fromGrid = (row: GridRow): GridIntensity => ({
  code: row.code,
  intensity: factOf(row),
  spread: { low: 1 - leastSpread, high: 1 + leastSpread },
});

const factOf = (row: GridRow): Fact => ({
  value: row.intensity,
  unit: "gCO2e/kWh",
  source: row.source,
  readOn: row.year,
  confidence: "medium",
  note: `${row.name === "" ? row.code : row.name}, annual average, location-based`,
});

const matches = (wanted: string, names: readonly string[]): boolean =>
  names.some((n) => normalized(n) === wanted);

/** `East US` is `eastus`, as Azure calls it in its own tables; `US-texas` is `texas`. */
const normalized = (name: string): string =>
  name
    .toLowerCase()
    .replace(/^us-(?=[a-z ]+$)/, "")
    .replace(/ /g, "");
