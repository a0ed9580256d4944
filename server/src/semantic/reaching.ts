import type { Assign, Expr, FunctionDef, Name, Node, Stmt } from "../syntax/ast.ts";
import { forEachChild, walk } from "../syntax/visit.ts";
import { statementOf } from "./structure.ts";

/** What a local name holds for certain at one place: the statement that gave it, and the value given. */
export type Reaching =
  | { readonly kind: "assign"; readonly stmt: Stmt; readonly value: Expr }
  /** `name += value`, where the name held something before. */
  | { readonly kind: "augmented"; readonly stmt: Stmt & { readonly kind: "AugAssign" } }
  | { readonly kind: "param"; readonly method: FunctionDef };

const blocksOf = (node: Node): readonly (readonly Stmt[])[] => {
  switch (node.kind) {
    case "FunctionDef":
    case "ClassDef":
    case "With":
    case "ExceptHandler":
    case "MatchCase":
      return [node.body];
    case "If":
    case "For":
    case "While":
      return [node.body, node.orelse];
    case "Try":
      return [node.body, node.orelse, node.finalbody];
    default:
      return [];
  }
};

/** The list of statements that `stmt` stands in, `undefined` at a chunk's top level. */
export function blockOf(stmt: Stmt): readonly Stmt[] | undefined {
  return stmt.parent === undefined
    ? undefined
    : blocksOf(stmt.parent).find((block) => block.some((each) => each === stmt));
}

/** Whether running `node` may give `name` a new value. Nested functions are left out: they bind their own. */
export function mayBind(node: Node, name: string): boolean {
  let found = false;
  walk(node, (at) => {
    if (found) return false;
    if (at.kind === "FunctionDef" || at.kind === "ClassDef") {
      found = at.name === name;
      return false;
    }
    if (at.kind === "Lambda") return false;
    if (at.kind === "Name") found = at.id === name && isStore(at);
    else if (at.kind === "Alias") found = (at.asName ?? at.name.split(".")[0]) === name;
    else if (at.kind === "ExceptHandler" || at.kind === "MatchAs") found = at.name === name;
    return !found;
  });
  return found;
}

/** Whether a name stands where it is given a value or deleted, rather than read. `x` in `x += 1` counts as both: it is a store here. */
function isStore(name: Name): boolean {
  let child: Node = name;
  for (let at = name.parent; at !== undefined; child = at, at = at.parent) {
    switch (at.kind) {
      case "Tuple":
      case "List":
      case "Starred":
        continue;
      case "Assign":
      case "Delete":
        return at.targets.some((target) => target === child);
      case "AnnAssign":
      case "AugAssign":
      case "NamedExpr":
      case "For":
      case "Comprehension":
      case "WithItem":
        return at.target === child;
      default:
        return false;
    }
  }
  return false;
}

/**
 * The one value that `use` reads for certain, following straight-line code backwards.
 * `undefined` where branches, loops or unpacking leave a choice.
 */
export function reaching(use: Name): Reaching | undefined {
  const from = statementOf(use);
  return from === undefined ? undefined : reachingBefore(from, use.id);
}

/** What `name` holds for certain when `from` starts to run. */
export function reachingBefore(from: Stmt, name: string): Reaching | undefined {
  let stmt: Stmt = from;
  for (;;) {
    const block = blockOf(stmt);
    if (block === undefined) return undefined;
    for (let i = block.indexOf(stmt) - 1; i >= 0; i--) {
      const before = block[i];
      if (before === undefined) return undefined;
      const given = bindingBy(before, name);
      if (given !== undefined) return given;
      if (mayBind(before, name)) return undefined;
    }
    const parent = stmt.parent;
    if (parent === undefined) return undefined;
    if (parent.kind === "FunctionDef")
      return parent.params.some((param) => param.name === name)
        ? { kind: "param", method: parent }
        : undefined;
    if (parent.kind === "If" || parent.kind === "With") {
      // The body binds the name only after `stmt`, or the loop above would have met it.
      if (parent.kind === "With" && parent.items.some((item) => mayBind(item, name))) return undefined;
      stmt = parent;
      continue;
    }
    if ((parent.kind === "For" || parent.kind === "While") && !mayBind(parent, name)) {
      stmt = parent;
      continue;
    }
    if (parent.kind === "Try" && parent.body === block) {
      stmt = parent;
      continue;
    }
    return undefined;
  }
}

function bindingBy(stmt: Stmt, name: string): Reaching | undefined {
  const isName = (target: Expr | undefined): boolean => target?.kind === "Name" && target.id === name;
  if (stmt.kind === "Assign") {
    if (stmt.targets.some(isName)) return { kind: "assign", stmt, value: stmt.value };
    const value = unpacked(stmt, isName);
    return value === undefined ? undefined : { kind: "assign", stmt, value };
  }
  if (stmt.kind === "AnnAssign" && stmt.value !== undefined && isName(stmt.target))
    return { kind: "assign", stmt, value: stmt.value };
  return stmt.kind === "AugAssign" && isName(stmt.target) ? { kind: "augmented", stmt } : undefined;
}

