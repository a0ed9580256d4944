import { asDict } from "./builtins/args.ts";
import { dictGet, dictSet, keyOf } from "./dicts.ts";
import { collect } from "./iterate.ts";
import type { Machine } from "./machine.ts";
import type { Run } from "./run-state.ts";
import { dict, none, type PyDict, tuple, type Value } from "./values.ts";

/** `functools.cache` within one estimate: `(fn, args, kwargs)` gives the same object for the same arguments. */
export function memoizer(run: () => Run): (m: Machine, args: readonly Value[]) => Value {
  const tables = new WeakMap<Run, WeakMap<object, PyDict>>();
  return (m, [fn, args = tuple([]), kwargs]) => {
    m.state.unseen += 1;
    if (fn === undefined) return none;
    const named = m.kwargsOf(kwargs === undefined ? none : (asDict(kwargs) ?? none));
    const given = [...collect(m, args)];
    const call = (): Value => m.call(fn, given, named);
    const key = tuple([...given, ...[...named].flat()]);
    if (typeof fn !== "object" || keyOf(key) === undefined) return call();
    let ofRun = tables.get(run());
    if (ofRun === undefined) {
      ofRun = new WeakMap();
      tables.set(run(), ofRun);
    }
    let table = ofRun.get(fn);
    if (table === undefined) {
      table = dict();
      ofRun.set(fn, table);
    }
    const known = dictGet(table, key);
    if (known !== undefined) return known;
    const made = call();
    dictSet(table, key, made);
    return made;
  };
}
