import type { Node, Stmt } from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import { boundNames } from "./bound-names.ts";
import type { Frame, Machine, Note } from "./machine.ts";
import { namedModules } from "./nn-tree.ts";
import { startFollowing } from "./read-log.ts";
import { isUnknown, type PyInstance, type Value } from "./values.ts";

/*
 * The program builds a model, and something there is not known: in its constructor, or in what the program did before in the
 * same statement. The model is there all the same, for whoever wants to know what it comes to: what is not known is its own
 * doubt, told when it is estimated, and rests on whatever the program makes of it.
 */

/** Models of the program that are open, and the names by which it knows them. */
export interface OpenModels {
  readonly doubts: WeakMap<PyInstance, readonly Note[]>;
  readonly names: Map<string, readonly Note[]>;
  /** What the statement that is run has left open so far, itself or by the models that it has built or called by name. */
  readonly carried: Note[];
  /** Branches whose sides could not be put together, and calls with other arguments: what they change outlives the statement. */
  readonly lasting: Note[];
  /** The last doubt, of whatever kind. */
  last: Note | undefined;
}

export const noOpenModels = (): OpenModels => ({
  doubts: new WeakMap(),
  names: new Map(),
  carried: [],
  lasting: [],
  last: undefined,
});

/** What decides what is changed. */
const changing: ReadonlySet<string> = new Set([
  "a branch",
  "a conditional expression",
  "the arguments of a function",
]);

/** Doubts of one statement that are kept. */
const maxCarried = 16;

/** What decides which statements run, and with what. Anything else that is not known stays in the values that it gives. */
const decisions: ReadonlySet<string> = new Set([
  "the arguments of a call",
  "the arguments of a function",
  "a branch",
  "a comprehension",
  "a conditional expression",
  "a loop",
  "a `while` loop",
  "a `match`",
]);

export function leaveOpenHere(open: OpenModels, note: Note): void {
  open.last = note;
  if (decisions.has(note.what)) add(open.carried, note);
  if (changing.has(note.what)) add(open.lasting, note);
}

/**
 * Tells of a branch, as one that may change what outlives the statement.
 * @returns what says that it does not: what the statement gives rests on it, and nothing else
 */
export function tellLasting({ lasting }: OpenModels, tell: () => void): () => void {
  const at = lasting.length;
  tell();
  const [told] = lasting.slice(at);
  return () => {
    if (told !== undefined && lasting[at] === told) lasting.splice(at, 1);
  };
}

/** Functions that change nothing but what they give, and elements of arrays that they are given. */
const makers = /^(numpy|json|yaml)\b|^omegaconf\b.*\.(load|create|structured)$/;

export const changesNothingElse = ({ code, name }: Frame): boolean =>
  code.prelude && makers.test(`${code.module.name}.${name}`);

function add(notes: Note[], note: Note): void {
  const isTold = notes.some(({ what, why }) => what === note.what && why === note.why);
  if (!isTold && notes.length < maxCarried) notes.push(note);
}

/** @returns what takes back what was left open since. */
export function openSavepoint({ carried, lasting }: OpenModels): () => void {
  const lengths = [carried.length, lasting.length] as const;
  return () => {
    carried.length = Math.min(carried.length, lengths[0]);
    lasting.length = Math.min(lasting.length, lengths[1]);
  };
}

/** A statement of the program runs, or what it calls; no file that is imported. */
export function isInProgram(m: Machine): boolean {
  for (let { frame } = m.state; frame !== undefined; frame = frame.caller)
    if (frame.kind === "module") return frame.code.module.name === "__main__";
  return false;
}

/** The program itself builds a model: it is no part of one, and no file that is imported makes it. */
function isProgram(m: Machine): boolean {
  for (let { frame } = m.state; frame !== undefined; frame = frame.caller) {
    if (frame.kind === "module") return frame.code.module.name === "__main__";
    if (frame.owner?.cls?.isModule === true) return false;
  }
  return false;
}

