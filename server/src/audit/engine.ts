/** A figure of the engine with its 90 % interval; `value` is null where it is not known. */
export interface Figure {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly unit: string;
  readonly basis: string;
  readonly assumptions: readonly string[];
}

/** What the engine says of one model of a text, in the scenario of the audit. */
export interface EngineModel {
  readonly name: string;
  readonly parameters: number | null;
  readonly macs: number | null;
  readonly flops: number | null;
  /** Types and shapes of what it was called with. */
  readonly inputs: string;
  /** Type and shape of what it returns. */
  readonly output: string;
  /** The entries of a checkpoint with their types and shapes. */
  readonly state: readonly string[];
  /** Names of parameters that no operation reads. */
  readonly idle: readonly string[];
  /** How often each operation runs. */
  readonly operations: Readonly<Record<string, number>>;
  /** Everything was counted. */
  readonly complete: boolean;
  /** No run does less than is counted. */
  readonly lowerBound: boolean;
  readonly failure: string | null;
  readonly latency: Figure;
  /** J of one batch. */
  readonly energy: Figure;
  /** USD of a million inferences. */
  readonly costPerMillion: Figure;
  /** gCO2e of a million inferences. */
  readonly co2ePerMillion: Figure;
  readonly batch: number;
  /** Bytes at the peak of a forward pass and of a training step; `null` when not known. */
  readonly peakInferenceBytes: number | null;
  readonly peakTrainingBytes: number | null;
  /** Parts that could not be counted, and why. */
  readonly notCounted: readonly string[];
  /** Where the energy goes, the largest first. */
  readonly breakdown: readonly { readonly component: string; readonly share: number }[];
}

export interface EngineFinding {
  readonly rule: string;
  /** From 1. */
  readonly line: number;
  readonly severity: string;
  readonly message: string;
  /** The strongest fix that is at hand. */
  readonly fix: "safe" | "suggestion" | "none";
}

/** What an optimization would do to a model. */
export interface EngineOptimization {
  readonly model: string;
  readonly id: string;
  readonly title: string;
  /** Of the energy; `null` when it cannot be told or does not apply. */
  readonly percent: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly why: string;
}

/** A page of the rules. */
export interface EngineRule {
  readonly id: string;
  readonly summary: string;
  readonly why: string;
}

export interface Examined {
  readonly parses: boolean;
  readonly findings: readonly EngineFinding[];
  readonly models: readonly EngineModel[];
}

/** What the audit asks the engine. Pure: a text in, figures out; nothing is run and nothing is written. */
export interface AuditEngine {
  /** The scenario in words: accelerator, precision, region. */
  readonly scenario: string;
  /** What the engine says of the audited file if it held `text`. */
  examine(text: string): Examined;
  /** What optimizations would do to the audited file as it is. */
  optimizations(): readonly EngineOptimization[];
  rule(id: string): EngineRule | undefined;
  /** Accelerators that a text names, as the tables call them. */
  acceleratorsIn(text: string): readonly string[];
  /** The models of the audited file as it is, on other accelerators. */
  onAccelerator(name: string): Examined | { readonly error: string };
  /** gCO2e of so much energy. */
  carbon(
    joules: number,
    region: string,
  ): { readonly grams: number; readonly source: string } | { readonly error: string };
  /** A figure of the tables: the memory of an accelerator, the price of an hour, the intensity of a grid. */
  fact(subject: string, name: string): { readonly facts: readonly string[] } | { readonly error: string };
}
