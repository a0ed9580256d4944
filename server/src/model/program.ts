import type { SourceFile } from "../syntax/chunk.ts";
import type { Interpreter } from "./interpreter.ts";
import { Raised, Stopped } from "./machine.ts";
import { type Program, sitesOf } from "./reach.ts";
import type { PyModule } from "./values.ts";

/** The project around a file, as the rim reads it. */
export interface CallerFiles {
  /** Paths of files that hold one of these words, those that tell most first, the file itself among them. */
  readonly naming: (words: readonly string[]) => readonly string[];
  readonly sourceOf: (path: string) => SourceFile | undefined;
  /** The time for looking is over. */
  readonly isOver: () => boolean;
}

/** Files that are run to learn what a function of a file is given. */
const maxPrograms = 3;

/** A file as a program that has run, and those of other files that tell what its functions are given. */
export function programOf(
  interpreter: Interpreter,
  module: PyModule,
  file: string,
  source: SourceFile,
  files: CallerFiles,
): Program {
  const { state } = interpreter.machine;
  const known = new Map<string, Program>();
  const program: Program = {
    interpreter,
    module,
    file,
    source,
    *elsewhere(name) {
      for (const path of files.naming([name])) {
        const before = known.get(path);
        if (before !== undefined) yield before;
        if (before !== undefined || path === file) continue;
        if (known.size >= maxPrograms || files.isOver()) return;
        const other = files.sourceOf(path);
        if (other === undefined || sitesOf(other, new Set([name])).length === 0) continue;
        const { frame, depth, quiet } = state;
        const ran = runProgram(interpreter, path, other);
        Object.assign(state, { frame, depth, quiet });
        if (ran === undefined) continue;
        const made: Program = { ...program, module: ran, file: path, source: other };
        known.set(path, made);
        yield made;
      }
    },
  };
  return program;
}

/** Runs a file as a program, as far as that goes. */
export function runProgram(interpreter: Interpreter, path: string, source: SourceFile): PyModule | undefined {
  try {
    return interpreter.modules.run("__main__", path, source);
  } catch (error) {
    if (error instanceof Raised || error instanceof Stopped || error instanceof RangeError)
      return interpreter.machine.modules.get("__main__");
    throw error;
  }
}
