/** An audit as people see it: plain data, every text without characters that hide, links only where a search vouches for them. */
export interface ShownAudit {
  readonly schema: "ecocompute.shown-audit/1";
  readonly file: string;
  /** ISO date and time. */
  readonly at: string;
  readonly level: 2 | 3;
  /** Who answered. */
  readonly model: string;
  /** Accelerator, precision and region in words. */
  readonly scenario: string;
  readonly summary: string;
  /** How the model says it reasoned. */
  readonly energyModel: string;
  /** The class that the figures are about; `null` when the engine found none. */
  readonly subject: string | null;
  /** False: all figures are lower bounds. */
  readonly isComplete: boolean;
  readonly figures: readonly ShownFigure[];
  readonly saving: ShownSaving | null;
  readonly claims: readonly ShownClaim[];
  readonly assumptions: readonly string[];
  readonly citations: readonly ShownCitation[];
  /** Shares of the energy by the engine, from 0 to 1, the largest first. */
  readonly breakdown: readonly { readonly component: string; readonly share: number }[];
  /** What the model says of the parts, its share beside the engine's. */
  readonly comments: readonly {
    readonly component: string;
    readonly sharePercent: number | null;
    readonly computedPercent: number | null;
    readonly verdict: ShownClaim["verdict"];
    readonly comment: string;
  }[];
  readonly recommendations: readonly ShownRecommendation[];
  /** All changes that hold, one on top of the other; empty where none does. */
  readonly together: readonly ShownEdit[];
  readonly criticalBugs: readonly ShownBug[];
  readonly benchmark: {
    readonly name: string;
    readonly figure: string;
    readonly citation: ShownCitation | null;
  } | null;
  readonly steps: readonly ShownStep[];
  readonly spentUsd: number;
  readonly notes: readonly string[];
}

/** A value with its 90 % interval. */
export interface ShownInterval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A figure of the engine: of the code as it is, and with the changes that hold. `null` is not known. */
export interface ShownFigure {
  readonly name: string;
  readonly unit: string;
  readonly before: ShownInterval | null;
  readonly after: ShownInterval | null;
}

export interface ShownSaving {
  /** Of the energy, in percent. */
  readonly percent: number;
  readonly low: number;
  readonly high: number;
  /** J of one batch. */
  readonly joules: number;
  /** Of a million inferences. */
  readonly carbonGrams: number | null;
  readonly usd: number | null;
}

/** What the model claimed beside what the engine computes. */
export interface ShownClaim {
  readonly name: string;
  readonly unit: string;
  readonly claimed: number;
  readonly computed: ShownInterval | null;
  readonly verdict: "agrees" | "disagrees" | "not computed";
  readonly comment: string;
}

export interface ShownCitation {
  readonly title: string;
  /** As text. */
  readonly address: string;
  readonly supports: string;
  /** Where it leads, `https` only; `null` is uncited: no search returned it. */
  readonly href: string | null;
}

/** What the engine says of a proposed change: only one that holds or is unproven is offered. */
export interface ShownVerdict {
  readonly kind: "holds" | "unproven" | "dropped" | "advice";
  readonly text: string;
}

export interface ShownEdit {
  readonly find: string;
  readonly replace: string;
}

export interface ShownRecommendation {
  readonly title: string;
  readonly category: string;
  readonly why: string;
  readonly verdict: ShownVerdict;
  /** What the model expects; `percent` is `null` where it says nothing. */
  readonly gain: {
    readonly percent: number | null;
    readonly basis: "computed" | "cited" | "claimed" | "none";
  };
  readonly citation: ShownCitation | null;
  readonly accuracyRisk: "none" | "low" | "medium" | "high";
  readonly accuracyDropPercent: number | null;
  readonly changesParameters: boolean;
  readonly changesOutput: boolean;
  /** Empty where nothing is offered. */
  readonly edits: readonly ShownEdit[];
}

export interface ShownBug {
  /** From 1. */
  readonly line: number | null;
  readonly what: string;
  readonly fix: string;
  readonly verdict: ShownVerdict;
  readonly edits: readonly ShownEdit[];
}

/** A step of the way to an answer, in the order in which they happen. */
export type ShownStep =
  | { readonly kind: "thought"; readonly text: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "search"; readonly queries: readonly string[] }
  | { readonly kind: "sources"; readonly sources: readonly ShownCitation[] }
  | { readonly kind: "code"; readonly code: string }
  | { readonly kind: "code-result"; readonly output: string; readonly isOk: boolean }
  | { readonly kind: "call"; readonly name: string; readonly text: string }
  /** The engine's answer. */
  | { readonly kind: "call-result"; readonly name: string; readonly text: string };

/** Adds a step to those before: pieces of one thought or text become one step. */
export function addStep(steps: readonly ShownStep[], step: ShownStep): readonly ShownStep[] {
  const last = steps.at(-1);
  if ((step.kind === "thought" || step.kind === "text") && last?.kind === step.kind)
    return [...steps.slice(0, -1), { kind: step.kind, text: last.text + step.text }];
  return [...steps, step];
}

/** A question to an audit and what was answered. */
export interface ShownReply {
  readonly question: string;
  readonly answer: string;
  /** ISO date and time. */
  readonly at: string;
  readonly level: 2 | 3;
  readonly model: string;
  readonly spentUsd: number;
  readonly steps: readonly ShownStep[];
  readonly notes: readonly string[];
}
