import { bind, bindToClass, superAttribute } from "./bind.ts";
import { operatorMethod, unboundOperator } from "./builtins/operator-methods.ts";
import { isPythonAttribute } from "./builtins/python-names.ts";
import { lookup, payloadOf } from "./classes.ts";
import { dictEntries, dictFrom, dictGet } from "./dicts.ts";
import { docOf } from "./docs.ts";
import { keywordDefaults, positionalDefaults, shownAttributes } from "./function-defaults.ts";
import { liveDict } from "./live-dict.ts";
import type { Machine } from "./machine.ts";
import { madeOf } from "./made-of.ts";
import { moduleAttribute, noteRead } from "./module-attribute.ts";
import { hookStore, registered } from "./nn-state.ts";
import { ufuncMethod } from "./numpy/ufuncs.ts";
import { objectMethod } from "./object-methods.ts";
import { whyOpen } from "./open-dicts.ts";
import { numberKind, standardUnknown } from "./plain-unknown.ts";
import { raise } from "./raise.ts";
import { subclassesOf } from "./subclasses.ts";
import { classOf, typeName } from "./types.ts";
import {
  list,
  native,
  noKwargs,
  none,
  type PyClass,
  type PyFunction,
  type PyInstance,
  tuple,
  type Value,
} from "./values.ts";

/** `undefined` when the object has no such attribute: Python would raise `AttributeError`. */
export function getAttribute(m: Machine, object: Value, name: string): Value | undefined {
  if (typeof object !== "object") return nativeAttribute(m, object, name);
  switch (object.kind) {
    case "instance":
      return instanceAttribute(m, object, name);
    case "class":
      return classAttribute(m, object, name);
    case "module":
      return moduleAttribute(m, object, name);
    case "unknown":
      return object;
    case "super":
      return superAttribute(m, object.cls, object.self, name) ?? superFallback(m, object.self, name);
    case "function":
      return functionAttribute(m, object, name);
    case "method":
      if (name === "__self__") return object.self;
      if (name === "__func__") return object.func;
      return getAttribute(m, object.func, name);
    case "native":
      if (name === "__name__" || name === "__qualname__") return object.name;
      return nativeAttribute(m, object, name) ?? ufuncMethod(m, object, name);
    case "partial":
      if (name === "func") return object.func;
      if (name === "args") return tuple(object.args);
      if (name === "keywords") return dictFrom(object.kwargs);
      return nativeAttribute(m, object, name);
    case "slice":
      if (name === "start") return object.lower;
      if (name === "stop") return object.upper;
      if (name === "step") return object.step;
      return nativeAttribute(m, object, name);
    case "range":
      if (name === "start" || name === "stop" || name === "step") return object[name];
      return nativeAttribute(m, object, name);
    case "record":
      return object.fields.get(name);
    case "property":
      return propertyAttribute(m, object, name);
    case "tensor":
    case "dtype":
    case "device":
      return m.torchAttribute(object, name) ?? nativeAttribute(m, object, name);
    default:
      return nativeAttribute(m, object, name);
  }
}

/** @throws Raised `AttributeError` with Python's words. */
export function attribute(m: Machine, object: Value, name: string): Value {
  const found = getAttribute(m, object, name);
  if (found !== undefined) return found;
  if (numberKind(object) !== undefined && ofNumbers.has(name) && m.modules.has("numpy"))
    return m.unknown(`\`${name}\` of a number that may be one of numpy`);
  const standIn = standInName(object);
  if (standIn !== undefined)
    return standardUnknown(m, `${standIn}.${name}`, `\`${standIn}.${name}\` is not modelled`);
  const type = typeName(object);
  if (typeof object === "object" && object.kind === "module")
    return raise(m, "AttributeError", `module '${object.name}' has no attribute '${name}'`);
  if (typeof object === "object" && object.kind === "class")
    return raise(m, "AttributeError", `type object '${object.name}' has no attribute '${name}'`);
  return raise(m, "AttributeError", `'${type}' object has no attribute '${name}'`);
}

