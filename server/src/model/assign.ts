import type { Unknown } from "../base/known.ts";
import { isKnownShape } from "../graph/tensor.ts";
import type { Expr } from "../syntax/ast.ts";
import { collect } from "./iterate.ts";
import type { Frame, Machine } from "./machine.ts";
import { privateName } from "./private-name.ts";
import { raise } from "./raise.ts";
import { store } from "./scope.ts";
import { isUnknown, list, type Value } from "./values.ts";

/** Binds a value to a target: a name, an attribute, an item or a pattern of them. */
export function assign(m: Machine, target: Expr, value: Value, frame: Frame): void {
  switch (target.kind) {
    case "Name":
      store(frame, target.id, value);
      if (typeof value === "object" && value.kind === "tensor") m.assigned(target, value, frame);
      return;
    case "Attribute":
      m.setAttribute(m.evaluate(target.value, frame), privateName(target.attr, frame), value);
      return;
    case "Subscript": {
      const object = m.evaluate(target.value, frame);
      const index = m.evaluate(target.index, frame);
      frame.start = target.start;
      frame.end = target.end;
      m.setItem(object, index, value);
      return;
    }
    case "Tuple":
    case "List":
      unpack(m, target.elts, value, frame);
      return;
    case "Starred":
      assign(m, target.value, value, frame);
      return;
    default:
      m.note("an assignment", "its target could not be read");
  }
}

/** A tensor of unknown shape has unknown rows. */
const unknownLength = (value: Value): Unknown | undefined =>
  typeof value === "object" && value.kind === "tensor" && !isKnownShape(value.shape)
    ? value.shape
    : undefined;

function unpack(m: Machine, targets: readonly Expr[], value: Value, frame: Frame): void {
  const open = isUnknown(value) ? value : unknownLength(value);
  if (open !== undefined) {
    for (const target of targets) assign(m, target, open, frame);
    return;
  }
  const items = collect(m, value);
  const star = targets.findIndex((target) => target.kind === "Starred");
  if (star < 0) {
    if (items.length !== targets.length)
      raise(
        m,
        "ValueError",
        items.length > targets.length
          ? `too many values to unpack (expected ${targets.length})`
          : `not enough values to unpack (expected ${targets.length}, got ${items.length})`,
      );
    for (const [i, target] of targets.entries()) {
      const item = items[i];
      if (item !== undefined) assign(m, target, item, frame);
    }
    return;
  }
  const after = targets.length - star - 1;
  if (items.length < star + after)
    raise(
      m,
      "ValueError",
      `not enough values to unpack (expected at least ${star + after}, got ${items.length})`,
    );
  for (const [i, target] of targets.entries()) {
    const item =
      i < star
        ? items[i]
        : i === star
          ? list(items.slice(star, items.length - after))
          : items[items.length - targets.length + i];
    if (item !== undefined) assign(m, target, item, frame);
  }
}
