import type { AugAssign, Call, ClassDef, Expr, If, Name, Node, Stmt } from "../syntax/ast.ts";
import { attributeValue } from "./attributes.ts";
import type { Module } from "./module.ts";
import { qualifiedName } from "./names.ts";
import { reachingBefore, readsAfter } from "./reaching.ts";
import { argumentOf, enclosingClass, statementOf } from "./structure.ts";
import { originOf } from "./value-chain.ts";

/** What happens to the scores between the product and the softmax, the last first. */
export type ScoreStep =
  | { readonly kind: "scale"; readonly op: "*" | "/"; readonly factor: Expr }
  | { readonly kind: "add"; readonly term: Expr; readonly condition: If | undefined }
  | { readonly kind: "fill"; readonly mask: Expr; readonly value: Expr; readonly condition: If | undefined };

/** A product of two tensors: `a @ b`, `torch.matmul`, `torch.bmm`, or `torch.einsum` with its equation. */
export interface Product {
  readonly node: Expr;
  readonly left: Expr;
  readonly right: Expr;
  readonly equation: string | undefined;
}

/** softmax(q k^T) v, with nothing else reading the scores or the weights. */
export interface ManualAttention {
  readonly scores: Product;
  readonly output: Product;
  readonly steps: readonly ScoreStep[];
  readonly dropout: Call | undefined;
  /** The axis of the softmax: -1, 2 or 3. */
  readonly axis: number;
  /** Something asks the scores for their type or shape, or other work is done where they are changed. */
  readonly entangled: boolean;
  /** The statements that only serve the way from the scores to the output. */
  readonly statements: readonly Stmt[];
}

const lastName = (func: Expr): string =>
  func.kind === "Attribute" ? func.attr : func.kind === "Name" ? func.id : "";

const calleeOf = (call: Call, module: Module): string | undefined => qualifiedName(call.func, module);

/** The product that an expression is, if it is one. */
function asProduct(expr: Expr, module: Module): Product | undefined {
  if (expr.kind === "BinOp" && expr.op === "@")
    return { node: expr, left: expr.left, right: expr.right, equation: undefined };
  if (expr.kind !== "Call" || expr.keywords.length > 0) return undefined;
  const last = lastName(expr.func);
  if (last !== "matmul" && last !== "bmm" && last !== "einsum") return undefined;
  const [first, second, third] = expr.args;
  const name = calleeOf(expr, module);
  if (last === "einsum") {
    const isEinsum =
      name === "torch.einsum" || name === "torch.functional.einsum" || name === "einops.einsum";
    if (!isEinsum || first === undefined || second === undefined || third === undefined) return undefined;
    if (expr.args.length > 3) return undefined;
    if (first.kind === "Str") return { node: expr, left: second, right: third, equation: first.value };
    return third.kind === "Str" && name === "einops.einsum"
      ? { node: expr, left: first, right: second, equation: third.value }
      : undefined;
  }
  if (name === "torch.matmul" || name === "torch.bmm")
    return first !== undefined && second !== undefined
      ? { node: expr, left: first, right: second, equation: undefined }
      : undefined;
  if (expr.func.kind !== "Attribute" || first === undefined || name !== undefined) return undefined;
  return { node: expr, left: expr.func.value, right: first, equation: undefined };
}

/** The attention around a softmax call, `undefined` when it is not one or somebody else reads a part of it. */
export function manualAttention(softmax: Call, module: Module): ManualAttention | undefined {
  const cls = enclosingClass(softmax);
  const input = softmaxInput(softmax, cls, module);
  if (input === undefined) return undefined;
  const back = scoresBehind(input.expr, module);
  if (back === undefined) return undefined;
  const ahead = outputAhead(softmax, cls, module);
  if (ahead === undefined) return undefined;
  return {
    scores: back.product,
    output: ahead.product,
    steps: back.steps,
    dropout: ahead.dropout,
    axis: input.axis,
    entangled: back.entangled,
    statements: [...back.statements, ...ahead.statements],
  };
}

