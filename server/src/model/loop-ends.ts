import type * as ast from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import type { Frame, Machine } from "./machine.ts";
import { lookUp } from "./scope.ts";
import type { Value } from "./values.ts";

/*
 * Loops that end by what only the run knows. Where the code counts rounds and ends by their number at the latest, all of them are
 * run; a loop that nothing else ends is left after the first round at which it may end.
 */

/** What is known of a test all the same. */
export interface Known {
  readonly holds: boolean | undefined;
  /** A count of rounds is still below its bound. */
  readonly isCounted: boolean;
}

const open: Known = { holds: undefined, isCounted: false };
const decided = (holds: boolean): Known => ({ holds, isCounted: false });

/** Names that each round takes a step further: `n += 1`, `n = n + 1`, `seq.append(...)`. */
function stepped(body: readonly ast.Stmt[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of body)
    walk(statement, (node) => {
      if (node.kind === "AugAssign" && node.target.kind === "Name") names.add(node.target.id);
      if (node.kind === "Assign" && node.value.kind === "BinOp" && node.value.left.kind === "Name") {
        const { id } = node.value.left;
        if (node.targets.some((target) => target.kind === "Name" && target.id === id)) names.add(id);
      }
      if (node.kind === "Call" && node.func.kind === "Attribute" && node.func.attr === "append") {
        const { value } = node.func;
        if (value.kind === "Name") names.add(value.id);
      }
      return true;
    });
  return names;
}

function mentions(node: ast.Expr, names: ReadonlySet<string>): boolean {
  let found = false;
  walk(node, (each) => {
    if (each.kind === "Compare")
      walk(each, (inner) => {
        found ||= inner.kind === "Name" && names.has(inner.id);
        return !found;
      });
    return !found;
  });
  return found;
}

/** Whether something counts rounds, and ends the loop by their number. */
export function isCounted(node: ast.While): boolean {
  const names = stepped(node.body);
  if (mentions(node.test, names)) return true;
  let found = false;
  for (const statement of node.body)
    walk(statement, (each) => {
      if (each.kind === "If" && (leaves(each.body) || leaves(each.orelse)))
        found ||= mentions(each.test, names);
      return !found;
    });
  return found;
}

/** The last statement leaves the loop around it. */
export const leaves = (body: readonly ast.Stmt[]): boolean => {
  const kind = body.at(-1)?.kind;
  return kind === "Break" || kind === "Return" || kind === "Raise";
};

/** What of a test that is not known follows from its parts that are plain numbers. */
export function knownOf(m: Machine, frame: Frame, node: ast.While): Known {
  const names = stepped(node.body);
  const of = (test: ast.Expr): Known => {
    switch (test.kind) {
      case "BoolOp":
        return joined(test.values.map(of), test.op === "and");
      case "BinOp":
        return test.op === "&" || test.op === "|"
          ? joined([of(test.left), of(test.right)], test.op === "&")
          : open;
      case "UnaryOp": {
        const { holds } = test.op === "not" ? of(test.operand) : open;
        return holds === undefined ? open : decided(!holds);
      }
      case "Call":
        return throughCall(test, of);
      case "Compare": {
        if (![test.left, ...test.comparators].every((each) => isPlain(frame, each))) return open;
        const holds = m.truth(m.evaluate(test, frame));
        return { holds, isCounted: holds === true && mentions(test, names) };
      }
      default: {
        if (!isPlain(frame, test)) return open;
        const holds = m.truth(m.evaluate(test, frame));
        return holds === undefined ? open : decided(holds);
      }
    }
  };
  return of(node.test);
}

/** All of them, or one of them. */
function joined(parts: readonly Known[], isAll: boolean): Known {
  if (parts.some(({ holds }) => holds === !isAll)) return decided(!isAll);
  const holds = parts.every((each) => each.holds === isAll) ? isAll : undefined;
  return { holds, isCounted: parts.some((each) => each.isCounted) };
}

/** `(a & b).byte().any()`, `bool(a and b)`: false where all elements are, and known where all are the same. */
function throughCall({ func, args }: ast.Call, of: (test: ast.Expr) => Known): Known {
  if (func.kind === "Attribute" && args.length === 0 && /^(any|all|byte|bool|item)$/.test(func.attr))
    return of(func.value);
  const [only] = args;
  if (only === undefined || args.length > 1) return open;
  const name = func.kind === "Attribute" ? func.attr : func.kind === "Name" ? func.id : "";
  return /^(bool|any|all)$/.test(name) ? of(only) : open;
}

/** A number, text or length that is known, to be read without doing anything. */
function isPlain(frame: Frame, node: ast.Expr): boolean {
  switch (node.kind) {
    case "Int":
    case "Float":
    case "Bool":
    case "None":
      return true;
    case "Name":
      return isPlainValue(lookUp(frame, node.id));
    case "Attribute": {
      const holder = node.value.kind === "Name" ? lookUp(frame, node.value.id) : undefined;
      return (
        typeof holder === "object" && holder.kind === "instance" && isPlainValue(holder.attrs.get(node.attr))
      );
    }
    case "BinOp":
      return isPlain(frame, node.left) && isPlain(frame, node.right);
    case "UnaryOp":
      return isPlain(frame, node.operand);
    case "Call": {
      const [of] = node.args;
      if (node.func.kind !== "Name" || node.func.id !== "len" || of?.kind !== "Name") return false;
      const held = lookUp(frame, of.id);
      return typeof held === "object" && (held.kind === "list" || held.kind === "tuple");
    }
    default:
      return false;
  }
}

const isPlainValue = (value: Value | undefined): boolean =>
  typeof value === "number" ||
  typeof value === "boolean" ||
  (typeof value === "object" && (value.kind === "float" || value.kind === "poly" || value.kind === "none"));

/** How often a frame has met a way out of a loop that only the run knows. */
const met = new WeakMap<Frame, number>();

export const waysOut = (frame: Frame): number => met.get(frame) ?? 0;

export const meetWayOut = (frame: Frame): void => {
  met.set(frame, waysOut(frame) + 1);
};