/** The element that a name gets in `a, b = b, a`. */
function unpacked(stmt: Assign, isName: (target: Expr) => boolean): Expr | undefined {
  const target = stmt.targets[0];
  if (target?.kind !== "Tuple" || stmt.targets.length > 1 || stmt.value.kind !== "Tuple") return undefined;
  const { elts } = stmt.value;
  const isPlain = [...target.elts, ...elts].every((elt) => elt.kind !== "Starred");
  const at = target.elts.findIndex(isName);
  return isPlain && at >= 0 && elts.length === target.elts.length ? elts[at] : undefined;
}

/**
 * Every read that may see the value `stmt` gave to `name`, in the function around `stmt`: those after it until the name
 * is given another value on every path, through branches and around loops. Reads in nested functions always count.
 */
export function readsAfter(stmt: Stmt, name: string): readonly Name[] {
  const found = new Set<Name>();
  let at: Stmt = stmt;
  for (;;) {
    const block = blockOf(at);
    if (block === undefined) break;
    if (flow(block.slice(block.indexOf(at) + 1), name, found)) break;
    const parent = at.parent;
    if (parent === undefined || parent.kind === "FunctionDef" || parent.kind === "ClassDef") break;
    if (parent.kind === "For" || parent.kind === "While") {
      if (parent.kind === "While") readsIn(parent.test, name, found);
      flow(parent.body, name, found);
      flow(parent.orelse, name, found);
    }
    if (parent.kind === "Try" && parent.body === block) {
      for (const handler of parent.handlers) flow(handler.body, name, found);
      flow(parent.orelse, name, found);
    }
    const owner = parent.kind === "ExceptHandler" || parent.kind === "MatchCase" ? parent.parent : parent;
    if (owner?.kind === "Try") flow(owner.finalbody, name, found);
    if (owner === undefined || (owner.kind !== "Match" && !isCompound(owner))) break;
    at = owner;
  }
  return [...found];
}

type Compound = Extract<Stmt, { readonly kind: "If" | "For" | "While" | "With" | "Try" }>;
const isCompound = (node: Node): node is Compound =>
  node.kind === "If" ||
  node.kind === "For" ||
  node.kind === "While" ||
  node.kind === "With" ||
  node.kind === "Try";

/** Collects reads of `name` in order; true when no path leaves the block with the value alive. */
function flow(block: readonly Stmt[], name: string, found: Set<Name>): boolean {
  let jumps = false;
  for (const stmt of block) {
    if (flowThrough(stmt, name, found)) return !jumps;
    jumps ||= hasJump(stmt);
  }
  return false;
}

/** `break` or `continue` may carry the value past what follows in the block. */
function hasJump(stmt: Stmt): boolean {
  if (stmt.kind === "Break" || stmt.kind === "Continue") return true;
  return stmt.kind !== "FunctionDef" && blocksOf(stmt).some((block) => block.some(hasJump));
}

function flowThrough(stmt: Stmt, name: string, found: Set<Name>): boolean {
  switch (stmt.kind) {
    case "If": {
      readsIn(stmt.test, name, found);
      const body = flow(stmt.body, name, found);
      const orelse = flow(stmt.orelse, name, found);
      return body && orelse;
    }
    case "For":
    case "While":
      readsIn(stmt.kind === "For" ? stmt.iter : stmt.test, name, found);
      flow(stmt.body, name, found);
      flow(stmt.orelse, name, found);
      return false;
    case "With":
      for (const item of stmt.items) readsIn(item.context, name, found);
      return flow(stmt.body, name, found);
    case "Try":
      flow(stmt.body, name, found);
      for (const handler of stmt.handlers) flow(handler.body, name, found);
      flow(stmt.orelse, name, found);
      return flow(stmt.finalbody, name, found);
    case "Return":
    case "Raise":
    case "Break":
    case "Continue":
      readsIn(stmt, name, found);
      return stmt.kind === "Return" || stmt.kind === "Raise";
    default:
      readsIn(stmt, name, found);
      return bindingBy(stmt, name)?.kind === "assign" || unpacksTo(stmt, name);
  }
}

const unpacksTo = (stmt: Stmt, name: string): boolean =>
  stmt.kind === "Assign" &&
  stmt.targets.some(
    (target) =>
      (target.kind === "Tuple" || target.kind === "List") &&
      target.elts.some((elt) => elt.kind === "Name" && elt.id === name),
  );

function readsIn(node: Node, name: string, found: Set<Name>): void {
  if (node.kind === "Name") {
    const isRead = !isStore(node) || node.parent?.kind === "AugAssign";
    if (node.id === name && isRead) found.add(node);
    return;
  }
  forEachChild(node, (child) => {
    readsIn(child, name, found);
  });
}