/** What goes into a softmax, and its axis. */
function softmaxInput(
  call: Call,
  cls: ClassDef | undefined,
  module: Module,
): { readonly expr: Expr; readonly axis: number } | undefined {
  const name = calleeOf(call, module);
  const found = (expr: Expr | undefined, dim: Expr | "unknown" | undefined) => {
    const axis = axisOf(dim);
    return expr === undefined || axis === undefined ? undefined : { expr, axis };
  };
  if (name === "torch.softmax" || name === "torch.nn.functional.softmax" || name === "torch.special.softmax")
    return found(call.args[0], argumentOf(call, "dim", 1));
  if (call.func.kind !== "Attribute") return undefined;
  const made = cls && call.func.value.kind === "Name" ? attributeValue(cls, call.func.attr) : undefined;
  if (made?.kind === "Call" && calleeOf(made, module) === "torch.nn.Softmax")
    return call.args.length === 1 ? found(call.args[0], argumentOf(made, "dim", 0)) : undefined;
  return call.func.attr === "softmax" && name === undefined
    ? found(call.func.value, argumentOf(call, "dim", 0))
    : undefined;
}

function axisOf(axis: Expr | "unknown" | undefined): number | undefined {
  if (axis === undefined || axis === "unknown") return undefined;
  if (axis.kind === "Int") return axis.value === 2 || axis.value === 3 ? axis.value : undefined;
  const isLast =
    axis.kind === "UnaryOp" && axis.op === "-" && axis.operand.kind === "Int" && axis.operand.value === 1;
  return isLast ? -1 : undefined;
}

const casts = new Set(["float", "to", "type", "type_as", "half", "bfloat16", "contiguous"]);

const metadata = new Set(["dtype", "device", "shape", "ndim", "size", "dim"]);

interface Behind {
  readonly entangled: boolean;
  readonly product: Product;
  readonly steps: readonly ScoreStep[];
  readonly statements: readonly Stmt[];
}

function scoresBehind(input: Expr, module: Module): Behind | undefined {
  const steps: ScoreStep[] = [];
  const statements = new Set<Stmt>();
  const consumed = new Set<Name>();
  let entangled = false;

  const through = (expr: Expr, condition: If | undefined): Product | undefined => {
    const product = asProduct(expr, module);
    if (product !== undefined) return product;
    if (expr.kind === "Name") return throughName(expr);
    if (expr.kind === "BinOp") return throughOperator(expr, condition);
    if (expr.kind !== "Call" || expr.func.kind !== "Attribute") return undefined;
    const { func, args } = expr;
    const [first, second] = args;
    if (casts.has(func.attr)) return through(func.value, condition);
    if (first === undefined) return undefined;
    if (func.attr === "masked_fill" && second !== undefined) {
      steps.push({ kind: "fill", mask: first, value: second, condition });
      return through(func.value, condition);
    }
    if (func.attr === "mul" || func.attr === "div")
      steps.push({ kind: "scale", op: func.attr === "mul" ? "*" : "/", factor: first });
    else if (func.attr === "add" && args.length === 1) steps.push({ kind: "add", term: first, condition });
    else return undefined;
    return through(func.value, condition);
  };

  const throughOperator = (
    expr: Expr & { readonly kind: "BinOp" },
    condition: If | undefined,
  ): Product | undefined => {
    const { op, left, right } = expr;
    if (op !== "*" && op !== "/" && op !== "+") return undefined;
    const sides: readonly (readonly [Expr, Expr])[] =
      op === "/"
        ? [[left, right]]
        : [
            [left, right],
            [right, left],
          ];
    for (const [scores, other] of sides) {
      const before = steps.length;
      if (op === "+") steps.push({ kind: "add", term: other, condition });
      else steps.push({ kind: "scale", op, factor: other });
      // A product on both sides: which one the scores are cannot be told.
      const product = asProduct(other, module) === undefined ? through(scores, condition) : undefined;
      if (product !== undefined) return product;
      steps.length = before;
    }
    return undefined;
  };

  const throughName = (use: Name): Product | undefined => {
    consumed.add(use);
    const from = statementOf(use);
    const given = from === undefined ? undefined : reachingBefore(from, use.id);
    if (given?.kind === "augmented") return throughAugmented(given.stmt, use.id);
    const origin = originOf(use);
    if (origin === undefined || origin.stmt.targets.length > 1 || origin.stmt.value !== origin.value)
      return undefined;
    if (origin.condition !== undefined && origin.condition.body.length > 1) entangled = true;
    statements.add(origin.condition ?? origin.stmt);
    for (const read of readsAfter(origin.stmt, use.id)) if (!isConsumed(read)) return undefined;
    return through(origin.value, origin.condition);
  };

  const throughAugmented = (stmt: AugAssign, name: string): Product | undefined => {
    if (stmt.target.kind !== "Name") return undefined;
    consumed.add(stmt.target);
    statements.add(stmt);
    if (stmt.op === "+") steps.push({ kind: "add", term: stmt.value, condition: undefined });
    else if (stmt.op === "*" || stmt.op === "/")
      steps.push({ kind: "scale", op: stmt.op, factor: stmt.value });
    else return undefined;
    const given = reachingBefore(stmt, name);
    if (given?.kind === "augmented") return throughAugmented(given.stmt, name);
    if (given?.kind !== "assign" || given.stmt.kind !== "Assign" || given.stmt.value !== given.value)
      return undefined;
    statements.add(given.stmt);
    for (const read of readsAfter(given.stmt, name)) if (!isConsumed(read)) return undefined;
    return through(given.value, undefined);
  };

  /** A read on the way, or `scores.masked_fill_(mask, value)` in a statement of its own. */
  const isConsumed = (read: Name): boolean => {
    if (consumed.has(read)) return true;
    if (read.parent?.kind === "Attribute" && metadata.has(read.parent.attr)) {
      entangled = true;
      return true;
    }
    const call = read.parent?.parent;
    const stmt = call?.parent;
    const isInPlace =
      read.parent?.kind === "Attribute" && read.parent.attr === "masked_fill_" && stmt?.kind === "ExprStmt";
    if (call?.kind !== "Call" || !isInPlace) return false;
    const [mask, value] = call.args;
    const condition = stmt.parent?.kind === "If" && stmt.parent.body.length === 1 ? stmt.parent : undefined;
    if (mask === undefined || value === undefined || stmt.parent?.kind === "For") return false;
    if (stmt.parent?.kind === "If" && (condition === undefined || condition.orelse.length > 0)) return false;
    consumed.add(read);
    statements.add(condition ?? stmt);
    steps.push({ kind: "fill", mask, value, condition });
    return true;
  };

  const product = through(input, undefined);
  return product === undefined ? undefined : { product, steps, entangled, statements: [...statements] };
}

