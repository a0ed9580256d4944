import type { StateRecord } from "../graph/ir.ts";
import { refOf, type Tensor } from "../graph/tensor.ts";
import { dictEntries } from "./dicts.ts";
import { storeOf } from "./nn-state.ts";
import { none, type PyInstance, type Value } from "./values.ts";

/** Submodules in registration order, the module itself first; a shared one comes once, under its first name. */
export function namedModules(root: PyInstance): ReadonlyMap<PyInstance, string> {
  const paths = new Map<PyInstance, string>();
  const visit = (module: PyInstance, path: string): void => {
    if (paths.has(module)) return;
    paths.set(module, path);
    const children = storeOf(module, "_modules");
    for (const { key, value } of children === undefined ? [] : dictEntries(children))
      if (typeof value === "object" && value.kind === "instance") visit(value, join(path, key));
  };
  visit(root, "");
  return paths;
}

const join = (path: string, name: Value): string => (path === "" ? String(name) : `${path}.${String(name)}`);

/**
 * Parameters and buffers by identity, each with all its names.
 *
 * @param modules of `root`, where they are known.
 */
export function stateOf(root: PyInstance, modules = namedModules(root)): readonly StateRecord[] {
  const found = new Map<Tensor, { role: "parameter" | "buffer"; names: string[]; persistent: boolean }>();
  for (const [module, path] of modules) {
    const passing = module.attrs.get("_non_persistent_buffers_set");
    for (const [store, role] of [
      ["_parameters", "parameter"],
      ["_buffers", "buffer"],
    ] as const) {
      const dict = storeOf(module, store);
      for (const { key, value } of dict === undefined ? [] : dictEntries(dict)) {
        if (typeof value !== "object" || value.kind !== "tensor") continue;
        const name = join(path, key);
        const known = found.get(value);
        if (known !== undefined) known.names.push(name);
        else {
          const isPassing =
            typeof passing === "object" &&
            passing.kind === "set" &&
            typeof key === "string" &&
            passing.entries.has(key);
          found.set(value, { role, names: [name], persistent: !isPassing });
        }
      }
    }
  }
  return [...found].map(([tensor, record]) => ({
    tensor: refOf(tensor),
    place: tensor.meta.place,
    ...record,
  }));
}

/** Registered entries that are not tensors or modules: what cannot be counted. */
export function unknownState(
  root: PyInstance,
  modules = namedModules(root),
): readonly { readonly name: string; readonly why: string }[] {
  const found: { readonly name: string; readonly why: string }[] = [];
  for (const [module, path] of modules)
    for (const store of ["_parameters", "_buffers", "_modules"] as const) {
      const dict = storeOf(module, store);
      for (const { key, value } of dict === undefined ? [] : dictEntries(dict)) {
        if (value === none || typeof value !== "object") continue;
        if (value.kind === "unknown") found.push({ name: join(path, key), why: value.why });
        else if (value.kind === "instance" && value.cls.name.startsWith("Uninitialized"))
          found.push({ name: join(path, key), why: "its shape is known only after the first forward pass" });
      }
    }
  return found;
}
