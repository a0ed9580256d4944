import type { Expr, FunctionDef, Stmt } from "../syntax/ast.ts";
import { assign } from "./assign.ts";
import { type Completion, Ended, type Frame, type Machine, Raised } from "./machine.ts";
import { raise } from "./raise.ts";
import { reasonOf } from "./reasons.ts";
import { exitContexts, matchingHandler } from "./unwinding.ts";
import { isUnknown, iterator, none, type Value } from "./values.ts";
import { hasYield } from "./yields.ts";

/** How a generator goes on where it yielded. */
export type Resume =
  | { readonly kind: "send"; readonly value: Value }
  | { readonly kind: "throw"; readonly error: Raised };

type Steps = Generator<Value, Completion, Resume>;

export interface Control {
  /** The next item; `undefined` when the generator has ended. @throws Raised what it does not catch */
  readonly resume: (how: Resume) => Value | undefined;
  /** What it returned, once it has ended. */
  readonly returned: () => Value;
}

const controls = new WeakMap<object, Control>();
const goOn: Resume = { kind: "send", value: none };

/** `undefined` for an iterator that no generator function made. */
export const controlOf = (value: Value): Control | undefined =>
  typeof value === "object" ? controls.get(value) : undefined;

/** Calling a generator function: nothing runs until the first item is asked for. */
export function runGenerator(m: Machine, node: FunctionDef, frame: Frame): Value {
  const steps = block(m, node.body, frame);
  let [begun, done, runs] = [false, false, false];
  const resume = (how: Resume): Value | undefined => {
    if (how.kind === "throw" && (done || !begun)) {
      done = true;
      throw how.error;
    }
    if (done) return undefined;
    if (runs) return raise(m, "ValueError", "generator already executing");
    begun = true;
    runs = true;
    const { state } = m;
    const resumer = state.frame;
    frame.caller = resumer;
    state.frame = frame;
    try {
      const step = steps.next(how);
      if (step.done !== true) return step.value;
      done = true;
      return undefined;
    } catch (error) {
      done = true;
      throw error;
    } finally {
      runs = false;
      state.frame = resumer;
    }
  };
  const made = iterator("generator", () => resume(goOn));
  controls.set(made, { resume, returned: () => (done ? frame.result : none) });
  return made;
}

function* block(m: Machine, body: readonly Stmt[], frame: Frame): Steps {
  for (const statement of body) {
    const ended = hasYield(statement) ? yield* step(m, statement, frame) : m.execute([statement], frame);
    if (ended !== Ended.normal) return ended;
  }
  return Ended.normal;
}

function* step(m: Machine, node: Stmt, frame: Frame): Steps {
  m.step();
  frame.start = node.start;
  frame.end = node.end;
  switch (node.kind) {
    case "ExprStmt":
      yield* value(m, node.value, frame);
      return Ended.normal;
    case "Assign": {
      const made = yield* value(m, node.value, frame);
      for (const target of node.targets) assign(m, target, made, frame);
      return Ended.normal;
    }
    case "Return":
      if (node.value !== undefined) frame.result = yield* value(m, node.value, frame);
      return Ended.return;
    case "If": {
      const test = m.evaluate(node.test, frame);
      const known = m.truth(test);
      if (known === undefined)
        m.note(
          "a branch",
          `which side is taken is unknown: ${isUnknown(test) ? test.why : "it depends on a tensor's value"}`,
        );
      return yield* block(m, known === true ? node.body : node.orelse, frame);
    }
    case "For":
      return yield* loop(m, node, frame);
    case "While":
      return yield* whileLoop(m, node, frame);
    case "With":
      return yield* context(m, node, frame);
    case "Try":
      return yield* guarded(m, node, frame);
    default:
      return m.execute([node], frame);
  }
}

/** What comes back where the generator yielded: what was sent. @throws Raised what was thrown */
function received(how: Resume): Value {
  if (how.kind === "throw") throw how.error;
  return how.value;
}

function* value(m: Machine, node: Expr, frame: Frame): Generator<Value, Value, Resume> {
  if (node.kind === "Yield")
    return received(yield node.value === undefined ? none : m.evaluate(node.value, frame));
  if (node.kind !== "YieldFrom") return m.evaluate(node, frame);
  const source = m.evaluate(node.value, frame);
  const inner = controlOf(source);
  if (inner !== undefined) {
    for (let item = inner.resume(goOn); item !== undefined; ) item = inner.resume(yield item);
    return inner.returned();
  }
  const next = m.iterate(source);
  for (let item = next(); item !== undefined; item = next()) received(yield item);
  return typeof source === "object" && (source.kind === "instance" || source.kind === "iterator")
    ? m.unknown("what an inner iterator returns")
    : none;
}

function* loop(m: Machine, node: Extract<Stmt, { kind: "For" }>, frame: Frame): Steps {
  const next = m.iterate(m.evaluate(node.iter, frame));
  for (let item = next(); item !== undefined; item = next()) {
    m.step();
    assign(m, node.target, item, frame);
    const ended = yield* block(m, node.body, frame);
    if (ended === Ended.break) return Ended.normal;
    if (ended === Ended.return) return ended;
  }
  return yield* block(m, node.orelse, frame);
}

function* whileLoop(m: Machine, node: Extract<Stmt, { kind: "While" }>, frame: Frame): Steps {
  for (;;) {
    m.step();
    const test = m.evaluate(node.test, frame);
    const known = m.truth(test);
    if (known === undefined)
      m.note(
        "a `while` loop",
        `when it ends is unknown: ${reasonOf([test], "it depends on what is not known")}`,
      );
    if (known !== true) break;
    const ended = yield* block(m, node.body, frame);
    if (ended === Ended.break) return Ended.normal;
    if (ended === Ended.return) return ended;
  }
  return yield* block(m, node.orelse, frame);
}

function* context(m: Machine, node: Extract<Stmt, { kind: "With" }>, frame: Frame): Steps {
  const open = m.enterContexts(node.items, frame);
  let raised: Raised | undefined;
  let ended: Completion = Ended.normal;
  try {
    ended = yield* block(m, node.body, frame);
  } catch (error) {
    if (!(error instanceof Raised)) throw error;
    raised = error;
  }
  if (!exitContexts(m, open, raised) && raised !== undefined) throw raised;
  return ended;
}

function* guarded(m: Machine, node: Extract<Stmt, { kind: "Try" }>, frame: Frame): Steps {
  const outer = frame.handling;
  try {
    let ended: Completion;
    try {
      ended = yield* block(m, node.body, frame);
    } catch (error) {
      m.state.frame = frame;
      const handler = error instanceof Raised ? matchingHandler(m, node.handlers, error, frame) : undefined;
      if (handler === undefined) throw error;
      return yield* block(m, handler.body, frame);
    }
    return ended === Ended.normal ? yield* block(m, node.orelse, frame) : ended;
  } finally {
    frame.handling = outer;
    m.execute(node.finalbody, frame);
  }
}
