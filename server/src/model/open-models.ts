import type { Node, Stmt } from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import { boundNames } from "./bound-names.ts";
import type { Machine, Note } from "./machine.ts";
import { namedModules } from "./nn-tree.ts";
import { startFollowing } from "./read-log.ts";
import { isUnknown, type PyInstance, type Value } from "./values.ts";

/*
 * The program builds a model, and in its constructor something is not known. The model is there all the same, for whoever
 * wants to know what it comes to: what is not known is its own doubt, told when it is estimated, and rests on whatever the
 * program makes of it.
 */

/** Models of the program that are open, and the names by which it knows them. */
export interface OpenModels {
  readonly doubts: WeakMap<PyInstance, readonly Note[]>;
  readonly names: Map<string, readonly Note[]>;
  /** Told of models that the statement which is run has built or called by name. */
  carried: readonly Note[];
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
  if (typeof made !== "object" || made.kind !== "instance") return made;
  const all = distinct([...notes, ...carriedSoFar(m)]);
  state.doubts = doubts;
  if (all.length === 0) return made;
  // No value shows that.
  state.unseen += 1;
  state.open ??= { doubts: new WeakMap(), names: new Map(), carried: [] };
  state.open.carried = distinct([...state.open.carried, ...all]);
  for (const [module] of namedModules(made)) state.open.doubts.set(module, all);
  return made;
}

/** What rests on the models that this statement of the program has built or read so far. */
export function carriedSoFar({ state }: Machine): readonly Note[] {
  const { open, reads } = state;
  if (open === undefined) return [];
  return distinct([...open.carried, ...namesIn(open, reads.names?.get("__main__"))]);
}

export function doubtsOf({ state }: Machine, model: PyInstance): readonly Note[] {
  return state.open?.doubts.get(model) ?? [];
}

const namesIn = ({ names }: OpenModels, read: ReadonlySet<string> | undefined): readonly Note[] =>
  [...(read ?? [])].flatMap((name) => (name === "*" ? [...names.values()].flat() : (names.get(name) ?? [])));

/** @returns what tells, once, what the names that were read since rest on. */
export function followOpenNames(m: Machine): () => readonly Note[] {
  const { open } = m.state;
  if (open === undefined) return () => [];
  const end = startFollowing(m);
  let told: readonly Note[] | undefined;
  return () => {
    told ??= namesIn(open, end().read.get("__main__"));
    return told;
  };
}

/** Runs a statement of the program: names of models that it binds are open from then on; any other value is not known. */
export function runOpenly(m: Machine, vars: Map<string, Value>, statement: Stmt, body: () => void): void {
  const { state } = m;
  if (state.open !== undefined) state.open.carried = namesIn(state.open, namesOf(statement));
  const read = followOpenNames(m);
  try {
    body();
  } finally {
    const notes = distinct([...read(), ...(state.open?.carried ?? [])]);
    if (state.open !== undefined) bindOpenly(m, vars, boundNames(statement), notes);
  }
}

function bindOpenly(
  m: Machine,
  vars: Map<string, Value>,
  names: ReadonlySet<string>,
  notes: readonly Note[],
): void {
  const { open } = m.state;
  const [first] = notes;
  for (const name of names) {
    const value = vars.get(name);
    if (value === undefined || isUnknown(value)) continue;
    if (isOpenModel(m, value)) open?.names.set(name, notes);
    else if (first === undefined) open?.names.delete(name);
    else vars.set(name, m.unknown(first.why));
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

const isOpenModel = ({ state }: Machine, value: Value): boolean =>
  typeof value === "object" && value.kind === "instance" && state.open?.doubts.has(value) === true;

const distinct = (notes: readonly Note[]): readonly Note[] => [...new Set(notes)];
