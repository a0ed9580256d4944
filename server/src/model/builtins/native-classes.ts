import { hintOf } from "../../graph/dim.ts";
import { dataOf } from "../../graph/tensor.ts";
import { concrete } from "../arithmetic.ts";
import { ordinaryAttribute } from "../attributes.ts";
import { method } from "../bind.ts";
import { type ClassParts, makeClass, makeInstance, payloadOf } from "../classes.ts";
import { complex, complexOf, parseComplex } from "../complex-arithmetic.ts";
import { makeSet } from "../dicts.ts";
import { enumByValue } from "../enums.ts";
import { finishClass } from "../finish-class.ts";
import { collect } from "../iterate.ts";
import type { Machine } from "../machine.ts";
import { newType, typeCall } from "../metaclasses.ts";
import { plainUnknown, unknownNumber } from "../plain-unknown.ts";
import { exceptionTree, raise } from "../raise.ts";
import { reasonOf } from "../reasons.ts";
import { setOf } from "../set-of.ts";
import { repr, str } from "../text.ts";
import { classOf } from "../types.ts";
import {
  dict,
  float,
  isUnknown,
  type Kwargs,
  list,
  native,
  nativeMethod,
  noKwargs,
  none,
  type PyClass,
  type PyNative,
  tuple,
  type Value,
} from "../values.ts";
import { asInt, asNumber, asString } from "./args.ts";
import { bytesFromHex, bytesMethods, toBytes } from "./bytes-methods.ts";
import { containerMethods } from "./container-methods.ts";
import { dictMethods, setMethods, updateDict } from "./dict-methods.ts";
import { decode } from "./encoding.ts";
import { generatorMethods } from "./generator-methods.ts";
import { listMethods, tupleMethods } from "./list-methods.ts";
import { complexAttributes, floatAttributes, intAttributes } from "./number-methods.ts";
import { rangeMethods, sliceMethods } from "./range-methods.ts";
import { makeTranslation, strMethods } from "./str-methods.ts";

type Make = (m: Machine, args: readonly Value[], kwargs: Kwargs) => Value;

/** A native value for the class itself, an instance that holds one for a subclass of it. */
const holding =
  (own: () => PyClass | undefined, make: Make, fresh?: () => Value): ClassParts["construct"] & {} =>
  (m, cls, args, kwargs) => {
    if (cls === own()) return make(m, args, kwargs);
    if (cls.isEnum) return enumByValue(m, cls, args[0] ?? none);
    return makeInstance(cls, fresh === undefined ? make(m, args.slice(0, 1), noKwargs) : fresh());
  };

function methods(list: readonly PyNative[]): Map<string, Value> {
  return new Map(list.map((each) => [each.name, each]));
}

function toInt(m: Machine, args: readonly Value[], kwargs: Kwargs): Value {
  const [value, base = kwargs.get("base")] = args;
  if (value === undefined) return 0;
  if (typeof value === "object" && value.kind === "poly") return value;
  if (isUnknown(value)) return unknownNumber(m, value.why, "int");
  const text = asString(value);
  if (text !== undefined) {
    const radix = base === undefined ? 10 : asInt(m, base);
    if (radix === undefined) return m.unknown("`int` of an unknown base");
    return (
      parseWhole(text, radix) ??
      raise(m, "ValueError", `invalid literal for int() with base ${radix}: ${repr(m, text) ?? ""}`)
    );
  }
  const number = asNumber(m, value);
  if (number !== undefined) {
    if (base !== undefined) return raise(m, "TypeError", "int() can't convert non-string with explicit base");
    if (!Number.isFinite(number))
      return raise(
        m,
        Number.isNaN(number) ? "ValueError" : "OverflowError",
        "cannot convert float to integer",
      );
    return Math.trunc(number) || 0;
  }
  const own = method(value, "__int__") ?? method(value, "__index__") ?? method(value, "__trunc__");
  if (own !== undefined) return m.call(own, [value], noKwargs);
  if (typeof value === "object" && value.kind === "tensor")
    return m.torchCall("torch.Tensor.__int__", [value], noKwargs);
  return raise(m, "TypeError", "int() argument must be a string or a number");
}

const bases: Readonly<Record<string, number>> = { "0x": 16, "0o": 8, "0b": 2 };