/** What numbers of numpy have and those of Python lack. */
const ofNumbers: ReadonlySet<string> = new Set(
  "dtype ndim shape size itemsize nbytes T flat tolist any all sum mean max min round copy reshape squeeze ravel flatten clip".split(
    " ",
  ),
);

/** Name of something of the prelude that does not have all that the real one has. `torch` says itself what it lacks. */
function standInName(object: Value): string | undefined {
  if (typeof object !== "object") return undefined;
  if (object.kind === "module")
    return object.file?.startsWith("<") !== false && !isTorch(object.name) ? object.name : undefined;
  if (object.kind === "record") return object.typeName;
  const cls = object.kind === "instance" ? object.cls : object.kind === "class" ? object : undefined;
  if (cls?.code?.prelude !== true || cls.isModule || cls.isEnum) return undefined;
  // What is asked for names says itself which there are.
  return object.kind === "instance" && lookup(cls, "__getattr__") !== undefined ? undefined : cls.name;
}

const isTorch = (name: string): boolean => name === "torch" || name.startsWith("torch.");

function instanceAttribute(m: Machine, object: PyInstance, name: string): Value | undefined {
  const asked = lookup(object.cls, "__getattribute__");
  if (typeof asked === "object" && asked.kind === "function") {
    const found = m.attempt(() => m.call(asked, [object, name], noKwargs), "AttributeError");
    const fallback = found === undefined ? lookup(object.cls, "__getattr__") : undefined;
    return fallback === undefined
      ? found
      : m.attempt(() => m.call(fallback, [object, name], noKwargs), "AttributeError");
  }
  return ordinaryAttribute(m, object, name);
}

/** `object.__getattribute__`, and `__getattr__` where that finds nothing. */
export function ordinaryAttribute(m: Machine, object: PyInstance, name: string): Value | undefined {
  const { cls } = object;
  const own = object.attrs.get(name);
  const inClass = lookup(cls, name);
  if (inClass === undefined) {
    if (own !== undefined) return own;
  } else {
    const isProperty = typeof inClass === "object" && inClass.kind === "property";
    if (own !== undefined && (!isProperty || inClass.cached)) return own;
    const hasFallback = isProperty && lookup(cls, "__getattr__") !== undefined;
    if (!hasFallback) return bind(m, inClass, object, cls);
    // A getter that raises `AttributeError` is asked for in `__getattr__` in its stead.
    const read = m.attempt(() => bind(m, inClass, object, cls), "AttributeError");
    if (read !== undefined) return read;
  }
  if (cls.isModule) {
    const state = registered(object, name);
    if (state !== undefined) return overridden(m, object, name) ?? state;
    const hooks = hookStore(m, object, name);
    if (hooks !== undefined) return hooks;
  }
  if (name === "__class__") return cls;
  if (name === "__dict__") return liveDict(object.attrs);
  if (name === "__module__") return cls.code?.module.name ?? "builtins";
  const general = cls.opaque === undefined ? objectMethod(cls, name) : undefined;
  if (general !== undefined) return bind(m, general, object, cls);
  const fallback = lookup(cls, "__getattr__");
  if (fallback !== undefined && fallback !== m.moduleGetattr) {
    return m.attempt(() => m.call(fallback, [object, name], noKwargs), "AttributeError");
  }
  const replaced = object.attrs.get("__dict__");
  const dict = replaced === undefined ? undefined : payloadOf(replaced);
  if (typeof dict === "object" && dict.kind === "dict") {
    const held = dictGet(dict, name) ?? whyOpen(dict);
    if (held !== undefined) return held;
  }
  if (object.payload !== undefined) {
    const inner = getAttribute(m, object.payload, name);
    if (inner !== undefined) return inner;
  }
  return cls.opaque;
}

