import { bind } from "./bind.ts";
import { dictFrom } from "./dicts.ts";
import type { Machine } from "./machine.ts";
import { raise } from "./raise.ts";
import { tensorClass, torchFunctionOf } from "./tensor-classes.ts";
import { type Kwargs, noKwargs, type PyClass, type PyNative, tuple, type Value } from "./values.ts";

/** An argument, and its class, which says itself what functions of torch do with it. */
interface Overriding {
  readonly value: Value;
  readonly cls: PyClass;
}

/** Arguments, and items of lists among them, whose class says itself what functions of torch do with them. */
export function overridingIn(args: readonly Value[], kwargs: Kwargs): readonly Overriding[] {
  const found: Overriding[] = [];
  for (const arg of args) collect(arg, found);
  for (const arg of kwargs.values()) collect(arg, found);
  return found;
}

function collect(arg: Value, found: Overriding[]): void {
  if (typeof arg !== "object") return;
  if (arg.kind === "list" || arg.kind === "tuple") for (const item of arg.items) add(item, found);
  else add(arg, found);
}

function add(value: Value, found: Overriding[]): void {
  if (typeof value !== "object") return;
  const cls = value.kind === "instance" ? value.cls : tensorClass(value);
  if (cls !== undefined && torchFunctionOf(cls) !== undefined) found.push({ value, cls });
}

/** Python's protocol: subclasses before their bases, else from left to right, until one knows what to do. */
export function callOverride(
  m: Machine,
  overriding: readonly Overriding[],
  func: PyNative,
  args: readonly Value[],
  kwargs: Kwargs,
): Value {
  const asked: Overriding[] = [];
  for (const each of overriding) {
    if (asked.some(({ cls }) => cls === each.cls)) continue;
    const base = asked.findIndex(({ cls }) => each.cls.mro.includes(cls));
    asked.splice(base < 0 ? asked.length : base, 0, each);
  }
  const types = tuple(asked.map(({ cls }) => cls));
  for (const each of asked) {
    const own = torchFunctionOf(each.cls);
    if (own === undefined) continue;
    const answer = m.call(
      bind(m, own, each.value, each.cls),
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
