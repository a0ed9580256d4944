import type { Expr, Stmt } from "./ast.ts";
import {
  childByField,
  childrenByField,
  endOf,
  fieldOf,
  firstNamed,
  isNamed,
  namedChildren,
  startOf,
  textOf,
  typeOf,
} from "./flat-tree.ts";
import { binaryOperator } from "./lower-operators.ts";
import {
  invalid,
  type LoweringTree,
  lastComma,
  lowerAll,
  lowerExpr,
  lowerField,
  lowerOptional,
  lowerOrMissing,
  missing,
  oneOrTuple,
  optionalField,
  type StmtTable,
} from "./lowering.ts";

function lowerExpressionStatement(tree: LoweringTree, node: number): Stmt {
  const start = startOf(tree, node);
  const end = endOf(tree, node);
  const only = firstNamed(tree, node);
  if (only === undefined) return invalid(tree, node);
  const type = typeOf(tree, only);
  if (type === "assignment") return lowerAssignment(tree, only);
  if (type === "augmented_assignment") return lowerAugmented(tree, only);
  const value = oneOrTuple(tree, namedChildren(tree, node), lastComma(tree, node), end);
  return { kind: "ExprStmt", value, start, end };
}

function lowerAugmented(tree: LoweringTree, node: number): Stmt {
  const operator = childByField(tree, node, "operator");
  return {
    kind: "AugAssign",
    target: lowerField(tree, node, "left"),
    op: binaryOperator(operator === undefined ? "" : textOf(tree, operator).slice(0, -1)),
    value: lowerField(tree, node, "right"),
    start: startOf(tree, node),
    end: endOf(tree, node),
  };
}

function lowerAssignment(tree: LoweringTree, node: number): Stmt {
  const start = startOf(tree, node);
  const end = endOf(tree, node);
  const annotation = childByField(tree, node, "type");
  if (annotation !== undefined) {
    const target = lowerField(tree, node, "left");
    const value = optionalField(tree, node, "right");
    return { kind: "AnnAssign", target, annotation: lowerExpr(tree, annotation), value, start, end };
  }
  const targets = [lowerField(tree, node, "left")];
  let right = childByField(tree, node, "right");
  while (right !== undefined && typeOf(tree, right) === "assignment") {
    targets.push(lowerField(tree, right, "left"));
    right = childByField(tree, right, "right");
  }
  return { kind: "Assign", targets, value: lowerOrMissing(tree, right, node), start, end };
}

function lowerRaise(tree: LoweringTree, node: number): Stmt {
  const cause = optionalField(tree, node, "cause");
  const first = namedChildren(tree, node).find((child) => fieldOf(tree, child) !== "cause");
  const exception = first === undefined ? undefined : lowerExpr(tree, first);
  return { kind: "Raise", exception, cause, start: startOf(tree, node), end: endOf(tree, node) };
}

function lowerAssert(tree: LoweringTree, node: number): Stmt {
  const [test, message] = lowerAll(tree, namedChildren(tree, node));
  const end = endOf(tree, node);
  return { kind: "Assert", test: test ?? missing(end), message, start: startOf(tree, node), end };
}

function lowerDelete(tree: LoweringTree, node: number): Stmt {
  const target = firstNamed(tree, node);
  const targets: readonly Expr[] =
    target === undefined
      ? []
      : typeOf(tree, target) === "expression_list"
        ? lowerAll(tree, namedChildren(tree, target))
        : [lowerExpr(tree, target)];
  return { kind: "Delete", targets, start: startOf(tree, node), end: endOf(tree, node) };
}

const lowerNames =
  (kind: "Global" | "Nonlocal") =>
  (tree: LoweringTree, node: number): Stmt => ({
    kind,
    names: namedChildren(tree, node).map((child) => textOf(tree, child)),
    start: startOf(tree, node),
    end: endOf(tree, node),
  });

const lowerSimple =
  (kind: "Pass" | "Break" | "Continue") =>
  (tree: LoweringTree, node: number): Stmt => ({
    kind,
    start: startOf(tree, node),
    end: endOf(tree, node),
  });

/** Python 2's `print a, b` and `exec a`: a call, so that its operands are still seen. */
const lowerCommand =
  (name: "print" | "exec") =>
  (tree: LoweringTree, node: number): Stmt => {
    const start = startOf(tree, node);
    const end = endOf(tree, node);
    const given = childrenByField(tree, node, name === "print" ? "argument" : "code");
    const args = lowerAll(
      tree,
      given.filter((child) => isNamed(tree, child)),
    );
    const argsStart = start + name.length;
    const func: Expr = { kind: "Name", id: name, start, end: argsStart };
    const value: Expr = { kind: "Call", func, args, keywords: [], argsStart, argsEnd: end, start, end };
    return { kind: "ExprStmt", value, start, end };
  };

export const simpleStatementLowerers: StmtTable = {
  expression_statement: lowerExpressionStatement,
  return_statement: (tree, node) => ({
    kind: "Return",
    value: lowerOptional(tree, node),
    start: startOf(tree, node),
    end: endOf(tree, node),
  }),
  raise_statement: lowerRaise,
  assert_statement: lowerAssert,
  delete_statement: lowerDelete,
  global_statement: lowerNames("Global"),
  nonlocal_statement: lowerNames("Nonlocal"),
  pass_statement: lowerSimple("Pass"),
  break_statement: lowerSimple("Break"),
  continue_statement: lowerSimple("Continue"),
  print_statement: lowerCommand("print"),
  exec_statement: lowerCommand("exec"),
};
