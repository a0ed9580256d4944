import type { Fact } from "../base/fact.ts";
import type { Accelerator } from "./accelerator.ts";
import { priceRows } from "./prices.gen.ts";

export type Cloud = "aws" | "azure" | "gcp";

/** List price of an instance, Linux, without commitment. */
export interface PriceRow {
  readonly cloud: Cloud;
  readonly region: string;
  readonly instance: string;
  readonly accelerator: string;
  /** Accelerators in the instance; a fraction where one is shared. */
  readonly count: number;
  /** USD per hour of the whole instance. */
  readonly onDemand: number;
  readonly spot?: number;
  readonly readOn: string;
  readonly source: string;
}

export type Purchase = "on-demand" | "spot";

export interface Price {
  readonly cloud: Cloud;
  readonly region: string;
  readonly instance: string;
  readonly purchase: Purchase;
  /** USD per hour of one accelerator: the instance's price by its count. */
  readonly perAccelerator: Fact;
}

export interface PriceQuery {
  readonly purchase: Purchase;
  readonly cloud?: Cloud | undefined;
  readonly region?: string | undefined;
}

/** Prices of instances with that accelerator, cheapest per accelerator first; empty where none is known. */
export function pricesOf(accelerator: Accelerator, query: PriceQuery): readonly Price[] {
  const found: Price[] = [];
  for (const row of rowsOf(accelerator.id)) {
    const hourly = query.purchase === "spot" ? row.spot : row.onDemand;
    if (hourly === undefined) continue;
    if (query.cloud !== undefined && row.cloud !== query.cloud) continue;
    if (query.region !== undefined && row.region !== query.region) continue;
    const { cloud, region, instance, readOn, source } = row;
    const perAccelerator: Fact = {
      value: hourly / row.count,
      unit: "USD/h",
      source,
      readOn,
      // Two readings of the same spot prices, months apart, differ by factors of 1.5 and 4.
      confidence: query.purchase === "spot" ? "low" : "high",
      note: `${instance} in ${region}, ${query.purchase === "spot" ? "spot price of that day" : "on-demand, list price"}`,
    };
    found.push({ cloud, region, instance, purchase: query.purchase, perAccelerator });
  }
  return found.sort((a, b) => a.perAccelerator.value - b.perAccelerator.value);
}

const rows = new Map<string, readonly PriceRow[]>();

/** Remembered: whoever moves a slider asks for those of one accelerator again and again. */
function rowsOf(accelerator: string): readonly PriceRow[] {
  const known = rows.get(accelerator);
  if (known !== undefined) return known;
  const made = priceRows.filter((row) => row.accelerator === accelerator);
  if (made.length > 0) rows.set(accelerator, made);
  return made;
}
