import { keyOf, makeSet } from "./dicts.ts";
import type { Machine } from "./machine.ts";
import { plainUnknown } from "./plain-unknown.ts";
import { reasonOf } from "./reasons.ts";
import { isUnknown, type Value } from "./values.ts";

/** A set of these; how many a set of numbers has that only the run knows is not known either. */
export function setOf(m: Machine, items: Iterable<Value>, frozen: boolean): Value {
  const given = [...items];
  const open = given.filter((item) => keyOf(item) === undefined);
  // What else is not known, a class of a package that was not found, is no other item of the set.
  const isOpen = open.some((item) => !isUnknown(item) || item.number !== undefined);
  return isOpen ? plainUnknown(m, reasonOf(open, "a set of what is not known")) : makeSet(given, frozen);
}
