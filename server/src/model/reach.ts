import type { Call, Expr, FunctionDef, Node, Stmt } from "../syntax/ast.ts";
import type { PlacedChunk, SourceFile } from "../syntax/chunk.ts";
import { assign } from "./assign.ts";
import { boundNames } from "./bound-names.ts";
import { lookup } from "./classes.ts";
import { dictEntries } from "./dicts.ts";
import { enter, makeFunction } from "./functions.ts";
import type { Interpreter } from "./interpreter.ts";
import { type Frame, Raised, Stopped } from "./machine.ts";
import { moduleFrame } from "./run-module.ts";
import { store } from "./scope.ts";
import { isUnknown, type PyFunction, type PyModule, type Value } from "./values.ts";

/** A node of a file that was run as a program. */
export interface Site {
  /** Of what is called. */
  readonly name: string;
  readonly placed: PlacedChunk;
  readonly node: Call;
}

/** The statement that a site stands in, about to be run. */
export interface Reached {
  readonly frame: Frame;
  readonly statement: Stmt;
  /** What follows it in its block. */
  readonly after: readonly Stmt[];
}

/** Steps that one statement on the way may take. */
const statementSteps = 150_000;
/** Functions around a site whose own callers are looked for. */
const maxCallers = 4;

/** A file that was run as a program, as far as that goes. */
export interface Program {
  readonly interpreter: Interpreter;
  readonly module: PyModule;
  readonly file: string;
  readonly source: SourceFile;
  /** Other files that name something, run as programs, those that tell most first. */
  readonly elsewhere: (name: string) => Iterable<Program>;
}

/**
 * Goes to a site on the way that the program would take, whatever conditions guard it: statements before it run, of a loop
 * the first turn. Functions around it are entered with what their callers in the file give, else with their defaults.
 */
export function reach(
  program: Program,
  { placed, node }: Pick<Site, "placed" | "node">,
  depth = 0,
): Reached | undefined {
  const way = new Set<Node>();
  let around: FunctionDef | undefined;
  for (let at: Node | undefined = node; at !== undefined; at = at.parent) {
    if (at.kind === "FunctionDef") {
      around = at;
      break;
    }
    if (at.kind === "ClassDef") return undefined;
    way.add(at);
  }
  if (around === undefined) {
    const frame = mainFrame(program, placed);
    const top = placed.chunk.body.find((each) => way.has(each));
    const rest = placed.chunk.body.slice(placed.chunk.body.findIndex((each) => way.has(each)) + 1);
    const later = program.source.chunks.filter(({ start }) => start > placed.start);
    return top === undefined
      ? undefined
      : within(program, top, [...rest, ...later.flatMap(({ chunk }) => chunk.body)], frame, way);
  }
  const frame = frameOf(program, placed, around, depth);
  return frame === undefined ? undefined : advance(program, around.body, frame, way);
}

/** Runs what a guess leads to: an exception or a limit ends it and nothing else. */
export function attempt<T>({ interpreter }: Program, frame: Frame, body: () => T): T | undefined {
  const { state } = interpreter.machine;
  const { budget, depth } = state;
  state.frame = frame;
  state.budget = Math.min(budget, state.steps + statementSteps);
  try {
    return body();
  } catch (error) {
    if (error instanceof Raised || error instanceof Stopped || error instanceof RangeError) return undefined;
    throw error;
  } finally {
    Object.assign(state, { frame, depth, budget });
  }
}

/** Runs one statement; what it should have bound is unknown when it fails. */
export function tryStatement(program: Program, statement: Stmt, frame: Frame): void {
  const { machine } = program.interpreter;
  const isDone = attempt(program, frame, () => {
    machine.execute([statement], frame);
    return true;
  });
  if (isDone === true || statement.kind === "FunctionDef" || statement.kind === "ClassDef") return;
  for (const name of boundNames(statement))
    if (frame.scope.vars.get(name) === undefined)
      store(frame, name, machine.unknown(`how \`${name}\` is made could not be followed`));
}

function advance(
  program: Program,
  body: readonly Stmt[],
  frame: Frame,
  way: ReadonlySet<Node>,
): Reached | undefined {
  for (const [i, statement] of body.entries()) {
    if (way.has(statement)) return within(program, statement, body.slice(i + 1), frame, way);
    tryStatement(program, statement, frame);
  }
  return undefined;
}

