import { type Dim, evaluate } from "../graph/dim.ts";

/** Sizes for symbols; a symbol without one keeps the hint it was interpreted with. */
export type Sizes = ReadonlyMap<string, number>;

/** A size that only the run knows counts as 0 here; the graph lists it among what is not counted. */
export const sizeIn = (dim: Dim, sizes: Sizes): number =>
  typeof dim === "number" ? dim : (evaluate(dim, sizes) ?? 0);
