import { compare } from "../graph/guard.ts";
import { method } from "./bind.ts";
import { isPlainEnum } from "./classes.ts";
import { complexOf } from "./complex-arithmetic.ts";
import type { Machine } from "./machine.ts";
import { noKwargs, type PyRange, type Value } from "./values.ts";

const isNumber = (value: Value): boolean =>
  typeof value === "number" ||
  typeof value === "boolean" ||
  (typeof value === "object" && value.kind === "float");

const isComplex = (value: Value): boolean => typeof value === "object" && value.kind === "complex";

const asNumber = (value: Value): number =>
  typeof value === "number"
    ? value
    : typeof value === "object" && value.kind === "float"
      ? value.value
      : Number(value);

/** Python's `==` for values that answer with a bool; `undefined` when not known. */
export function equal(m: Machine, a: Value, b: Value): boolean | undefined {
  if (typeof a !== "object" && typeof b !== "object") {
    return typeof a === "string" || typeof b === "string" ? a === b : Number(a) === Number(b);
  }
  if (isNumber(a) && isNumber(b)) return asNumber(a) === asNumber(b);
  if (isComplex(a) || isComplex(b)) {
    const [x, y] = [complexOf(a), complexOf(b)];
    if (x !== undefined && y !== undefined) return x.re === y.re && x.im === y.im;
  }
  if (typeof a === "object" && a.kind === "unknown") return a === b ? true : undefined;
  if (typeof b === "object" && b.kind === "unknown") return undefined;
  if (typeof a === "object" && a.kind === "poly") return equalSizes(m, a, b);
  if (typeof b === "object" && b.kind === "poly") return equalSizes(m, b, a);
  const own = method(a, "__eq__");
  if (own !== undefined) {
    const answer = m.call(own, [a, b], noKwargs);
    if (!m.isNotImplemented(answer)) return m.truth(answer);
    const theirs = method(b, "__eq__");
    const other = theirs === undefined ? answer : m.call(theirs, [b, a], noKwargs);
    return m.isNotImplemented(other) ? a === b : m.truth(other);
  }
  if (a === b) return true;
  if (typeof b === "object" && b.kind === "instance" && (typeof a !== "object" || a.kind !== "instance")) {
    const theirs = method(b, "__eq__");
    if (theirs !== undefined) {
      const answer = m.call(theirs, [b, a], noKwargs);
      return m.isNotImplemented(answer) ? false : m.truth(answer);
    }
    return b.payload === undefined
      ? b.cls.opaque === undefined
        ? false
        : undefined
      : isPlainEnum(b.cls)
        ? false
        : equal(m, a, b.payload);
  }
  if (typeof a !== "object") return false;
  if (a.kind === "instance") {
    if (typeof b === "object" && b.kind === "instance" && a.payload !== undefined && b.payload !== undefined)
      return a.cls !== b.cls && (isPlainEnum(a.cls) || isPlainEnum(b.cls))
        ? false
        : equal(m, a.payload, b.payload);
    if (a.payload !== undefined && (typeof b !== "object" || b.kind !== "instance"))
      return isPlainEnum(a.cls) ? false : equal(m, a.payload, b);
    return a.cls.opaque === undefined ? false : undefined;
  }
  if (typeof b !== "object") return a.kind === "dtype" || a.kind === "device" ? deviceText(a, b) : false;
  return equalObjects(m, a, b);
}

const deviceText = (a: Value, b: Value): boolean =>
  typeof a === "object" && a.kind === "device" && typeof b === "string" && a.name === b;

function equalSizes(m: Machine, a: Extract<Value, { kind: "poly" }>, b: Value): boolean | undefined {
  if (typeof b === "object" && b.kind === "float")
    return Number.isInteger(b.value) ? compare(a, "==", b.value, m.guards) : false;
  if (typeof b === "number" || (typeof b === "object" && b.kind === "poly"))
    return compare(a, "==", b, m.guards);
  return false;
}

type Boxed = Exclude<Value, string | number | boolean>;

function equalObjects(m: Machine, a: Boxed, b: Boxed): boolean | undefined {
  m.step();
  switch (a.kind) {
    case "list":
      return b.kind === "list" ? equalItems(m, a.items, b.items) : false;
    case "tuple":
      return b.kind === "tuple" ? equalItems(m, a.items, b.items) : false;
    case "dict": {
      if (b.kind !== "dict" || a.entries.size !== b.entries.size) return false;
      let doubt = false;
      for (const [key, entry] of a.entries) {
        const other = b.entries.get(key);
        const same = other === undefined ? false : equal(m, entry.value, other.value);
        if (same === false) return false;
        doubt ||= same === undefined;
      }
      return doubt ? undefined : true;
    }
    case "set":
      return (
        b.kind === "set" &&
        a.entries.size === b.entries.size &&
        [...a.entries.keys()].every((key) => b.entries.has(key))
      );
    case "range":
      return b.kind === "range" && sameRange(a, b);
    case "slice":
      return b.kind === "slice" && equalItems(m, [a.lower, a.upper, a.step], [b.lower, b.upper, b.step]);
    case "bytes":
      return b.kind === "bytes" && a.value === b.value;
    case "dtype":
      return b.kind === "dtype" && a.dtype === b.dtype;
    case "device":
      return b.kind === "device" && a.name === b.name;
    case "token":
      return b.kind === "token" && a.name === b.name;
    case "complex":
      return b.kind === "complex" && a.re === b.re && a.im === b.im;
    case "method":
      return b.kind === "method" && a.self === b.self && a.func === b.func;
    default:
      return false;
  }
}

/** Ranges are equal when they hold the same numbers. */
function sameRange(a: PyRange, b: PyRange): boolean {
  const length = ({ start, stop, step }: PyRange): number => Math.max(0, Math.ceil((stop - start) / step));
  const count = length(a);
  if (count !== length(b)) return false;
  return count === 0 || (a.start === b.start && (count === 1 || a.step === b.step));
}

function equalItems(m: Machine, a: readonly Value[], b: readonly Value[]): boolean | undefined {
  if (a.length !== b.length) return false;
  m.spend(a.length);
  let doubt = false;
  for (const [i, item] of a.entries()) {
    const other = b[i];
    const same = other === undefined ? false : item === other || equal(m, item, other);
    if (same === false) return false;
    doubt ||= same === undefined;
  }
  return doubt ? undefined : true;
}
