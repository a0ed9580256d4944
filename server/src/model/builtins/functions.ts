import { max as maxDim, min as minDim } from "../../graph/dim.ts";
import { allOps } from "../../torch/registry.ts";
import { attribute, getAttribute, ownNames } from "../attributes.ts";
import { method } from "../bind.ts";
import { lookup } from "../classes.ts";
import { dictFrom, identityOf } from "../dicts.ts";
import { formatValue } from "../format.ts";
import { collect, iterate, over, overCalls } from "../iterate.ts";
import type { Machine } from "../machine.ts";
import { moduleDict } from "../module-attribute.ts";
import { numberText } from "../number-format.ts";
import { openBy } from "../open-ends.ts";
import { unary } from "../operators.ts";
import { plainUnknown, unknownNumber } from "../plain-unknown.ts";
import { raise } from "../raise.ts";
import { reasonOf } from "../reasons.ts";
import { asciiText, repr } from "../text.ts";
import { isBeforeItsTime } from "../torch-since.ts";
import { isInstance, typeName } from "../types.ts";
import {
  type Cursor,
  float,
  isUnknown,
  iterator,
  type Kwargs,
  list,
  native,
  noKwargs,
  none,
  type PyNative,
  tuple,
  type Value,
} from "../values.ts";
import { arg, asInt, asNumber, asString, given, required } from "./args.ts";
import { importCall } from "./import-call.ts";
import { length } from "./length.ts";
import { localsOf } from "./locals.ts";
import { modularPower } from "./number-methods.ts";
import { sorted } from "./sort.ts";

type Run = (m: Machine, args: readonly Value[], kwargs: Kwargs) => Value;

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