/** A whole number as Python reads it; `undefined` when the text is none. */
function parseWhole(text: string, base: number): number | undefined {
  const found = /^\s*([+-]?)(0[xob])?([0-9a-z]+(?:_[0-9a-z]+)*)\s*$/i.exec(text);
  const [, sign = "", prefix = "", body = ""] = found ?? [];
  const marked = bases[prefix.toLowerCase()];
  if (found === null || (marked !== undefined && base !== 0 && base !== marked))
    return base > 10 && prefix !== "" ? parseWhole(text.replace(/^\s*([+-]?)0/, "$1"), base) : undefined;
  const radix = base === 0 ? (marked ?? 10) : base;
  const digits = body.replaceAll("_", "").toLowerCase();
  const largest = radix - 1;
  if ([...digits].some((c) => Number.parseInt(c, 36) > largest)) return undefined;
  const value = Number.parseInt(digits, radix);
  return sign === "-" ? -value || 0 : value;
}

const toComplex: Make = (m, args, kwargs) => {
  const [real = kwargs.get("real") ?? 0, imaginary = kwargs.get("imag")] = args;
  const text = asString(real);
  if (text !== undefined)
    return parseComplex(text) ?? raise(m, "ValueError", "complex() arg is a malformed string");
  const own = method(real, "__complex__");
  if (own !== undefined) return m.call(own, [real], noKwargs);
  const [a, b] = [complexOf(payloadOf(real)), complexOf(payloadOf(imaginary ?? 0))];
  return a === undefined || b === undefined
    ? m.unknown("a complex number")
    : complex(a.re - b.im, a.im + b.re);
};

function toFloat(m: Machine, args: readonly Value[]): Value {
  const [value] = args;
  if (value === undefined) return float(0);
  if (isUnknown(value)) return unknownNumber(m, value.why, "float");
  if (typeof value === "object" && value.kind === "poly") {
    const hint = hintOf(value);
    return hint === undefined
      ? m.unknown("a size that only the run knows")
      : float(concrete(m, value) ?? hint);
  }
  const text = asString(value)?.trim().toLowerCase();
  if (text !== undefined) {
    const named = /^([+-]?)(inf|infinity|nan)$/.exec(text);
    if (named !== null)
      return float(
        named[2] === "nan"
          ? Number.NaN
          : named[1] === "-"
            ? Number.NEGATIVE_INFINITY
            : Number.POSITIVE_INFINITY,
      );
    const isDecimal = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+)?$/.test(text);
    const parsed = Number(text.replaceAll("_", ""));
    return !isDecimal
      ? raise(m, "ValueError", `could not convert string to float: '${text}'`)
      : float(parsed);
  }
  const number = asNumber(m, value);
  if (number !== undefined) return float(number);
  const own = method(value, "__float__");
  if (own !== undefined) return m.call(own, [value], noKwargs);
  if (typeof value === "object" && value.kind === "tensor") {
    const data = dataOf(value.meta);
    return data?.length === 1 && data[0] !== undefined
      ? float(data[0])
      : unknownNumber(m, "a tensor's value", "float");
  }
  return raise(m, "TypeError", "float() argument must be a string or a number");
}

const toBool: Make = (m, args) =>
  args[0] === undefined
    ? false
    : (m.truth(args[0]) ?? plainUnknown(m, reasonOf(args, "the truth of something unknown")));
const toStr: Make = (m, args, kwargs) =>
  typeof args[0] === "object" && args[0].kind === "bytes" && (args.length > 1 || kwargs.size > 0)
    ? decode(m, args[0].value, args[1] ?? kwargs.get("encoding"))
    : args[0] === undefined
      ? ""
      : (str(m, args[0]) ?? plainUnknown(m, reasonOf(args, "text made of something unknown")));
const toList: Make = (m, args) =>
  args[0] === undefined ? list([]) : isUnknown(args[0]) ? args[0] : list([...collect(m, args[0])]);
const toTuple: Make = (m, args) =>
  args[0] === undefined ? tuple([]) : isUnknown(args[0]) ? args[0] : tuple([...collect(m, args[0])]);
const toSet =
  (frozen: boolean): Make =>
  (m, args) =>
    args[0] !== undefined && isUnknown(args[0])
      ? args[0]
      : setOf(m, args[0] === undefined ? [] : collect(m, args[0]), frozen);
const toDict: Make = (m, args, kwargs) => {
  const made = dict();
  if (args[0] !== undefined) updateDict(m, made, args[0]);
  for (const [key, value] of kwargs) made.entries.set(key, { key, value });
  return made;
};

