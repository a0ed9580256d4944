import type { SourceFile } from "../syntax/chunk.ts";
import type { Entry } from "./entries.ts";
import type { Interpreter } from "./interpreter.ts";
import type { PyModule } from "./values.ts";

/** What libraries were found not to have when they had just been read: that does not come from an earlier run. */
const lacking = new WeakMap<Interpreter, ReadonlySet<string>>();

/** Runs a file as a program: to its end, or to the call that an entry stands for. */
export function loadProgram(
  interpreter: Interpreter,
  { file, source }: { readonly file: string; readonly source: SourceFile },
  entry: Pick<Entry, "observed" | "follows"> | undefined,
): PyModule {
  const { state } = interpreter.machine;
  const start = (): PyModule => {
    interpreter.reset();
    interpreter.checkTime();
    state.lastLook = entry?.observed ?? Number.POSITIVE_INFINITY;
    state.follows = entry?.follows === true;
    return interpreter.modules.run("__main__", file, source);
  };
  if (state.isCutShort) interpreter.modules.forget();
  state.isCutShort = false;
  interpreter.modules.putBack();
  const module = start();
  // A second run of a file may fail where the first did not: a registry of a library holds its names already.
  const isKnown = (line: string): boolean => lacking.get(interpreter)?.has(line) === true;
  if (state.failedImports.every(isKnown) || !interpreter.modules.forget()) return module;
  const anew = start();
  lacking.set(interpreter, new Set(state.failedImports.filter((line) => /^AttributeError: /.test(line))));
  return anew;
}
