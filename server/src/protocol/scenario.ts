/** Client to server: `ScenarioParams` in, `ScenarioAnswer` out. */
export const scenarioMethod = "ecocompute/scenario";

export interface ScenarioParams {
  /** A document; the first folder when left out. */
  readonly uri?: string;
}

/** What a scenario can be made of, and what holds for the document. */
export interface ScenarioAnswer {
  /** `A100 SXM4 80GB, bf16, inference`; `null` when no accelerator is chosen. */
  readonly label: string | null;
  /** By key of the setting `ecocompute.scenario`. */
  readonly chosen: Readonly<Record<string, string | number | boolean>>;
  readonly accelerators: readonly ScenarioChoice[];
  readonly precisions: readonly ScenarioChoice[];
  readonly modes: readonly ScenarioChoice[];
  readonly regions: readonly ScenarioChoice[];
}

export interface ScenarioChoice {
  readonly id: string;
  readonly label: string;
  readonly detail: string;
}

/** Client to server: `HeatParams` in, `HeatAnswer` out: the lines of a document by their share of energy. */
export const heatMethod = "ecocompute/heat";

export interface HeatParams {
  readonly uri: string;
}

export interface HeatLine {
  /** Zero-based. */
  readonly line: number;
  /** Of the energy of the model that it weighs most in: 0 to 1. */
  readonly share: number;
  /** `Block on A100: 12 % of the energy, 3 mJ, 0.1 ms, memory-bound`. */
  readonly words: string;
}

export interface HeatAnswer {
  readonly lines: readonly HeatLine[];
}
