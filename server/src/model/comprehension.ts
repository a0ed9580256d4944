import type { Unknown } from "../base/known.ts";
import type { Comprehension, DictComp, Expr, ListComp } from "../syntax/ast.ts";
import { assign } from "./assign.ts";
import { dictSet } from "./dicts.ts";
import { push } from "./iterate.ts";
import type { Frame, Machine } from "./machine.ts";
import { isOpen } from "./open-ends.ts";
import { ofUnknownKey } from "./reasons.ts";
import { type Cursor, dict, isUnknown, iterator, type Value } from "./values.ts";

/** `[... for ...]` and `{... for ...}`, all at once. */
export function listComprehension(
  m: Machine,
  node: ListComp,
  frame: Frame,
  make: (items: Value[]) => Value,
): Value {
  const items: Value[] = [];
  const open = within(frame, () =>
    overFirst(m, node.generators, [node.elt], frame, () => {
      push(m, items, m.evaluate(node.elt, frame));
    }),
  );
  return open ?? make(items);
}

export function dictComprehension(m: Machine, node: DictComp, frame: Frame): Value {
  const made = dict();
  const open = within(frame, () =>
    overFirst(m, node.generators, [node.key, node.value], frame, () => {
      const key = m.evaluate(node.key, frame);
      if (!dictSet(made, key, m.evaluate(node.value, frame)))
        m.note("a dictionary", ofUnknownKey(key, "an entry is stored under an unknown key"));
    }),
  );
  return open ?? made;
}

/** Runs `body` for each item; what is made of something unknown is unknown itself where making it does nothing else. */
function overFirst(
  m: Machine,
  clauses: readonly Comprehension[],
  made: readonly Expr[],
  frame: Frame,
  body: () => void,
): Unknown | undefined {
  const first = clauses[0];
  if (first === undefined) return undefined;
  const source = m.evaluate(first.iter, frame);
  if (isUnknown(source) && isOpenSource(m, source, clauses, made, frame)) return source;
  const { skipped } = m.state;
  run(m, clauses, 0, m.iterate(source), frame, body);
  // Where no item is known, there may be any number of them.
  return m.state.skipped === skipped
    ? undefined
    : m.unknown(isUnknown(source) ? source.why : m.state.lastDoubt);
}

const isOpenSource = (
  m: Machine,
  source: Unknown,
  clauses: readonly Comprehension[],
  made: readonly Expr[],
  frame: Frame,
): boolean =>
  isOpen(
    m,
    source,
    [...made, ...clauses.flatMap((each, i) => (i === 0 ? each.ifs : [each.iter, ...each.ifs]))],
    frame,
  );

/** Gives the frame a scope of the comprehension's own for the time of `body`. */
function within<T>(frame: Frame, body: () => T): T {
  const outer = frame.scope;
  frame.scope = inner(frame);
  try {
    return body();
  } finally {
    frame.scope = outer;
  }
}

const inner = (frame: Frame): Frame["scope"] => ({
  vars: new Map(),
  parent: frame.scope,
  comprehension: true,
});

function run(
  m: Machine,
  clauses: readonly Comprehension[],
  depth: number,
  next: Cursor,
  frame: Frame,
  body: () => void,
): void {
  const clause = clauses[depth];
  if (clause === undefined) return;
  for (let item = next(); item !== undefined; item = next()) {
    m.step();
    assign(m, clause.target, item, frame);
    if (!passes(m, clause.ifs, frame)) continue;
    const deeper = clauses[depth + 1];
    if (deeper === undefined) body();
    else run(m, clauses, depth + 1, m.iterate(m.evaluate(deeper.iter, frame)), frame, body);
  }
}

function passes(m: Machine, tests: readonly Expr[], frame: Frame): boolean {
  for (const test of tests) {
    const value = m.evaluate(test, frame);
    const known = m.truth(value);
    if (known === undefined)
      m.note(
        "a comprehension",
        `which items it keeps is unknown: ${isUnknown(value) ? value.why : "it depends on a tensor's value"}; it is taken to keep them`,
        true,
      );
    if (known === false) return false;
  }
  return true;
}

/** `(... for ...)`: one item at a time, when asked. The first iterable is evaluated at once, as in Python. */
export function generatorExpression(m: Machine, node: ListComp, frame: Frame): Value {
  const first = node.generators[0];
  const over = first === undefined ? undefined : m.evaluate(first.iter, frame);
  if (over !== undefined && isUnknown(over) && isOpenSource(m, over, node.generators, [node.elt], frame))
    return over;
  const { skipped } = m.state;
  const source = over === undefined ? undefined : m.iterate(over);
  if (over !== undefined && isUnknown(over) && m.state.skipped !== skipped) return m.unknown(over.why);
  const own: Frame = { ...frame, scope: inner(frame) };
  const walk = source === undefined ? undefined : items(m, node, 0, source, own);
  return iterator("generator", () => {
    if (walk === undefined) return undefined;
    const outer = m.state.frame;
    own.caller = outer;
    m.state.frame = own;
    try {
      const step = walk.next();
      return step.done === true ? undefined : step.value;
    } finally {
      m.state.frame = outer;
    }
  });
}

function* items(
  m: Machine,
  node: ListComp,
  depth: number,
  next: Cursor,
  frame: Frame,
): Generator<Value, void, undefined> {
  const clause = node.generators[depth];
  if (clause === undefined) return;
  for (let item = next(); item !== undefined; item = next()) {
    m.step();
    assign(m, clause.target, item, frame);
    if (!passes(m, clause.ifs, frame)) continue;
    const deeper = node.generators[depth + 1];
    if (deeper === undefined) yield m.evaluate(node.elt, frame);
    else yield* items(m, node, depth + 1, m.iterate(m.evaluate(deeper.iter, frame)), frame);
  }
}
