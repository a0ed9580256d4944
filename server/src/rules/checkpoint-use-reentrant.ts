/**
 * Checks for activation checkpointing that does not say which of its two implementations to use.
 *
 * ## Why is this bad?
 * The reentrant implementation, the default for long, runs a backward pass inside the backward pass. No gradient flows where no input of the checkpointed part
 * requires one, parts of it are lost with keyword arguments and nested outputs, and `torch.compile` and DDP with a static graph do not work
 * with it. PyTorch asks for an explicit `use_reentrant` and recommends `False`; without one it warns, and later versions change the default.
 *
 * ## Example
 * ```py
 * from torch.utils.checkpoint import checkpoint
 *
 *
 * def forward(block, x):
 *     return checkpoint(block, x)
 * ```
 *
 * Use instead:
 * ```py
 * from torch.utils.checkpoint import checkpoint
 *
 *
 * def forward(block, x):
 *     return checkpoint(block, x, use_reentrant=False)
 * ```
 *
 * ## Fix safety
 * Suggestion: the numbers stay the same where both implementations work; what fails silently in the one gets gradients in the other.
 *
 * ## When not to use it
 * With a torch before 1.11, which does not know the argument.
 *
 * ## References
 * - [torch.utils.checkpoint](https://docs.pytorch.org/docs/stable/checkpoint.html)
 */
import { argumentOf } from "../semantic/structure.ts";
import { appendArgument } from "./_edits.ts";
import { defineRule } from "./_rule.ts";

const checkpoints = /^torch\.utils\.checkpoint\.checkpoint(?:_sequential)?$/;

export const rule = defineRule({
  category: "memory",
  topic: "autograd",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  torch: { from: [1, 11] },
  equivalents: [{ tool: "TorchFix", rule: "TOR003" }],
  on: {
    Call(call, ctx) {
      if (call.func.kind === "Attribute" && !call.func.attr.startsWith("checkpoint")) return;
      const name = ctx.qualified(call.func);
      if (name === undefined || !checkpoints.test(name)) return;
      if (argumentOf(call, "use_reentrant", undefined) !== undefined) return;
      ctx.report({
        at: call,
        certainty: "certain",
        message: `\`${ctx.text(call.func)}\` without \`use_reentrant\` gets the reentrant implementation in most versions: it loses gradients where no input requires one, and keeps \`torch.compile\` out. Pass \`use_reentrant=False\`.`,
        fixes: [
          {
            title: "Pass use_reentrant=False (another implementation of the same)",
            safety: "suggestion",
            edits: [appendArgument(call, "use_reentrant=False", ctx.chunk.text)],
          },
        ],
      });
    },
  },
});
