import { lookup, makeClass, makeInstance } from "./classes.ts";
import { dictFrom } from "./dicts.ts";
import { equal } from "./equality.ts";
import type { Machine } from "./machine.ts";
import { raise } from "./raise.ts";
import { repr } from "./text.ts";
import { isUnknown, list, noKwargs, none, type PyClass, type PyInstance, type Value } from "./values.ts";

const isMember = (cls: PyClass, value: Value): value is PyInstance =>
  typeof value === "object" && value.kind === "instance" && value.cls === cls && value.attrs.has("_name_");

/** Turns the plain values of an enum's body into members. */
export function finishEnum(m: Machine, cls: PyClass): void {
  let last = 0;
  const made: PyInstance[] = [];
  for (const [name, value] of cls.attrs) {
    if (name.startsWith("_") || isDescriptor(value)) continue;
    const actual = isAuto(value) ? resolved(m, value, () => autoValue(m, cls, name, last)) : value;
    if (typeof actual === "number") last = Math.max(last, actual);
    m.spend(made.length);
    const alias = made.find((each) => each.payload !== undefined && equal(m, each.payload, actual) === true);
    if (alias !== undefined) {
      cls.attrs.set(name, alias);
      continue;
    }
    const member = makeInstance(cls, actual);
    member.attrs.set("_name_", name);
    member.attrs.set("name", name);
    member.attrs.set("_value_", actual);
    member.attrs.set("value", actual);
    cls.attrs.set(name, member);
    made.push(member);
    const init = lookup(cls, "__init__");
    if (init !== undefined && typeof init === "object" && init.kind === "function") {
      const args = typeof actual === "object" && actual.kind === "tuple" ? actual.items : [actual];
      m.call(init, [member, ...args], noKwargs);
      const own = member.attrs.get("_value_");
      if (own !== undefined) member.attrs.set("value", own);
    }
  }
}

/** `auto()`: one more than the largest so far, the next power of two of a flag, the name in lower case for `StrEnum`. */
function autoValue(m: Machine, cls: PyClass, name: string, last: number): Value {
  const own = lookup(cls, "_generate_next_value_");
  if (own !== undefined) {
    const before = members(cls).map((each) => each.payload ?? none);
    const fn = typeof own === "object" && own.kind === "staticmethod" ? own.func : own;
    return m.call(fn, [name, 1, before.length, list(before)], noKwargs);
  }
  if (cls.mro.some((each) => each.name === "StrEnum")) return name.toLowerCase();
  return isFlag(cls) && last > 0 ? 2 ** (Math.floor(Math.log2(last)) + 1) : last + 1;
}

const isAuto = (value: Value | undefined): value is PyInstance =>
  typeof value === "object" && value.kind === "instance" && value.cls.name === "auto";

/** What an `auto()` stands for, or several that are combined: `READ | WRITE`. */
function resolved(m: Machine, auto: PyInstance, fresh: () => Value): Value {
  const known = auto.attrs.get("value");
  if (known !== undefined) return known;
  const [left, right, op] = [auto.attrs.get("_left"), auto.attrs.get("_right"), auto.attrs.get("_op")];
  const part = (value: Value | undefined): Value =>
    isAuto(value) ? resolved(m, value, () => m.unknown("an `auto()` before its turn")) : (value ?? none);
  const made =
    left === undefined
      ? fresh()
      : m.binary(op === "&" ? "&" : op === "^" ? "^" : "|", part(left), part(right));
  auto.attrs.set("value", made);
  return made;
}

/** `Enum("Color", "RED GREEN")`: a class of its own. */
export function functionalEnum(m: Machine, base: PyClass, name: string, names: Value): PyClass {
  const attrs = new Map<string, Value>();
  const add = (key: Value | undefined, value: Value): void => {
    if (typeof key === "string") attrs.set(key, value);
  };
  const given = typeof names === "string" ? list(names.replaceAll(",", " ").trim().split(/\s+/)) : names;
  if (typeof given === "object" && given.kind === "dict")
    for (const entry of given.entries.values()) add(entry.key, entry.value);
  else {
    const next = m.iterate(given);
    let i = 1;
    for (let item = next(); item !== undefined; item = next(), i++)
      if (typeof item === "object" && (item.kind === "tuple" || item.kind === "list"))
        add(item.items[0], item.items[1] ?? none);
      else add(item, i);
  }
  const cls = makeClass({ name, bases: [base], attrs, code: m.state.frame?.code });
  finishEnum(m, cls);
  return cls;
}

const isFlag = (cls: PyClass): boolean => cls.mro.some((each) => each.name === "Flag");

const isDescriptor = (value: Value): boolean =>
  typeof value === "object" &&
  (value.kind === "function" ||
    value.kind === "native" ||
    value.kind === "property" ||
    value.kind === "staticmethod" ||
    value.kind === "classmethod" ||
    value.kind === "class");

export const members = (cls: PyClass): readonly PyInstance[] => {
  const found: PyInstance[] = [];
  for (const [name, value] of cls.attrs)
    if (isMember(cls, value) && value.attrs.get("_name_") === name) found.push(value);
  return found;
};

export const enumMembers = (cls: PyClass): Value =>
  dictFrom([...cls.attrs].filter(([, value]) => isMember(cls, value)));

/** `Color(1)`: the member with a value. */
export function enumByValue(m: Machine, cls: PyClass, value: Value): Value {
  if (isMember(cls, value)) return value;
  if (isUnknown(value)) return value;
  const all = members(cls);
  m.spend(all.length);
  for (const member of all) {
    const same = member.payload === undefined ? false : equal(m, member.payload, value);
    if (same === true) return member;
    if (same === undefined) return m.unknown("an enum member chosen by something unknown");
  }
  if (isFlag(cls) && typeof value === "number") {
    const made = makeInstance(cls, value);
    for (const key of ["_name_", "name"]) made.attrs.set(key, none);
    for (const key of ["_value_", "value"]) made.attrs.set(key, value);
    return made;
  }
  const missing = lookup(cls, "_missing_");
  if (missing !== undefined) {
    const fn = typeof missing === "object" && missing.kind === "classmethod" ? missing.func : missing;
    return m.call(fn, [cls, value], noKwargs);
  }
  return raise(m, "ValueError", `${repr(m, value) ?? "value"} is not a valid ${cls.name}`);
}
