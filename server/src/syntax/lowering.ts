import type { Expr, Invalid, Stmt } from "./ast.ts";
import {
  childByField,
  endOf,
  type FlatTree,
  firstNamed,
  namedChildren,
  startOf,
  textOf,
  typeOf,
} from "./flat-tree.ts";

/** A tree with what turns its nodes into AST, by node type id. */
export interface LoweringTree extends FlatTree {
  readonly exprs: readonly (ExprLowerer | undefined)[];
  readonly stmts: readonly (StmtLowerer | undefined)[];
}

export type ExprLowerer = (tree: LoweringTree, node: number) => Expr;
export type StmtLowerer = (tree: LoweringTree, node: number) => Stmt;
/** By name of the node type. */
export type ExprTable = Readonly<Record<string, ExprLowerer>>;
export type StmtTable = Readonly<Record<string, StmtLowerer>>;

/** What stands for a child that broken code does not have. */
export const missing = (at: number): Invalid => ({ kind: "Invalid", start: at, end: at });

export const invalid = (tree: FlatTree, node: number): Invalid => ({
  kind: "Invalid",
  start: startOf(tree, node),
  end: endOf(tree, node),
});

export function lowerExpr(tree: LoweringTree, node: number): Expr {
  const lowerer = tree.exprs[tree.type[node] ?? 0];
  return lowerer === undefined ? invalid(tree, node) : lowerer(tree, node);
}

export function lowerStmt(tree: LoweringTree, node: number): Stmt {
  const lowerer = tree.stmts[tree.type[node] ?? 0];
  return lowerer === undefined ? invalid(tree, node) : lowerer(tree, node);
}

export const lowerAll = (tree: LoweringTree, nodes: readonly number[]): readonly Expr[] =>
  nodes.map((node) => lowerExpr(tree, node));

/** The expressions that are named children of `node`. */
export const lowerNamed = (tree: LoweringTree, node: number): readonly Expr[] =>
  lowerAll(tree, namedChildren(tree, node));

/** `child`, or what stands for it at the end of `node`. */
export const lowerOrMissing = (tree: LoweringTree, child: number | undefined, node: number): Expr =>
  child === undefined ? missing(endOf(tree, node)) : lowerExpr(tree, child);

export const lowerField = (tree: LoweringTree, node: number, field: string): Expr =>
  lowerOrMissing(tree, childByField(tree, node, field), node);

export function optionalField(tree: LoweringTree, node: number, field: string): Expr | undefined {
  const child = childByField(tree, node, field);
  return child === undefined ? undefined : lowerExpr(tree, child);
}

/** The only named child, for nodes that wrap one expression. */
export const lowerOnly = (tree: LoweringTree, node: number): Expr =>
  lowerOrMissing(tree, firstNamed(tree, node), node);

export function lowerOptional(tree: LoweringTree, node: number): Expr | undefined {
  const child = firstNamed(tree, node);
  return child === undefined ? undefined : lowerExpr(tree, child);
}

export function fieldText(tree: LoweringTree, node: number, field: string): string {
  const child = childByField(tree, node, field);
  return child === undefined ? "" : textOf(tree, child);
}

/**
 * What several expressions at one place mean: themselves when there is one and no comma after it, else a tuple
 * that ends with its last comma, as in CPython.
 */
export function oneOrTuple(
  tree: LoweringTree,
  nodes: readonly number[],
  comma: number | undefined,
  at: number,
): Expr {
  const [first] = nodes;
  const last = nodes[nodes.length - 1];
  if (first === undefined || last === undefined) return missing(at);
  if (nodes.length === 1 && comma === undefined) return lowerExpr(tree, first);
  const end = Math.max(endOf(tree, last), comma === undefined ? 0 : endOf(tree, comma));
  return { kind: "Tuple", elts: lowerAll(tree, nodes), start: startOf(tree, first), end };
}

/** The last comma directly below `node`. */
export function lastComma(tree: LoweringTree, node: number): number | undefined {
  const end = tree.next[node] ?? 0;
  let found: number | undefined;
  for (let child = node + 1; child < end; child = tree.next[child] ?? end) {
    if (typeOf(tree, child) === ",") found = child;
  }
  return found;
}

/**
 * The grammar reads `*x.shape` as `(*x).shape`; Python reads `*(x.shape)`.
 * Operators therefore pull a star on their left operand out to themselves.
 */
export function hoistStar(operand: Expr, rebuild: (inner: Expr) => Expr): Expr {
  if (operand.kind !== "Starred") return rebuild(operand);
  const value = rebuild(operand.value);
  return {
    kind: "Starred",
    value: { ...value, start: operand.value.start },
    start: operand.start,
    end: value.end,
  };
}
