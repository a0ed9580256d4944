import { dictDelete, dictGet, dictHas, dictSet } from "./dicts.ts";
import type { Machine } from "./machine.ts";
import { isPlainUnknown } from "./plain-unknown.ts";
import { raise } from "./raise.ts";
import { typeName } from "./types.ts";
import { dict, none, type PyDict, type PyInstance, type Value } from "./values.ts";

const stores = ["_parameters", "_buffers", "_modules"] as const;
export type Store = (typeof stores)[number];

/** One of the three dictionaries of `nn.Module`; `undefined` before `Module.__init__` ran. */
export function storeOf(module: PyInstance, store: Store): PyDict | undefined {
  const found = module.attrs.get(store);
  return typeof found === "object" && found.kind === "dict" ? found : undefined;
}

export function orderedDict(m: Machine): PyDict {
  const cls = m.modules.get("_ecocompute_std")?.vars.get("OrderedDict");
  return typeof cls === "object" && cls.kind === "class" ? dict(cls) : dict();
}

const hookStores = new Set(["_forward_hooks", "_forward_pre_hooks", "_backward_hooks"]);

/** A dictionary of hooks, made when it is first asked for: almost no module has any. */
export function hookStore(m: Machine, module: PyInstance, name: string): Value | undefined {
  if (!hookStores.has(name) || storeOf(module, "_modules") === undefined) return undefined;
  const made = orderedDict(m);
  module.attrs.set(name, made);
  return made;
}

/** `nn.Module.__getattr__`: a parameter, buffer or submodule by name. */
export function registered(module: PyInstance, name: string): Value | undefined {
  for (const store of stores) {
    const dict = storeOf(module, store);
    const found = dict === undefined ? undefined : dictGet(dict, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

const isModule = (value: Value): boolean =>
  typeof value === "object" && value.kind === "instance" && value.cls.isModule;
const isTensor = (value: Value): boolean => typeof value === "object" && value.kind === "tensor";
const isParameter = (value: Value): boolean =>
  typeof value === "object" && value.kind === "tensor" && value.meta.role === "parameter";

/** `nn.Module.__setattr__`. */
export function setOnModule(m: Machine, module: PyInstance, name: string, value: Value): void {
  if (isParameter(value)) {
    register(m, module, "_parameters", name, value);
    return;
  }
  if (isModule(value)) {
    register(m, module, "_modules", name, value);
    return;
  }
  const parameters = storeOf(module, "_parameters");
  if (parameters !== undefined && dictHas(parameters, name)) {
    if (value === none) dictSet(parameters, name, none);
    else if (typeof value === "object" && value.kind === "unknown") forget(m, module, name, value);
    else
      raise(
        m,
        "TypeError",
        `cannot assign '${typeName(value)}' as parameter '${name}' (torch.nn.Parameter or None expected)`,
      );
    return;
  }
  const modules = storeOf(module, "_modules");
  if (modules !== undefined && dictHas(modules, name)) {
    if (value === none) dictSet(modules, name, none);
    else if (typeof value === "object" && value.kind === "unknown") forget(m, module, name, value);
    else
      raise(
        m,
        "TypeError",
        `cannot assign '${typeName(value)}' as child module '${name}' (torch.nn.Module or None expected)`,
      );
    return;
  }
  const buffers = storeOf(module, "_buffers");
  if (buffers !== undefined && dictHas(buffers, name) && (value === none || isTensor(value))) {
    dictSet(buffers, name, value);
    return;
  }
  if (m.isBuffer(value)) {
    register(m, module, "_buffers", name, value);
    return;
  }
  if (typeof value === "object" && value.kind === "unknown" && !isPlainUnknown(value))
    m.note(`\`self.${name}\``, `what is assigned may hold parameters: ${value.why}`);
  module.attrs.set(name, value);
}

function register(m: Machine, module: PyInstance, store: Store, name: string, value: Value): void {
  const target = storeOf(module, store);
  if (target === undefined)
    raise(
      m,
      "AttributeError",
      `cannot assign ${store === "_modules" ? "module" : "parameters"} before Module.__init__() call`,
    );
  module.attrs.delete(name);
  for (const other of stores) if (other !== store) drop(module, other, name);
  dictSet(target, name, value);
}

function forget(m: Machine, module: PyInstance, name: string, value: Value): void {
  for (const store of stores) drop(module, store, name);
  m.note(`\`self.${name}\``, "a registered parameter or module was replaced by something unknown");
  module.attrs.set(name, value);
}

function drop(module: PyInstance, store: Store, name: string): boolean {
  const dict = storeOf(module, store);
  return dict !== undefined && dictDelete(dict, name);
}

/** `nn.Module.__delattr__`. */
export function deleteFromModule(module: PyInstance, name: string): boolean {
  return stores.some((store) => drop(module, store, name)) || module.attrs.delete(name);
}