function within(
  program: Program,
  statement: Stmt,
  after: readonly Stmt[],
  frame: Frame,
  way: ReadonlySet<Node>,
): Reached | undefined {
  const { machine } = program.interpreter;
  const inside = blocksOf(statement).find((block) => block.some((each) => way.has(each)));
  if (inside === undefined) return { frame, statement, after };
  if (statement.kind === "For") {
    const item = attempt(program, frame, () => machine.iterate(machine.evaluate(statement.iter, frame))());
    const turn = item ?? machine.unknown("what the loop goes over is not known");
    attempt(program, frame, () => assign(machine, statement.target, turn, frame));
  } else if (statement.kind === "With")
    attempt(program, frame, () => machine.enterContexts(statement.items, frame));
  return advance(program, inside, frame, way);
}

/** Where statements stand inside a statement, functions and classes aside. */
function blocksOf(node: Stmt): readonly (readonly Stmt[])[] {
  switch (node.kind) {
    case "If":
    case "While":
    case "For":
      return [node.body, node.orelse];
    case "With":
      return [node.body];
    case "Try":
      return [node.body, ...node.handlers.map(({ body }) => body), node.orelse, node.finalbody];
    case "Match":
      return node.cases.map(({ body }) => body);
    default:
      return [];
  }
}

const mainFrame = ({ module, file }: Program, { start }: PlacedChunk): Frame =>
  moduleFrame(module, { file, start, prelude: false, module }, undefined);

/** A function of the program as it would be entered. */
function frameOf(program: Program, placed: PlacedChunk, node: FunctionDef, depth: number): Frame | undefined {
  if (depth >= maxCallers) return undefined;
  const { machine } = program.interpreter;
  const owner = node.parent?.kind === "ClassDef" ? node.parent : undefined;
  const outer = mainFrame(program, placed);
  if (owner !== undefined) {
    const cls = program.module.vars.get(owner.name);
    const isClass = typeof cls === "object" && cls.kind === "class";
    const fn = isClass ? lookup(cls, node.name) : undefined;
    if (!isClass || typeof fn !== "object" || fn.kind !== "function" || fn.node !== node) return undefined;
    const given = argumentsOf(program, owner.name, owner, depth);
    if (node.name === "__init__") {
      const made = attempt(program, outer, () => machine.allocate(cls, [], new Map()));
      return made === undefined
        ? undefined
        : entered(program, outer, fn, [made, ...given.args], given.kwargs);
    }
    const self =
      attempt(program, outer, () => machine.call(cls, given.args, given.kwargs)) ??
      attempt(program, outer, () => machine.allocate(cls, [], new Map()));
    return self === undefined ? undefined : entered(program, outer, fn, [self], new Map());
  }
  const inner = enclosing(node);
  if (inner !== undefined) {
    const around = frameOf(program, placed, inner, depth + 1);
    const reached = around && advance(program, inner.body, around, new Set<Node>([node]));
    if (around === undefined || reached === undefined) return undefined;
    const { args, kwargs } = argumentsOf(program, node.name, node, depth);
    return entered(program, around, makeFunction(machine, node, around), args, kwargs);
  }
  const bound = program.module.vars.get(node.name);
  const isSame = typeof bound === "object" && bound.kind === "function" && bound.node === node;
  const fn = isSame ? bound : attempt(program, outer, () => makeFunction(machine, node, outer));
  if (fn === undefined) return undefined;
  const { args, kwargs } = argumentsOf(program, node.name, node, depth);
  return entered(program, outer, fn, args, kwargs);
}

function enclosing(node: Node): FunctionDef | undefined {
  for (let at = node.parent; at !== undefined; at = at.parent) if (at.kind === "FunctionDef") return at;
  return undefined;
}

export interface Given {
  readonly args: readonly Value[];
  readonly kwargs: ReadonlyMap<string, Value>;
}

const nothing: Given = { args: [], kwargs: new Map() };

/** What the first call of a name outside of `own` gives, in the file or else in another one. */
function argumentsOf(program: Program, name: string, own: Node, depth: number): Given {
  const here = givenIn(program, name, own, depth);
  if (here !== undefined || /^(?:main|__init__|forward|run|train|test)$/.test(name)) return here ?? nothing;
  for (const other of program.elsewhere(name)) {
    const there = givenIn(other, name, undefined, depth + 1);
    if (there !== undefined) return there;
  }
  return nothing;
}

