import type { CostJson, EstimateValue } from "../analysis/cost-report.ts";

/** The lines about time, energy, money, carbon and memory, each with its 90 % interval. */
export function costText(cost: CostJson): readonly string[] {
  const { accelerator, precision, mode, compiled, scope, batch } = cost.scenario;
  const what = mode === "train" ? "samples" : "inferences";
  const { memory } = cost;
  const lines = [
    `  on           ${accelerator}, ${precision}, ${mode === "train" ? "training step" : "inference"}, ${compiled ? "compiled" : "eager"}, batch ${batch}`,
    `  latency      ${range(cost.latency)}`,
    `  energy       ${range(cost.energy)}${cost.energy.value === null ? "" : ` (${scope})`}`,
    `  cost         ${range(cost.costPerMillion)}${cost.costPerMillion.value === null ? "" : ` per million ${what}`}`,
    `  CO2e         ${range(cost.co2ePerMillion)}${cost.co2ePerMillion.value === null ? "" : ` per million ${what}`}`,
    `  memory       ${range(memory)}, of ${amount(memory.available, "byte")} to use: ${verdicts[memory.fits]}`,
  ];
  const assumptions = [cost.latency, cost.energy, cost.costPerMillion, cost.co2ePerMillion, memory]
    .filter((each) => each.value !== null)
    .flatMap((each) => each.assumptions);
  return [...lines, ...[...new Set(assumptions)].map((text) => `  assumed      ${text}`)];
}

const verdicts: Readonly<Record<CostJson["memory"]["fits"], string>> = {
  fits: "fits",
  tight: "fits only if less is kept free",
  "too-large": "too large",
};

function range({ value, low, high, unit, assumptions }: EstimateValue): string {
  if (value === null || low === null || high === null) return `not known: ${assumptions.join("; ")}`;
  return `${amount(value, unit)} (${amount(low, unit)} to ${amount(high, unit)})`;
}

const scales = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
  [1, ""],
  [1e-3, "m"],
  [1e-6, "µ"],
  [1e-9, "n"],
] as const;

const symbols: Readonly<Partial<Record<EstimateValue["unit"], string>>> = { byte: "B", gCO2e: "gCO2e" };

function amount(value: number, unit: EstimateValue["unit"]): string {
  if (unit === "USD") return `$${Number(value.toPrecision(3))}`;
  const [scale, prefix] = scales.find(([s]) => Math.abs(value) >= s) ?? [1, ""];
  return `${Number((value / scale).toPrecision(3))} ${prefix}${symbols[unit] ?? unit}`;
}
