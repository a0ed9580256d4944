import type { Fact } from "../base/fact.ts";
import type { Cloud } from "./prices.ts";
import { pueRows } from "./pue.gen.ts";

/** Energy of a data center by energy of its computers, annual. */
export interface PueRow {
  readonly provider: string;
  /** What the figure is an average over: `global average`, `campus ...`, `industry average`. */
  readonly scope: string;
  readonly site: string;
  readonly pue: number;
  readonly year: string;
  readonly source: string;
}

/** The provider's figure for a region where there is one, else its global one; without a provider, the industry's. */
export function pueOf(cloud: Cloud | undefined, region?: string): Fact | undefined {
  const rows = pueRows.filter((r) => r.provider === (cloud ?? "any"));
  const row =
    rows.find((r) => region !== undefined && r.site === region) ??
    rows.find((r) => r.scope === "global average") ??
    rows.find((r) => r.scope === "industry average" || r.scope === "CCF default");
  if (row === undefined) return undefined;
  return {
    value: row.pue,
    unit: "ratio",
    source: row.source,
    readOn: row.year,
    confidence: row.scope === "industry average" ? "low" : "medium",
    note: [row.scope, row.site].filter((part) => part !== "").join(", "),
  };
}
