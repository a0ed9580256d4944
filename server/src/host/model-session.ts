import { type Interpreter, makeInterpreter } from "../model/interpreter.ts";
import type { Limits } from "../model/machine.ts";
import { stdlibPrelude } from "../model/stdlib/prelude.gen.ts";
import { loadPythonParser } from "../syntax/parser.ts";
import { createSyntax, type Syntax } from "../syntax/source-file.ts";
import { torchPrelude } from "../torch/nn/prelude.gen.ts";
import { createDisk } from "./disk.ts";
import { parserBinaries } from "./parser-binaries.ts";

export interface Session {
  readonly interpreter: Interpreter;
  readonly syntax: Syntax;
  readonly readText: (path: string) => string | undefined;
}

export const defaultLimits: Limits = { steps: 50_000_000, depth: 200, ops: 1_000_000, milliseconds: 60_000 };

/** An interpreter over the files on disk. `roots` are the folders that hold packages, the project's first. */
export async function createSession(roots: readonly string[], limits: Limits): Promise<Session> {
  const syntax = createSyntax(await loadPythonParser(parserBinaries()));
  const files = createDisk();
  const prelude = new Map([...stdlibPrelude, ...torchPrelude]);
  const interpreter = makeInterpreter({
    files,
    roots,
    parse: (text) => syntax.parse(text),
    prelude,
    closed: new Set([...prelude.keys()].map((name) => name.replace(/\..*$/, ""))),
    limits,
    now: () => performance.now(),
  });
  return { interpreter, syntax, readText: (path) => files.readText(path) };
}