function extreme(name: "max" | "min"): Run {
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

function quantify(stopAt: boolean): Run {
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

function getattr(m: Machine, args: readonly Value[]): Value {
  const [object, name, fallback] = args;
  const key = asString(name);
  if (object === undefined || key === undefined)
    return m.unknown(reasonOf([name], "an attribute with an unknown name"));
  if (fallback === undefined) return attribute(m, object, key);
  if (isBeforeItsTime(m, object, key)) return fallback;
  return m.attempt(() => getAttribute(m, object, key) ?? fallback, "AttributeError") ?? fallback;
}

function hasattr(m: Machine, args: readonly Value[]): Value {
  const [object, name] = args;
  const key = asString(name);
  if (object === undefined || key === undefined || isUnknown(object))
    return openBy(m, object === undefined ? [] : [object], "whether something unknown has an attribute");
  if (isBeforeItsTime(m, object, key)) return false;
  let found: Value | undefined;
  m.attempt(() => {
    found = getAttribute(m, object, key);
    return none;
  }, "AttributeError");
  if (found === undefined) return false;
  const opaque = typeof object === "object" && object.kind === "instance" ? object.cls.opaque : undefined;
  return found === opaque
    ? m.unknown(found === undefined ? "" : "whether an object of an unknown class has an attribute")
    : true;
}

function isinstance(m: Machine, args: readonly Value[]): Value {
  const [value, cls] = args;
  if (value === undefined || cls === undefined)
    return raise(m, "TypeError", "isinstance expected 2 arguments");
  return isInstance(m, value, cls) ?? openBy(m, [value], "whether something unknown is an instance");
}

function issubclass(m: Machine, args: readonly Value[]): Value {
  const [cls, of] = args;
  if (typeof cls !== "object" || cls.kind !== "class" || of === undefined)
    return plainUnknown(m, reasonOf([cls, of], "whether something unknown is a subclass"));
  const wanted = typeof of === "object" && of.kind === "tuple" ? of.items : [of];
  if (wanted.some((each) => typeof each === "object" && each.kind === "class" && cls.mro.includes(each)))
    return true;
  return wanted.some(isUnknown) || cls.opaque !== undefined
    ? plainUnknown(m, reasonOf([...wanted, cls.opaque], "whether something unknown is a subclass"))
    : false;
}

function round(m: Machine, args: readonly Value[]): Value {
  const [value, digits] = args;
  if (value === undefined) return 0;
  if (isUnknown(value))
    return value.number === undefined || digits !== undefined ? value : unknownNumber(m, value.why, "int");
  const number = asNumber(m, value);
  if (number === undefined) return m.unknown(reasonOf([value], "`round` of something unknown"));
  const places = digits === undefined || digits === none ? undefined : asInt(m, digits);
  if (places === undefined) return bankers(number);
  if (places >= 0) {
    if (typeof value === "number" || typeof value === "boolean") return number;
    if (!Number.isFinite(number)) return float(number);
    const style = { sign: undefined, alternate: false, grouping: undefined, precision: places, type: "f" };
    const { sign, digits: text } = numberText(number, true, style);
    return float(Number(sign + text));
  }
  const step = 10 ** -places;
  const rounded = bankers(number / step) * step;
  return typeof value === "number" || typeof value === "boolean" ? rounded : float(rounded);
}

/** Half goes to the even neighbor. */
function bankers(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value) || 0;
  return floor % 2 === 0 ? floor : floor + 1;
}

function dir(m: Machine, args: readonly Value[]): Value {
  const [object] = args;
  return list([...new Set(object === undefined ? [] : [...ownNames(m, object), ...opNames(object)])].sort());
}

/** The native ops that are functions of a torch module: no code of ours binds them. */
function opNames(object: Value): readonly string[] {
  if (typeof object !== "object" || object.kind !== "module" || !/^torch\b/.test(object.name)) return [];
  const prefix = `${object.name}.`;
  return [...allOps().keys()]
    .filter((name) => name.startsWith(prefix) && !name.slice(prefix.length).includes("."))
    .map((name) => name.slice(prefix.length));
}

function vars(m: Machine, args: readonly Value[]): Value {
  const [object] = args;
  if (object === undefined) return dictFrom(m.state.frame?.scope.vars ?? []);
  return attribute(m, object, "__dict__");
}

function slice(_: Machine, args: readonly Value[]): Value {
  const [a = none, b, step = none] = args;
  return b === undefined
    ? { kind: "slice", lower: none, upper: a, step: none }
    : { kind: "slice", lower: a, upper: b, step };
}

function pow(m: Machine, args: readonly Value[]): Value {
  const [a = 0, b = 0, modulus] = args;
  if (typeof a === "number" && typeof b === "number" && typeof modulus === "number")
    return modularPower(m, a, b, modulus);
  const own = modulus === undefined ? undefined : method(a, "__pow__");
  if (own !== undefined && modulus !== undefined) return m.call(own, [a, b, modulus], noKwargs);
  const power = m.binary("**", a, b);
  return modulus === undefined || modulus === none ? power : m.binary("%", power, modulus);
}

const abs: Run = (m, args) => {
  const [value = 0] = args;
  if (typeof value === "number") return Math.abs(value);
  if (typeof value === "object") {
    if (value.kind === "float") return float(Math.abs(value.value));
    if (value.kind === "tensor") return m.torchCall("torch.Tensor.abs", [value], noKwargs);
    const own = value.kind === "instance" ? lookup(value.cls, "__abs__") : undefined;
    if (own !== undefined) return m.call(own, [value], noKwargs);
    if (value.kind === "complex") return float(Math.hypot(value.re, value.im));
    if (value.kind !== "poly" && value.kind !== "unknown" && value.kind !== "instance")
      return raise(m, "TypeError", `bad operand type for abs(): '${typeName(value)}'`);
    return m.truth(m.compare("<", value, 0)) === true ? unary(m, "-", value) : value;
  }
  return typeof value === "boolean"
    ? Number(value)
    : raise(m, "TypeError", `bad operand type for abs(): '${typeName(value)}'`);
};

/** `0b101`, `-0x1f`. */
const inBase =
  (base: number, prefix: string): Run =>
  (m, args) => {
    const [value = none] = args;
    const own = method(value, "__index__");
    const number = asInt(m, own === undefined ? value : m.call(own, [value], noKwargs));
    if (number === undefined)
      return isUnknown(value)
        ? plainUnknown(m, reasonOf([value], "text made of something unknown"))
        : raise(m, "TypeError", `'${typeName(value)}' object cannot be interpreted as an integer`);
    if (!Number.isSafeInteger(number)) return m.unknown("the digits of a number beyond 2^53");
    return `${number < 0 ? "-" : ""}${prefix}${Math.abs(number).toString(base)}`;
  };

const runs: Readonly<Record<string, Run>> = {
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
  getattr,
  hasattr,
  isinstance,
  issubclass,
  round,
  dir,
  vars,
  slice,
  pow,
  abs,
  len: (m, args) =>
    args[0] === undefined ? raise(m, "TypeError", "len() takes exactly one argument") : length(m, args[0]),
  iter: (m, args) => {
    const [source, sentinel] = args;
    if (source === undefined) return raise(m, "TypeError", "iter expected at least 1 argument, got 0");
    return iterator("iterator", sentinel === undefined ? iterate(m, source) : overCalls(m, source, sentinel));
  },
  sorted: (m, args, kwargs) => {
    const items = required(m, args, kwargs, 0, "iterable");
    if (isUnknown(items)) return items;
    const ordered = sorted(
      m,
      collect(m, items),
      given([], kwargs, 0, "key"),
      given([], kwargs, 0, "reverse"),
    );
    return ordered === undefined
      ? m.unknown(reasonOf([items], "an order that depends on something unknown"))
      : list([...ordered]);
  },
  setattr: (m, args) => {
    const [object, name, value] = args;
    const key = asString(name);
    if (key === undefined) m.note("`setattr`", "the attribute's name is unknown");
    else if (object !== undefined && value !== undefined) m.setAttribute(object, key, value);
    return none;
  },
  delattr: (m, args) => {
    if (args[0] !== undefined) m.deleteAttribute(args[0], asString(args[1]) ?? "");
    return none;
  },
  callable: (_, args) => {
    const [value] = args;
    if (typeof value !== "object") return false;
    if (value.kind === "instance") return lookup(value.cls, "__call__") !== undefined;
    return value.kind === "unknown"
      ? value
      : ["function", "method", "native", "class", "partial"].includes(value.kind);
  },
  id: (_, args) => (typeof args[0] === "object" ? identityOf(args[0]) : Number(args[0] ?? 0)),
  hash: (m) => plainUnknown(m, "a hash"),
  repr: (m, args) =>
    args[0] === undefined
      ? ""
      : (repr(m, args[0]) ?? plainUnknown(m, reasonOf(args, "text made of something unknown"))),
  format: (m, args) =>
    formatValue(m, args[0] ?? "", asString(args[1]) ?? "") ??
    plainUnknown(m, reasonOf(args, "text made of something unknown")),
  divmod: (m, args) => {
    const [left = 0, right = 1] = args;
    const own = method(left, "__divmod__");
    if (own !== undefined) return m.call(own, [left, right], noKwargs);
    return tuple([m.binary("//", left, right), m.binary("%", left, right)]);
  },
  globals: (m) => (m.state.frame === undefined ? none : moduleDict(m.state.frame.code.module)),
  locals: (m) => localsOf(m),
  print: () => none,
  input: (m) => m.unknown("what the user types"),
  open: (m, args, kwargs) => {
    const io = m.findModule("io");
    const open = io === undefined ? undefined : m.getAttribute(io, "open");
    return open === undefined ? m.unknown("the content of a file") : m.call(open, args, kwargs);
  },
  ord: (m, args) => {
    const [value = none] = args;
    const text = typeof value === "object" && value.kind === "bytes" ? value.value : asString(value);
    if (text === undefined) return plainUnknown(m, "the code of something unknown");
    const [only, ...rest] = [...text];
    return only === undefined || rest.length > 0
      ? raise(m, "TypeError", `ord() expected a character, but string of length ${text.length} found`)
      : (only.codePointAt(0) ?? 0);
  },
  chr: (m, args) => {
    const code = asInt(m, args[0]);
    if (code === undefined) return plainUnknown(m, "a character of an unknown code");
    return code < 0 || code > 0x10ffff
      ? raise(m, "ValueError", "chr() arg not in range(0x110000)")
      : String.fromCodePoint(code);
  },
  bin: inBase(2, "0b"),
  oct: inBase(8, "0o"),
  hex: inBase(16, "0x"),
  ascii: (m, args) => {
    const text = repr(m, args[0] ?? none);
    return text === undefined
      ? plainUnknown(m, reasonOf(args, "text made of something unknown"))
      : asciiText(text);
  },
  anext: (m) => m.unknown("`anext`"),
  __import__: importCall,
  staticmethod: (_, args) => ({ kind: "staticmethod", func: args[0] ?? none }),
  classmethod: (_, args) => ({ kind: "classmethod", func: args[0] ?? none }),
  property: (_, args, kwargs) => ({
    kind: "property",
    name: "",
    getter: args[0] ?? kwargs.get("fget") ?? none,
    setter: args[1] ?? kwargs.get("fset"),
    cached: false,
  }),
  super: (m, args) => {
    const [cls, self] = args;
    if (typeof cls !== "object" || cls.kind !== "class" || self === undefined)
      return raise(m, "TypeError", "super() argument 1 must be a type");
    return { kind: "super", cls, self };
  },
  memoryview: (m) => m.unknown("`memoryview`"),
  bytearray: (m) => m.unknown("`bytearray`"),
  breakpoint: () => none,
  aiter: (m) => m.unknown("`aiter`"),
};

export const builtinFunctions: readonly PyNative[] = Object.entries(runs).map(([name, run]) =>
  native(name, run),
);