/** The classes every program starts with, by name. */
export function nativeClasses(): Map<string, PyClass> {
  const classes = new Map<string, PyClass>();
  const object = makeClass({ name: "object", bases: [], attrs: methods(objectMethods) });
  classes.set("object", object);
  const add = (name: string, parts: Partial<ClassParts> = {}): PyClass => {
    const cls = makeClass({ name, bases: [object], ...parts });
    classes.set(name, cls);
    return cls;
  };
  const value = (
    name: string,
    make: Make,
    own: readonly PyNative[] = [],
    fresh?: () => Value,
    bases: readonly PyClass[] = [object],
  ): PyClass =>
    add(name, { bases, attrs: methods(own), construct: holding(() => classes.get(name), make, fresh) });

  const int = value("int", toInt, intMethods);
  value("bool", toBool, [], undefined, [int]);
  const floating = value("float", toFloat, floatMethods);
  const complexClass = value("complex", toComplex);
  for (const [cls, named] of [
    [int, intAttributes],
    [floating, floatAttributes],
    [complexClass, complexAttributes],
  ] as const)
    for (const [name, attribute] of named) cls.attrs.set(name, attribute);
  value("str", toStr, strMethods);
  classes.get("str")?.attrs.set("maketrans", { kind: "staticmethod", func: makeTranslation });
  const bytes = value("bytes", toBytes, bytesMethods);
  bytes.attrs.set("fromhex", { kind: "classmethod", func: bytesFromHex });
  value("list", toList, [...containerMethods, ...listMethods], () => list([]));
  value("tuple", toTuple, [
    ...containerMethods.filter(({ name }) => name !== "__setitem__" && name !== "__delitem__"),
    ...tupleMethods,
  ]);
  const dictClass = value("dict", toDict, [...containerMethods, ...dictMethods], () => dict());
  dictClass.attrs.set("fromkeys", {
    kind: "classmethod",
    func: nativeMethod("fromkeys", (m, args) => {
      const made = dict();
      for (const key of args[1] === undefined ? [] : collect(m, args[1]))
        m.setItem(made, key, args[2] ?? none);
      return made;
    }),
  });
  value("set", toSet(false), setMethods, () => makeSet([], false));
  value("frozenset", toSet(true), setMethods);
  add("dict_keys", { attrs: methods(setMethods.filter(({ name }) => name === "isdisjoint")) });
  for (const name of [
    "NoneType",
    "ellipsis",
    "function",
    "builtin_function_or_method",
    "property",
    "staticmethod",
    "classmethod",
    "partial",
    "super",
    "dtype",
    "device",
    "token",
    "record",
  ])
    add(name);
  add("module", {
    construct: (_, __, [name]) => {
      const known = asString(name) ?? "";
      return {
        kind: "module",
        name: known,
        file: undefined,
        pkg: "",
        vars: new Map<string, Value>([["__name__", known]]),
        lazy: new Map(),
        resolve: undefined,
        doubt: undefined,
      };
    },
  });
  add("range", { attrs: methods(rangeMethods) });
  add("slice", { attrs: methods(sliceMethods) });
  add("generator", { attrs: methods(generatorMethods) });
  add("type", { construct: makeType, attrs: methods([newType, typeCall]) });
  add("method", {
    construct: (m, _, [func, self]) =>
      func === undefined || self === undefined
        ? m.unknown("a method of nothing")
        : { kind: "method", self, func },
  });
  exceptions(classes, object);
  return classes;
}

function exceptions(classes: Map<string, PyClass>, object: PyClass): void {
  const construct: ClassParts["construct"] & {} = (_, cls, args) => {
    const made = makeInstance(cls);
    made.attrs.set("args", tuple([...args]));
    return made;
  };
  const withTraceback = nativeMethod("with_traceback", (_, args) => args[0] ?? none);
  const init = nativeMethod("__init__", (_, args) => {
    const [self, ...rest] = args;
    if (typeof self === "object" && self.kind === "instance") self.attrs.set("args", tuple(rest));
    return none;
  });
  const attrs: Map<string, Value> = methods([withTraceback, init]);
  for (const name of ["__cause__", "__context__", "__traceback__"])
    attrs.set(name, { kind: "unknown", why: `\`${name}\` of an exception`, where: undefined });
  const base = makeClass({ name: "BaseException", bases: [object], attrs, construct });
  classes.set(base.name, base);
  for (const [name, parent] of exceptionTree) {
    const above = classes.get(parent) ?? base;
    classes.set(name, makeClass({ name, bases: [above] }));
  }
}

/** `type(x)`, and `type(name, bases, attrs)`. */
function makeType(m: Machine, _: PyClass, args: readonly Value[], kwargs: Kwargs): Value {
  const [first, bases, attrs] = args;
  if (first === undefined) return m.unknown("`type()`");
  if (bases === undefined)
    return classOf(m, first) ?? m.unknown(reasonOf([first], "the type of something unknown"));
  const parents = collect(m, bases).filter((each) => typeof each === "object" && each.kind === "class");
  const vars = new Map<string, Value>();
  if (attrs !== undefined && typeof attrs === "object" && attrs.kind === "dict")
    for (const { key, value } of attrs.entries.values()) if (typeof key === "string") vars.set(key, value);
  const object = m.classes.get("object");
  const made = makeClass({
    name: asString(first) ?? "type",
    bases: parents.length === 0 && object !== undefined ? [object] : parents,
    attrs: vars,
    code: m.state.frame?.code,
  });
  finishClass(m, made, vars, kwargs);
  return made;
}

