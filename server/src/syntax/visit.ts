import { exact } from "../base/exact.ts";
import type { Kind, Node, NodeOf } from "./ast.ts";

type Visit = (child: Node) => void;

function each(nodes: readonly Node[], visit: Visit): void {
  for (const node of nodes) visit(node);
}

function maybe(node: Node | undefined, visit: Visit): void {
  if (node !== undefined) visit(node);
}

/** Visits the direct children of a node in source order (decorators before the definition's own parts). */
export function forEachChild(node: Node, visit: Visit): void {
  switch (node.kind) {
    case "Name":
    case "Int":
    case "Float":
    case "Imaginary":
    case "Str":
    case "Bytes":
    case "Bool":
    case "None":
    case "Ellipsis":
    case "Invalid":
    case "Alias":
    case "Pass":
    case "Break":
    case "Continue":
    case "Global":
    case "Nonlocal":
    case "MatchStar":
      return;
    case "Attribute":
    case "Keyword":
    case "Starred":
    case "Await":
    case "YieldFrom":
    case "ExprStmt":
    case "MatchValue":
      visit(node.value);
      return;
    case "Yield":
    case "Return":
      maybe(node.value, visit);
      return;
    case "Subscript":
      visit(node.value);
      visit(node.index);
      return;
    case "Slice":
      maybe(node.lower, visit);
      maybe(node.upper, visit);
      maybe(node.step, visit);
      return;
    case "Call":
      visit(node.func);
      each(node.args, visit);
      each(node.keywords, visit);
      return;
    case "FormattedValue":
      visit(node.value);
      each(node.spec, visit);
      return;
    case "FString":
      each(node.parts, visit);
      return;
    case "UnaryOp":
      visit(node.operand);
      return;
    case "BinOp":
      visit(node.left);
      visit(node.right);
      return;
    case "BoolOp":
      each(node.values, visit);
      return;
    case "Compare":
      visit(node.left);
      each(node.comparators, visit);
      return;
    case "IfExp":
      visit(node.body);
      visit(node.test);
      visit(node.orelse);
      return;
    case "Lambda":
      each(node.params, visit);
      visit(node.body);
      return;
    case "Tuple":
    case "List":
    case "Set":
      each(node.elts, visit);
      return;
    case "DictItem":
      maybe(node.key, visit);
      visit(node.value);
      return;
    case "Dict":
      each(node.items, visit);
      return;
    case "Comprehension":
      visit(node.target);
      visit(node.iter);
      each(node.ifs, visit);
      return;
    case "ListComp":
    case "SetComp":
    case "GeneratorExp":
      visit(node.elt);
      each(node.generators, visit);
      return;
    case "DictComp":
      visit(node.key);
      visit(node.value);
      each(node.generators, visit);
      return;
    case "NamedExpr":
    case "AugAssign":
      visit(node.target);
      visit(node.value);
      return;
    case "Assign":
      each(node.targets, visit);
      visit(node.value);
      return;
    case "AnnAssign":
      visit(node.target);
      visit(node.annotation);
      maybe(node.value, visit);
      return;
    case "If":
    case "While":
      visit(node.test);
      each(node.body, visit);
      each(node.orelse, visit);
      return;
    case "For":
      visit(node.target);
      visit(node.iter);
      each(node.body, visit);
      each(node.orelse, visit);
      return;
    case "WithItem":
      visit(node.context);
      maybe(node.target, visit);
      return;
    case "With":
      each(node.items, visit);
      each(node.body, visit);
      return;
    case "ExceptHandler":
      maybe(node.type, visit);
      each(node.body, visit);
      return;
    case "Try":
      each(node.body, visit);
      each(node.handlers, visit);
      each(node.orelse, visit);
      each(node.finalbody, visit);
      return;
    case "Raise":
      maybe(node.exception, visit);
      maybe(node.cause, visit);
      return;
    case "Assert":
      visit(node.test);
      maybe(node.message, visit);
      return;
    case "Import":
    case "ImportFrom":
      each(node.names, visit);
      return;
    case "Param":
      maybe(node.annotation, visit);
      maybe(node.default, visit);
      return;
    case "FunctionDef":
      each(node.decorators, visit);
      each(node.params, visit);
      maybe(node.returns, visit);
      each(node.body, visit);
      return;
    case "ClassDef":
      each(node.decorators, visit);
      each(node.bases, visit);
      each(node.keywords, visit);
      each(node.body, visit);
      return;
    case "Delete":
      each(node.targets, visit);
      return;
    case "TypeAlias":
      visit(node.name);
      visit(node.value);
      return;
    case "MatchCase":
      visit(node.pattern);
      maybe(node.guard, visit);
      each(node.body, visit);
      return;
    case "Match":
      visit(node.subject);
      each(node.cases, visit);
      return;
    case "MatchAs":
      maybe(node.pattern, visit);
      return;
    case "MatchOr":
    case "MatchSequence":
      each(node.patterns, visit);
      return;
    case "MatchMapping":
      each(node.keys, visit);
      each(node.patterns, visit);
      return;
    case "MatchClass":
      visit(node.cls);
      each(node.patterns, visit);
      each(node.kwPatterns, visit);
      return;
  }
}

/** `node` and everything below it, parents first. `enter` returns false to leave a subtree out. */
export function walk(node: Node, enter: (node: Node) => boolean): void {
  if (!enter(node)) return;
  forEachChild(node, (child) => {
    walk(child, enter);
  });
}

/** Every node below and including `roots`, by kind, in pre-order. */
export type NodesByKind = ReadonlyMap<Kind, readonly Node[]>;

/** Sets the parent of every node and sorts the nodes by kind: the one walk that all rules share. */
export function link(roots: readonly Node[]): NodesByKind {
  const byKind = new Map<Kind, Node[]>();
  const enter = (node: Node, parent: Node | undefined): void => {
    const linked: { parent?: Node | undefined } = node;
    linked.parent = parent;
    const same = byKind.get(node.kind);
    if (same === undefined) byKind.set(node.kind, [node]);
    else same.push(node);
    forEachChild(node, (child) => {
      enter(child, node);
    });
  };
  for (const root of roots) enter(root, undefined);
  for (const [kind, same] of byKind) byKind.set(kind, exact(same));
  return byKind;
}

/** Makes `parent` the parent of its direct children, which were linked without it. */
export function adopt(parent: Node): void {
  forEachChild(parent, (child) => {
    const linked: { parent?: Node | undefined } = child;
    linked.parent = parent;
  });
}

/** Moves nodes of one text by so many characters: every offset that `ast.ts` knows. */
export function shiftNodes(nodes: NodesByKind, by: number): void {
  for (const same of nodes.values()) {
    for (const node of same) {
      const span: { start: number; end: number } = node;
      span.start += by;
      span.end += by;
      shiftNames(node, by);
    }
  }
}

function shiftNames(node: Node, by: number): void {
  if (node.kind === "Attribute") {
    const own: { attrStart: number } = node;
    own.attrStart += by;
  } else if (node.kind === "Call") {
    const own: { argsStart: number; argsEnd: number } = node;
    own.argsStart += by;
    own.argsEnd += by;
  } else if (node.kind === "FunctionDef" || node.kind === "ClassDef") {
    const own: { nameStart: number } = node;
    own.nameStart += by;
  }
}

const isOfKind =
  <K extends Kind>(kind: K) =>
  (node: Node): node is NodeOf<K> =>
    node.kind === kind;

export const nodesOf = <K extends Kind>(nodes: NodesByKind, kind: K): readonly NodeOf<K>[] =>
  (nodes.get(kind) ?? []).filter(isOfKind(kind));
