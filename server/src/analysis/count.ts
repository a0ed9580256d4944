import { type Dim, hintOf, printDim } from "../graph/dim.ts";

/** A size: a number, or the formula and its value when batch or sequence are symbols. */
export type Count = number | { readonly formula: string; readonly value: number | null };

export const countOf = (dim: Dim): Count =>
  typeof dim === "number" ? dim : { formula: printDim(dim), value: hintOf(dim) ?? null };

/** The number behind a count: of a formula, its value at the sizes in the code. */
export const numberAt = (count: Count): number | undefined =>
  typeof count === "number" ? count : (count.value ?? undefined);
