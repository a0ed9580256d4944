import { findAbstract } from "./abstract-classes.ts";
import { lookup } from "./classes.ts";
import type { Machine } from "./machine.ts";
import { applyMetaclass, hasMetaclass } from "./metaclasses.ts";
import { type Kwargs, noKwargs, type PyClass, type Value } from "./values.ts";

/** What `type.__new__` and a metaclass do when the body of a class is there. */
export function finishClass(
  m: Machine,
  cls: PyClass,
  vars: ReadonlyMap<string, Value>,
  keywords: Kwargs,
): void {
  findAbstract(cls, keywords.get("metaclass"));
  for (const [name, value] of vars) nameDescriptor(m, cls, name, value);
  const hook = cls.mro
    .slice(1)
    .map((base) => base.attrs.get("__init_subclass__"))
    .find((each) => each !== undefined);
  if (hook !== undefined) initSubclass(m, cls, hook, keywords);
  applyMetaclass(m, cls, keywords);
}

/** Python's `__set_name__`. */
function nameDescriptor(m: Machine, cls: PyClass, name: string, value: Value): void {
  if (typeof value !== "object" || value.kind !== "instance") return;
  const hook = lookup(value.cls, "__set_name__");
  if (hook !== undefined) m.call(hook, [value, cls, name], noKwargs);
}

function initSubclass(m: Machine, cls: PyClass, hook: Value, keywords: Kwargs): void {
  const fn = typeof hook === "object" && hook.kind === "classmethod" ? hook.func : hook;
  // A metaclass may keep to itself what stands beside the bases.
  const isPlain = typeof fn === "object" && fn.kind === "native";
  const passed =
    isPlain && hasMetaclass(cls, keywords)
      ? noKwargs
      : new Map([...keywords].filter(([name]) => name !== "metaclass"));
  m.call(fn, [cls], passed);
}
