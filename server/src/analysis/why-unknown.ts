import type { ModelEstimate } from "../model/estimate-model.ts";

type Told = Pick<
  ModelEstimate,
  | "complete"
  | "isBuilt"
  | "isStateWhole"
  | "missingArguments"
  | "missingInputs"
  | "failure"
  | "notCounted"
  | "graph"
>;

/** Why a model is not counted in full, in a few words; `undefined` where it is. */
export function whyUnknown(estimate: Told): string | undefined {
  if (estimate.complete) return undefined;
  const { missingArguments, missingInputs, failure, notCounted } = estimate;
  if (!estimate.isBuilt && missingArguments.length > 0)
    return `how it is built is not known: ${listed(missingArguments)}`;
  if (missingInputs.length > 0) return `the shape of ${listed(missingInputs)} is not known`;
  if (failure !== undefined) return `it fails: ${failure.message}`;
  return notCounted[0]?.why ?? "the forward pass does not end";
}

/** What stands before the figures of a model. */
export type Bound = "" | "at least " | "about ";

export const boundOf = (model: { readonly complete: boolean; readonly lowerBound: boolean }): Bound =>
  model.complete ? "" : model.lowerBound ? "at least " : "about ";

/** The same of parameters and buffers, which may be whole where the forward pass is not. */
export const boundOfState = (model: {
  readonly isStateWhole: boolean;
  readonly lowerBound: boolean;
}): Bound => boundOf({ complete: model.isStateWhole, lowerBound: model.lowerBound });

/** The same where nothing of it was counted, so that nothing can be said of what it costs. */
export const whyNothing = (estimate: Told): string | undefined =>
  estimate.graph.ops.length === 0 ? whyUnknown(estimate) : undefined;

/** The same of parameters and buffers. */
export const whyNoState = (estimate: Told): string | undefined =>
  estimate.isStateWhole ? undefined : whyUnknown(estimate);

const listed = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");
