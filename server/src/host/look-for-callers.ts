import { type Callers, noCallers } from "../model/construction.ts";
import { findEntries } from "../model/entries.ts";
import { findCallers } from "../model/find-callers.ts";
import type { Interpreter } from "../model/interpreter.ts";
import type { Limits } from "../model/machine.ts";
import { type OpenQuestions, openQuestions, type Ran } from "../model/open-questions.ts";
import type { FileSystem } from "../semantic/file-system.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import type { Syntax } from "../syntax/source-file.ts";
import type { CallerIndex } from "./callers.ts";
import { createInterpreter } from "./model-session.ts";

/** A search ends after this time, with what it has found. */
const searchTime = 8000;

/** Of one file that is run as a program: it builds its model early or not at all. */
const searchLimits: Limits = { steps: 1_500_000, depth: 150, ops: 50_000, milliseconds: 5000 };

/** What a file that was just run leaves open. */
export function questionsOf(
  interpreter: Interpreter,
  source: SourceFile,
  ran: readonly Ran[],
): OpenQuestions | undefined {
  const module = interpreter.machine.modules.get("__main__");
  return module === undefined
    ? undefined
    : openQuestions(module, source, findEntries(interpreter, module, source), ran);
}

export interface Search {
  readonly file: string;
  readonly source: SourceFile;
  readonly questions: OpenQuestions;
  readonly index: Pick<CallerIndex, "around">;
  readonly syntax: Syntax;
  readonly files: FileSystem;
  readonly roots: readonly string[];
  /** Milliseconds from any origin; infinite when something else is waiting. */
  readonly now: () => number;
}

/** Looks through the project for code that builds the models of a file, in an interpreter of its own. */
export function lookForCallers({ file, source, questions, index, ...rest }: Search): Callers {
  const { wanted, unsized } = questions;
  if (wanted.length + unsized.length === 0) return noCallers;
  const interpreter = createInterpreter({ ...rest, limits: searchLimits });
  return findCallers(interpreter, { file, source, questions }, index.around(file, searchTime));
}