/** `object.__init__` takes nothing; a class that makes its instances itself may take what it likes. */
function refuseArguments(m: Machine, self: Value): void {
  if (typeof self !== "object" || self.kind !== "instance" || self.payload !== undefined) return;
  const { cls } = self;
  const isOwn = (each: PyClass): boolean => each.code !== undefined && !each.code.prelude;
  if (cls.opaque !== undefined || cls.isModule || !cls.mro.slice(0, -1).every(isOwn)) return;
  const has = (name: string): boolean => cls.mro.slice(0, -1).some((each) => each.attrs.has(name));
  if (has("__init__"))
    raise(m, "TypeError", "object.__init__() takes exactly one argument (the instance to initialize)");
  if (!has("__new__")) raise(m, "TypeError", `${cls.name}() takes no arguments`);
}

const remake = native("__newobj__", (m) => m.unknown("an object made anew from its state"));

const objectMethods: readonly PyNative[] = [
  nativeMethod("__init__", (m, [self = none, ...rest], kwargs) => {
    if (rest.length + kwargs.size > 0) refuseArguments(m, self);
    return none;
  }),
  nativeMethod("__init_subclass__", (m, [cls = none], kwargs) => {
    const isOwn = (each: PyClass): boolean => each.code !== undefined && !each.code.prelude;
    if (kwargs.size > 0 && typeof cls === "object" && cls.kind === "class" && cls.opaque === undefined)
      if (cls.mro.slice(0, -1).every(isOwn))
        raise(m, "TypeError", `${cls.name}.__init_subclass__() takes no keyword arguments`);
    return none;
  }),
  nativeMethod("__new__", (m, args, kwargs) => {
    const [cls, ...rest] = args;
    return typeof cls === "object" && cls.kind === "class"
      ? m.allocate(cls, rest, kwargs)
      : m.unknown("`__new__`");
  }),
  nativeMethod("__setattr__", (_, args) => {
    const [self, name, value] = args;
    const key = asString(name);
    if (typeof self === "object" && self.kind === "instance" && key !== undefined && value !== undefined)
      self.attrs.set(key, value);
    return none;
  }),
  nativeMethod("__delattr__", (m, args) => {
    const [self, name] = args;
    const key = asString(name) ?? "";
    if (typeof self === "object" && self.kind === "instance" && !self.cls.isModule) {
      if (!self.attrs.delete(key)) return raise(m, "AttributeError", key);
    } else if (self !== undefined) m.deleteAttribute(self, key);
    return none;
  }),
  nativeMethod("__getattribute__", (m, args) => {
    const [self, name] = args;
    const key = asString(name) ?? "";
    const found =
      typeof self === "object" && self.kind === "instance"
        ? ordinaryAttribute(m, self, key)
        : self === undefined
          ? undefined
          : m.getAttribute(self, key);
    return found ?? raise(m, "AttributeError", key);
  }),
  nativeMethod("__reduce__", (m, [self = none]) => {
    const state = m.getAttribute(self, "__dict__");
    const cls = m.getAttribute(self, "__class__");
    return state === undefined || cls === undefined
      ? m.unknown("`__reduce__`")
      : tuple([remake, tuple([cls]), state]);
  }),
  nativeMethod("__reduce_ex__", (m) => m.unknown("`__reduce_ex__`")),
];

/** Numbers of numpy stand for themselves: they take a kind of number by its class or its name, and give themselves. */
const scalarMethods: readonly PyNative[] = [
  nativeMethod("astype", (m, args) => {
    const [self = 0, kind] = args;
    const name = asString(kind)?.replace(/\d+$/, "");
    const cls = name === undefined ? kind : m.classes.get(name);
    return cls === undefined ? m.unknown("`astype`") : m.call(cls, [self], noKwargs);
  }),
  nativeMethod("item", (_, args) => args[0] ?? 0),
];

const intMethods: readonly PyNative[] = [
  ...scalarMethods,
  nativeMethod("bit_length", (m, args) => {
    const value = asInt(m, args[0]);
    return value === undefined
      ? m.unknown("`bit_length`")
      : value === 0
        ? 0
        : Math.abs(value).toString(2).length;
  }),
  nativeMethod("is_integer", () => true),
  nativeMethod("__index__", (_, args) => args[0] ?? 0),
];

const floatMethods: readonly PyNative[] = [
  ...scalarMethods,
  nativeMethod("is_integer", (m, args) => {
    const value = asNumber(m, args[0]);
    return value === undefined ? m.unknown("`is_integer`") : Number.isInteger(value);
  }),
];
