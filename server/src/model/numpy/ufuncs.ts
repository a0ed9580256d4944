import type { Machine } from "../machine.ts";
import { moduleAttribute } from "../module-attribute.ts";
import { noKwargs, type PyNative, type Value } from "../values.ts";

const ufuncs = new WeakSet<PyNative>();

/** A function of two numbers, which numpy can also reduce and accumulate by. */
export function ufunc(made: PyNative): PyNative {
  ufuncs.add(made);
  return made;
}

/** `np.add.reduce`, `np.maximum.accumulate`, `np.multiply.outer`. */
export function ufuncMethod(m: Machine, fn: PyNative, name: string): Value | undefined {
  if (!ufuncs.has(fn)) return undefined;
  const module = m.findModule("numpy._ufuncs");
  const make = module === undefined ? undefined : moduleAttribute(m, module, "method");
  return make === undefined ? undefined : m.call(make, [fn.name, name], noKwargs);
}
