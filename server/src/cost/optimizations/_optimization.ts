import type { Graph } from "../../graph/ir.ts";
import type { Scenario } from "../estimate.ts";

/**
 * What an optimization may do to the answers of a model. `none`: the same function. `rounding`: sums are taken in another
 * order or format. `quality`: answers change and have to be tested.
 */
export type AccuracyRisk = "none" | "rounding" | "quality";

/** Energy after by energy before, as somebody measured it: 90 % of the measurements lie between `low` and `high`. */
export interface MeasuredRatio {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly source: string;
  readonly rows: number;
}

export type Change =
  | {
      readonly kind: "changed";
      readonly graph: Graph;
      readonly scenario: Scenario;
      readonly assumptions: readonly string[];
      /** Decides the energy in place of the equations. */
      readonly measured?: MeasuredRatio;
      /** Bytes of the weights after by before, where the graph does not show it. */
      readonly weightRatio?: number;
      /** The same of keys and values that are cached beside the graph. */
      readonly cacheRatio?: number;
    }
  | {
      readonly kind: "not-applicable";
      readonly why: string;
    };

/** A what-if: a pure function of a graph and a scenario. It proposes; whether it helps is computed. */
export interface Optimization {
  readonly title: string;
  readonly risk: AccuracyRisk;
  /** Those of a lower stage come first when several are combined: first what the code computes, then how. */
  readonly stage: 1 | 2 | 3 | 4;
  /** It changes what is asked of the model, not the model: compared by itself, never combined unless it is named. */
  readonly isOtherWorkload?: boolean;
  /** When it does not help, in a sentence. */
  readonly limits: string;
  /** Citable sources. */
  readonly evidence: readonly string[];
  apply(graph: Graph, scenario: Scenario): Change;
}

export interface NamedOptimization extends Optimization {
  readonly id: string;
}

export const notApplicable = (why: string): Change => ({ kind: "not-applicable", why });

export const changed = (graph: Graph, scenario: Scenario, ...assumptions: readonly string[]): Change => ({
  kind: "changed",
  graph,
  scenario,
  assumptions,
});