interface Ahead {
  readonly product: Product;
  readonly dropout: Call | undefined;
  readonly statements: readonly Stmt[];
}

function outputAhead(softmax: Call, cls: ClassDef | undefined, module: Module): Ahead | undefined {
  const statements: Stmt[] = [];
  let dropout: Call | undefined;
  let at: Expr = softmax;
  for (;;) {
    const holder: Node | undefined = at.parent;
    const product = holder !== undefined && isExpr(holder) ? asProduct(holder, module) : undefined;
    if (product !== undefined) return product.left === at ? { product, dropout, statements } : undefined;
    if (holder?.kind === "Attribute" && holder.parent?.kind === "Call" && holder.parent.func === holder) {
      const asMethod = asProduct(holder.parent, module);
      if (asMethod?.left === at) return { product: asMethod, dropout, statements };
      if (!casts.has(holder.attr)) return undefined;
      at = holder.parent;
    } else if (holder?.kind === "Call" && holder.args[0] === at && isDropout(holder, cls, module)) {
      if (dropout !== undefined) return undefined;
      dropout = holder;
      at = holder;
    } else if (holder?.kind === "Assign" && holder.targets.length === 1) {
      const target = holder.targets[0];
      if (target?.kind !== "Name") return undefined;
      const reads = readsAfter(holder, target.id);
      const only = reads[0];
      if (only === undefined || reads.length > 1) return undefined;
      statements.push(holder);
      at = only;
    } else return undefined;
  }
}

const isExpr = (node: Node): node is Expr => node.kind === "BinOp" || node.kind === "Call";

function isDropout(call: Call, cls: ClassDef | undefined, module: Module): boolean {
  const name = calleeOf(call, module);
  if (name === "torch.nn.functional.dropout") return true;
  const { func } = call;
  const made =
    cls !== undefined && func.kind === "Attribute" && func.value.kind === "Name"
      ? attributeValue(cls, func.attr)
      : undefined;
  return made?.kind === "Call" && calleeOf(made, module) === "torch.nn.Dropout" && call.args.length === 1;
}
