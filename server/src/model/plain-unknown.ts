import type { NumberKind, Unknown } from "../base/known.ts";
import type { Machine } from "./machine.ts";
import { givesPlain } from "./stdlib/names.ts";
import type { Value } from "./values.ts";

const plain = new WeakSet<Unknown>();

/** An unknown number, text or truth: it cannot hold parameters or modules. */
export function plainUnknown(m: Machine, why: string): Unknown {
  const made = m.unknown(why);
  plain.add(made);
  return made;
}

const quiet = new WeakSet<Unknown>();
const runners = new WeakSet<Unknown>();

/** What a name of the standard library gives that is not interpreted: plain, and entered by `with` it hides no exception. */
export function standardUnknown(m: Machine, name: string, why: string): Unknown {
  const isPlain = givesPlain(name);
  const made = isPlain ? plainUnknown(m, why) : m.unknown(why);
  (isPlain ? quiet : runners).add(made);
  return made;
}

/** A thread, a pool, a scheduler: code that it is given may run, and do anything. */
export const mayRun = (value: Unknown): boolean => runners.has(value);

export const isQuiet = (value: Unknown): boolean => quiet.has(value);

const shared = new WeakSet<Unknown>();

/** One of `items`, nobody knows which: what is done to it is done to an object that the program holds elsewhere. */
export function oneOf(m: Machine, items: readonly Value[], why: string): Unknown {
  const made = m.unknown(why);
  if (items.some(isMutable)) shared.add(made);
  return made;
}

export const isOneOfSome = (value: Unknown): boolean => shared.has(value);

const isMutable = (value: Value): boolean => {
  if (typeof value !== "object") return false;
  switch (value.kind) {
    case "list":
    case "dict":
    case "set":
    case "instance":
    case "function":
    case "method":
    case "partial":
      return true;
    case "tuple":
      return value.items.some(isMutable);
    case "unknown":
      return shared.has(value);
    default:
      return false;
  }
};

const lookers = new WeakSet<Unknown>();

/** Something that only looks at what it is given: a logger, a progress bar, a summary of a model. */
export function looker(m: Machine, why: string): Unknown {
  const made = plainUnknown(m, why);
  lookers.add(made);
  return made;
}

export const onlyLooks = (value: Unknown): boolean => lookers.has(value);

/** A number of which only the value is unknown: what is made of it with a tensor has a known shape and dtype. */
export const unknownNumber = (m: Machine, why: string, number: NumberKind): Unknown => ({
  ...m.unknown(why),
  number,
});

/** An unknown whole number and a known one together. */
export function movedBy(m: Machine, value: Unknown, by: number): Unknown {
  const { range, more = { than: value, by: 0 } } = value;
  const made: Unknown = {
    ...unknownNumber(m, value.why, "int"),
    more: { than: more.than, by: more.by + by },
  };
  return range === undefined ? made : { ...made, range: [range[0] + by, range[1] + by] };
}

const opposites: Readonly<Record<"-" | "~", WeakMap<Unknown, Unknown>>> = {
  "-": new WeakMap(),
  "~": new WeakMap(),
};

/** The negative or the complement of something unknown: the same object each time, and of that the original again. */
export function opposite(value: Unknown, op: "-" | "~"): Unknown {
  const known = opposites[op].get(value);
  if (known !== undefined) return known;
  const isBool = value.number === "bool";
  const { range: _, more: __, ...same } = value;
  const made: Unknown = isBool ? { ...same, number: "int" } : same;
  for (const kept of [plain, quiet, runners, shared, lookers]) if (kept.has(value)) kept.add(made);
  opposites[op].set(value, made);
  if (!isBool) opposites[op].set(made, value);
  return made;
}

/** The kind of a number, be its value known or not. */
export function numberKind(value: Value): NumberKind | undefined {
  if (typeof value === "number") return "int";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return undefined;
  switch (value.kind) {
    case "float":
      return "float";
    case "poly":
      return "int";
    case "unknown":
      return value.number;
    default:
      return undefined;
  }
}

export const isPlainUnknown = (value: Unknown): boolean => value.number !== undefined || plain.has(value);
