/** `+` and `*` of texts, bytes, lists and tuples. */
import type { BinaryOperator } from "../syntax/ast.ts";
import { concrete } from "./arithmetic.ts";
import { type Machine, mostItems } from "./machine.ts";
import { list, tuple, type Value } from "./values.ts";

/** `undefined` when that is not what the values are. @throws Stopped when the result would be too long */
export function sequence(m: Machine, op: BinaryOperator, left: Value, right: Value): Value | undefined {
  if (op === "+") {
    if (typeof left === "string" && typeof right === "string") return joined(m, left, right);
    if (typeof left !== "object" || typeof right !== "object") return undefined;
    if (left.kind === "list" && right.kind === "list") return list(together(m, left.items, right.items));
    if (left.kind === "tuple" && right.kind === "tuple")
      return tuple(together(m, left.items, right.items), left.cls?.name === "Size" ? left.cls : undefined);
    if (left.kind === "bytes" && right.kind === "bytes")
      return { kind: "bytes", value: joined(m, left.value, right.value) };
    return undefined;
  }
  if (op !== "*") return undefined;
  return repeat(m, left, right) ?? repeat(m, right, left);
}

/** Long texts are joined without being copied. */
function joined(m: Machine, left: string, right: string): string {
  const length = left.length + right.length;
  if (length > mostItems) m.spend(length);
  return left + right;
}

function together(m: Machine, left: readonly Value[], right: readonly Value[]): Value[] {
  m.spend(left.length + right.length);
  return [...left, ...right];
}

function repeat(m: Machine, what: Value, times: Value): Value | undefined {
  const dim = typeof times === "boolean" ? Number(times) : times;
  const count =
    typeof dim === "number"
      ? dim
      : typeof dim === "object" && dim.kind === "poly"
        ? concrete(m, dim)
        : undefined;
  if (count === undefined) return undefined;
  const text = (of: string): string => {
    m.spend(of.length * Math.max(0, count));
    return of.repeat(Math.max(0, count));
  };
  if (typeof what === "string") return text(what);
  if (typeof what === "object" && what.kind === "bytes") return { kind: "bytes", value: text(what.value) };
  if (typeof what !== "object" || (what.kind !== "list" && what.kind !== "tuple")) return undefined;
  m.spend(what.items.length * Math.max(0, count));
  const items: Value[] = [];
  if (what.items.length > 0) for (let i = 0; i < count; i++) for (const item of what.items) items.push(item);
  return what.kind === "list" ? list(items) : tuple(items);
}
