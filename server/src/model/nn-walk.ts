import { dictEntries } from "./dicts.ts";
import { over } from "./iterate.ts";
import { storeOf } from "./nn-state.ts";
import { iterator, none, type PyInstance, tuple, type Value } from "./values.ts";

interface Walk {
  readonly prefix: string;
  readonly recurse: boolean;
  readonly removeDuplicate: boolean;
}

/** `nn.Module.named_modules`: pairs of a qualified name and a module, the module itself first. */
export function walkModules(
  root: PyInstance,
  { prefix, recurse, removeDuplicate }: Walk,
): readonly (readonly [string, PyInstance])[] {
  const found: (readonly [string, PyInstance])[] = [];
  const seen = new Set<PyInstance>();
  const visit = (module: PyInstance, path: string): void => {
    if (removeDuplicate && seen.has(module)) return;
    seen.add(module);
    found.push([path, module]);
    const children = recurse ? storeOf(module, "_modules") : undefined;
    for (const { key, value } of children === undefined ? [] : dictEntries(children))
      if (typeof value === "object" && value.kind === "instance")
        visit(value, path === "" ? String(key) : `${path}.${String(key)}`);
  };
  visit(root, prefix);
  return found;
}

export const namedModules = (root: PyInstance, walk: Walk): Value =>
  iterator("generator", over(walkModules(root, walk).map(([path, module]) => tuple([path, module]))));

/** `named_parameters` and `named_buffers`. */
export function namedMembers(root: PyInstance, store: "_parameters" | "_buffers", walk: Walk): Value {
  const found: Value[] = [];
  const seen = new Set<Value>();
  for (const [path, module] of walkModules(root, walk)) {
    const members = storeOf(module, store);
    for (const { key, value } of members === undefined ? [] : dictEntries(members)) {
      if (value === none || (walk.removeDuplicate && seen.has(value))) continue;
      seen.add(value);
      found.push(tuple([path === "" ? key : `${path}.${String(key)}`, value]));
    }
  }
  return iterator("generator", over(found));
}
