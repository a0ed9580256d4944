/**
 * Checks for loops that wait for the device in every step and measure nothing by it.
 *
 * ## Why is this bad?
 * Python runs ahead of the GPU and keeps its queue full. `torch.cuda.synchronize()` waits until the queue is empty: the GPU then idles until Python has
 * launched the next kernels. Results are the same without it, since every read of a value waits by itself. A user of
 * [KPConv](https://github.com/HuguesTHOMAS/KPConv-PyTorch/issues/22) measured about 25 % for such calls in the training loop.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def train(model, loader, optimizer):
 *     for x in loader:
 *         optimizer.zero_grad()
 *         model(x).backward()
 *         optimizer.step()
 *         torch.cuda.synchronize()
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def train(model, loader, optimizer):
 *     for x in loader:
 *         optimizer.zero_grad()
 *         model(x).backward()
 *         optimizer.step()
 * ```
 *
 * The rule is silent in code that reads a clock, under a condition, and in tests and benchmarks.
 *
 * ## Fix safety
 * Suggestion: what is computed stays the same; errors of kernels show up at a later line.
 *
 * ## When not to use it
 * In [pytorch#43947](https://github.com/pytorch/pytorch/issues/43947) a step became faster with the call, by other kernels of cuDNN: measure. It is also needed where another library works on the same memory outside of PyTorch's streams, or several streams are kept in step by hand.
 *
 * ## References
 * - [CUDA semantics, "Asynchronous execution"](https://docs.pytorch.org/docs/stable/notes/cuda.html#asynchronous-execution)
 */
import { isStepLoop } from "../semantic/loop-kind.ts";
import { isConditionalWithin } from "../semantic/loops.ts";
import { enclosingDef, enclosingLoop, statementOf, walkOwn } from "../semantic/structure.ts";
import type { Node } from "../syntax/ast.ts";
import { deleteLines } from "./_edits.ts";
import { defineRule } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "synchronization",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      const last =
        call.func.kind === "Attribute" ? call.func.attr : call.func.kind === "Name" ? call.func.id : "";
      if (last !== "synchronize" || ctx.isTestFile) return;
      const loop = enclosingLoop(call);
      if (loop === undefined || isConditionalWithin(call, loop) || !isStepLoop(loop, ctx.module)) return;
      if (!/^torch\.(?:cuda|mps|xpu|accelerator)\.synchronize$/.test(ctx.qualified(call.func) ?? "")) return;
      if (readsClock(enclosingDef(call)?.body ?? [loop])) return;
      const stmt = statementOf(call);
      const deletion = stmt?.kind === "ExprStmt" ? deleteLines(stmt, ctx.chunk.text) : undefined;
      ctx.report({
        at: call,
        certainty: "likely",
        message: `\`${ctx.text(call.func)}()\` waits for the device in every step and nothing here is timed: the GPU idles until Python catches up. Leave it out.`,
        ...(deletion === undefined
          ? { manual: "Take the call out of the loop." }
          : {
              fixes: [
                {
                  title: "Let the device run on (delete this line)",
                  safety: "suggestion",
                  edits: [deletion],
                },
              ],
            }),
      });
    },
  },
});

const clocks =
  /(?:^|_)(?:times?|timers?|clock|tic|toc|elapsed|latency|profiler?|streams?|events?)(?:$|_)|perf_counter|Event$|Stream$|bench|throughput/i;

function readsClock(body: readonly Node[]): boolean {
  let found = false;
  walkOwn(body, (node) => {
    if (node.kind === "Attribute") found ||= clocks.test(node.attr);
    else if (node.kind === "Name") found ||= clocks.test(node.id);
  });
  return found;
}
