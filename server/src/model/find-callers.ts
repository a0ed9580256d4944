import { lineStarts, positionAt } from "../base/text.ts";
import type { Node } from "../syntax/ast.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import { walk } from "../syntax/visit.ts";
import type { CallerPlace, Callers, Construction, RecordedCall } from "./construction.ts";
import { type InputHint, inputHints } from "./input-hints.ts";
import type { Interpreter } from "./interpreter.ts";
import { Raised, Stopped } from "./machine.ts";
import { createMadeModules } from "./made-modules.ts";
import { firstUnknown, portable } from "./portable-value.ts";
import { attempt, type Program, reach, type Site, sitesOf, tryStatement } from "./reach.ts";
import type { Kwargs, PyModule, Value } from "./values.ts";

/** The project around a file, as the rim reads it. */
export interface CallerFiles {
  /** Paths of files that hold one of these words, those that tell most first, the file itself among them. */
  readonly naming: (words: readonly string[]) => readonly string[];
  readonly sourceOf: (path: string) => SourceFile | undefined;
  /** The time for looking is over. */
  readonly isOver: () => boolean;
}

export interface CallerQuery {
  /** The file whose models are looked for. */
  readonly file: string;
  readonly source: SourceFile;
  /** Its classes that it does not build itself. */
  readonly wanted: readonly string[];
  /** Its classes of which it does not tell the sizes of inputs. */
  readonly unsized: readonly string[];
}

/** Places that are followed in one file, and files that are looked into. */
const maxSites = 6;
const maxFiles = 24;
/** Statements behind the one that builds a model in which it may be called. */
const maxAfter = 40;

interface Found {
  readonly construction: Construction;
  /** Why an argument is not known; `undefined` when all are. */
  readonly why: string | undefined;
}

/**
 * How other code builds the models of a file: each file that names them is run as a program in an interpreter of its own
 * as far as that goes, then every place that builds one is gone to, until one is found whose arguments are all known.
 */
export function findCallers(interpreter: Interpreter, query: CallerQuery, files: CallerFiles): Callers {
  const { file, source } = query;
  const left = new Set(query.wanted);
  const unsized = new Set(query.unsized);
  const all = new Set([...left, ...unsized]);
  const words = new Set([...all, ...factoriesIn(source, all)]);
  const found = new Map<string, Found>();
  const hints: InputHint[] = [];
  let places = 0;
  let looked = 0;
  for (const path of files.naming([...words])) {
    if (looked >= maxFiles || left.size + unsized.size === 0 || files.isOver()) break;
    const other = files.sourceOf(path);
    const sites = other === undefined ? [] : sitesOf(other, words).filter(({ node }) => !isPart(node));
    if (other === undefined || sites.length === 0) continue;
    looked += 1;
    places += sites.length;
    const records = follow(interpreter, path, other, sites, file, all, files);
    for (const each of records) {
      const { name } = each.construction;
      const before = found.get(name);
      if (before === undefined || (before.why !== undefined && each.why === undefined)) found.set(name, each);
      if (each.why === undefined) left.delete(name);
      unsized.delete(name);
    }
    if (path !== file && records.length > 0) hints.push(...hintsOf(path, other.text, records));
  }
  const known = [...found.values()].filter(({ construction: { name } }) => query.wanted.includes(name));
  return {
    constructions: known.map(({ construction }) => ({ ...construction, others: places - 1 })),
    hints,
    failed: known.flatMap(({ construction: { name, at }, why }) =>
      why === undefined ? [] : [{ name, at, why }],
    ),
  };
}

/** Calls inside a class of torch's make parts of other models. */
function isPart(node: Node): boolean {
  for (let at = node.parent; at !== undefined; at = at.parent)
    if (at.kind === "ClassDef")
      return at.body.some((each) => each.kind === "FunctionDef" && each.name === "forward");
  return false;
}

/** Functions of the file that build one of the classes, at its top level. */
function factoriesIn(source: SourceFile, classes: ReadonlySet<string>): readonly string[] {
  return source.chunks.flatMap(({ chunk }) =>
    chunk.body.flatMap((node): readonly string[] => {
      if (node.kind !== "FunctionDef") return [];
      let builds = false;
      walk(node, (each) => {
        builds ||= each.kind === "Call" && each.func.kind === "Name" && classes.has(each.func.id);
        return !builds;
      });
      return builds ? [node.name] : [];
    }),
  );
}

