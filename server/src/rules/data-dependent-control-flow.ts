/**
 * Checks for branches in `forward` that depend on the values of tensors.
 *
 * ## Why is this bad?
 * Python can only branch on a value that it has: `if mask.any():` waits until everything queued before has run on the device and the answer is back on the host, in every
 * forward pass. `torch.compile` breaks its graph at the same place, and CUDA graphs cannot be captured.
 *
 * ## Example
 * ```py
 * import torch.nn as nn
 *
 *
 * class Net(nn.Module):
 *     def forward(self, x, mask):
 *         if mask.any():
 *             x = x.masked_fill(mask, 0.0)
 *         return x
 * ```
 *
 * Use instead:
 * ```py
 * import torch.nn as nn
 *
 *
 * class Net(nn.Module):
 *     def forward(self, x, mask):
 *         return x.masked_fill(mask, 0.0)
 * ```
 *
 * `torch.where(condition, a, b)` takes the place of an `if` whose branches both are cheap.
 *
 * ## Fix safety
 * There is no automatic fix.
 *
 * ## When not to use it
 * Where the branch saves far more than the wait costs, in modules that only run on the host, and where the number of results depends on the data anyway.
 *
 * ## References
 * - [PyTorch performance tuning guide, "Avoid unnecessary CPU-GPU synchronization"](https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html)
 */
import { forwardPlace } from "../semantic/forward.ts";
import { isGuardedByMode } from "../semantic/training-guard.ts";
import type { Call, Expr, Node } from "../syntax/ast.ts";
import { oneLine } from "./_one-line.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "synchronization",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "none",
  since: "0.1.0",
  on: {
    If(node, ctx) {
      // What only raises is a check of the input; what only goes on spares the work of an expert that nobody chose.
      if (node.body.every((stmt) => /^(?:Raise|Assert|Continue)$/.test(stmt.kind))) return;
      check(node.test, ctx);
    },
    While(node, ctx) {
      check(node.test, ctx);
    },
    IfExp(node, ctx) {
      check(node.test, ctx);
    },
  },
});

function check(test: Expr, ctx: RuleContext): void {
  const read = readOf(test, ctx);
  if (
    read === undefined ||
    ctx.isTestFile ||
    isGuardedByMode(read) ||
    isGuardedByMode(test) ||
    isForExport(test)
  )
    return;
  if (forwardPlace(test, ctx.isModuleClass) === undefined) return;
  ctx.report({
    at: read,
    certainty: "likely",
    message: `\`${oneLine(ctx.text(read))}\` decides a branch in \`forward\`: the host waits for the device before it goes on, and \`torch.compile\` breaks its graph here. Compute both ways on the device, as with \`torch.where\`.`,
    manual: "Use `torch.where` or masks, so that the host need not know the value.",
  });
}

/** The call by which a condition reads a tensor: `mask.any()`, `torch.all(x > 0)`. */
function readOf(test: Expr, ctx: RuleContext): Call | undefined {
  switch (test.kind) {
    case "UnaryOp":
      return readOf(test.operand, ctx);
    case "BoolOp":
      return test.values.map((value) => readOf(value, ctx)).find((each) => each !== undefined);
    case "Compare": {
      const sides = [test.left, ...test.comparators];
      return sides.map((side) => readOf(side, ctx)).find((each) => each !== undefined);
    }
    case "Call":
      return readsTensor(test, ctx) ? test : undefined;
    default:
      return undefined;
  }
}

function readsTensor(call: Call, ctx: RuleContext): boolean {
  const name = ctx.qualified(call.func);
  if (name !== undefined) return /^torch\.(?:any|all|allclose|equal|is_nonzero)$/.test(name);
  if (call.func.kind !== "Attribute" || call.args.length + call.keywords.length > 0) return false;
  const { attr, value } = call.func;
  if (attr === "item") return readsTensorBelow(value);
  return (attr === "any" || attr === "all") && readsTensorBelow(value);
}

/** Not of numpy, and not of an object such as a module or a list of flags. */
function readsTensorBelow(value: Expr): boolean {
  const words = value.kind === "Attribute" ? value.value : value;
  return !(words.kind === "Name" && /^(?:np|numpy|self|np_\w+)$/.test(words.id));
}

/** `if torch.jit.is_tracing()`, `if not torch.onnx.is_in_onnx_export()` around it or in the condition itself. */
function isForExport(test: Expr): boolean {
  for (let at: Node | undefined = test; at !== undefined && at.kind !== "FunctionDef"; at = at.parent) {
    const condition = at === test ? test : at.kind === "If" ? at.test : undefined;
    if (condition !== undefined && speaksOfExport(condition)) return true;
  }
  return false;
}

function speaksOfExport(expr: Expr): boolean {
  switch (expr.kind) {
    case "BoolOp":
      return expr.values.some(speaksOfExport);
    case "UnaryOp":
      return speaksOfExport(expr.operand);
    case "Call":
      return speaksOfExport(expr.func);
    case "Attribute":
      return /trac|script|export|compil|dynamo|debug/i.test(expr.attr);
    case "Name":
      return /trac|script|export|compil|dynamo|debug/i.test(expr.id);
    default:
      return false;
  }
}
