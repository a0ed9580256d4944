import { lookup, lookupAfter } from "./classes.ts";
import type { Machine } from "./machine.ts";
import { tensorClass } from "./tensor-classes.ts";
import { noKwargs, none, type PyClass, type Value } from "./values.ts";

/** Python's descriptor protocol on reading: what an attribute found in a class gives through an object. */
export function bind(m: Machine, found: Value, self: Value, cls: PyClass): Value {
  if (typeof found !== "object") return found;
  switch (found.kind) {
    case "function":
      return { kind: "method", self, func: found };
    case "native":
      return found.binds ? { kind: "method", self, func: found } : found;
    case "staticmethod":
      return found.func;
    case "classmethod":
      return { kind: "method", self: cls, func: found.func };
    case "property":
      return readProperty(m, found, self);
    case "instance": {
      const get = lookup(found.cls, "__get__");
      return get === undefined ? found : m.call(get, [found, self, cls], noKwargs);
    }
    default:
      return found;
  }
}

function readProperty(m: Machine, property: Extract<Value, { kind: "property" }>, self: Value): Value {
  const value = m.call(property.getter, [self], noKwargs);
  if (property.cached && typeof self === "object" && self.kind === "instance")
    self.attrs.set(property.name, value);
  return value;
}

/** What an attribute found in a class gives through the class itself. */
export function bindToClass(m: Machine, found: Value, cls: PyClass): Value {
  if (typeof found !== "object") return found;
  if (found.kind === "staticmethod") return found.func;
  if (found.kind === "classmethod") return { kind: "method", self: cls, func: found.func };
  if (found.kind === "instance") {
    const get = lookup(found.cls, "__get__");
    if (get !== undefined) return m.call(get, [found, none, cls], noKwargs);
  }
  return found;
}

/** A method by name on the class of an instance, ready to call with the instance put first. */
export function method(self: Value, name: string): Value | undefined {
  if (typeof self !== "object" || self.kind !== "instance") return undefined;
  const found = lookup(self.cls, name);
  if (typeof found === "object" && (found.kind === "staticmethod" || found.kind === "none")) return undefined;
  return found;
}

/** `super()` in a method of a metaclass: what comes after it among the metaclass's bases, and then `type`. */
function metaSuperAttribute(m: Machine, cls: PyClass, self: PyClass, name: string): Value | undefined {
  const found = lookupAfter(cls, cls, name);
  return found === undefined ? undefined : bind(m, found, self, cls);
}

export function superAttribute(m: Machine, cls: PyClass, self: Value, name: string): Value | undefined {
  if (typeof self !== "object") return undefined;
  if (self.kind === "class") {
    if (!self.mro.includes(cls)) return metaSuperAttribute(m, cls, self, name);
    const found = lookupAfter(self, cls, name);
    if (found === undefined) return undefined;
    // A class method without being said to be one.
    const isHook = name === "__init_subclass__" && typeof found === "object" && found.kind !== "classmethod";
    return isHook ? { kind: "method", self, func: found } : bindToClass(m, found, self);
  }
  const own =
    self.kind === "instance"
      ? self.cls
      : self.kind === "tuple" || self.kind === "dict"
        ? self.cls
        : tensorClass(self);
  if (own === undefined) return undefined;
  const found = lookupAfter(own, cls, name) ?? (self.kind === "tensor" ? m.torchMethod(name) : undefined);
  return found === undefined ? undefined : bind(m, found, self, own);
}
