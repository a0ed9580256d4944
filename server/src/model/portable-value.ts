import type { Dim } from "../graph/dim.ts";
import type { DType } from "../graph/dtype.ts";
import { isKnownShape } from "../graph/tensor.ts";
import { makeClass, makeInstance } from "./classes.ts";
import { dictEntries, dictSet, makeSet } from "./dicts.ts";
import type { Interpreter } from "./interpreter.ts";
import { whyOpen } from "./open-dicts.ts";
import {
  dict,
  isUnknown,
  list,
  none,
  type PyClass,
  type PyInstance,
  type PyModule,
  tuple,
  type Value,
} from "./values.ts";

export type NamedPortables = readonly (readonly [string, Portable])[];

/**
 * A value as plain data, so that another interpreter can make it anew: settings that a caller computed, the shapes of
 * what it calls a model with.
 */
export type Portable =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "list" | "tuple" | "set"; readonly items: readonly Portable[] }
  | { readonly kind: "dict"; readonly items: readonly (readonly [Portable, Portable])[] }
  /** A class or function by its name in a module; in the model's own file where `module` is not given. */
  | { readonly kind: "name"; readonly module: string | undefined; readonly name: string }
  | {
      readonly kind: "partial" | "made";
      /** What is called: at each use by a partial, once to make a module. */
      readonly func: Portable;
      readonly args: readonly Portable[];
      readonly kwargs: NamedPortables;
    }
  /** An instance of plain settings. Without a class that can be found again, of its attributes alone. */
  | {
      readonly kind: "object";
      readonly typeName: string;
      readonly cls: Portable | undefined;
      readonly attrs: NamedPortables;
      readonly payload: Portable | undefined;
    }
  | { readonly kind: "tensor"; readonly shape: readonly Dim[]; readonly dtype: DType }
  | { readonly kind: "unknown"; readonly why: string };

/** What a module was made with, as it was then; `undefined` when that is not known or it was changed since. */
export type MadeWith = (module: PyInstance) => Portable | undefined;

/** More than this many values are data, not settings. */
const maxValues = 4000;
const maxDepth = 12;

/** @param file the model's own file: what it defines is looked up there. */
export function portable(value: Value, file: string, madeWith: MadeWith): Portable {
  let left = maxValues;
  const of = (each: Value, depth: number): Portable => {
    left -= 1;
    if (left < 0 || depth > maxDepth) return unknownPortable("it holds more than settings do");
    if (typeof each !== "object") return { kind: "value", value: each };
    const all = (items: Iterable<Value>): readonly Portable[] =>
      [...items].map((item) => of(item, depth + 1));
    const named = (pairs: Iterable<readonly [string, Value]>): NamedPortables =>
      [...pairs].map(([name, item]) => [name, of(item, depth + 1)]);
    switch (each.kind) {
      case "none":
      case "ellipsis":
      case "float":
      case "complex":
      case "bytes":
      case "range":
      case "dtype":
      case "device":
      case "token":
        return { kind: "value", value: each };
      case "list":
        return { kind: "list", items: all(each.items) };
      case "tuple":
        return each.cls === undefined || each.cls.name === "Size"
          ? { kind: "tuple", items: all(each.items) }
          : unknownPortable(`a \`${each.cls.name}\``);
      case "set":
        return { kind: "set", items: all(each.entries.values()) };
      case "dict": {
        const why = whyOpen(each);
        if (why !== undefined) return unknownPortable(why.why);
        return {
          kind: "dict",
          items: dictEntries(each).map((entry) => [of(entry.key, depth + 1), of(entry.value, depth + 1)]),
        };
      }
      case "partial":
        return {
          kind: "partial",
          func: of(each.func, depth + 1),
          args: all(each.args),
          kwargs: named(each.kwargs),
        };
      case "class":
        return nameIn(each.name, each.code?.module, file) ?? unknownPortable(`class \`${each.name}\``);
      case "function":
        return (
          (each.scope === undefined && each.owner === undefined
            ? nameIn(each.name, each.code.module, file)
            : undefined) ?? unknownPortable(`function \`${each.name}\``)
        );
      case "instance":
        if (each.cls.isModule)
          return madeWith(each) ?? unknownPortable(`a \`${each.cls.name}\` that is made elsewhere`);
        return {
          kind: "object",
          typeName: each.cls.name,
          cls: nameIn(each.cls.name, each.cls.code?.module, file),
          attrs: named([...classValues(each.cls), ...each.attrs]),
          payload: each.payload === undefined ? undefined : of(each.payload, depth + 1),
        };
      case "tensor":
        return isKnownShape(each.meta.shape)
          ? { kind: "tensor", shape: each.meta.shape, dtype: each.meta.dtype }
          : unknownPortable("a tensor of unknown shape");
      case "unknown":
        return unknownPortable(each.why);
      default:
        return unknownPortable(`a ${each.kind}`);
    }
  };
  return of(value, 0);
}

