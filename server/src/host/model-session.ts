import { type Interpreter, makeInterpreter } from "../model/interpreter.ts";
import type { Limits } from "../model/machine.ts";
import { type Prelude, shared, substituted } from "../model/prelude.ts";
import type { FileSystem } from "../semantic/file-system.ts";
import { loadPythonParser } from "../syntax/parser.ts";
import { createSyntax, type Syntax } from "../syntax/source-file.ts";
import { createDisk } from "./disk.ts";
import { parserBinaries } from "./parser-binaries.ts";
import { preludeOf } from "./prelude.ts";

export interface Session {
  readonly interpreter: Interpreter;
  readonly syntax: Syntax;
  readonly files: FileSystem;
  readonly readText: (path: string) => string | undefined;
}

export const defaultLimits: Limits = { steps: 50_000_000, depth: 200, ops: 1_000_000, milliseconds: 60_000 };

/** An interpreter over the files on disk. `roots` are the folders that hold packages, the project's first. */
export async function createSession(roots: readonly string[], limits: Limits): Promise<Session> {
  const syntax = createSyntax(await loadPythonParser(parserBinaries()));
  const files = createDisk();
  const interpreter = createInterpreter({ syntax, files, roots, limits, now: () => performance.now() });
  return { interpreter, syntax, files, readText: (path) => files.readText(path) };
}

export interface InterpreterSetting {
  readonly syntax: Syntax;
  readonly files: FileSystem;
  readonly roots: readonly string[];
  readonly limits: Limits;
  /** Milliseconds from any origin. */
  readonly now: () => number;
}

export function createInterpreter({ syntax, files, roots, limits, now }: InterpreterSetting): Interpreter {
  const prelude = preludeOf(syntax);
  return makeInterpreter({
    files,
    roots,
    parse: syntax.parse,
    read: syntax.read,
    prelude,
    closed: closedPackages(prelude),
    limits,
    now,
  });
}

/** Packages that only the prelude provides: the installed ones are never read in their stead. */
const closedPackages = ({ names }: Prelude): ReadonlySet<string> =>
  new Set(
    [...names]
      .map((name) => name.replace(/\..*$/, ""))
      .filter((name) => !shared.has(name) && !substituted.has(name)),
  );
