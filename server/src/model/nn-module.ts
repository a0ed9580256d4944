import { attribute, getAttribute } from "./attributes.ts";
import { arg, asString } from "./builtins/args.ts";
import { lookup } from "./classes.ts";
import { dictHas, dictSet, setAdd } from "./dicts.ts";
import type { Machine } from "./machine.ts";
import { orderedDict, type Store, storeOf } from "./nn-state.ts";
import { walkModules } from "./nn-walk.ts";
import { raise } from "./raise.ts";
import { isInstance, typeName } from "./types.ts";
import {
  type Cursor,
  iterator,
  type NativeRun,
  nativeMethod,
  noKwargs,
  none,
  type PyInstance,
  type PyNative,
  type PyTuple,
  type Value,
} from "./values.ts";

/*
 * Methods of `nn.Module` that run once or more for every module of a model. In Python they would be most of the steps
 * that building a model takes.
 */

const selfOf = (m: Machine, args: readonly Value[]): PyInstance => {
  const [self] = args;
  return typeof self === "object" && self.kind === "instance"
    ? self
    : raise(m, "TypeError", `'${typeName(self ?? none)}' object is no module`);
};

const init: NativeRun = (m, args) => {
  const { attrs } = selfOf(m, args);
  attrs.set("training", true);
  attrs.set("_parameters", orderedDict(m));
  attrs.set("_buffers", orderedDict(m));
  attrs.set("_non_persistent_buffers_set", { kind: "set", entries: new Map(), frozen: false });
  attrs.set("_modules", orderedDict(m));
  return none;
};

/** Puts a value into one of the three dictionaries. @throws Raised before `Module.__init__` ran */
function register(m: Machine, module: PyInstance, store: Store, name: Value, value: Value): void {
  const target = storeOf(module, store);
  if (target === undefined) raise(m, "AttributeError", "cannot assign before Module.__init__() call");
  module.attrs.delete(asString(name) ?? "");
  if (!dictSet(target, name, value)) m.note("a registration", "its name is unknown");
}

/** @throws Raised `KeyError` in torch's words when the name is taken or not allowed */
function checkName(m: Machine, module: PyInstance, store: Store, name: Value, message: string): void {
  const key = asString(name);
  if (key === undefined) return;
  const target = storeOf(module, store);
  const isOwn = target !== undefined && dictHas(target, key);
  const taken = isOwn ? undefined : getAttribute(m, module, key);
  // What a base that could not be read may have is not there.
  if (taken !== undefined && taken !== module.cls.opaque)
    raise(m, "KeyError", `attribute '${key}' already exists`);
  if (key.includes(".")) raise(m, "KeyError", message);
}

/** A tensor that a module keeps and does not train. */
function asBuffer(m: Machine, value: Value): Value {
  if (typeof value === "object" && value.kind === "tensor" && value.meta.role !== "parameter")
    value.become({ role: "buffer", place: value.meta.place ?? m.userPlace() });
  return value;
}

const registerBuffer: NativeRun = (m, args, kwargs) => {
  const module = selfOf(m, args);
  const name = arg(args, kwargs, 1, "name") ?? none;
  const tensor = arg(args, kwargs, 2, "tensor") ?? none;
  if (storeOf(module, "_buffers") === undefined)
    raise(m, "AttributeError", "cannot assign buffer before Module.__init__() call");
  checkName(m, module, "_buffers", name, 'buffer name can\'t contain "."');
  register(m, module, "_buffers", name, asBuffer(m, tensor));
  const passing = module.attrs.get("_non_persistent_buffers_set");
  const isPersistent = m.truth(arg(args, kwargs, 3, "persistent") ?? true) !== false;
  if (typeof passing === "object" && passing.kind === "set") {
    if (isPersistent) passing.entries.delete(asString(name) ?? "");
    else setAdd(passing, name);
  }
  return none;
};

