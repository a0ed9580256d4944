import { lookup, makeInstance } from "./classes.ts";
import { dictFrom } from "./dicts.ts";
import { equal } from "./equality.ts";
import type { Machine } from "./machine.ts";
import { raise } from "./raise.ts";
import { repr } from "./text.ts";
import { isUnknown, noKwargs, type PyClass, type PyInstance, type Value } from "./values.ts";

const isMember = (cls: PyClass, value: Value): value is PyInstance =>
  typeof value === "object" && value.kind === "instance" && value.cls === cls && value.attrs.has("_name_");

/** Turns the plain values of an enum's body into members. */
export function finishEnum(m: Machine, cls: PyClass): void {
  let last = 0;
  for (const [name, value] of cls.attrs) {
    if (name.startsWith("_") || isDescriptor(value)) continue;
    const actual: Value =
      typeof value === "object" && value.kind === "instance" && value.cls.name === "auto"
        ? autoValue(m, cls, name, last)
        : value;
    if (typeof actual === "number") last = Math.max(last, actual);
    const alias = members(cls).find((each) => each.payload !== undefined && each.payload === actual);
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
  if (lookup(cls, "_generate_next_value_") !== undefined) return m.unknown("`_generate_next_value_`");
  if (cls.mro.some((each) => each.name === "StrEnum")) return name.toLowerCase();
  const isFlag = cls.mro.some((each) => each.name === "Flag" || each.name === "IntFlag");
  return isFlag && last > 0 ? 2 ** (Math.floor(Math.log2(last)) + 1) : last + 1;
}

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
  dictFrom(members(cls).map((member) => [String(member.attrs.get("_name_")), member] as const));

/** `Color(1)`: the member with a value. */
export function enumByValue(m: Machine, cls: PyClass, value: Value): Value {
  if (isMember(cls, value)) return value;
  if (isUnknown(value)) return value;
  for (const member of members(cls)) {
    const same = member.payload === undefined ? false : equal(m, member.payload, value);
    if (same === true) return member;
    if (same === undefined) return m.unknown("an enum member chosen by something unknown");
  }
  const missing = lookup(cls, "_missing_");
  if (missing !== undefined) {
    const fn = typeof missing === "object" && missing.kind === "classmethod" ? missing.func : missing;
    return m.call(fn, [cls, value], noKwargs);
  }
  return raise(m, "ValueError", `${repr(m, value) ?? "value"} is not a valid ${cls.name}`);
}
