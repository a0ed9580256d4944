import type { BinaryOperator, CompareOperator, Expr, UnaryOperator } from "./ast.ts";
import { childByField, children, endOf, fieldOf, startOf, typeOf } from "./flat-tree.ts";
import {
  type ExprTable,
  hoistStar,
  invalid,
  type LoweringTree,
  lowerExpr,
  lowerField,
  lowerNamed,
  missing,
} from "./lowering.ts";

const binaryOperators: ReadonlyMap<string, BinaryOperator> = new Map(
  (["+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>"] as const).map((op) => [op, op]),
);

/** The operator spelled `text`; broken code may spell none, and `+` is as good as any for it. */
export const binaryOperator = (text: string): BinaryOperator => binaryOperators.get(text) ?? "+";

const operatorOf = (tree: LoweringTree, node: number): string => {
  const child = childByField(tree, node, "operator");
  return child === undefined ? "" : typeOf(tree, child);
};

function lowerBinary(tree: LoweringTree, node: number): Expr {
  const start = startOf(tree, node);
  const end = endOf(tree, node);
  const op = binaryOperator(operatorOf(tree, node));
  if (op === "&" || op === "^") return lowerAndXor(tree, node);
  const left = lowerField(tree, node, "left");
  const right = lowerField(tree, node, "right");
  if (left.kind !== "Starred") return { kind: "BinOp", left, op, right, start, end };
  return hoistStar(left, (inner) => ({ kind: "BinOp", left: inner, op, right, start, end }));
}

/** The grammar binds `^` tighter than `&`; Python does the opposite. */
function lowerAndXor(tree: LoweringTree, node: number): Expr {
  const operands: number[] = [];
  const operators: string[] = [];
  const flatten = (at: number): void => {
    const op = typeOf(tree, at) === "binary_operator" ? operatorOf(tree, at) : "";
    const left = childByField(tree, at, "left");
    const right = childByField(tree, at, "right");
    if ((op !== "&" && op !== "^") || left === undefined || right === undefined) {
      operands.push(at);
      return;
    }
    flatten(left);
    operators.push(op);
    flatten(right);
  };
  flatten(node);
  let at = 0;
  const conjunction = (): Bounded => {
    let left = bounded(tree, operands[at] ?? node);
    while (operators[at] === "&") {
      at++;
      left = joined(left, "&", bounded(tree, operands[at] ?? node));
    }
    return left;
  };
  // Broken code lacks an operand: nothing to bind.
  if (operands.length === 1) return invalid(tree, node);
  let result = conjunction();
  while (at < operators.length) {
    at++;
    result = joined(result, "^", conjunction());
  }
  return result.expr;
}

/** An operand with the span of its text, parentheses included. */
interface Bounded {
  readonly expr: Expr;
  readonly start: number;
  readonly end: number;
}

const bounded = (tree: LoweringTree, node: number): Bounded => ({
  expr: lowerExpr(tree, node),
  start: startOf(tree, node),
  end: endOf(tree, node),
});

function joined(left: Bounded, op: "&" | "^", right: Bounded): Bounded {
  const { start } = left;
  const { end } = right;
  const expr = hoistStar(left.expr, (inner) => ({
    kind: "BinOp",
    left: inner,
    op,
    right: right.expr,
    start,
    end,
  }));
  return { expr, start, end };
}

function lowerUnary(tree: LoweringTree, node: number): Expr {
  const text = operatorOf(tree, node);
  const op: UnaryOperator = text === "-" || text === "~" ? text : "+";
  const operand = lowerField(tree, node, "argument");
  return { kind: "UnaryOp", op, operand, start: startOf(tree, node), end: endOf(tree, node) };
}

function lowerNot(tree: LoweringTree, node: number): Expr {
  const operand = lowerField(tree, node, "argument");
  return { kind: "UnaryOp", op: "not", operand, start: startOf(tree, node), end: endOf(tree, node) };
}

/** `a and b and c` nests to the left in the grammar and is flat in CPython; parentheses keep their own node. */
function lowerBoolean(tree: LoweringTree, node: number): Expr {
  const start = startOf(tree, node);
  const end = endOf(tree, node);
  const op = operatorOf(tree, node) === "or" ? "or" : "and";
  const values: Expr[] = [lowerField(tree, node, "right")];
  let left = childByField(tree, node, "left");
  while (left !== undefined && typeOf(tree, left) === "boolean_operator" && operatorOf(tree, left) === op) {
    values.push(lowerField(tree, left, "right"));
    left = childByField(tree, left, "left");
  }
  const first = left === undefined ? missing(start) : lowerExpr(tree, left);
  values.reverse();
  return hoistStar(first, (inner) => ({ kind: "BoolOp", op, values: [inner, ...values], start, end }));
}

const compareOperators: ReadonlyMap<string, CompareOperator> = new Map<string, CompareOperator>([
  ...(["==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in"] as const).map(
    (op): [string, CompareOperator] => [op, op],
  ),
  // Python 2.
  ["<>", "!="],
]);

function lowerComparison(tree: LoweringTree, node: number): Expr {
  const operands: Expr[] = [];
  const ops: CompareOperator[] = [];
  for (const child of children(tree, node)) {
    const op = fieldOf(tree, child) === "operators" ? compareOperators.get(typeOf(tree, child)) : undefined;
    if (op !== undefined) ops.push(op);
    else operands.push(lowerExpr(tree, child));
  }
  const [first, ...comparators] = operands;
  if (first === undefined || comparators.length !== ops.length) return invalid(tree, node);
  const start = startOf(tree, node);
  const end = endOf(tree, node);
  return hoistStar(first, (left) => ({ kind: "Compare", left, ops, comparators, start, end }));
}

function lowerConditional(tree: LoweringTree, node: number): Expr {
  const start = startOf(tree, node);
  const end = endOf(tree, node);
  const [first, second, third] = lowerNamed(tree, node);
  const test = second ?? missing(end);
  const orelse = third ?? missing(end);
  return hoistStar(first ?? missing(end), (body) => ({ kind: "IfExp", test, body, orelse, start, end }));
}

export const operatorLowerers: ExprTable = {
  binary_operator: lowerBinary,
  unary_operator: lowerUnary,
  not_operator: lowerNot,
  boolean_operator: lowerBoolean,
  comparison_operator: lowerComparison,
  conditional_expression: lowerConditional,
};
