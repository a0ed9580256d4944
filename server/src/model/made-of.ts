import type { PyNative, Value } from "./values.ts";

const known = new WeakMap<object, readonly Value[]>();

/**
 * Notes what a native function was made of, the name of what made it first: another function made of the same does the
 * same.
 */
export function madeOf<T extends object>(made: T, ...parts: readonly Value[]): T {
  known.set(made, parts);
  return made;
}

/** `undefined` for functions that are made once and for all. */
export const partsOf = (made: object): readonly Value[] | undefined => known.get(made);

const lasting = new WeakSet<PyNative>();

/** A function of a library of ours, which lives as long as the interpreter. */
export function lastingNative(made: PyNative): PyNative {
  lasting.add(made);
  return made;
}

export const isLasting = (native: PyNative): boolean => lasting.has(native);