/** A call that a statement did not come to, or that goes to something else: what can be known of it. */
export interface Asked extends Given {
  readonly callee: Value | undefined;
}

export function askedAt(program: Program, frame: Frame, node: Call): Asked {
  const { machine } = program.interpreter;
  const callee = attempt(program, frame, () => machine.evaluate(node.func, frame));
  return { callee, ...givenAt(program, frame, node) };
}

function givenIn(program: Program, name: string, own: Node | undefined, depth: number): Given | undefined {
  const site = sitesOf(program.source, new Set([name])).find(
    ({ node }) => own === undefined || !isWithin(node, own),
  );
  const reached = site === undefined ? undefined : reach(program, site, depth + 1);
  return site === undefined || reached === undefined ? undefined : givenAt(program, reached.frame, site.node);
}

/** Arguments of a call, each by itself: one that fails is unknown. */
function givenAt(program: Program, frame: Frame, node: Call): Given {
  const { machine } = program.interpreter;
  const evaluated = (each: Expr): Value =>
    attempt(program, frame, () => machine.evaluate(each, frame)) ??
    machine.unknown("an argument that could not be followed");
  const args: Value[] = [];
  machine.state.unknownKeywords = undefined;
  for (const each of node.args) {
    if (each.kind !== "Starred") {
      args.push(evaluated(each));
      continue;
    }
    const rest = evaluated(each.value);
    if (isUnknown(rest)) break;
    attempt(program, frame, () => {
      const next = machine.iterate(rest);
      for (let item = next(); item !== undefined; item = next()) args.push(item);
    });
  }
  const kwargs = new Map<string, Value>();
  for (const each of node.keywords) {
    const value = evaluated(each.value);
    if (each.name !== undefined) kwargs.set(each.name, value);
    else if (isUnknown(value)) machine.state.unknownKeywords = value.why;
    else if (typeof value === "object" && value.kind === "dict")
      for (const entry of dictEntries(value))
        if (typeof entry.key === "string") kwargs.set(entry.key, entry.value);
  }
  return { args, kwargs };
}

/** Parameters that nobody gives have their defaults, or are unknown. */
function entered(
  program: Program,
  caller: Frame,
  fn: PyFunction,
  args: readonly Value[],
  kwargs: ReadonlyMap<string, Value>,
): Frame | undefined {
  const { machine } = program.interpreter;
  const whole = attempt(program, caller, () => enter(machine, fn, args, kwargs));
  if (whole !== undefined) return whole;
  const given = new Map<string, Value>();
  for (const [i, param] of fn.node.params.entries()) {
    if (param.mode === "var-positional" || param.mode === "var-keyword") continue;
    const value =
      args[i] ??
      kwargs.get(param.name) ??
      fn.defaults?.get(param.name) ??
      machine.unknown(`what \`${fn.qualname}\` is given as \`${param.name}\` is not known`);
    given.set(param.name, value);
  }
  const positional = fn.node.params.filter(({ mode }) => mode === "positional-only");
  return attempt(program, caller, () =>
    enter(
      machine,
      fn,
      positional.flatMap(({ name }) => given.get(name) ?? []),
      new Map([...given].filter(([name]) => positional.every((each) => each.name !== name))),
    ),
  );
}

const isWithin = (node: Node, around: Node): boolean => {
  for (let at: Node | undefined = node; at !== undefined; at = at.parent) if (at === around) return true;
  return false;
};

/** `getattr(module, "UNet")` too. */
function nameOf(func: Expr): string | undefined {
  if (func.kind === "Name") return func.id;
  if (func.kind === "Attribute") return func.attr;
  const named = func.kind === "Call" && nameOf(func.func) === "getattr" ? func.args[1] : undefined;
  return named?.kind === "Str" ? named.value : undefined;
}

/** Calls of something by one of these names, `UNet(...)` or `models.UNet(...)`, in the order of the text. */
export function sitesOf(source: SourceFile, names: ReadonlySet<string>): readonly Site[] {
  return source.chunks.flatMap((placed) =>
    (placed.chunk.nodes.get("Call") ?? []).flatMap((node): readonly Site[] => {
      if (node.kind !== "Call") return [];
      const { func } = node;
      const name = nameOf(func);
      return name !== undefined && names.has(name) ? [{ name, placed, node }] : [];
    }),
  );
}
