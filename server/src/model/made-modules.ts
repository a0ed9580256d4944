import type { MachineState } from "./machine.ts";
import { moduleText } from "./module-text.ts";
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

/** @param file what this file defines is looked up there. */
export function createMadeModules(file: string): MadeModules {
  const made = new WeakMap<PyInstance, Made>();
  let depth = 0;
  const madeWith: MadeWith = (module) => {
    const known = made.get(module);
    return known !== undefined && known.state === moduleText(module) ? known.portable : undefined;
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
          made.set(value, { portable: recipe, state: moduleText(value) });
        return value;
      } finally {
        depth -= 1;
      }
    },
  };
}
