import { max as maxDim, min as minDim } from "../../graph/dim.ts";
import { lookup } from "../classes.ts";
import { collect, iterate, over, overCalls } from "../iterate.ts";
import type { Machine } from "../machine.ts";
import { openBy } from "../open-ends.ts";
import { plainUnknown, unknownNumber } from "../plain-unknown.ts";
import { raise } from "../raise.ts";
import { reasonOf } from "../reasons.ts";
import { typeName } from "../types.ts";
import {
  type Cursor,
  isUnknown,
  iterator,
  type Kwargs,
  list,
  type NativeRun,
  noKwargs,
  none,
  tuple,
  type Value,
} from "../values.ts";
import { arg, asInt, given, required } from "./args.ts";
import { length } from "./length.ts";
import { sorted } from "./sort.ts";

function range(m: Machine, args: readonly Value[]): Value {
  const open = args.find(isUnknown);
  if (open !== undefined) return open;
  const numbers = args.map((each) => asInt(m, each));
  if (numbers.includes(undefined)) {
    const odd = args.find((_, i) => numbers[i] === undefined);
    if (typeof odd === "object" && (odd.kind === "poly" || odd.kind === "tensor"))
      return unknownNumber(m, "a range whose length only the run knows", "int");
    return raise(m, "TypeError", `'${typeName(odd ?? none)}' object cannot be interpreted as an integer`);
  }
  const [a = 0, b, step = 1] = numbers;
  if (step === 0) return raise(m, "ValueError", "range() arg 3 must not be zero");
  return b === undefined
    ? { kind: "range", start: 0, stop: a, step: 1 }
    : { kind: "range", start: a, stop: b, step };
}

function extreme(name: "max" | "min"): NativeRun {
  const sign = name === "max" ? ">" : "<";
  return (m, args, kwargs) => {
    const single = args.length === 1 ? args[0] : undefined;
    if (single !== undefined && isUnknown(single)) return single;
    const items = single === undefined ? args : collect(m, single);
    const fallback = kwargs.get("default");
    const key = given([], kwargs, 0, "key");
    const [first] = items;
    if (first === undefined) return fallback ?? raise(m, "ValueError", `${name}() arg is an empty sequence`);
    const open = items.find(isUnknown);
    if (open !== undefined) return open;
    if (
      key === undefined &&
      items.length === 2 &&
      items.some((each) => typeof each === "object" && each.kind === "poly")
    ) {
      const [a, b] = items;
      const isDim = (each: Value | undefined): each is number | Extract<Value, { kind: "poly" }> =>
        typeof each === "number" || (typeof each === "object" && each.kind === "poly");
      if (isDim(a) && isDim(b)) return name === "max" ? maxDim(a, b) : minDim(a, b);
    }
    let best = first;
    let bestKey = key === undefined ? first : m.call(key, [first], noKwargs);
    for (const item of items.slice(1)) {
      const itemKey = key === undefined ? item : m.call(key, [item], noKwargs);
      const better = m.truth(m.compare(sign, itemKey, bestKey));
      if (better === undefined)
        return m.unknown(reasonOf([itemKey, bestKey], `\`${name}\` of something unknown`));
      if (better) [best, bestKey] = [item, itemKey];
    }
    return best;
  };
}

function sum(m: Machine, args: readonly Value[], kwargs: Kwargs): Value {
  const items = required(m, args, kwargs, 0, "iterable");
  if (isUnknown(items)) return items;
  const next = iterate(m, items);
  let total = arg(args, kwargs, 1, "start") ?? 0;
  for (let item = next(); item !== undefined; item = next()) total = m.binary("+", total, item);
  return total;
}

function quantify(stopAt: boolean): NativeRun {
  return (m, args) => {
    const [items] = args;
    if (items === undefined || isUnknown(items))
      return openBy(m, items === undefined ? [] : [items], "a test of something unknown");
    const next = iterate(m, items);
    let open: Value | undefined;
    for (let item = next(); item !== undefined; item = next()) {
      const known = m.truth(item);
      if (known === stopAt) return stopAt;
      if (known === undefined) open ??= item;
    }
    return open === undefined ? !stopAt : plainUnknown(m, reasonOf([open], "a test of something unknown"));
  };
}

/** While a program runs up to its models, what goes over unknown items is unknown itself: there may be any number of them. */
const openItems = (m: Machine, sources: readonly Value[]): Value | undefined =>
  m.context.graph.isPreparing ? sources.find(isUnknown) : undefined;

function enumerate(m: Machine, args: readonly Value[], kwargs: Kwargs): Value {
  const open = openItems(m, args.slice(0, 1));
  if (open !== undefined) return open;
  const next = iterate(m, required(m, args, kwargs, 0, "iterable"));
  let i = asInt(m, arg(args, kwargs, 1, "start")) ?? 0;
  return iterator("enumerate", () => {
    const item = next();
    return item === undefined ? undefined : tuple([i++, item]);
  });
}

