import { lookup } from "./classes.ts";
import { makeSet } from "./dicts.ts";
import type { Machine } from "./machine.ts";
import { raise } from "./raise.ts";
import { nativeMethod, none, type PyClass, type Value } from "./values.ts";

/** The names that a subclass still has to define: there for every class of `abc.ABCMeta`, if empty. */
const key = "__abstractmethods__";
const mark = "__isabstractmethod__";

/** `abc.abstractmethod`. */
export const abstractMethod = nativeMethod("abstractmethod", (_, [fn = none]) => {
  if (typeof fn === "object" && fn.kind === "function") {
    fn.attrs ??= new Map();
    fn.attrs.set(mark, true);
  }
  return fn;
});

function isAbstract(value: Value | undefined): boolean {
  if (typeof value !== "object") return false;
  switch (value.kind) {
    case "function":
      return value.attrs?.get(mark) === true;
    case "property":
      return isAbstract(value.getter) || isAbstract(value.setter);
    case "classmethod":
    case "staticmethod":
      return isAbstract(value.func);
    default:
      return false;
  }
}

const namesIn = (value: Value | undefined): readonly string[] =>
  typeof value === "object" && value.kind === "set"
    ? [...value.entries.values()].filter((each) => typeof each === "string")
    : [];

/** Notes which methods a class of `abc.ABCMeta` leaves open. */
export function findAbstract(cls: PyClass, metaclass: Value | undefined): void {
  const isOne =
    typeof metaclass === "object" && metaclass.kind === "class" && lookup(metaclass, key) !== undefined;
  const inherited = lookup(cls, key);
  if (!isOne && inherited === undefined) return;
  const open = new Set(
    cls.bases.flatMap((base) => namesIn(lookup(base, key))).filter((name) => isAbstract(lookup(cls, name))),
  );
  for (const [name, value] of cls.attrs) if (isAbstract(value)) open.add(name);
  if (inherited === undefined || open.size > 0 || namesIn(inherited).length > 0)
    cls.attrs.set(key, makeSet([...open], true));
}

/** Methods that the class leaves to its subclasses; a base that could not be read may define them. */
export const openMethods = (cls: PyClass): readonly string[] =>
  cls.opaque === undefined ? namesIn(lookup(cls, key)).toSorted() : [];

/** @throws Raised `TypeError` for a class that leaves methods open. */
export function refuseAbstract(m: Machine, cls: PyClass): void {
  const open = openMethods(cls);
  if (open.length === 0) return;
  const methods = open.length === 1 ? "method" : "methods";
  raise(
    m,
    "TypeError",
    `Can't instantiate abstract class ${cls.name} with abstract ${methods} ${open.join(", ")}`,
  );
}
