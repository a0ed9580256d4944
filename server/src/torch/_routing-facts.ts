import { type Elements, elementsOf, setElements } from "../graph/elements.ts";
import { isKnownShape, type Shape, Tensor } from "../graph/tensor.ts";
import type { Args } from "./_args.ts";
import type { OpContext } from "./_op.ts";
import type { Value } from "./_value.ts";

/** What an op's result says of a router's choice, worked out from the arguments before it runs. */
export type Transfer = (args: Args, ctx: OpContext) => ((made: Value) => void) | undefined;

export const knownOf = (tensor: Tensor | undefined): Elements | undefined =>
  tensor === undefined ? undefined : elementsOf(tensor.meta);

export const inputOf = (args: Args): Tensor | undefined => {
  const input = args.raw("input");
  return input instanceof Tensor && isKnownShape(input.meta.shape) ? input : undefined;
};

export const shapeOf = (tensor: Tensor): Shape => (isKnownShape(tensor.meta.shape) ? tensor.meta.shape : []);

export const set = (made: Value, what: Elements | undefined): void => {
  if (made instanceof Tensor) setElements(made, what);
};

export const all = (names: readonly string[], transfer: Transfer): readonly (readonly [string, Transfer])[] =>
  names.map((name) => [name, transfer]);
