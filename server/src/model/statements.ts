import type * as ast from "../syntax/ast.ts";
import { assign } from "./assign.ts";
import { namesBoundBy } from "./bound-names.ts";
import { defineClass } from "./class-definition.ts";
import { decorate } from "./decorators.ts";
import { eitherSide, type Outcome } from "./either-side.ts";
import { makeFunction } from "./functions.ts";
import { bindImport, bindImportFrom } from "./import-statement.ts";
import { isCounted, knownOf, leaves, meetWayOut, waysOut } from "./loop-ends.ts";
import { type Completion, Ended, type Frame, type Machine, Raised } from "./machine.ts";
import { matchCases } from "./match.ts";
import { leaveOpen } from "./open-ends.ts";
import { changesNothingElse, tellLasting } from "./open-models.ts";
import { binary, inPlace } from "./operators.ts";
import { privateName } from "./private-name.ts";
import { exception, raise } from "./raise.ts";
import { load, redirect, remove, store } from "./scope.ts";
import { isOnTheWay, leaveChangedUnknown } from "./skipped-rounds.ts";
import { endsProgram, importsDebugger, isDebugger, isLogger, isReport, noteSkipped } from "./skipped-work.ts";
import { deleteItem } from "./subscript.ts";
import { isInstance } from "./types.ts";
import { enterContexts, exitContexts, matchingHandler } from "./unwinding.ts";
import { changesElements } from "./value-branch.ts";
import { isUnknown, noKwargs, none, type Value } from "./values.ts";

export function execute(m: Machine, body: readonly ast.Stmt[], frame: Frame): Completion {
  for (let i = 0; i < body.length; i++) {
    const statement = body[i];
    if (statement === undefined) break;
    const ended = run(m, statement, frame, body, i);
    if (ended === wentOn) break;
    if (ended !== Ended.normal) return ended;
  }
  return Ended.normal;
}

/** The rest of the block has run as well. */
const wentOn = 4;

/** @param block which the statement is a part of, and where in it */
function run(
  m: Machine,
  node: ast.Stmt,
  frame: Frame,
  block: readonly ast.Stmt[],
  at: number,
): Completion | typeof wentOn {
  m.step();
  frame.start = node.start;
  frame.end = node.end;
  switch (node.kind) {
    case "ExprStmt":
      if (node.value.kind !== "Str") m.evaluate(node.value, frame);
      return Ended.normal;
    case "Assign": {
      const value = m.evaluate(node.value, frame);
      for (const target of node.targets) assign(m, target, value, frame);
      return Ended.normal;
    }
    case "Return":
      frame.result = node.value === undefined ? none : m.evaluate(node.value, frame);
      return Ended.return;
    case "If":
      return runIf(m, node, frame, block, at);
    case "For":
      return runFor(m, node, frame);
    case "AugAssign":
      runAugmented(m, node, frame);
      return Ended.normal;
    case "FunctionDef":
      store(frame, node.name, decorate(m, makeFunction(m, node, frame), node.decorators, frame));
      return Ended.normal;
    case "ClassDef":
      store(frame, node.name, decorate(m, defineClass(m, node, frame), node.decorators, frame));
      return Ended.normal;
    case "AnnAssign":
      if (node.target.kind === "Name") frame.annotations?.set(node.target.id, node.annotation);
      if (node.value !== undefined) assign(m, node.target, m.evaluate(node.value, frame), frame);
      return Ended.normal;
    case "Import":
      bindImport(m, node, frame);
      return Ended.normal;
    case "ImportFrom":
      bindImportFrom(m, node, frame);
      return Ended.normal;
    case "While":
      return runWhile(m, node, frame);
    case "With":
      return runWith(m, node, frame);
    case "Try":
      return runTry(m, node, frame);
    case "Raise":
      return runRaise(m, node, frame);
    case "Assert":
      runAssert(m, node, frame);
      return Ended.normal;
    case "Delete":
      for (const target of node.targets) runDelete(m, target, frame);
      return Ended.normal;
    case "Global":
    case "Nonlocal":
      redirect(m, frame, node.kind, node.names);
      return Ended.normal;
    case "Match":
      return matchCases(m, node, frame);
    case "Pass":
      return Ended.normal;
    case "Break":
      return Ended.break;
    case "Continue":
      return Ended.continue;
    case "TypeAlias":
      if (node.name.kind === "Name") store(frame, node.name.id, m.unknown("a type alias"));
      return Ended.normal;
    case "Invalid":
      m.note("code that is not Python", "it could not be read");
      return Ended.normal;
  }
}

const reason = (value: Value): string => (isUnknown(value) ? value.why : "it depends on a tensor's value");

/** What is raised from here may be caught. */
function isTrying(frame: Frame): boolean {
  for (let each: Frame | undefined = frame; each !== undefined; each = each.caller)
    if (each.trying > 0) return true;
  return false;
}

/** A run that goes on is not on this side. */
function endsRun(body: readonly ast.Stmt[], frame: Frame): boolean {
  if (endsProgram(body)) return true;
  const last = body.at(-1);
  if (last?.kind === "Raise") return !isTrying(frame);
  return last?.kind === "If" && endsRun(last.body, frame) && endsRun(last.orelse, frame);
}

