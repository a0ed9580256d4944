import type { Expr } from "../syntax/ast.ts";
import type { Frame, Machine } from "./machine.ts";
import { isUnknown, noKwargs, type PyClass, type PyFunction, type Value } from "./values.ts";

/**
 * Applies decorators from the innermost outwards. One that cannot be read is taken to give back what it got;
 * a function remembers that doubt and tells it when it is called.
 */
export function decorate(
  m: Machine,
  target: PyFunction | PyClass,
  decorators: readonly Expr[],
  frame: Frame,
): Value {
  let value: Value = target;
  for (const node of [...decorators].reverse()) {
    const decorator = m.evaluate(node, frame);
    if (isUnknown(decorator)) {
      doubt(value, `a decorator of it is taken to change nothing: ${decorator.why}`);
      continue;
    }
    frame.start = node.start;
    frame.end = node.end;
    const made = m.call(decorator, [value], noKwargs);
    if (isUnknown(made)) doubt(value, `a decorator of it is taken to change nothing: ${made.why}`);
    else value = made;
  }
  return value;
}

function doubt(value: Value, why: string): void {
  if (typeof value === "object" && value.kind === "function") value.doubt = why;
}
