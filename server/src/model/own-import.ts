import type { Machine } from "./machine.ts";
import { isUnknown, type PyModule } from "./values.ts";

/**
 * A file that its own package has imported registers with it a second time when it runs as the program: where that
 * raises, what the statement binds is what the import has bound. Says whether all of it was found.
 */
export function takeFromImport(m: Machine, program: PyModule, names: ReadonlySet<string>): boolean {
  if (program.name !== "__main__" || program.file === undefined || names.size === 0) return false;
  const imported = [...m.modules.values()].find((each) => each !== program && each.file === program.file);
  if (imported === undefined) return false;
  const found = [...names].flatMap((name) => {
    const value = imported.vars.get(name);
    return value === undefined || isUnknown(value) ? [] : [[name, value] as const];
  });
  if (found.length < names.size) return false;
  for (const [name, value] of found) {
    program.lazy.delete(name);
    program.vars.set(name, value);
  }
  return true;
}