const registerParameter: NativeRun = (m, args, kwargs) => {
  const module = selfOf(m, args);
  const name = arg(args, kwargs, 1, "name") ?? none;
  const param = arg(args, kwargs, 2, "param") ?? none;
  checkName(m, module, "_parameters", name, 'parameter name can\'t contain "."');
  if (!mayBeParameter(param))
    raise(m, "TypeError", `cannot assign '${typeName(param)}' object to parameter '${asString(name) ?? ""}'`);
  register(m, module, "_parameters", name, param);
  return none;
};

const mayBeParameter = (value: Value): boolean =>
  typeof value === "object" &&
  (value.kind === "none" ||
    value.kind === "unknown" ||
    (value.kind === "tensor" && value.meta.role === "parameter") ||
    (value.kind === "instance" && value.cls.name.startsWith("Uninitialized")));

const addModule: NativeRun = (m, args, kwargs) => {
  const self = selfOf(m, args);
  const name = arg(args, kwargs, 1, "name") ?? none;
  const module = arg(args, kwargs, 2, "module") ?? none;
  const base = m.classes.get("Module");
  if (module !== none && base !== undefined && isInstance(m, module, base) === false)
    raise(m, "TypeError", `${typeName(module)} is not a Module subclass`);
  checkName(m, self, "_modules", name, `module name can't contain ".", got: ${asString(name) ?? ""}`);
  if (name === "") raise(m, "KeyError", 'module name can\'t be empty string ""');
  register(m, self, "_modules", name, module);
  return none;
};

/** Pairs of a name and a child as they stand when they are asked for; each child once. */
function childrenOf(module: PyInstance): () => readonly [Value, Value] | undefined {
  const entries = storeOf(module, "_modules")?.entries.values();
  const seen = new Set<Value>();
  return () => {
    for (;;) {
      const step = entries?.next();
      if (step === undefined || step.done === true) return undefined;
      const { key, value } = step.value;
      if (value === none || seen.has(value)) continue;
      seen.add(value);
      return [key, value];
    }
  };
}

const namedChildren: NativeRun = (m, args) => {
  const next = childrenOf(selfOf(m, args));
  const cursor: Cursor = () => {
    const pair = next();
    return pair === undefined
      ? undefined
      : ({ kind: "tuple", items: pair, cls: undefined } satisfies PyTuple);
  };
  return iterator("generator", cursor);
};

const children: NativeRun = (m, args) => {
  const next = childrenOf(selfOf(m, args));
  return iterator("generator", () => next()?.[1]);
};

const modules: NativeRun = (m, args) => {
  const walked = walkModules(selfOf(m, args), { prefix: "", recurse: true, removeDuplicate: true });
  let i = 0;
  return iterator("generator", () => walked[i++]?.[1]);
};

const train: PyNative = nativeMethod("train", (m, args, kwargs) => {
  const module = selfOf(m, args);
  const mode = arg(args, kwargs, 1, "mode") ?? true;
  m.setAttribute(module, "training", mode);
  const next = childrenOf(module);
  for (let pair = next(); pair !== undefined; pair = next()) {
    const [, child] = pair;
    const isPlain =
      typeof child === "object" && child.kind === "instance" && lookup(child.cls, "train") === train;
    if (isPlain) m.call(train, [child, mode], noKwargs);
    else m.call(attribute(m, child, "train"), [mode], noKwargs);
  }
  return module;
});

/** By the name that the prelude knows them under. */
export const moduleMethods: ReadonlyMap<string, PyNative> = new Map([
  ["module_init", nativeMethod("__init__", init)],
  ["module_register_buffer", nativeMethod("register_buffer", registerBuffer)],
  ["module_register_parameter", nativeMethod("register_parameter", registerParameter)],
  ["module_add_module", nativeMethod("add_module", addModule)],
  ["module_named_children", nativeMethod("named_children", namedChildren)],
  ["module_children", nativeMethod("children", children)],
  ["module_modules", nativeMethod("modules", modules)],
  ["module_train", train],
]);
