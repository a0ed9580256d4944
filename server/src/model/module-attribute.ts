import { liveDict } from "./live-dict.ts";
import type { Machine } from "./machine.ts";
import { list, noKwargs, none, type PyModule, type Value } from "./values.ts";

/** A name bound in a module, importing it if the import has waited until now. */
export function moduleVariable(module: PyModule, name: string): Value | undefined {
  noteRead(module, name);
  const bound = module.vars.get(name);
  if (bound !== undefined) return bound;
  const make = module.lazy.get(name);
  if (make === undefined) return undefined;
  module.lazy.delete(name);
  const made = make();
  if (!module.vars.has(name)) module.vars.set(name, made);
  return module.vars.get(name);
}

/** For whoever follows what a run rests on. */
export function noteRead({ name: module, reads }: PyModule, name: string): void {
  const names = reads?.names;
  if (names === undefined) return;
  const known = names.get(module);
  if (known === undefined) names.set(module, new Set([name]));
  else known.add(name);
}

export function moduleAttribute(m: Machine, module: PyModule, name: string): Value | undefined {
  m.load(module);
  const bound = moduleVariable(module, name) ?? m.submodule(module, name) ?? module.resolve?.(name);
  if (bound !== undefined) {
    if (isOfFile(module) && m.state.frame?.code.module.name === "__main__") m.libraries.reached(bound);
    return bound;
  }
  switch (name) {
    case "__name__":
      return module.name;
    case "__file__":
      return module.file ?? none;
    case "__package__":
      return module.pkg;
    case "__path__":
      return list([module.file?.replace(/\/[^/]*$/, "") ?? ""]);
    case "__dict__":
      return moduleDict(module);
    case "__doc__":
      return none;
  }
  const fallback = moduleVariable(module, "__getattr__");
  if (fallback !== undefined && !name.startsWith("__"))
    return m.attempt(() => m.call(fallback, [name], noKwargs), "AttributeError");
  return undefined;
}

/** Of a library, or of another file of the project. */
const isOfFile = ({ file, name }: PyModule): boolean =>
  file !== undefined && !file.startsWith("<") && name !== "__main__";

/** `globals()` and `module.__dict__`, with every import done. */
export function moduleDict(module: PyModule): Value {
  noteRead(module, "*");
  for (const name of [...module.lazy.keys()]) moduleVariable(module, name);
  return liveDict(module.vars);
}