/** A `__getattr__` of the program stands before that of `nn.Module`, which finds what is registered: it may give something else. */
function overridden(m: Machine, object: PyInstance, name: string): Value | undefined {
  const own = lookup(object.cls, "__getattr__");
  if (own === m.moduleGetattr || typeof own !== "object" || own.kind !== "function") return undefined;
  return m.call(own, [object, name], noKwargs);
}

function superFallback(m: Machine, self: Value, name: string): Value | undefined {
  if (typeof self === "object" && self.kind === "instance") {
    if (name === "__class__") return self.cls;
    if (name === "__dict__") return liveDict(self.attrs);
  }
  const object = m.classes.get("object");
  const found = object === undefined ? undefined : lookup(object, name);
  if (found !== undefined && object !== undefined) return bind(m, found, self, object);
  if (typeof self !== "object" || (self.kind !== "instance" && self.kind !== "class")) return undefined;
  const cls = self.kind === "class" ? self : self.cls;
  if (name === "__class_getitem__")
    return madeOf(
      native(name, () => cls),
      "itself",
      cls,
    );
  const general = objectMethod(cls, name);
  return cls.opaque ?? (general === undefined ? undefined : bind(m, general, self, cls));
}

function classAttribute(m: Machine, cls: PyClass, name: string): Value | undefined {
  const found = lookup(cls, name);
  if (found !== undefined) return bindToClass(m, found, cls);
  switch (name) {
    case "__name__":
    case "__qualname__":
      return cls.name;
    case "__mro__":
      return tuple(cls.mro);
    case "__bases__":
      return tuple(cls.bases);
    case "__base__":
      return cls.bases[0] ?? none;
    case "__module__":
      return cls.code?.module.name ?? "builtins";
    case "__class__":
      return m.classes.get("type");
    case "__dict__":
      return dictFrom(
        cls.annotations.size === 0
          ? cls.attrs
          : [...cls.attrs, ["__annotations__", annotationsOf(m, cls)] as const],
      );
    case "__doc__":
      return cls.attrs.get("__doc__") ?? none;
    case "__annotations__":
      return annotationsOf(m, cls);
    case "mro":
      return { kind: "native", name, binds: false, run: () => list([...cls.mro]) };
    case "__members__":
      return cls.isEnum ? m.enumMembers(cls) : undefined;
    case "__subclasses__":
      return subclassesOf(m, cls);
    default:
      return (
        metaclassAttribute(m, cls, name) ??
        unboundOperator(cls, name) ??
        (isTensorClass(m, cls) ? m.torchMethod(name) : undefined) ??
        cls.opaque ??
        objectMethod(cls, name)
      );
  }
}

const isTensorClass = (m: Machine, { mro }: PyClass): boolean => {
  const tensor = m.classes.get("Tensor");
  return mro.some((each) => each === tensor);
};

const annotationsOf = (m: Machine, cls: PyClass): Value =>
  dictFrom([...cls.annotations.keys()].map((key) => [key, m.unknown("an annotation")]));

function metaclassAttribute(m: Machine, cls: PyClass, name: string): Value | undefined {
  for (const each of cls.mro) {
    const meta = each.attrs.get("__metaclass_native__");
    if (typeof meta !== "object" || meta.kind !== "class") continue;
    const found = lookup(meta, name);
    if (found !== undefined) return bind(m, found, cls, meta);
    const fallback = name.startsWith("__") ? undefined : lookup(meta, "__getattr__");
    if (fallback !== undefined)
      return m.attempt(() => m.call(fallback, [cls, name], noKwargs), "AttributeError");
  }
  return undefined;
}

