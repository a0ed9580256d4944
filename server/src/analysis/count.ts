import { type Dim, hintOf, printDim } from "../graph/dim.ts";

/** A size: a number, or the formula and its value when batch or sequence are symbols. */
export type Count = number | { readonly formula: string; readonly value: number | null };

export const countOf = (dim: Dim): Count =>
  typeof dim === "number" ? dim : { formula: printDim(dim), value: hintOf(dim) ?? null };

/** A sum over what was counted, or why nothing is known of it. */
export type Total = Count | { readonly unknown: string };

/** @param why not everything was counted, if so: a sum of nothing then says nothing */
export const totalOf = (dim: Dim, why: string | undefined): Total =>
  why !== undefined && dim === 0 ? { unknown: why } : countOf(dim);

/** The number behind a count: of a formula, its value at the sizes in the code. */
export function numberAt(count: Total): number | undefined {
  if (typeof count === "number") return count;
  return "unknown" in count ? undefined : (count.value ?? undefined);
}
