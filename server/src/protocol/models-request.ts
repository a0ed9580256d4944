import type { ModelCostSummary } from "./model-cost.ts";

/** Client to server: `ModelsParams` in, `ModelsAnswer` out. Estimates are made while the typing pauses; this asks for the last ones. */
export const modelsMethod = "ecocompute/models";

export interface ModelsParams {
  readonly uri: string;
}

/** One row of the tree of modules. Numbers are values at the sizes in the code; `null` is not known. */
export interface ModuleRow {
  /** Qualified name; empty for the model itself. */
  readonly path: string;
  readonly parameters: number | null;
  readonly macs: number | null;
  /** Where it first does some work: a URI and a zero-based line. */
  readonly uri: string | null;
  readonly line: number | null;
}

export interface ModelSummary {
  readonly name: string;
  /** The headline that stands above its class. */
  readonly headline: string;
  /** False: all numbers are lower bounds, and `notCounted` says why. */
  readonly complete: boolean;
  readonly notCounted: readonly {
    readonly what: string;
    readonly why: string;
    readonly uri: string | null;
    readonly line: number | null;
  }[];
  /** Their sizes and who says them; `null` where there are none. */
  readonly inputs: string | null;
  readonly assumptions: readonly string[];
  readonly modules: readonly ModuleRow[];
  /** In the scenario of the document; `null` where nothing was counted. */
  readonly cost: ModelCostSummary | null;
}

export interface ModelsAnswer {
  readonly models: readonly ModelSummary[];
  /** The document does not parse at the moment: this is what it said before. */
  readonly isStale: boolean;
}

/** Server to client: the models of this document were estimated anew. */
export const modelsChangedMethod = "ecocompute/modelsChanged";

export interface ModelsChangedParams {
  readonly uri: string;
}
