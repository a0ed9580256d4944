import type { Unknown } from "../base/known.ts";
import { hintOf } from "../graph/dim.ts";
import { elementsOf } from "../graph/elements.ts";
import { isKnownShape } from "../graph/tensor.ts";
import { concrete } from "./arithmetic.ts";
import { method } from "./bind.ts";
import { metaMethod } from "./classes.ts";
import { equal } from "./equality.ts";
import { type Machine, mostItems, Raised } from "./machine.ts";
import { unknownNumber } from "./plain-unknown.ts";
import { raise } from "./raise.ts";
import { typeName } from "./types.ts";
import { type Cursor, noKwargs, type Value } from "./values.ts";

const ended: Cursor = () => undefined;

/** Walks anything that Python can iterate; something unknown counts as empty and is noted. */
export function iterate(m: Machine, value: Value): Cursor {
  if (typeof value === "string") return over([...value]);
  if (typeof value !== "object") return raise(m, "TypeError", `'${typeName(value)}' object is not iterable`);
  switch (value.kind) {
    case "list": {
      let i = 0;
      return () => value.items[i++];
    }
    case "tuple":
      return over(value.items);
    case "range":
      return overRange(m, value.start, value.stop, value.step);
    case "dict":
      return entryCursor(value.entries);
    case "set":
      return over([...value.entries.values()]);
    case "iterator":
      return value.next;
    case "tensor":
      return overTensor(m, value);
    case "instance":
      return overInstance(m, value);
    case "class":
      if (value.isEnum) return over(m.enumValues(value));
      {
        const own = metaMethod(value, "__iter__");
        if (own !== undefined) return iterate(m, m.call(own, [value], noKwargs));
      }
      break;
    case "bytes":
      return over([...value.value].map((c) => c.charCodeAt(0)));
    case "unknown":
      return overUnknown(m, value);
    default:
      break;
  }
  return raise(m, "TypeError", `'${typeName(value)}' object is not iterable`);
}

/** Most have something in them, and what comes after may need it: in a forward pass one item stands for all. */
function overUnknown(m: Machine, value: Unknown): Cursor {
  const isOne = !m.context.graph.isPreparing;
  const counted = isOne ? "; it is counted once" : "";
  m.note("a loop", `what is iterated is unknown: ${value.why}${counted}`, isOne);
  if (!isOne) {
    m.state.skipped += 1;
    return ended;
  }
  // A range up to a number that is not known is that number.
  return over([value.number === "int" ? unknownNumber(m, value.why, "int") : m.unknown(value.why)]);
}

export function over(items: readonly Value[]): Cursor {
  let i = 0;
  return () => items[i++];
}

function overRange(m: Machine, start: number, stop: number, step: number): Cursor {
  let at = start;
  return () => {
    if (step > 0 ? at >= stop : at <= stop) return undefined;
    m.step();
    const now = at;
    at += step;
    return now;
  };
}

function entryCursor(entries: ReadonlyMap<unknown, { readonly key: Value }>): Cursor {
  const walk = entries.values();
  return () => {
    const next = walk.next();
    return next.done === true ? undefined : next.value.key;
  };
}

function overTensor(m: Machine, value: Extract<Value, { kind: "tensor" }>): Cursor {
  if (!isKnownShape(value.shape)) {
    m.note("a loop", `the tensor's shape is unknown: ${value.shape.why}`);
    return ended;
  }
  const first = value.shape[0];
  if (first === undefined) return raise(m, "TypeError", "iteration over a 0-d tensor");
  const known = elementsOf(value.meta);
  const count =
    known?.kind === "present"
      ? known.of.classes
      : hintOf(first) === undefined
        ? undefined
        : concrete(m, first);
  if (count === undefined) {
    m.note("a loop", "its number of rounds is known only at run time");
    return ended;
  }
  let i = 0;
  return () => (i < count ? m.torchItem(value, i++) : undefined);
}

function overInstance(m: Machine, value: Extract<Value, { kind: "instance" }>): Cursor {
  const own = method(value, "__iter__");
  if (
    own !== undefined &&
    (value.payload === undefined || typeof own !== "object" || own.kind === "function")
  ) {
    const made = m.call(own, [value], noKwargs);
    return made === value ? nextOf(m, value) : iterate(m, made);
  }
  if (value.payload !== undefined) return iterate(m, value.payload);
  if (method(value, "__next__") !== undefined) return nextOf(m, value);
  const item = method(value, "__getitem__");
  if (item !== undefined) {
    let i = 0;
    return () => m.attempt(() => m.call(item, [value, i++], noKwargs), "IndexError");
  }
  if (value.cls.opaque !== undefined) return iterate(m, value.cls.opaque);
  return raise(m, "TypeError", `'${typeName(value)}' object is not iterable`);
}

/** Calls `__next__` until it raises `StopIteration`. */
function nextOf(m: Machine, value: Value): Cursor {
  const own = method(value, "__next__");
  if (own === undefined) return raise(m, "TypeError", `'${typeName(value)}' object is not an iterator`);
  return () => m.attempt(() => m.call(own, [value], noKwargs), "StopIteration");
}

/** What a function returns, again and again, until that is the sentinel. */
export function overCalls(m: Machine, fn: Value, sentinel: Value): Cursor {
  let isOver = false;
  return () => {
    if (isOver) return undefined;
    m.step();
    const made = m.call(fn, [], noKwargs);
    const same = equal(m, made, sentinel);
    if (same === undefined) m.note("a loop", "whether it goes on is unknown");
    isOver = same !== false;
    return isOver ? undefined : made;
  };
}

/** All items at once. */
export function collect(m: Machine, value: Value): readonly Value[] {
  if (typeof value === "object" && (value.kind === "tuple" || value.kind === "list")) {
    m.spend(value.items.length);
    return value.items;
  }
  const next = iterate(m, value);
  const items: Value[] = [];
  for (let item = next(); item !== undefined; item = next()) {
    m.step();
    push(m, items, item);
  }
  return items;
}

/** One item more, in a list that may get too long. */
export function push(m: Machine, items: Value[], item: Value): void {
  if (items.length >= mostItems) m.spend(items.length + 1);
  items.push(item);
}

/** Spreading many items into a call would exhaust the stack. */
export function append(m: Machine, items: Value[], added: readonly Value[]): void {
  m.spend(items.length + added.length);
  const count = added.length;
  for (let i = 0; i < count; i++) {
    const item = added[i];
    if (item !== undefined) items.push(item);
  }
}

/** Adds what an iterator gives item by item: a generator may look at the list that it extends. */
export function extend(m: Machine, items: Value[], value: Value): void {
  if (typeof value !== "object" || value.kind !== "iterator") {
    append(m, items, collect(m, value));
    return;
  }
  for (let item = value.next(); item !== undefined; item = value.next()) {
    m.step();
    push(m, items, item);
  }
}

export const isRaised = (error: unknown, m: Machine, name: string): error is Raised => {
  if (!(error instanceof Raised)) return false;
  const { exception } = error;
  const cls = m.classes.get(name);
  return (
    typeof exception === "object" &&
    exception.kind === "instance" &&
    cls !== undefined &&
    exception.cls.mro.includes(cls)
  );
};