function functionAttribute(m: Machine, fn: PyFunction, name: string): Value | undefined {
  const own = fn.attrs?.get(name);
  if (own !== undefined) return own;
  switch (name) {
    case "__name__":
      return fn.name;
    case "__qualname__":
      return fn.qualname;
    case "__module__":
      return fn.code.module.name;
    case "__doc__":
      return fn.node.kind === "FunctionDef" ? (docOf(fn.node.body) ?? none) : none;
    case "__dict__":
      return shownAttributes(fn);
    case "__defaults__":
      return positionalDefaults(fn);
    case "__kwdefaults__":
      return keywordDefaults(fn);
    case "__code__":
      return codeRecord(fn);
    case "__globals__":
      return m.unknown("the names of a module");
    case "__closure__":
      return fn.scope === undefined ? none : m.unknown("the cells of a closure");
    case "__annotations__":
      return dictFrom(
        fn.node.params
          .filter((p) => p.annotation !== undefined)
          .map((p) => [p.name, m.unknown("an annotation")]),
      );
    case "__get__":
      return {
        kind: "native",
        name,
        binds: false,
        run: (_, args) =>
          args[0] === undefined || args[0] === none ? fn : { kind: "method", self: args[0], func: fn },
      };
    default:
      return nativeAttribute(m, fn, name);
  }
}

function codeRecord(fn: PyFunction): Value {
  const named = fn.node.params.filter((p) => p.mode === "positional" || p.mode === "positional-only");
  return {
    kind: "record",
    typeName: "code",
    fields: new Map<string, Value>([
      ["co_varnames", tuple(fn.node.params.map((p) => p.name))],
      ["co_argcount", named.length],
      ["co_name", fn.name],
    ]),
  };
}

function propertyAttribute(
  m: Machine,
  property: Extract<Value, { kind: "property" }>,
  name: string,
): Value | undefined {
  if (name === "fget") return property.getter;
  if (name === "setter")
    return {
      kind: "native",
      name,
      binds: false,
      run: (_, args) => ({ ...property, setter: args[0] }),
    };
  if (name === "deleter")
    return { kind: "native", name, binds: false, run: (_, args) => ({ ...property, deleter: args[0] }) };
  if (name === "getter") return { kind: "native", name, binds: false, run: () => property };
  return nativeAttribute(m, property, name);
}

/** Methods and attributes of values whose class is native. */
function nativeAttribute(m: Machine, object: Value, name: string): Value | undefined {
  const cls = classOf(m, object);
  if (cls === undefined) return undefined;
  const found = lookup(cls, name);
  if (found !== undefined) return bind(m, found, object, cls);
  if (
    typeof object === "object" &&
    (object.kind === "tuple" || object.kind === "dict") &&
    cls.fields !== undefined
  ) {
    const at = cls.fields.indexOf(name);
    if (object.kind === "tuple" && at >= 0) return object.items[at];
  }
  if (name === "default_factory" && typeof object === "object" && object.kind === "dict")
    return object.factory;
  if (name === "__class__") return cls;
  if (name === "__name__" && typeof object === "object" && object.kind !== "instance") return undefined;
  if (name === "__dict__") return undefined;
  if (name === "__doc__") return none;
  if (name.startsWith("__")) return operatorMethod(object, name);
  return cls.mro.some((each) => isPythonAttribute(each.name, name))
    ? m.unknown(`\`${cls.name}.${name}\` is not modelled`)
    : undefined;
}

/** Names for `dir()` and `vars()`. */
export function ownNames(m: Machine, object: Value): readonly string[] {
  if (typeof object !== "object") return [];
  if (object.kind === "module") m.load(object);
  if (object.kind === "module") noteRead(object, "*");
  if (object.kind === "module") return [...object.vars.keys(), ...object.lazy.keys()];
  if (object.kind === "class") return [...new Set(object.mro.flatMap((cls) => [...cls.attrs.keys()]))];
  if (object.kind !== "instance") return [];
  const state = ["_parameters", "_buffers", "_modules"].flatMap((key) => {
    const found = object.attrs.get(key);
    return typeof found === "object" && found.kind === "dict"
      ? dictEntries(found).map((entry) => (typeof entry.key === "string" ? entry.key : ""))
      : [];
  });
  return [...new Set([...object.attrs.keys(), ...ownNames(m, object.cls), ...state])];
}
