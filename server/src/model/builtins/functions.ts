import { allOps } from "../../torch/registry.ts";
import { attribute, getAttribute, ownNames } from "../attributes.ts";
import { lookup } from "../classes.ts";
import { identityOf } from "../dicts.ts";
import { formatValue } from "../format.ts";
import type { Machine } from "../machine.ts";
import { moduleDict } from "../module-attribute.ts";
import { openBy } from "../open-ends.ts";
import { plainUnknown } from "../plain-unknown.ts";
import { raise } from "../raise.ts";
import { reasonOf } from "../reasons.ts";
import { asciiText, repr } from "../text.ts";
import { isBeforeItsTime } from "../torch-since.ts";
import { isInstance } from "../types.ts";
import { isUnknown, list, type NativeRun, native, none, type PyNative, type Value } from "../values.ts";
import { asInt, asString } from "./args.ts";
import { importCall } from "./import-call.ts";
import { iterations } from "./iteration.ts";
import { length } from "./length.ts";
import { localsOf } from "./locals.ts";
import { numberFunctions } from "./number-functions.ts";

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
  if (object === undefined) return localsOf(m);
  return attribute(m, object, "__dict__");
}

function slice(_: Machine, args: readonly Value[]): Value {
  const [a = none, b, step = none] = args;
  return b === undefined
    ? { kind: "slice", lower: none, upper: a, step: none }
    : { kind: "slice", lower: a, upper: b, step };
}

const runs: Readonly<Record<string, NativeRun>> = {
  ...iterations,
  ...numberFunctions,
  getattr,
  hasattr,
  isinstance,
  issubclass,
  dir,
  vars,
  slice,
  len: (m, args) =>
    args[0] === undefined ? raise(m, "TypeError", "len() takes exactly one argument") : length(m, args[0]),
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
