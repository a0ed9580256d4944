import { bind } from "./bind.ts";
import { lookup } from "./classes.ts";
import { dictFrom } from "./dicts.ts";
import type { Machine } from "./machine.ts";
import { raise } from "./raise.ts";
import { type Kwargs, noKwargs, type PyInstance, type PyNative, tuple, type Value } from "./values.ts";

/** Objects among the arguments, or in a list of them, whose class says itself what functions of torch do with them. */
export function overridingIn(args: readonly Value[], kwargs: Kwargs): readonly PyInstance[] {
  const found: PyInstance[] = [];
  for (const arg of args) collect(arg, found);
  for (const arg of kwargs.values()) collect(arg, found);
  return found;
}

function collect(arg: Value, found: PyInstance[]): void {
  if (typeof arg !== "object") return;
  if (arg.kind === "instance") {
    if (lookup(arg.cls, "__torch_function__") !== undefined) found.push(arg);
  } else if (arg.kind === "list" || arg.kind === "tuple")
    for (const item of arg.items)
      if (typeof item === "object" && item.kind === "instance") collect(item, found);
}

/** Python's protocol: subclasses before their bases, else from left to right, until one knows what to do. */
export function callOverride(
  m: Machine,
  overriding: readonly PyInstance[],
  func: PyNative,
  args: readonly Value[],
  kwargs: Kwargs,
): Value {
  const asked: PyInstance[] = [];
  for (const each of overriding) {
    if (asked.some(({ cls }) => cls === each.cls)) continue;
    const base = asked.findIndex(({ cls }) => each.cls.mro.includes(cls));
    asked.splice(base < 0 ? asked.length : base, 0, each);
  }
  const types = tuple(asked.map(({ cls }) => cls));
  for (const each of asked) {
    const own = lookup(each.cls, "__torch_function__");
    if (own === undefined) continue;
    const answer = m.call(
      bind(m, own, each, each.cls),
      [func, types, tuple(args), dictFrom(kwargs)],
      noKwargs,
    );
    if (!m.isNotImplemented(answer)) return answer;
  }
  const names = asked.map(({ cls }) => `<class '${cls.name}'>`).join(", ");
  return raise(
    m,
    "TypeError",
    `Multiple dispatch failed for '${func.name}'; all __torch_function__ handlers returned NotImplemented: [${names}]`,
  );
}
