/**
 * Checks for gradient accumulation under `DistributedDataParallel` that exchanges gradients in every micro-step.
 *
 * ## Why is this bad?
 * DDP reduces all gradients over all processes in every backward pass. When the optimizer steps every K passes, K - 1 of K exchanges are for nothing:
 * `no_sync()` leaves them out ([tuning guide](https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html#skip-unnecessary-all-reduce-if-training-with-distributeddataparallel-and-gradient-accumulation)).
 *
 * ## Example
 * ```py
 * from torch.nn.parallel import DistributedDataParallel
 *
 *
 * def train(model, loader, optimizer, k):
 *     model = DistributedDataParallel(model)
 *     for step, x in enumerate(loader):
 *         loss = model(x).mean() / k
 *         loss.backward()
 *         if (step + 1) % k == 0:
 *             optimizer.step()
 *             optimizer.zero_grad()
 * ```
 *
 * Use instead:
 * ```py
 * from contextlib import nullcontext
 *
 * from torch.nn.parallel import DistributedDataParallel
 *
 *
 * def train(model, loader, optimizer, k):
 *     model = DistributedDataParallel(model)
 *     for step, x in enumerate(loader):
 *         is_last = (step + 1) % k == 0
 *         with nullcontext() if is_last else model.no_sync():
 *             loss = model(x).mean() / k
 *             loss.backward()
 *         if is_last:
 *             optimizer.step()
 *             optimizer.zero_grad()
 * ```
 *
 * Silent where the file mentions `no_sync` or its relatives, and where Accelerate, Fabric, Lightning or DeepSpeed train.
 *
 * ## Fix safety
 * There is no automatic fix: which pass is the last one is for the loop to say.
 *
 * ## When not to use it
 * When the exchange is hidden behind the backward pass anyway, as over NVLink in one machine.
 *
 * ## References
 * - [pytorch#43201](https://github.com/pytorch/pytorch/issues/43201)
 */
import { isManagedByFramework, mentionsAny } from "../semantic/device-evidence.ts";
import { ddpCalls } from "../semantic/distributed.ts";
import { isBackward, isConditionalWithin, type Loop } from "../semantic/loops.ts";
import { isOptimizer, steppedOptimizer } from "../semantic/optimizers.ts";
import { callsIn, enclosingLoop } from "../semantic/structure.ts";
import type { Expr, Node } from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "distributed",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "none",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (!isBackward(call) || ctx.isTestFile) return;
      const loop = enclosingLoop(call);
      if (loop === undefined || isConditionalWithin(call, loop) || !stepsSometimes(loop, ctx)) return;
      if (mentionsAny(leavesOut, ctx.module) || isManagedByFramework(ctx.module)) return;
      if (ddpCalls(ctx.module).length === 0) return;
      ctx.report({
        at: call,
        certainty: "likely",
        message:
          "The optimizer steps only every few turns, and every backward pass exchanges all gradients between the processes. Run the passes before the last one under `model.no_sync()`.",
        manual: "Put the forward and backward passes that no step follows into `with model.no_sync():`.",
      });
    },
  },
});

const leavesOut = [
  "no_sync",
  "require_backward_grad_sync",
  "set_requires_gradient_sync",
  "no_backward_sync",
  "accumulate",
];

/** All steps of the loop's optimizers stand under a condition with `%`. */
function stepsSometimes(loop: Loop, ctx: RuleContext): boolean {
  const steps = callsIn(loop.body).filter((call) => {
    const stepped = steppedOptimizer(call);
    return stepped !== undefined && isOptimizer(stepped, ctx.module) !== undefined;
  });
  return steps.length > 0 && steps.every((call) => isUnderModulo(call, loop));
}

function isUnderModulo(node: Node, loop: Loop): boolean {
  let child = node;
  for (let at = node.parent; at !== undefined && at !== loop; child = at, at = at.parent)
    if (at.kind === "If" && child !== at.test && hasModulo(at.test)) return true;
  return false;
}

function hasModulo(test: Expr): boolean {
  let found = false;
  walk(test, (node) => {
    found ||= node.kind === "BinOp" && node.op === "%";
    return !found;
  });
  return found;
}
