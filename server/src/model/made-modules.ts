import { dictEntries } from "./dicts.ts";
import type { MachineState } from "./machine.ts";
import { type MadeWith, type Portable, portable } from "./portable-value.ts";
import type { PyInstance, Value } from "./values.ts";

/** Remembers what modules are made with, as long as nobody changes them afterwards. */
export interface MadeModules {
  readonly making: NonNullable<MachineState["constructing"]>;
  readonly madeWith: MadeWith;
}

interface Made {
  readonly portable: Portable;
  readonly state: string;
}

/** More modules than this are no argument of a model. */
const maxModules = 5000;

/** @param file what this file defines is looked up there. */
export function createMadeModules(file: string): MadeModules {
  const made = new WeakMap<PyInstance, Made>();
  let depth = 0;
  const madeWith: MadeWith = (module) => {
    const known = made.get(module);
    return known !== undefined && known.state === stateText(module) ? known.portable : undefined;
  };
  return {
    madeWith,
    making(cls, args, kwargs, make) {
      // What modules make inside is made again with them.
      if (depth > 0) return make();
      const of = (each: Value): Portable => portable(each, file, madeWith);
      const recipe: Portable = {
        kind: "made",
        func: of(cls),
        args: args.map(of),
        kwargs: [...kwargs].map(([name, each]) => [name, of(each)]),
      };
      depth += 1;
      try {
        const value = make();
        if (typeof value === "object" && value.kind === "instance")
          made.set(value, { portable: recipe, state: stateText(value) });
        return value;
      } finally {
        depth -= 1;
      }
    },
  };
}

/** Attributes of a module and of all inside it, as far as a change of them could change what the module does. */
function stateText(root: PyInstance): string {
  const seen = new Set<object>();
  let left = maxModules;
  const of = (value: Value): string => {
    if (typeof value !== "object") return JSON.stringify(value);
    switch (value.kind) {
      case "float":
        return `${value.value}f`;
      case "tensor":
        return `${value.meta.dtype}${JSON.stringify(value.meta.shape)}`;
      case "list":
      case "tuple":
      case "dict":
      case "set":
      case "instance":
        break;
      case "function":
      case "class":
        return value.name;
      default:
        return value.kind;
    }
    if (seen.has(value)) return "again";
    seen.add(value);
    left -= 1;
    if (left < 0) return "more";
    if (value.kind === "instance")
      return `${value.cls.name}{${[...value.attrs].map(([name, each]) => `${name}:${of(each)}`).join()}}`;
    if (value.kind === "dict")
      return `{${dictEntries(value)
        .map(({ key, value: each }) => `${of(key)}:${of(each)}`)
        .join()}}`;
    return `[${[...(value.kind === "set" ? value.entries.values() : value.items)].map(of).join()}]`;
  };
  return of(root);
}
