import type { PyModule, Value } from "./values.ts";

/** Names of a module that are made when they are first read, as those of a star import are: to read one changes nothing. */
export interface LateNames {
  /** Those that were read since, with what they are. */
  readonly read: () => ReadonlyMap<string, Value>;
  /** Those that are gone wait to be read again. */
  readonly putBack: () => void;
}

/** @param bound names that may be given something else meanwhile */
export function lateNames({ vars, lazy }: PyModule, bound: ReadonlySet<string>): LateNames {
  const late = new Map(lazy);
  return {
    read: () => {
      const read = new Map<string, Value>();
      for (const name of late.keys()) {
        const made = lazy.has(name) || bound.has(name) ? undefined : vars.get(name);
        if (made !== undefined) read.set(name, made);
      }
      return read;
    },
    putBack: () => {
      for (const [name, make] of late) if (!vars.has(name)) lazy.set(name, make);
    },
  };
}
