import { isSubclass, lookup } from "./classes.ts";
import type { Machine } from "./machine.ts";
import { tensorClass } from "./tensor-classes.ts";
import { isUnknown, type PyClass, type Value } from "./values.ts";

/** Name of the native class of a value that carries no class of its own. */
function nativeClassName(value: Exclude<Value, { kind: "instance" }>): string {
  if (typeof value === "string") return "str";
  if (typeof value === "number") return "int";
  if (typeof value === "boolean") return "bool";
  switch (value.kind) {
    case "none":
      return "NoneType";
    case "poly":
      return "int";
    case "tensor":
      return value.meta.role === "parameter" ? "Parameter" : "Tensor";
    case "native":
      return value.isPython === true ? "function" : "builtin_function_or_method";
    case "class":
      return "type";
    case "set":
      return value.isKeys === true ? "dict_keys" : value.frozen ? "frozenset" : "set";
    case "iterator":
      return "generator";
    default:
      return value.kind;
  }
}

/** Python's `type(value)`; `undefined` for an unknown value. */
export function classOf(m: Machine, value: Value): PyClass | undefined {
  if (typeof value === "object") {
    if (value.kind === "instance") return value.cls;
    if (value.kind === "unknown") return undefined;
    if (value.kind === "class") {
      const meta = lookup(value, "__metaclass_native__");
      if (typeof meta === "object" && meta.kind === "class") return meta;
    }
    if ((value.kind === "tuple" || value.kind === "dict") && value.cls !== undefined) return value.cls;
    const derived = tensorClass(value);
    if (derived !== undefined) return derived;
  }
  return m.classes.get(nativeClassName(value)) ?? m.classes.get("object");
}

export const typeName = (value: Value): string =>
  typeof value === "object" && value.kind === "instance"
    ? value.cls.name
    : typeof value === "object" &&
        (value.kind === "tuple" || value.kind === "dict") &&
        value.cls !== undefined
      ? value.cls.name
      : (tensorClass(value)?.name ?? nativeClassName(value));

/** `undefined` when the value or the class is not known. */
export function isInstance(m: Machine, value: Value, of: Value): boolean | undefined {
  if (typeof of === "object" && of.kind === "tuple") {
    let doubt = false;
    for (const each of of.items) {
      const answer = isInstance(m, value, each);
      if (answer === true) return true;
      doubt ||= answer === undefined;
    }
    return doubt ? undefined : false;
  }
  const cls = classOf(m, value) ?? numberClass(m, value);
  if (cls === undefined) return undefined;
  if (typeof of !== "object") return false;
  if (of.kind === "none") return value === of;
  if (of.kind !== "class") return of.kind === "unknown" && !surelyNative(value) ? undefined : false;
  const check = of.attrs.get("__instancecheck_native__");
  if (check !== undefined) return m.truth(m.call(check, [value], new Map()));
  const isProtocol = of.bases.some((base) => base.name === "Protocol" && base.code === undefined);
  if (isProtocol && !isSubclass(cls, of)) return hasMembers(m, value, of);
  return isSubclass(cls, of) || (cls.opaque !== undefined && !surelyNative(value) ? undefined : false);
}

/** Whether a value has all that a protocol asks for. */
const hasMembers = (m: Machine, value: Value, protocol: PyClass): boolean =>
  [...protocol.attrs.keys(), ...protocol.annotations.keys()]
    .filter((name) => !name.startsWith("_") || name.endsWith("__"))
    .every((name) => m.getAttribute(value, name) !== undefined);

function numberClass(m: Machine, value: Value): PyClass | undefined {
  const kind = isUnknown(value) ? value.number : undefined;
  return kind === undefined ? undefined : m.classes.get(kind);
}

/**
 * No class of a library that could not be read can be the class of a tensor or of an object whose own class is known. Of
 * a plain value it may be: what cannot be read may be another name of `str`, or an abstract base of lists.
 */
const surelyNative = (value: Value): boolean =>
  typeof value === "object" &&
  (value.kind === "tensor" || (value.kind === "instance" && value.cls.opaque === undefined));
