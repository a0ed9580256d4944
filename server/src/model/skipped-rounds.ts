import type * as ast from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import type { Frame, Machine } from "./machine.ts";
import { lookUp, store } from "./scope.ts";
import { isUnknown, type PyInstance, type Value } from "./values.ts";

/*
 * While a program runs up to its models, a loop whose rounds only the run knows is left out, and so may be a branch. What they
 * would have changed is unknown from there on: a list that a file fills is not empty, and a count is not zero.
 * In models themselves the doubt is told with their figures, and what is known all the same is counted.
 */

/** Makes unknown what `body` may bind or change. */
export function leaveChangedUnknown(m: Machine, frame: Frame, body: readonly ast.Node[], why: string): void {
  if (!isOnTheWay(m, frame)) return;
  const of: Losing = { m, frame, why };
  for (const statement of body)
    walk(statement, (node) => {
      loseBy(of, node);
      return node.kind !== "FunctionDef" && node.kind !== "ClassDef" && node.kind !== "Lambda";
    });
}

/** The program runs, but neither a model nor what makes one. */
export const isOnTheWay = (m: Machine, frame: Frame): boolean =>
  m.context.graph.isPreparing && !isInModel(frame);

interface Losing {
  readonly m: Machine;
  readonly frame: Frame;
  readonly why: string;
}

const isModule = (value: Value | undefined): boolean =>
  typeof value === "object" && value.kind === "instance" && value.cls.isModule;

function isInModel(frame: Frame): boolean {
  for (let each: Frame | undefined = frame; each !== undefined; each = each.caller)
    if (isModule(each.self)) return true;
  return false;
}

function loseBy(of: Losing, node: ast.Node): void {
  switch (node.kind) {
    case "Assign":
      for (const target of node.targets) lose(of, target);
      break;
    case "AnnAssign":
      if (node.value !== undefined) lose(of, node.target);
      break;
    case "AugAssign":
    case "For":
    case "NamedExpr":
      lose(of, node.target);
      break;
    case "Call":
      if (node.func.kind === "Attribute") loseContent(of, node.func.value);
      if (isOwnFunction(of, node.func)) for (const arg of node.args) loseContent(of, arg);
      break;
    default:
      break;
  }
}

/** What is bound anew. */
function lose(of: Losing, target: ast.Expr): void {
  switch (target.kind) {
    case "Name":
      loseName(of, target.id);
      break;
    case "Tuple":
    case "List":
      for (const each of target.elts) lose(of, each);
      break;
    case "Starred":
      lose(of, target.value);
      break;
    case "Subscript":
      loseContent(of, target.value);
      break;
    case "Attribute":
      loseAttribute(of, held(of, target.value), target.attr);
      break;
    default:
      break;
  }
}

/** A name that nothing has bound stays unbound: calls of models with it say nothing of their inputs. */
function loseName({ m, frame, why }: Losing, name: string): void {
  const value = lookUp(frame, name);
  if (value !== undefined && !isStable(value)) store(frame, name, m.unknown(why));
}

/** Models are looked at where they are called, and definitions stay what they are. */
const isStable = (value: Value | undefined): boolean =>
  isModule(value) ||
  (typeof value === "object" &&
    (value.kind === "module" || value.kind === "class" || value.kind === "function"));

function loseAttribute({ m, why }: Losing, holder: Value | undefined, name: string): void {
  if (typeof holder !== "object" || holder.kind !== "instance" || holder.cls.isModule) return;
  if (!isStable(holder.attrs.get(name))) holder.attrs.set(name, m.unknown(why));
}

/** What is filled or changed in place. */
function loseContent(of: Losing, node: ast.Expr): void {
  const value = held(of, node);
  if (typeof value !== "object") return;
  if (value.kind === "list" || value.kind === "dict" || value.kind === "set") lose(of, node);
  else if (value.kind === "instance") loseState(of, value);
}

/** Objects of the program change as their methods please. */
function loseState(of: Losing, object: PyInstance): void {
  const { cls, attrs } = object;
  if (cls.isModule || cls.isEnum || cls.code === undefined || cls.code.prelude) return;
  for (const [name, value] of attrs) if (isState(value)) loseAttribute(of, object, name);
  if (object.payload !== undefined && isState(object.payload)) object.payload = of.m.unknown(of.why);
}

const isState = (value: Value): boolean =>
  typeof value !== "object" || ["float", "list", "dict", "set", "none"].includes(value.kind);

/** What a name or an attribute holds, looked up without running anything. */
function held(of: Losing, node: ast.Expr): Value | undefined {
  if (node.kind === "Name") return lookUp(of.frame, node.id);
  if (node.kind !== "Attribute") return undefined;
  const holder = held(of, node.value);
  return typeof holder === "object" && holder.kind === "instance" ? holder.attrs.get(node.attr) : undefined;
}

function isOwnFunction(of: Losing, func: ast.Expr): boolean {
  const value = func.kind === "Name" ? lookUp(of.frame, func.id) : undefined;
  return (
    typeof value === "object" && (isUnknown(value) || (value.kind === "function" && !value.code.prelude))
  );
}
