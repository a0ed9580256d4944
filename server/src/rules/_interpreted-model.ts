import type { Place } from "../base/known.ts";
import type { Graph } from "../graph/ir.ts";
import type { TensorRef } from "../graph/tensor.ts";
import type { Accelerator } from "../hardware/accelerator.ts";
import type { Certainty } from "./_rule.ts";

/** One model of a file as the interpreter saw it run. */
export interface InterpretedModel {
  readonly name: string;
  /** The expression that built it. */
  readonly entry: string;
  /** Where its class is defined. */
  readonly place: Place | undefined;
  readonly graph: Graph;
  readonly inputs: readonly TensorRef[];
  /** Everything was counted and nothing depends on something unknown. */
  readonly isComplete: boolean;
  /** What real PyTorch would raise, at the line that raises; only when that is certain. */
  readonly failure: { readonly message: string; readonly place: Place | undefined } | undefined;
  /** Sizes that were taken for granted because the code does not say them. */
  readonly assumptions: readonly string[];
}

/** What a rule says of a model. */
export interface ModelReported {
  /** What lies outside the file that is looked at is not told. */
  readonly at: Place;
  readonly certainty: Certainty;
  /** What, why and what to do, in one or two sentences with back-ticked code. */
  readonly message: string;
  /** Why there is no automatic fix: shown as a disabled action. */
  readonly manual?: string;
  readonly related?: readonly { readonly at: Place; readonly message: string }[];
}

export interface ModelRuleContext {
  /** What the user computes on; `undefined` when nothing says so: rules that need it are silent. */
  readonly accelerator: Accelerator | undefined;
  /** The file that is looked at. */
  readonly file: string;
  /** Its whole text, to find places in it. What depends on it is asked. */
  readonly source: string;
  /**
   * Asks the whole text something, places aside. What a rule found stays true as long as the answers are the same, compared
   * as JSON.
   */
  ask<T>(question: (source: string) => T): T;
  /** The code at a place; empty for places in other files. */
  text(place: Place): string;
  report(finding: ModelReported): void;
}
