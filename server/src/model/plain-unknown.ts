import type { Unknown } from "../base/known.ts";
import type { Machine } from "./machine.ts";

const plain = new WeakSet<Unknown>();

/** An unknown number, text or truth: it cannot hold parameters or modules. */
export function plainUnknown(m: Machine, why: string): Unknown {
  const made = m.unknown(why);
  plain.add(made);
  return made;
}

export const isPlainUnknown = (value: Unknown): boolean => plain.has(value);
