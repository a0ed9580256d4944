import type { Node } from "../syntax/ast.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import { walk } from "../syntax/visit.ts";
import { type Recorded, type Recorder, record } from "./caller-recorder.ts";
import type { Callers, Construction } from "./construction.ts";
import { findEntries } from "./entries.ts";
import { estimateModels } from "./estimate-model.ts";
import { type InputHint, inputHints } from "./input-hints.ts";
import type { Interpreter } from "./interpreter.ts";
import type { Frame } from "./machine.ts";
import { type OpenQuestions, openQuestions } from "./open-questions.ts";
import { type CallerFiles, programOf, runProgram } from "./program.ts";
import { askedAt, attempt, type Program, reach, type Site, sitesOf, tryStatement } from "./reach.ts";
import { isUnknown } from "./values.ts";

export interface CallerQuery {
  /** The file whose models are looked for. */
  readonly file: string;
  readonly source: SourceFile;
  readonly questions: OpenQuestions;
}

/** Places that are followed in one file, and files that are looked into. */
const maxSites = 6;
const maxFiles = 24;
/** Steps that a file may run as a program; what it leaves is for the places that are gone to. */
const programSteps = 600_000;
/** Statements behind the one that builds a model in which it may be called. */
const maxAfter = 40;
/** Models inside models inside models. */
const maxDepth = 2;
/** Files of models that are run for their parts. */
const maxWholes = 4;

/**
 * How other code builds the models of a file: each file that names them is run as a program in an interpreter of its own
 * as far as that goes, then every place that builds one is gone to, until one is found whose arguments are all known. What
 * is only a part of other models is built and called as in the first of those that runs.
 */
export function findCallers(
  interpreter: Interpreter,
  query: CallerQuery,
  files: CallerFiles,
  depth = 0,
): Callers {
  const { file, source, questions } = query;
  const left = new Set([...questions.wanted, ...questions.unsized]);
  const all: ReadonlySet<string> = new Set(left);
  const words = new Set([...all, ...factoriesIn(source, all)]);
  const found = new Map<string, Recorded>();
  const hints: InputHint[] = [];
  const keep = (each: Recorded): void => {
    const { name, call } = each.construction;
    const before = found.get(name);
    if (before === undefined || isBetter(each, before)) found.set(name, each);
    if (each.why === undefined && (call !== undefined || !questions.unsized.includes(name)))
      left.delete(name);
  };
  let looked = 0;
  for (const path of files.naming([...words])) {
    if (looked >= maxFiles || left.size === 0 || files.isOver()) break;
    const other = files.sourceOf(path);
    const sites = other === undefined ? [] : sitesOf(other, words).filter(({ node }) => !isInModel(node));
    if (other === undefined || sites.length === 0) continue;
    looked += 1;
    const records = asProgram(interpreter, path, other, sites, file, all, files);
    records.forEach(keep);
    if (path !== file && records.length > 0) hints.push(...hintsOf(path, other.text, records));
  }
  if (depth < maxDepth) asParts(interpreter, query, left, keep, files, depth);
  // What the file builds itself is built otherwise only where that tells what it is called with.
  const known = [...found.values()].filter(
    ({ why, construction: { name, call } }) =>
      questions.wanted.includes(name) || (why === undefined && call !== undefined),
  );
  return {
    constructions: known.map(({ construction }) => ({
      ...construction,
      others: othersOf(construction, file, files),
    })),
    hints,
    unbuilt: questions.wanted.filter((name) => !found.has(name)),
    failed: known.flatMap(({ construction: { name, at }, why }) =>
      why === undefined ? [] : [{ name, at, why }],
    ),
  };
}

/** Files that name the class and were not chosen. */
const othersOf = ({ name, at }: Construction, file: string, files: CallerFiles): number =>
  files.naming([name]).filter((path) => path !== file && path !== at.file).length;

/** Arguments that are known come first, then a call that is. */
const isBetter = (each: Recorded, than: Recorded): boolean =>
  each.why === undefined &&
  (than.why !== undefined || (each.construction.call !== undefined && than.construction.call === undefined));

/** Calls inside a class of torch's make parts of other models. */
function isInModel(node: Node): boolean {
  for (let at = node.parent; at !== undefined; at = at.parent)
    if (at.kind === "ClassDef")
      return at.body.some((each) => each.kind === "FunctionDef" && each.name === "forward");
  return false;
}

/** Classes of the file have one of these in them: made in `__init__`, or named in its parameters or elsewhere. */
const usesInModel = (source: SourceFile, names: ReadonlySet<string>): boolean =>
  source.chunks.some(({ chunk }) => {
    const isModel = chunk.body.some((node) => node.kind === "ClassDef");
    const isOne = (node: Node): boolean => node.kind === "Name" && names.has(node.id);
    const isAttribute = (node: Node): boolean => node.kind === "Attribute" && names.has(node.attr);
    return (
      isModel &&
      ((chunk.nodes.get("Name") ?? []).some(isOne) || (chunk.nodes.get("Attribute") ?? []).some(isAttribute))
    );
  });

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