/** Statements that leave the numbers alone: where both sides do, it does not matter which is taken. */
function isHarmless(body: readonly ast.Stmt[], frame: Frame): boolean {
  if (body.length > 0 && endsRun(body, frame)) return true;
  return body.every(
    (node) =>
      node.kind === "Pass" ||
      (node.kind === "Assert" && !isTrying(frame)) ||
      (node.kind === "Assign" && node.targets.every((to) => to.kind === "Name" && isLogger(to.id))) ||
      importsDebugger(node) ||
      (node.kind === "ExprStmt" &&
        (node.value.kind === "Str" || isReport(node.value) || isDebugger(node.value))) ||
      (node.kind === "If" && isHarmless(node.body, frame) && isHarmless(node.orelse, frame)),
  );
}

function runIf(
  m: Machine,
  node: ast.If,
  frame: Frame,
  block: readonly ast.Stmt[],
  at: number,
): Completion | typeof wentOn {
  const { occupied } = m.guards;
  const test = m.evaluate(node.test, frame);
  const known = m.truth(test);
  if (known !== undefined) {
    if (m.guards.occupied !== occupied) noteSkipped(m, known ? node.orelse : node.body);
    return execute(m, known ? node.body : node.orelse, frame);
  }
  frame.start = node.test.start;
  frame.end = node.test.end;
  if (leaveOpen(m, test, [...node.body, ...node.orelse], frame)) return Ended.normal;
  if (changesElements(m, [...node.body, ...node.orelse], frame)) return Ended.normal;
  if (endsRun(node.body, frame)) return execute(m, node.orelse, frame);
  if (endsRun(node.orelse, frame)) return execute(m, node.body, frame);
  if (isHarmless(node.body, frame) && isHarmless(node.orelse, frame)) return Ended.normal;
  const why = `which side is taken is unknown: ${reason(test)}`;
  if (leaves(node.body) !== leaves(node.orelse)) meetWayOut(frame);
  const side = (body: readonly ast.Stmt[]) => (): Outcome => {
    const ended = execute(m, body, frame);
    return { ended, value: ended === Ended.return ? frame.result : none };
  };
  let passes: (() => void) | undefined;
  const settled = eitherSide(m, frame, {
    why,
    sides: [side(node.body), side(node.orelse)],
    goOn: at + 1 < block.length ? side(block.slice(at + 1)) : undefined,
    binds: () => namesBoundBy([node, ...block.slice(at + 1)]),
    doubt: () => {
      frame.start = node.test.start;
      frame.end = node.test.end;
      passes = tellLasting(m.state.open, () => m.note("a branch", why, true));
    },
  });
  if (settled === undefined) {
    const passes = tellLasting(m.state.open, () => m.note("a branch", why, true));
    if (changesNothingElse(frame)) passes();
    const ended = execute(m, node.orelse, frame);
    leaveChangedUnknown(m, frame, [...node.body, ...node.orelse], reason(test));
    return ended;
  }
  if (passes !== undefined && settled.isSameResult !== true) {
    leaveChangedUnknown(m, frame, [...node.body, ...node.orelse], reason(test));
    if (isOnTheWay(m, frame) && areUnknown(frame, settled.names)) passes();
  }
  const { ended, value } = settled;
  if (ended === Ended.return) frame.result = value;
  return ended === Ended.normal && settled.wentOn ? wentOn : ended;
}

/** What rests on these names is told by what they hold. */
const areUnknown = ({ scope }: Frame, names: ReadonlySet<string> | undefined): boolean => {
  if (names === undefined) return false;
  for (const name of names) if (!isUnknown(scope.vars.get(name) ?? none)) return false;
  return true;
};

function runFor(m: Machine, node: ast.For, frame: Frame): Completion {
  const { skipped } = m.state;
  const source = m.evaluate(node.iter, frame);
  frame.start = node.iter.start;
  frame.end = node.iter.end;
  if (leaveOpen(m, source, node.body, frame, node.target)) return Ended.normal;
  const next = m.iterate(source);
  const first = next();
  if (first === undefined && m.state.skipped !== skipped)
    leaveChangedUnknown(m, frame, node.body, isUnknown(source) ? source.why : m.state.lastDoubt);
  for (let item = first; item !== undefined; item = next()) {
    m.step();
    assign(m, node.target, item, frame);
    const ended = execute(m, node.body, frame);
    if (ended === Ended.break) return Ended.normal;
    if (ended === Ended.return) return ended;
  }
  return execute(m, node.orelse, frame);
}

