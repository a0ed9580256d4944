import { lookup } from "./classes.ts";
import { liveDict } from "./live-dict.ts";
import type { Machine } from "./machine.ts";
import {
  isUnknown,
  type Kwargs,
  nativeMethod,
  noKwargs,
  type PyClass,
  type PyDict,
  tuple,
  type Value,
} from "./values.ts";

/** Where attributes of a metaclass are found from a class of it. */
const key = "__metaclass_native__";

const asClass = (value: Value | undefined): PyClass | undefined =>
  typeof value === "object" && value.kind === "class" ? value : undefined;

/** A method that the program's own metaclasses define, those of the prelude aside. */
function ownMethod(meta: PyClass, name: string): Value | undefined {
  for (const each of meta.mro) {
    const found = each.attrs.get(name);
    if (found !== undefined && each.code !== undefined && !each.code.prelude) return found;
  }
  return undefined;
}

/** Methods that decide what a class is or what calling it makes: they are not interpreted. */
const decisive = ["__getattribute__", "__instancecheck__"];

/** Why instances of a class are not what its body says. */
export function metaclassDoubt(
  m: Machine,
  name: string,
  keywords: Kwargs,
  bases: readonly PyClass[],
): PyClass["opaque"] {
  const given = keywords.get("metaclass");
  if (given !== undefined && isUnknown(given)) return given;
  for (const meta of [asClass(given), ...bases.map((base) => asClass(lookup(base, key)))]) {
    const found = meta === undefined ? undefined : decisive.find((each) => ownMethod(meta, each));
    if (meta !== undefined && found !== undefined)
      return m.unknown(`\`${meta.name}.${found}\`, which makes \`${name}\`, is not interpreted`);
  }
  return undefined;
}

const metaclassOf = (bases: readonly PyClass[], keywords: Kwargs): PyClass | undefined =>
  asClass(keywords.get("metaclass")) ??
  bases.map((base) => asClass(lookup(base, key))).find((each) => each !== undefined);

export const hasMetaclass = (cls: PyClass, keywords: Kwargs): boolean =>
  metaclassOf(cls.bases, keywords) !== undefined;

/** What the body of a class starts with: what `__prepare__` of its metaclass gives. */
export function prepared(m: Machine, name: string, bases: readonly PyClass[], keywords: Kwargs): Kwargs {
  const meta = metaclassOf(bases, keywords);
  const prepare = meta === undefined ? undefined : ownMethod(meta, "__prepare__");
  if (meta === undefined || prepare === undefined) return noKwargs;
  const rest = new Map([...keywords].filter(([each]) => each !== "metaclass"));
  const isBound = typeof prepare === "object" && prepare.kind === "classmethod";
  return m.kwargsOf(m.call(prepare, [...(isBound ? [meta] : []), name, tuple([...bases])], rest));
}

/** What a call of a class runs in its stead: `__call__` of a metaclass of the program. */
export function metaclassCall(cls: PyClass): Value | undefined {
  const meta = asClass(lookup(cls, key));
  return meta === undefined ? undefined : ownMethod(meta, "__call__");
}

/** `type.__call__`: `__new__`, then `__init__`. */
export const typeCall = nativeMethod("__call__", (m, [cls, ...args], kwargs) => {
  const made = asClass(cls);
  return made === undefined ? m.unknown("what `type.__call__` makes") : m.instantiate(made, args, kwargs);
});

/** Classes whose metaclass's `__new__` is being run, the innermost last, and the dictionaries that these get. */
const waiting: { readonly cls: PyClass; readonly space: PyDict }[] = [];

/** `type.__new__(metaclass, name, bases, space)` inside a metaclass: the class that was waiting for it. */
export const newType = nativeMethod("__new__", (m, [, name, , space]) => {
  const last = waiting.at(-1);
  if (last === undefined || last.cls.name !== name || typeof space !== "object" || space.kind !== "dict")
    return m.unknown("a class made by a metaclass");
  if (space !== last.space) {
    // A dictionary of the metaclass's own making says what the class has.
    const given = m.kwargsOf(space);
    for (const each of [...last.cls.attrs.keys()])
      if (!given.has(each) && each !== key) last.cls.attrs.delete(each);
    for (const [each, value] of given) last.cls.attrs.set(each, value);
  }
  return last.cls;
});

function whileWaiting(cls: PyClass, space: PyDict, body: () => Value): Value {
  waiting.push({ cls, space });
  try {
    return body();
  } finally {
    waiting.pop();
  }
}

/** Lets attributes of the metaclass be found, and runs its `__new__` and `__init__`. */
export function applyMetaclass(m: Machine, cls: PyClass, keywords: Kwargs): void {
  const given = asClass(keywords.get("metaclass"));
  if (given !== undefined && given.code !== undefined && !given.code.prelude) cls.attrs.set(key, given);
  const meta = asClass(lookup(cls, key));
  if (meta === undefined) return;
  const rest = new Map([...keywords].filter(([name]) => name !== "metaclass"));
  const space = liveDict(cls.attrs);
  const args = [cls.name, tuple(cls.bases), space];
  const make = ownMethod(meta, "__new__");
  if (make !== undefined) {
    const fn = typeof make === "object" && make.kind === "staticmethod" ? make.func : make;
    const made = whileWaiting(cls, space, () => m.call(fn, [meta, ...args], rest));
    if (made !== cls) m.note(`class \`${cls.name}\``, `\`${meta.name}.__new__\` makes something else of it`);
  }
  const init = ownMethod(meta, "__init__");
  if (init !== undefined) m.call(init, [cls, ...args], rest);
}
