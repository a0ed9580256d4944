import type { Machine } from "./machine.ts";
import { numberKind, unknownNumber } from "./plain-unknown.ts";
import { none, tuple, type Value } from "./values.ts";

/**
 * What an item is, whichever of them the run takes: numbers of one kind, the same text, or tuples as long as each other
 * of such items. Nothing that can be changed in place or told from another by its identity is among them.
 */
export function alikeItem(m: Machine, items: readonly Value[], why: string): Value | undefined {
  const [first, ...others] = items;
  if (first === undefined) return undefined;
  const kind = numberKind(first);
  if (kind !== undefined) {
    if (typeof first === "number" && others.every((each) => each === first)) return first;
    return others.every((each) => numberKind(each) === kind) ? unknownNumber(m, why, kind) : undefined;
  }
  if (typeof first === "string" || first === none)
    return others.every((each) => each === first) ? first : undefined;
  return typeof first === "object" && first.kind === "tuple"
    ? alikeTuple(m, first.items.length, items, why)
    : undefined;
}

function alikeTuple(m: Machine, length: number, tuples: readonly Value[], why: string): Value | undefined {
  const rows: (readonly Value[])[] = [];
  for (const each of tuples) {
    if (typeof each !== "object" || each.kind !== "tuple" || each.cls !== undefined) return undefined;
    if (each.items.length !== length) return undefined;
    rows.push(each.items);
  }
  const made: Value[] = [];
  for (let at = 0; at < length; at++) {
    const column = rows.flatMap((row) => row[at] ?? []);
    const item = alikeItem(m, column, why);
    if (item === undefined) return undefined;
    made.push(item);
  }
  return tuple(made);
}
