import type { Expr, Stmt } from "./ast.ts";
import { childByField, endOf, firstNamed, namedChildren, startOf, typeOf } from "./flat-tree.ts";
import { lowerArguments } from "./lower-primaries.ts";
import {
  type ExprTable,
  type LoweringTree,
  lastComma,
  lowerExpr,
  lowerField,
  missing,
  oneOrTuple,
  type StmtTable,
} from "./lowering.ts";

/** `list[int]` in an annotation, where the grammar has node types of its own. */
function lowerGenericType(tree: LoweringTree, node: number): Expr {
  const start = startOf(tree, node);
  const end = endOf(tree, node);
  const [base, parameters] = namedChildren(tree, node);
  const index =
    parameters === undefined
      ? missing(end)
      : oneOrTuple(tree, namedChildren(tree, parameters), lastComma(tree, parameters), end);
  const value = base === undefined ? missing(start) : lowerExpr(tree, base);
  return { kind: "Subscript", value, index, start, end };
}

/** The grammar nests `list[int] | a | None` to the right; in Python `|` binds to the left. */
function lowerUnionType(tree: LoweringTree, node: number): Expr {
  const [first, ...rest] = unionOperands(tree, node);
  const start = startOf(tree, node);
  let union = first === undefined ? missing(start) : lowerExpr(tree, first);
  for (const operand of rest) {
    const right = lowerExpr(tree, operand);
    union = { kind: "BinOp", left: union, op: "|", right, start, end: endOf(tree, operand) };
  }
  return union;
}

function unionOperands(tree: LoweringTree, node: number): readonly number[] {
  const type = typeOf(tree, node);
  const inner = type === "type" ? firstNamed(tree, node) : undefined;
  if (inner !== undefined) return unionOperands(tree, inner);
  const operator = type === "binary_operator" ? childByField(tree, node, "operator") : undefined;
  const isUnion = type === "union_type" || (operator !== undefined && typeOf(tree, operator) === "|");
  return isUnion ? namedChildren(tree, node).flatMap((child) => unionOperands(tree, child)) : [node];
}

/** `type X = int`, or an assignment to what starts with a call or a subscript of the builtin: `type(a).b = c`. */
function lowerTypeStatement(tree: LoweringTree, node: number): Stmt {
  const left = childByField(tree, node, "left");
  const start = startOf(tree, node);
  const end = endOf(tree, node);
  const value = lowerField(tree, node, "right");
  const target = left === undefined ? undefined : builtinTarget(tree, left, start);
  if (target !== undefined) return { kind: "Assign", targets: [target], value, start, end };
  return { kind: "TypeAlias", name: lowerField(tree, node, "left"), value, start, end };
}

/** `node` with the word `type` at `start` before it, when that makes a target; `undefined` for the name of an alias. */
function builtinTarget(tree: LoweringTree, node: number, start: number): Expr | undefined {
  const func: Expr = { kind: "Name", id: "type", start, end: start + "type".length };
  const argsStart = startOf(tree, node);
  const end = endOf(tree, node);
  switch (typeOf(tree, node)) {
    case "type": {
      const inner = firstNamed(tree, node);
      return inner === undefined ? undefined : builtinTarget(tree, inner, start);
    }
    case "attribute":
    case "subscript":
    case "call": {
      const inner = firstNamed(tree, node);
      const base = inner === undefined ? undefined : builtinTarget(tree, inner, start);
      return base === undefined ? undefined : withBase(lowerExpr(tree, node), base);
    }
    case "parenthesized_expression":
    case "tuple":
      return { kind: "Call", func, ...lowerArguments(tree, node), argsStart, argsEnd: end, start, end };
    case "list": {
      const index = oneOrTuple(tree, namedChildren(tree, node), lastComma(tree, node), end);
      return { kind: "Subscript", value: func, index, start, end };
    }
    default:
      return undefined;
  }
}

function withBase(whole: Expr, base: Expr): Expr {
  const { start } = base;
  switch (whole.kind) {
    case "Attribute":
    case "Subscript":
      return { ...whole, value: base, start };
    case "Call":
      return { ...whole, func: base, start };
    default:
      return base;
  }
}

export const typeLowerers: ExprTable = { generic_type: lowerGenericType, union_type: lowerUnionType };
export const typeStatementLowerers: StmtTable = { type_alias_statement: lowerTypeStatement };
