import type { Expr, FunctionDef, Stmt } from "../syntax/ast.ts";
import { assign } from "./assign.ts";
import { type Completion, Ended, type Frame, type Machine, Raised } from "./machine.ts";
import { exitContexts, matchingHandler } from "./unwinding.ts";
import { isUnknown, iterator, none, type Value } from "./values.ts";
import { hasYield } from "./yields.ts";

type Steps = Generator<Value, Completion, void>;

/** Calling a generator function: nothing runs until the first item is asked for. */
export function runGenerator(m: Machine, node: FunctionDef, frame: Frame): Value {
  const steps = block(m, node.body, frame);
  let done = false;
  return {
    ...iterator("generator", () => {
      if (done) return undefined;
      const { state } = m;
      const resumer = state.frame;
      frame.caller = resumer;
      state.frame = frame;
      try {
        const step = steps.next();
        if (step.done !== true) return step.value;
        done = true;
        return undefined;
      } catch (error) {
        done = true;
        throw error;
      } finally {
        state.frame = resumer;
      }
    }),
  };
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

/** What `send` gives a generator and what an inner one returns is not followed: it is unknown where it is used. */
function* value(m: Machine, node: Expr, frame: Frame): Generator<Value, Value, void> {
  if (node.kind === "Yield") {
    yield node.value === undefined ? none : m.evaluate(node.value, frame);
    return m.unknown("what is sent to a generator");
  }
  if (node.kind !== "YieldFrom") return m.evaluate(node, frame);
  const next = m.iterate(m.evaluate(node.value, frame));
  for (let item = next(); item !== undefined; item = next()) yield item;
  return m.unknown("what an inner generator returns");
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
    const known = m.truth(m.evaluate(node.test, frame));
    if (known === undefined) m.note("a `while` loop", "when it ends is unknown");
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
  try {
    let ended: Completion;
    try {
      ended = yield* block(m, node.body, frame);
    } catch (error) {
      const handler = error instanceof Raised ? matchingHandler(m, node.handlers, error, frame) : undefined;
      if (handler === undefined) throw error;
      return yield* block(m, handler.body, frame);
    }
    return ended === Ended.normal ? yield* block(m, node.orelse, frame) : ended;
  } finally {
    m.execute(node.finalbody, frame);
  }
}
