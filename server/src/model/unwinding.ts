import type { ExceptHandler, WithItem } from "../syntax/ast.ts";
import { assign } from "./assign.ts";
import { attribute } from "./attributes.ts";
import type { Frame, Machine, Raised } from "./machine.ts";
import { isQuiet } from "./plain-unknown.ts";
import { store } from "./scope.ts";
import { isInstance } from "./types.ts";
import { isUnknown, noKwargs, none, type Value } from "./values.ts";

/** The `except` clause that takes an exception, with its name bound. */
export function matchingHandler(
  m: Machine,
  handlers: readonly ExceptHandler[],
  raised: Raised,
  frame: Frame,
): ExceptHandler | undefined {
  for (const handler of handlers) {
    if (handler.type !== undefined) {
      const type = m.evaluate(handler.type, frame);
      const takes = isInstance(m, raised.exception, type);
      if (takes === undefined) m.note("an `except` clause", "whether it takes the exception is unknown");
      if (takes !== true) continue;
    }
    if (handler.name !== undefined) store(frame, handler.name, raised.exception);
    frame.handling = raised.exception;
    return handler;
  }
  return undefined;
}

/** Evaluates the items of a `with` and enters each; what is returned has to be exited. */
export function enterContexts(m: Machine, items: readonly WithItem[], frame: Frame): readonly Value[] {
  const open: Value[] = [];
  for (const item of items) {
    const manager = m.evaluate(item.context, frame);
    if (isUnknown(manager)) {
      if (!isQuiet(manager)) m.note("a context manager", manager.why);
      if (item.target !== undefined) assign(m, item.target, manager, frame);
      continue;
    }
    const entered = m.call(attribute(m, manager, "__enter__"), [], noKwargs);
    open.push(manager);
    if (item.target !== undefined) assign(m, item.target, entered, frame);
  }
  return open;
}

/** True when a context manager swallowed the exception. */
export function exitContexts(m: Machine, open: readonly Value[], raised: Raised | undefined): boolean {
  let swallowed = false;
  for (const manager of [...open].reverse()) {
    const exception = raised === undefined || swallowed ? none : raised.exception;
    const cls = typeof exception === "object" && exception.kind === "instance" ? exception.cls : none;
    const answer = m.call(attribute(m, manager, "__exit__"), [cls, exception, none], noKwargs);
    if (exception !== none && m.truth(answer) === true) swallowed = true;
  }
  return swallowed;
}