const unknownPortable = (why: string): Portable => ({ kind: "unknown", why });

/** Settings that a class of a script keeps in its body: they go with its instances, for scripts are not read again. */
const classValues = (cls: PyClass): readonly (readonly [string, Value])[] =>
  cls.code?.module.name === "__main__"
    ? cls.mro
        .flatMap((each) => [...each.attrs])
        .filter(([name, value]) => !/^__/.test(name) && isPlain(value))
    : [];

const isPlain = (value: Value): boolean =>
  typeof value !== "object" ||
  ["none", "float", "list", "tuple", "dict", "set", "instance", "dtype"].includes(value.kind);

function nameIn(name: string, module: PyModule | undefined, file: string): Portable | undefined {
  if (module?.vars.get(name) === undefined) return undefined;
  if (module.file === file) return { kind: "name", module: undefined, name };
  return module.name === "__main__" ? undefined : { kind: "name", module: module.name, name };
}

/** The first reason why a value is not known, in itself; what stands in the attributes of an object may never be asked for. */
function whyUnknown(value: Portable): string | undefined {
  switch (value.kind) {
    case "unknown":
      return value.why;
    case "list":
    case "tuple":
    case "set":
      return firstUnknown(value.items);
    case "dict":
      return firstUnknown(value.items.flat());
    case "partial":
    case "made":
      return firstUnknown([value.func, ...value.args, ...value.kwargs.map(([, each]) => each)]);
    default:
      return undefined;
  }
}

export function firstUnknown(all: readonly Portable[]): string | undefined {
  for (const each of all) {
    const why = whyUnknown(each);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** Makes the value again. @param main the model's own file. */
export function revive(interpreter: Interpreter, main: PyModule, value: Portable): Value {
  const { machine } = interpreter;
  const of = (each: Portable): Value => revive(interpreter, main, each);
  const named = (all: NamedPortables): ReadonlyMap<string, Value> =>
    new Map(all.map(([name, each]) => [name, of(each)]));
  switch (value.kind) {
    case "value":
      return value.value;
    case "list":
      return list(value.items.map(of));
    case "tuple":
      return tuple(value.items.map(of));
    case "set":
      return makeSet(value.items.map(of), false);
    case "dict": {
      const made = dict();
      for (const [key, each] of value.items) dictSet(made, of(key), of(each));
      return made;
    }
    case "name": {
      const module = value.module === undefined ? main : machine.findModule(value.module);
      const found = module === undefined ? undefined : machine.getAttribute(module, value.name);
      return found ?? machine.unknown(`\`${value.name}\` is not found`);
    }
    case "partial":
      return {
        kind: "partial",
        func: of(value.func),
        args: value.args.map(of),
        kwargs: named(value.kwargs),
      };
    case "made":
      return machine.call(of(value.func), value.args.map(of), named(value.kwargs));
    case "object": {
      const cls = value.cls === undefined ? undefined : of(value.cls);
      const isClass = typeof cls === "object" && cls.kind === "class";
      if (cls !== undefined && !isClass) return isUnknown(cls) ? cls : none;
      const made = makeInstance(
        isClass ? cls : bareClass(interpreter, value.typeName),
        value.payload && of(value.payload),
      );
      for (const [name, each] of value.attrs) made.attrs.set(name, of(each));
      return made;
    }
    case "tensor":
      return interpreter
        .run()
        .context.graph.tensor({ shape: value.shape, dtype: value.dtype, role: "input", varies: true });
    case "unknown":
      return machine.unknown(value.why);
  }
}

/** For settings of a class that only a script defines: what is not among them is unknown, not missing. */
function bareClass({ machine }: Interpreter, name: string): PyClass {
  const object = machine.classes.get("object");
  return makeClass({
    name,
    bases: object === undefined ? [] : [object],
    opaque: machine.unknown(`class \`${name}\` is defined in a script`),
  });
}
