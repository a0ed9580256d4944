import { hintOf } from "../../graph/dim.ts";
import { concrete } from "../arithmetic.ts";
import { payloadOf } from "../classes.ts";
import type { Machine } from "../machine.ts";
import { raise } from "../raise.ts";
import { type Kwargs, none, type PyDict, type Value } from "../values.ts";

/** An argument by position or name; `None` counts as given. */
export const arg = (args: readonly Value[], kwargs: Kwargs, at: number, name: string): Value | undefined =>
  args[at] ?? kwargs.get(name);

export function required(
  m: Machine,
  args: readonly Value[],
  kwargs: Kwargs,
  at: number,
  name: string,
): Value {
  return arg(args, kwargs, at, name) ?? raise(m, "TypeError", `missing required argument '${name}'`);
}

/** An argument that is neither left out nor `None`. */
export function given(args: readonly Value[], kwargs: Kwargs, at: number, name: string): Value | undefined {
  const value = arg(args, kwargs, at, name);
  return value === none ? undefined : value;
}

/** A plain int; symbolic sizes are pinned to their hint. `undefined` for anything else. */
export function asInt(m: Machine, value: Value | undefined): number | undefined {
  if (value === undefined) return undefined;
  const inner = payloadOf(value);
  if (typeof inner === "number") return inner;
  if (typeof inner === "boolean") return Number(inner);
  if (typeof inner === "object" && inner.kind === "poly") return concrete(m, inner);
  if (typeof inner === "object" && inner.kind === "tensor") {
    const { data } = inner.meta.storage;
    return data?.length === 1 ? data[0] : undefined;
  }
  return undefined;
}

/** Any number as a JavaScript one. */
export function asNumber(m: Machine, value: Value | undefined): number | undefined {
  if (value === undefined) return undefined;
  const inner = payloadOf(value);
  if (typeof inner === "object" && inner.kind === "float") return inner.value;
  if (typeof inner === "object" && inner.kind === "poly")
    return hintOf(inner) === undefined ? undefined : concrete(m, inner);
  return asInt(m, inner);
}

export function asString(value: Value | undefined): string | undefined {
  const inner = value === undefined ? undefined : payloadOf(value);
  return typeof inner === "string" ? inner : undefined;
}

export function asDict(value: Value | undefined): PyDict | undefined {
  const inner = value === undefined ? undefined : payloadOf(value);
  return typeof inner === "object" && inner.kind === "dict" ? inner : undefined;
}