function zip(m: Machine, args: readonly Value[], kwargs: Kwargs): Value {
  const open = openItems(m, args);
  if (open !== undefined) return open;
  const cursors = args.map((each) => iterate(m, each));
  const strict = kwargs.get("strict") !== undefined && m.truth(kwargs.get("strict") ?? false) === true;
  const uneven = (at: number, word: string): never =>
    raise(
      m,
      "ValueError",
      `zip() argument ${at + 1} is ${word} than argument${at === 1 ? "" : "s"} 1${at > 1 ? `-${at}` : ""}`,
    );
  return iterator("zip", () => {
    if (cursors.length === 0) return undefined;
    const items: Value[] = [];
    for (const [i, next] of cursors.entries()) {
      const item = next();
      if (item !== undefined) items.push(item);
      else if (strict && i > 0) return uneven(i, "shorter");
      else {
        const longer = strict ? cursors.findIndex((other, at) => at > 0 && other() !== undefined) : -1;
        return longer < 0 ? undefined : uneven(longer, "longer");
      }
    }
    return tuple(items);
  });
}

function map(m: Machine, args: readonly Value[]): Value {
  const [fn, ...sources] = args;
  if (sources.length === 0) return raise(m, "TypeError", "map() must have at least two arguments.");
  const open = openItems(m, sources);
  if (open !== undefined) return open;
  const cursors = sources.map((each) => iterate(m, each));
  return iterator("map", () => {
    const items: Value[] = [];
    for (const next of cursors) {
      const item = next();
      if (item === undefined) return undefined;
      items.push(item);
    }
    return fn === undefined ? undefined : m.call(fn, items, noKwargs);
  });
}

function filter(m: Machine, args: readonly Value[]): Value {
  const [fn = none, items = none] = args;
  const open = openItems(m, [items]);
  if (open !== undefined) return open;
  const next = iterate(m, items);
  return iterator("filter", () => {
    for (let item = next(); item !== undefined; item = next()) {
      const test = fn === none ? item : m.call(fn, [item], noKwargs);
      const known = m.truth(test);
      if (known === undefined)
        m.note(
          "a `filter`",
          `which items it keeps is unknown: ${reasonOf([test], "it depends on what is not known")}`,
        );
      if (known === true) return item;
    }
    return undefined;
  });
}

function reversed(m: Machine, args: readonly Value[], kwargs: Kwargs): Value {
  const source = required(m, args, kwargs, 0, "sequence");
  const own =
    typeof source === "object" && source.kind === "instance" ? lookup(source.cls, "__reversed__") : undefined;
  if (own !== undefined) return m.call(own, [source], noKwargs);
  if (
    typeof source === "object" &&
    source.kind === "instance" &&
    lookup(source.cls, "__len__") !== undefined &&
    lookup(source.cls, "__iter__") === undefined
  ) {
    const count = asInt(m, length(m, source)) ?? 0;
    return list(Array.from({ length: count }, (_, i) => m.getItem(source, count - 1 - i)));
  }
  if (typeof source === "object" && (source.kind === "set" || source.kind === "iterator"))
    if (!(source.kind === "set" && source.frozen))
      return raise(m, "TypeError", `'${typeName(source)}' object is not reversible`);
  return iterator("reversed", over([...collect(m, source)].reverse()));
}

function next(m: Machine, args: readonly Value[]): Value {
  const [source, fallback] = args;
  if (source === undefined || isUnknown(source))
    return m.unknown(reasonOf([source], "the next item of something unknown"));
  const cursor: Cursor = iterate(m, source);
  return cursor() ?? fallback ?? raise(m, "StopIteration");
}

function iter(m: Machine, args: readonly Value[]): Value {
  const [source, sentinel] = args;
  if (source === undefined) return raise(m, "TypeError", "iter expected at least 1 argument, got 0");
  return iterator("iterator", sentinel === undefined ? iterate(m, source) : overCalls(m, source, sentinel));
}

function sortedList(m: Machine, args: readonly Value[], kwargs: Kwargs): Value {
  const items = required(m, args, kwargs, 0, "iterable");
  if (isUnknown(items)) return items;
  const ordered = sorted(m, collect(m, items), given([], kwargs, 0, "key"), given([], kwargs, 0, "reverse"));
  return ordered === undefined
    ? m.unknown(reasonOf([items], "an order that depends on something unknown"))
    : list([...ordered]);
}

export const iterations: Readonly<Record<string, NativeRun>> = {
  range,
  max: extreme("max"),
  min: extreme("min"),
  sum,
  any: quantify(true),
  all: quantify(false),
  enumerate,
  zip,
  map,
  filter,
  reversed,
  next,
  iter,
  sorted: sortedList,
};
