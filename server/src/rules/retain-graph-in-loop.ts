/**
 * Checks for training loops that keep the graph of each step with `retain_graph=True` and run one backward pass over it.
 *
 * ## Why is this bad?
 * `backward()` frees the activations it has used. With `retain_graph=True` they stay until the loss is overwritten in the next step,
 * so that at the peak the activations of two steps are in memory. Only a second backward pass over the same graph needs them, and here there is
 * none. It is often added to silence "Trying to backward through the graph a second time", which points at a state
 * that is carried from step to step and should be detached.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def train(model, loader, criterion, optimizer):
 *     for x, y in loader:
 *         optimizer.zero_grad()
 *         loss = criterion(model(x), y)
 *         loss.backward(retain_graph=True)
 *         optimizer.step()
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def train(model, loader, criterion, optimizer):
 *     for x, y in loader:
 *         optimizer.zero_grad()
 *         loss = criterion(model(x), y)
 *         loss.backward()
 *         optimizer.step()
 * ```
 *
 * The rule is silent where more than one backward pass runs in the function, where gradients are taken in other ways, and where tensors are
 * carried from step to step.
 *
 * ## Fix safety
 * Suggestion: gradients are the same. Where a second pass over the graph hides behind a call, it fails and says so.
 *
 * ## When not to use it
 * When another file calls `backward()` on the same graph.
 *
 * ## References
 * - [torch.Tensor.backward](https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html)
 * - [An Empirical Study of Memory Leaks in PyTorch programs (2511.15229)](https://arxiv.org/abs/2511.15229)
 */
import { iteratesLoader } from "../semantic/loop-kind.ts";
import { backwardCallsIn, isBackward, type Loop, loopsAround } from "../semantic/loops.ts";
import { lastName } from "../semantic/paths.ts";
import { mayBind } from "../semantic/reaching.ts";
import { callsIn, containsInvalid, enclosingDef, enclosingLoop, walkOwn } from "../semantic/structure.ts";
import type { Call, Expr, Name } from "../syntax/ast.ts";
import { removeKeyword } from "./_edits.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "memory",
  topic: "autograd",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (call.keywords.length === 0 || !isBackward(call)) return;
      const keyword = call.keywords.find(({ name }) => name === "retain_graph");
      if (keyword?.value.kind !== "Bool" || !keyword.value.value) return;
      const loop = enclosingLoop(call);
      if (loop === undefined || !iteratesLoader(loop, ctx.module)) return;
      if (runsAnotherPass(call, loop, ctx) || carriesState(loop) || containsInvalid(loop)) return;
      ctx.report({
        at: keyword,
        certainty: "likely",
        message:
          "`retain_graph=True` keeps the activations of each step until the next one has made its own, and no second backward pass uses them. Leave it out.",
        fixes: [
          {
            title: "Let backward() free the graph",
            safety: "suggestion",
            edits: [removeKeyword(call, keyword, ctx.chunk.text)],
          },
        ],
      });
    },
  },
});

const otherWays = ["autograd", "grad", "create_graph", "double_backward"];

function runsAnotherPass(call: Call, loop: Loop, ctx: RuleContext): boolean {
  const outermost = loopsAround(call).at(-1) ?? loop;
  const scope = enclosingDef(call)?.body ?? [outermost];
  if (backwardCallsIn(outermost).length > 1 || callsIn(scope).filter(isBackward).length > 1) return true;
  return otherWays.some((name) => ctx.module.mentions(name).includes(ctx.chunk));
}

/** Words of networks that hold a state of their own between calls. */
const states = /hidden|state(?!_dict)|memory|carry|mems|cell/i;

/** A tensor made in one turn is read in the next: graphs of different turns are joined. */
function carriesState(loop: Loop): boolean {
  const read: Name[] = [];
  let speaksOfState = false;
  walkOwn(loop.body, (node) => {
    if (node.kind === "Name") {
      read.push(node);
      speaksOfState ||= states.test(node.id);
    } else if (node.kind === "Attribute") speaksOfState ||= states.test(node.attr);
  });
  return speaksOfState || read.some((name) => isReadBeforeBound(name, loop));
}

/** `h` in `out, h = rnn(x, h)`: the statement that binds it reads it, and nothing before it in the turn has bound it. */
function isReadBeforeBound(name: Name, loop: Loop): boolean {
  const index = loop.body.findIndex((stmt) => stmt.start <= name.start && name.end <= stmt.end);
  const stmt = loop.body[index];
  if (stmt === undefined || stmt.kind === "AugAssign" || isGivenByLoop(name.id, loop)) return false;
  const isTarget =
    stmt.kind === "Assign" && stmt.targets.some((t) => t.start <= name.start && name.end <= t.end);
  if (isTarget || loop.body.slice(0, index).some((before) => mayBind(before, name.id))) return false;
  return loop.body
    .slice(index)
    .some((later) => later.kind === "Assign" && mayBind(later, name.id) && !isNumber(later.value));
}

/** `end = time.time()`, `best = max(best, acc)`, `n = n + 1`. */
const isNumber = (value: Expr): boolean =>
  value.kind !== "Call" ||
  /^(?:time|perf_counter|item|float|int|len|max|min|sum|round)$/.test(lastName(value.func) ?? "");

function isGivenByLoop(name: string, loop: Loop): boolean {
  let found = false;
  if (loop.kind === "For")
    walkOwn([loop.target], (node) => {
      found ||= node.kind === "Name" && node.id === name;
    });
  return found;
}
