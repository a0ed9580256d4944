/**
 * Checks for Python loops over the rows of a tensor whose body torch can run on all rows at once.
 *
 * ## Why is this bad?
 * Each turn launches its own kernels for a single row: a batch of 256 pays 256 times for the launch, some microseconds each on a GPU, and every kernel is too small to fill the
 * device. Nearly all functions of torch work on a whole batch as they are. PyTorch's profiler reports the pattern as "For Loop Indexing".
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def scale(x, w):
 *     out = torch.empty_like(x)
 *     for i in range(x.size(0)):
 *         out[i] = torch.relu(x[i] * w)
 *     return out
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def scale(x, w):
 *     return torch.relu(x * w)
 * ```
 *
 * The rule looks only at bodies that compute each row from that row alone, with arithmetic and elementwise functions, and is silent about everything else.
 *
 * ## Fix safety
 * There is no automatic fix. `torch.vmap` (torch 2.0 and later) turns a function of one row into one of all rows.
 *
 * ## When not to use it
 * For a handful of rows, and where all rows at once would not fit into memory.
 *
 * ## References
 * - [torch.vmap](https://docs.pytorch.org/docs/stable/generated/torch.vmap.html)
 * - [Broadcasting semantics](https://docs.pytorch.org/docs/stable/notes/broadcasting.html)
 */
import { pathOf } from "../semantic/paths.ts";
import type { Expr, For, Name, Stmt } from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

/** Functions that treat each number by itself, whatever the number of dimensions. */
const elementwise =
  /^torch\.(?:nn\.functional\.)?(?:relu|sigmoid|tanh|exp|log|sqrt|abs|square|pow|sin|cos|clamp|where|add|mul|sub|div|gelu|silu|leaky_relu|elu|softplus|minimum|maximum|rsqrt|log1p|expm1)$/;
const methods =
  /^(?:relu|sigmoid|tanh|exp|log|sqrt|abs|square|pow|sin|cos|clamp|float|half|double|long|bool|detach|clone|add|mul|sub|div|rsqrt)$/;

export const rule = defineRule({
  category: "performance",
  topic: "layers",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "none",
  since: "0.1.0",
  equivalents: [
    {
      tool: "creedengo",
      rule: "GCI107",
      differs: "GCI107 looks at loops over lists and NumPy arrays; this rule at tensors.",
    },
  ],
  on: {
    For(loop, ctx) {
      if (loop.target.kind !== "Name" || loop.orelse.length > 0 || ctx.isTestFile) return;
      const over = rowsOf(loop);
      if (over === undefined || loop.body.length > 4) return;
      const rows: Rows = { index: loop.target, tensor: over, locals: new Set() };
      let computes = false;
      for (const stmt of loop.body) {
        const does = rowWise(stmt, rows, ctx);
        if (does === undefined) return;
        computes ||= does;
      }
      if (!computes) return;
      ctx.report({
        at: loop.iter,
        certainty: "likely",
        message: `Each turn computes one row of \`${over}\` by itself: as many launches as there are rows, where one over the whole tensor does. Write it without the loop.`,
        manual: "Apply the same functions to the whole tensor, or use `torch.vmap`.",
      });
    },
  },
});

interface Rows {
  readonly index: Name;
  /** The path of the tensor whose rows are counted. */
  readonly tensor: string;
  readonly locals: Set<string>;
}

/** `x` in `range(x.size(0))`, `range(x.shape[0])`: only tensors have these, save for arrays, which the body tells apart. */
function rowsOf(loop: For): string | undefined {
  const { iter } = loop;
  if (iter.kind !== "Call" || iter.func.kind !== "Name" || iter.func.id !== "range" || iter.args.length !== 1)
    return undefined;
  const [count] = iter.args;
  if (count?.kind === "Call" && count.func.kind === "Attribute" && count.func.attr === "size") {
    const [dim] = count.args;
    return dim?.kind === "Int" && dim.value === 0 ? pathOf(count.func.value) : undefined;
  }
  const isShape =
    count?.kind === "Subscript" && count.value.kind === "Attribute" && count.value.attr === "shape";
  return isShape && count.index.kind === "Int" && count.index.value === 0
    ? pathOf(count.value.value)
    : undefined;
}

/** Whether a statement computes a row from the rows of the same index: `undefined` for anything else. */
function rowWise(stmt: Stmt, rows: Rows, ctx: RuleContext): boolean | undefined {
  if (stmt.kind === "Assign") {
    const [target] = stmt.targets;
    if (target === undefined || stmt.targets.length > 1 || !isRowExpression(stmt.value, rows, ctx))
      return undefined;
    if (target.kind === "Name") {
      rows.locals.add(target.id);
      return false;
    }
    return isRow(target, rows) && computesWithTorch(stmt.value, rows, ctx) ? true : undefined;
  }
  const call = stmt.kind === "ExprStmt" && stmt.value.kind === "Call" ? stmt.value : undefined;
  if (call?.func.kind !== "Attribute" || call.func.attr !== "append" || call.args.length !== 1)
    return undefined;
  const [piece] = call.args;
  return piece !== undefined && isRowExpression(piece, rows, ctx) && computesWithTorch(piece, rows, ctx)
    ? true
    : undefined;
}

/** `x[i]` with the counter alone. */
const isRow = (expr: Expr, rows: Rows): boolean =>
  expr.kind === "Subscript" &&
  expr.index.kind === "Name" &&
  expr.index.id === rows.index.id &&
  pathOf(expr.value) !== undefined;

/** Arithmetic and elementwise functions of rows, of values made in the same turn, and of what stays the same. */
function isRowExpression(expr: Expr, rows: Rows, ctx: RuleContext): boolean {
  switch (expr.kind) {
    case "Int":
    case "Float":
      return true;
    case "Name":
      return expr.id !== rows.index.id;
    case "Attribute":
      return pathOf(expr) !== undefined;
    case "Subscript":
      return isRow(expr, rows);
    case "UnaryOp":
      return expr.op === "-" && isRowExpression(expr.operand, rows, ctx);
    case "BinOp":
      return (
        /^(?:[-+*/]|\*\*)$/.test(expr.op) &&
        isRowExpression(expr.left, rows, ctx) &&
        isRowExpression(expr.right, rows, ctx)
      );
    case "Call": {
      const name = ctx.qualified(expr.func);
      const receiver =
        name === undefined && expr.func.kind === "Attribute" && methods.test(expr.func.attr)
          ? expr.func.value
          : undefined;
      if (receiver === undefined && !elementwise.test(name ?? "")) return false;
      return (
        [...(receiver === undefined ? [] : [receiver]), ...expr.args].every((arg) =>
          isRowExpression(arg, rows, ctx),
        ) && expr.keywords.length === 0
      );
    }
    default:
      return false;
  }
}

/** It reads a row of the tensor that is counted, and a function of torch stands somewhere: arrays and lists are left alone. */
function computesWithTorch(expr: Expr, rows: Rows, ctx: RuleContext): boolean {
  let readsRow = false;
  let isTorch = false;
  walk(expr, (node) => {
    if (node.kind === "Subscript") readsRow ||= isRow(node, rows) && pathOf(node.value) === rows.tensor;
    else if (node.kind === "Name") readsRow ||= rows.locals.has(node.id);
    else if (node.kind === "Call") isTorch ||= elementwise.test(ctx.qualified(node.func) ?? "");
    return true;
  });
  return readsRow && isTorch;
}