/** Builds a model. What is not known there is no doubt of the statement that asks for it. */
export function buildOpenly(m: Machine, make: () => Value): Value {
  const { state } = m;
  if (!state.quiet || !isProgram(m)) return make();
  const { doubts } = state;
  const { value: made, notes } = m.notesOf(make);
  if (!isInstance(made)) return made;
  state.doubts = doubts;
  carry(state.open, notes);
  keepOpen(m, made);
  return made;
}

/** What is open in the statement stays with the model. */
export function keepOpen(m: Machine, model: PyInstance, notes = carriedSoFar(m)): void {
  const { state } = m;
  if (notes.length === 0) return;
  // No value shows that.
  state.unseen += 1;
  for (const [module] of namedModules(model)) state.open.doubts.set(module, notes);
}

/** What rests on this statement of the program, and on the models that it has built or read so far. */
export function carriedSoFar({ state: { open, reads } }: Machine): readonly Note[] {
  return distinct([...open.lasting, ...open.carried, ...namesIn(open, reads.names?.get("__main__"))]);
}

/** @param isCalled the program calls it: what it does after that is none of its doubts */
export const doubtsOf = (
  { state: { open } }: Machine,
  model: PyInstance,
  isCalled: boolean,
): readonly Note[] => distinct([...(open.doubts.get(model) ?? []), ...(isCalled ? [] : open.lasting)]);

/** @returns what tells, once, what the names that were read since rest on. */
export function followOpenNames(m: Machine): () => readonly Note[] {
  const { open } = m.state;
  if (open.names.size === 0) return () => [];
  const end = startFollowing(m);
  let told: readonly Note[] | undefined;
  return () => {
    told ??= namesIn(open, end().read.get("__main__"));
    return told;
  };
}

/** Runs a statement of the program: names of models that it binds are open from then on; any other value is not known. */
export function runOpenly(m: Machine, vars: Map<string, Value>, statement: Stmt, body: () => void): void {
  const { open } = m.state;
  open.carried.length = 0;
  open.last = undefined;
  if (open.names.size > 0) carry(open, namesIn(open, namesOf(statement)));
  const read = followOpenNames(m);
  try {
    body();
  } finally {
    const notes = distinct([...read(), ...open.carried]);
    if (notes.length > 0 || open.names.size > 0) bindOpenly(m, vars, boundNames(statement), notes);
  }
}

function bindOpenly(
  { state: { open }, unknown }: Machine,
  vars: Map<string, Value>,
  names: ReadonlySet<string>,
  notes: readonly Note[],
): void {
  const [first] = notes;
  for (const name of names) {
    const value = vars.get(name);
    if (value === undefined || isUnknown(value)) continue;
    if (isInstance(value) && open.doubts.has(value)) open.names.set(name, notes);
    else if (first === undefined) open.names.delete(name);
    else if (!isDefinition(value)) vars.set(name, unknown(first.why));
  }
}

/** Names that a statement reads while it runs; in a definition nothing does. */
function namesOf(statement: Stmt): ReadonlySet<string> {
  const found = new Set<string>();
  if (statement.kind === "FunctionDef" || statement.kind === "ClassDef") return found;
  const bound: readonly Node[] = statement.kind === "Assign" ? statement.targets : [];
  walk(statement, (each) => {
    if (each.kind === "Name" && !bound.includes(each)) found.add(each.id);
    return true;
  });
  return found;
}

const namesIn = ({ names }: OpenModels, read: ReadonlySet<string> | undefined): readonly Note[] =>
  [...(read ?? [])].flatMap((name) => (name === "*" ? [...names.values()].flat() : (names.get(name) ?? [])));

const carry = ({ carried }: OpenModels, notes: readonly Note[]): void => {
  carried.push(...notes.filter((each) => !carried.includes(each)));
};

const isInstance = (value: Value): value is PyInstance =>
  typeof value === "object" && value.kind === "instance";

/** What a module or a function is does not depend on what it is given. */
const isDefinition = (value: Value): boolean =>
  typeof value === "object" && (value.kind === "module" || value.kind === "function");

const distinct = (notes: readonly Note[]): readonly Note[] => [...new Set(notes)];