/** Runs a file as a program and goes to the places that build a model. */
function asProgram(
  interpreter: Interpreter,
  path: string,
  source: SourceFile,
  sites: readonly Site[],
  file: string,
  classes: ReadonlySet<string>,
  files: CallerFiles,
): readonly Recorded[] {
  const { state } = interpreter.machine;
  const run = interpreter.reset();
  const recorder = record(interpreter, { path, source, file, classes, isInside: false });
  const { found } = recorder;
  try {
    const { budget } = state;
    state.budget = Math.min(budget, programSteps);
    const module = runProgram(interpreter, path, source);
    state.budget = budget;
    recorder.observe();
    if (module === undefined) return [...found.values()];
    state.quiet = true;
    const program = programOf(interpreter, module, path, source, files);
    for (const site of sites.slice(0, maxSites)) {
      if (files.isOver()) break;
      const isOpen = [...classes].some((name) => found.get(name)?.why !== undefined || !found.has(name));
      const reached = isOpen ? reach(program, site) : undefined;
      if (reached === undefined) continue;
      const { frame, statement, after } = reached;
      const before = found.size;
      tryStatement(program, statement, frame);
      if (found.size === before && classes.has(site.name) && !found.has(site.name))
        askAnyway(recorder, program, site, frame, file);
      for (const next of after.slice(0, maxAfter)) {
        if (run.observed.length > 0) break;
        tryStatement(program, next, frame);
      }
      attempt(program, frame, () => recorder.observe());
    }
    return [...found.values()];
  } finally {
    recorder.end();
    interpreter.modules.forget();
  }
}

/**
 * A call that its statement did not come to is made with what can be known of its arguments. One that goes to whatever
 * has that name in a module chosen by name (`models[args.arch].Model(args)`) goes to this file's class as to the others.
 */
function askAnyway(recorder: Recorder, program: Program, site: Site, frame: Frame, file: string): void {
  const { machine } = program.interpreter;
  const { callee, args, kwargs } = attempt(program, frame, () => askedAt(program, frame, site.node)) ?? {};
  if (callee === undefined || args === undefined || kwargs === undefined) return;
  const other = typeof callee === "object" && callee.kind === "class" ? callee.code?.file : undefined;
  const isBeside = other !== undefined && other !== file && folderOf(other) === folderOf(file);
  const isChosen =
    site.node.func.kind !== "Name" && (isBeside || (isUnknown(callee) && names(program, file)));
  if (isChosen)
    attempt(program, frame, () =>
      recorder.note(
        site.name,
        args,
        kwargs,
        `the model chosen there is taken to be \`${site.name}\` of this file`,
      ),
    );
  else if (!isUnknown(callee)) attempt(program, frame, () => machine.call(callee, args, kwargs));
}

/** The program speaks of the file, or of the folder that it lies in. */
const names = ({ source }: Program, file: string): boolean => {
  const [name = "", folder = ""] = file.replace(/\.py$/, "").split("/").reverse();
  return new RegExp(`\\b(?:${name}|${folder})\\b`).test(source.text);
};

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));

/** Runs the models of files that use the classes inside their own, as other files in turn build those. */
function asParts(
  interpreter: Interpreter,
  { file }: CallerQuery,
  left: ReadonlySet<string>,
  keep: (each: Recorded) => void,
  files: CallerFiles,
  depth: number,
): void {
  let looked = 0;
  for (const path of left.size === 0 ? [] : files.naming([...left])) {
    if (looked >= maxWholes || left.size === 0 || files.isOver()) return;
    const source = path === file ? undefined : files.sourceOf(path);
    if (source === undefined || !usesInModel(source, left)) continue;
    looked += 1;
    interpreter.reset();
    const module = runProgram(interpreter, path, source);
    if (module === undefined) continue;
    const own = findEntries(interpreter, module, source);
    const guessed = own.filter(({ observed }) => observed === undefined);
    const ran = guessed.map(
      ({ name }) => ({ name, inputSource: "guess", missingInputs: [], builtAt: null }) as const,
    );
    const questions = openQuestions(module, source, own, ran);
    const callers = findCallers(interpreter, { file: path, source, questions }, files, depth + 1);
    const classes = new Set(left);
    let recorder = record(interpreter, { path, source, file, classes, isInside: true });
    try {
      estimateModels(interpreter, {
        file: path,
        source,
        callers,
        isWorthwhile: () => left.size > 0 && !files.isOver(),
        onModel: ({ name, failure, output, assumptions }) => {
          const isSound = failure === undefined && output !== undefined;
          for (const { construction, why } of recorder.found.values())
            keep({
              why,
              construction: {
                ...construction,
                call: isSound ? construction.call : undefined,
                assumptions: [partOf(construction.name, name, path), ...assumptions],
              },
            });
          recorder = record(interpreter, { path, source, file, classes: new Set(left), isInside: true });
        },
      });
    } finally {
      recorder.end();
      interpreter.modules.forget();
    }
  }
}

const partOf = (part: string, whole: string, path: string): string =>
  `\`${part}\` is looked at as a part of \`${whole}\` in \`${nameOf(path)}\``;

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** What a caller's text says of sizes, and what it calls the model with. */
function hintsOf(path: string, text: string, records: readonly Recorded[]): readonly InputHint[] {
  const called = records.flatMap(({ construction: { call } }): readonly InputHint[] => {
    const [first] = call?.args ?? [];
    if (call === undefined || first?.kind !== "tensor") return [];
    const shape = first.shape.flatMap((size) => (typeof size === "number" ? [size] : []));
    const from = `the call in line ${call.at.line} of ${nameOf(path)}`;
    return shape.length === first.shape.length
      ? [{ kind: "example", shape, isInteger: first.dtype === "int64", from }]
      : [];
  });
  return [
    ...called,
    ...inputHints(text).map((hint) => ({ ...hint, from: `${hint.from} of ${nameOf(path)}` })),
  ];
}