function runWhile(m: Machine, node: ast.While, frame: Frame): Completion {
  for (;;) {
    m.step();
    const test = m.evaluate(node.test, frame);
    const known = m.truth(test) ?? testedAnyway(m, node, frame, test);
    if (known !== true) {
      if (m.truth(test) === undefined) leaveChangedUnknown(m, frame, node.body, reason(test));
      break;
    }
    const ways = waysOut(frame);
    const ended = execute(m, node.body, frame);
    if (ended === Ended.break) return Ended.normal;
    if (ended === Ended.return) return ended;
    if (waysOut(frame) > ways && !isCounted(node)) {
      leaveChangedUnknown(m, frame, node.body, "a loop that ends by what only the run knows");
      return Ended.normal;
    }
  }
  return execute(m, node.orelse, frame);
}

/** A loop that counts its rounds goes on as long as their number allows. */
function testedAnyway(m: Machine, node: ast.While, frame: Frame, test: Value): boolean {
  const known = knownOf(m, frame, node);
  if (known.holds === undefined) {
    const bound = known.isCounted ? "; it is run for as many rounds as are counted" : "";
    m.note("a `while` loop", `when it ends is unknown: ${reason(test)}${bound}`, known.isCounted);
  }
  return known.holds ?? known.isCounted;
}

function runAugmented(m: Machine, node: ast.AugAssign, frame: Frame): void {
  const { target } = node;
  const current = target.kind === "Name" ? load(m, frame, target.id) : m.evaluate(target, frame);
  const value = m.evaluate(node.value, frame);
  frame.start = node.start;
  frame.end = node.end;
  const changed = inPlace(m, node.op, current, value);
  assign(m, target, changed ?? binary(m, node.op, current, value), frame);
}

function runWith(m: Machine, node: ast.With, frame: Frame): Completion {
  const open = enterContexts(m, node.items, frame);
  let ended: Completion;
  try {
    ended = execute(m, node.body, frame);
  } catch (error) {
    if (!(error instanceof Raised)) throw error;
    if (exitContexts(m, open, error)) return Ended.normal;
    throw error;
  }
  exitContexts(m, open, undefined);
  return ended;
}

function runTry(m: Machine, node: ast.Try, frame: Frame): Completion {
  let ended: Completion = Ended.normal;
  const { depth } = m.state;
  const outer = frame.handling;
  try {
    ended = runGuarded(m, node, frame);
    if (ended === Ended.normal) ended = execute(m, node.orelse, frame);
  } catch (error) {
    if (!(error instanceof Raised)) throw error;
    m.state.frame = frame;
    m.state.depth = depth;
    const handler = matchingHandler(m, node.handlers, error, frame);
    if (handler === undefined) {
      const final = execute(m, node.finalbody, frame);
      if (final !== Ended.normal) return final;
      throw error;
    }
    ended = handle(m, node, handler, frame);
    frame.handling = outer;
  }
  const final = execute(m, node.finalbody, frame);
  return final === Ended.normal ? ended : final;
}

function runGuarded(m: Machine, node: ast.Try, frame: Frame): Completion {
  const by = node.handlers.length > 0 ? 1 : 0;
  frame.trying += by;
  try {
    return execute(m, node.body, frame);
  } finally {
    frame.trying -= by;
  }
}

function handle(m: Machine, node: ast.Try, handler: ast.ExceptHandler, frame: Frame): Completion {
  try {
    return execute(m, handler.body, frame);
  } catch (error) {
    if (error instanceof Raised) execute(m, node.finalbody, frame);
    throw error;
  }
}

function runRaise(m: Machine, node: ast.Raise, frame: Frame): never {
  if (node.exception === undefined)
    throw new Raised(
      frame.handling ?? exception(m, "RuntimeError", ["No active exception to reraise"]),
      m.here(),
    );
  const made = m.evaluate(node.exception, frame);
  const value = typeof made === "object" && made.kind === "class" ? m.call(made, [], noKwargs) : made;
  frame.start = node.start;
  frame.end = node.end;
  const base = m.classes.get("BaseException");
  if (isUnknown(value) || base === undefined || isInstance(m, value, base) !== true)
    throw new Raised(exception(m, "Exception", [isUnknown(value) ? value.why : "an exception"]), m.here());
  throw new Raised(value, m.here());
}

function runAssert(m: Machine, node: ast.Assert, frame: Frame): void {
  const test = m.evaluate(node.test, frame);
  const known = m.truth(test);
  if (known === true) return;
  frame.start = node.start;
  frame.end = node.end;
  if (known === undefined) {
    if (isTrying(frame)) m.note("an assertion", `whether it holds is unknown: ${reason(test)}`);
    return;
  }
  if (node.message === undefined) raise(m, "AssertionError");
  raise(m, "AssertionError", m.evaluate(node.message, frame));
}

function runDelete(m: Machine, target: ast.Expr, frame: Frame): void {
  switch (target.kind) {
    case "Name":
      if (!remove(frame, target.id)) raise(m, "NameError", `name '${target.id}' is not defined`);
      return;
    case "Attribute":
      m.deleteAttribute(m.evaluate(target.value, frame), privateName(target.attr, frame));
      return;
    case "Subscript":
      deleteItem(m, m.evaluate(target.value, frame), m.evaluate(target.index, frame));
      return;
    case "Tuple":
    case "List":
      for (const each of target.elts) runDelete(m, each, frame);
      return;
    default:
      return;
  }
}
