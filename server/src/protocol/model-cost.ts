/** A number with its 90 % interval as a surface shows it; `value` is `null` where it is not known, and `assumptions` say why. */
export interface ShownValue {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** `J`, `s`, `byte`, `gCO2e`, a currency. */
  readonly unit: string;
  /** `computed`, `calibrated`, `measured`, `cited`, or `model` for what a language model said. */
  readonly basis: string;
  readonly assumptions: readonly string[];
  /** Who published the figures that it rests on, and when. */
  readonly sources: readonly string[];
}

/** One card of the summary. */
export interface CostCard {
  readonly id: "energy" | "latency" | "cost" | "co2e" | "memory";
  readonly title: string;
  readonly value: ShownValue;
  /** `per batch of 8`, `per million inferences`, `fits into 80.1 GB`. */
  readonly per: string;
}

export interface CostRow {
  /** A module path or `file:line`. */
  readonly label: string;
  readonly uri: string | null;
  /** Zero-based. */
  readonly line: number | null;
  readonly seconds: number;
  readonly joules: number | null;
  readonly share: number;
  readonly bound: "compute" | "memory" | "overhead";
}

export interface OptimizationRow {
  readonly id: string;
  readonly title: string;
  readonly verdict: "saves" | "may-save" | "costs" | "not-applicable" | "unknown";
  readonly why: string;
  readonly risk: "none" | "rounding" | "quality";
  readonly before: ShownValue;
  readonly after: ShownValue | null;
  /** Percent of the energy, with its interval. */
  readonly percent: number | null;
  readonly percentLow: number | null;
  readonly percentHigh: number | null;
  readonly evidence: readonly string[];
  readonly assumptions: readonly string[];
}

export interface AcceleratorRow {
  readonly id: string;
  readonly name: string;
  readonly latency: ShownValue;
  readonly energy: ShownValue;
  readonly costPerMillion: ShownValue;
  readonly co2ePerMillion: ShownValue;
  readonly fits: "fits" | "tight" | "too-large";
  /** Energy and time in words, then price and memory. */
  readonly description: string;
  readonly detail: string;
}

/** The cost of one model in the scenario of its document. */
export interface ModelCostSummary {
  /** `A100 SXM4 80GB, bf16, inference, eager, batch 8`. */
  readonly scenario: string;
  readonly accelerator: string;
  readonly cards: readonly CostCard[];
  readonly modules: readonly CostRow[];
  readonly lines: readonly CostRow[];
  /** False: optimizations and other accelerators are still being tried. */
  readonly isExplored: boolean;
  /** `null`: not tried yet, or the model is too large to try everything in the editor. */
  readonly optimizations: readonly OptimizationRow[] | null;
  readonly accelerators: readonly AcceleratorRow[] | null;
}
