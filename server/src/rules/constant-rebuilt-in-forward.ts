/**
 * Checks for causal masks that are built anew in each `forward`.
 *
 * ## Why is this bad?
 * `torch.triu(torch.full((T, T), -inf), 1)` allocates and writes `T * T` numbers, and then as many again, in every layer and every step, for a tensor that depends on
 * nothing but its size: 64 MiB for 4,096 tokens in float32. A buffer that is made once, and sliced, costs a view.
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Attention(nn.Module):
 *     def forward(self, scores):
 *         t = scores.size(-1)
 *         mask = torch.triu(torch.ones(t, t, device=scores.device), diagonal=1).bool()
 *         return scores.masked_fill(mask, float("-inf"))
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Attention(nn.Module):
 *     def __init__(self, context):
 *         super().__init__()
 *         self.register_buffer("mask", torch.ones(context, context).triu(1).bool(), persistent=False)
 *
 *     def forward(self, scores):
 *         t = scores.size(-1)
 *         return scores.masked_fill(self.mask[:t, :t], float("-inf"))
 * ```
 *
 * Better still, `F.scaled_dot_product_attention(..., is_causal=True)` needs no mask at all. The rule is silent where a condition decides whether
 * the mask is built, as a cache does.
 *
 * ## Fix safety
 * There is no automatic fix: the largest size is for you to say.
 *
 * ## When not to use it
 * For short sequences, and where the mask is built once per step and handed to all layers.
 *
 * ## References
 * - [torch.nn.Module.register_buffer](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_buffer)
 */
import { forwardPlace } from "../semantic/forward.ts";
import { isConditionalWithin } from "../semantic/loops.ts";
import { reaching } from "../semantic/reaching.ts";
import { statementOf } from "../semantic/structure.ts";
import type { Call, Expr } from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "energy",
  topic: "attention",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "none",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      const source = triangleOf(call, ctx);
      if (source === undefined || ctx.isTestFile || !isMadeFromSizes(source, ctx)) return;
      const place = forwardPlace(call, ctx.isModuleClass);
      if (place === undefined || isConditionalWithin(call, place.method)) return;
      // `self.mask = ...` keeps it; a `while` or `for` around it is the caller's doing.
      const stmt = statementOf(call);
      if (stmt?.kind === "Assign" && stmt.targets.some((target) => target.kind === "Attribute")) return;
      ctx.report({
        at: call,
        certainty: "likely",
        message:
          "This mask depends on nothing but its size and is built anew in every forward pass: T * T numbers, allocated and written. Register it as a buffer and slice it, or use `is_causal=True`.",
        manual: "Register a buffer of the largest size in `__init__`, and slice it here.",
      });
    },
  },
});

/** The square that a call cuts a triangle from. */
function triangleOf(call: Call, ctx: RuleContext): Expr | undefined {
  const last =
    call.func.kind === "Attribute" ? call.func.attr : call.func.kind === "Name" ? call.func.id : "";
  if (last !== "triu" && last !== "tril") return undefined;
  const name = ctx.qualified(call.func);
  if (name === "torch.triu" || name === "torch.tril") return call.args[0];
  return name === undefined && call.func.kind === "Attribute" && call.func.value.kind === "Call"
    ? call.func.value
    : undefined;
}

/** `torch.ones(t, t)`, `torch.full((t, t), -inf)`, also through a name; nothing that depends on values. */
function isMadeFromSizes(source: Expr, ctx: RuleContext): boolean {
  const given = source.kind === "Name" ? reaching(source) : undefined;
  const made = given?.kind === "assign" ? given.value : source;
  if (made.kind === "BinOp") return isMadeFromSizes(made.left, ctx) || isMadeFromSizes(made.right, ctx);
  if (made.kind !== "Call") return false;
  if (!/^torch\.(?:ones|full|zeros)$/.test(ctx.qualified(made.func) ?? "")) return false;
  const dims = made.args.flatMap((arg) => (arg.kind === "Tuple" || arg.kind === "List" ? arg.elts : [arg]));
  // A literal square of a few numbers is nothing.
  if (dims.length < 2 || dims.slice(0, 2).every((dim) => dim.kind === "Int")) return false;
  let readsValues = false;
  walk(made, (node) => {
    if (node.kind === "Attribute") readsValues ||= /^(?:item|max|min|sum|tolist)$/.test(node.attr);
    return !readsValues;
  });
  return !readsValues;
}