function follow(
  interpreter: Interpreter,
  path: string,
  source: SourceFile,
  sites: readonly Site[],
  file: string,
  classes: ReadonlySet<string>,
  files: CallerFiles,
): readonly Found[] {
  const { machine } = interpreter;
  const { state } = machine;
  const starts = lineStarts(source.text);
  const lineOf = (offset: number): number => positionAt(starts, offset).line + 1;
  const found = new Map<string, Found>();
  const run = interpreter.reset();
  const modules = createMadeModules(file);
  const { madeWith } = modules;
  const recorded = (args: readonly Value[], kwargs: Kwargs): RecordedCall => ({
    args: args.map((each) => portable(each, file, madeWith)),
    kwargs: [...kwargs].map(([name, each]) => [name, portable(each, file, madeWith)]),
  });
  /** The line of this file that is being run. */
  const here = (): CallerPlace => {
    let line = 1;
    for (let frame = state.frame; frame !== undefined; frame = frame.caller)
      if (frame.code.file === path && !frame.code.prelude) {
        line = lineOf(frame.code.start + frame.start);
        break;
      }
    return { file: path, line };
  };
  state.constructing = (cls, args, kwargs, make) => {
    const before = found.get(cls.name);
    const isWanted = cls.code?.file === file && classes.has(cls.name);
    if (isWanted && (before === undefined || before.why !== undefined)) {
      const call = recorded(args, kwargs);
      const why = whyUnknown(call);
      const construction = {
        name: cls.name,
        ...call,
        at: here(),
        others: 0,
        call: undefined,
        assumptions: [...run.assumed],
      };
      if (before === undefined || why === undefined) found.set(cls.name, { construction, why });
    }
    return modules.making(cls, args, kwargs, make);
  };
  const observe = (): void => {
    for (const { model, args, kwargs } of run.observed.splice(0)) {
      const known = found.get(model.cls.name);
      if (known === undefined || known.construction.call !== undefined || model.cls.code?.file !== file)
        continue;
      const call = { ...recorded(args, kwargs), at: here() };
      if (whyUnknown(call) === undefined)
        found.set(model.cls.name, { ...known, construction: { ...known.construction, call } });
    }
  };
  try {
    const module = runProgram(interpreter, path, source);
    observe();
    if (module === undefined) return [...found.values()];
    state.quiet = true;
    const program = programOf(interpreter, module, path, source, files);
    for (const site of sites.slice(0, maxSites)) {
      if (files.isOver()) break;
      const names = [...classes].filter((name) => found.get(name)?.why !== undefined || !found.has(name));
      if (names.length === 0) break;
      const reached = reach(program, site);
      if (reached === undefined) continue;
      const { frame, statement, after } = reached;
      tryStatement(program, statement, frame);
      for (const next of after.slice(0, maxAfter)) {
        if (run.observed.length > 0) break;
        tryStatement(program, next, frame);
      }
      attempt(program, frame, observe);
    }
    return [...found.values()];
  } finally {
    state.constructing = undefined;
    interpreter.modules.forget();
  }
}

/** Files that are run to learn what a function of a file is given. */
const maxPrograms = 3;

function programOf(
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

function runProgram(interpreter: Interpreter, path: string, source: SourceFile): PyModule | undefined {
  try {
    return interpreter.modules.run("__main__", path, source);
  } catch (error) {
    if (error instanceof Raised || error instanceof Stopped || error instanceof RangeError)
      return interpreter.machine.modules.get("__main__");
    throw error;
  }
}

const whyUnknown = ({ args, kwargs }: RecordedCall): string | undefined =>
  firstUnknown([...args, ...kwargs.map(([, each]) => each)]);

/** What a caller's text says of sizes, and what it calls the model with. */
function hintsOf(path: string, text: string, records: readonly Found[]): readonly InputHint[] {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const called = records.flatMap(({ construction: { call } }): readonly InputHint[] => {
    const [first] = call?.args ?? [];
    if (call === undefined || first?.kind !== "tensor") return [];
    const shape = first.shape.flatMap((size) => (typeof size === "number" ? [size] : []));
    const from = `the call in line ${call.at.line} of ${name}`;
    return shape.length === first.shape.length
      ? [{ kind: "example", shape, isInteger: first.dtype === "int64", from }]
      : [];
  });
  return [...called, ...inputHints(text).map((hint) => ({ ...hint, from: `${hint.from} of ${name}` }))];
}
