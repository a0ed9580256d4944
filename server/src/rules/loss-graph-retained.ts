/**
 * Checks for training loops that keep losses with their graphs from step to step.
 *
 * ## Why is this bad?
 * A loss is the end of a graph. `total += loss` makes `total` the end of a graph that reaches through every step so far, and
 * `losses.append(loss)` keeps each of them: nodes and the tensors that they hold stay in memory until the sum or list is gone. `backward()` frees
 * what is large, so the leak is slow; it grows with every step all the same. PyTorch's FAQ has it first among the reasons for running
 * out of memory.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def train(model, loader, criterion, optimizer):
 *     total = 0
 *     for x, y in loader:
 *         optimizer.zero_grad()
 *         loss = criterion(model(x), y)
 *         loss.backward()
 *         optimizer.step()
 *         total += loss
 *     return total
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def train(model, loader, criterion, optimizer):
 *     total = 0
 *     for x, y in loader:
 *         optimizer.zero_grad()
 *         loss = criterion(model(x), y)
 *         loss.backward()
 *         optimizer.step()
 *         total += loss.detach()
 *     return total
 * ```
 *
 * Only losses on which the same loop has called `backward()` count: what is summed up to be differentiated later is left alone, and so is a
 * total that starts anew in each turn.
 *
 * ## Fix safety
 * Suggestion: the numbers stay the same; the total no longer has a graph, so nothing can call `backward()` on it.
 *
 * ## When not to use it
 * When the sum is differentiated once more on purpose, as in meta-learning.
 *
 * ## References
 * - [PyTorch FAQ, "Don't accumulate history across your training loop"](https://docs.pytorch.org/docs/stable/notes/faq.html#my-model-reports-cuda-runtime-error-2-out-of-memory)
 */
import { gradModeAt } from "../semantic/grad-mode.ts";
import { backwardCallsIn, isBackward, isConditionalWithin, type Loop } from "../semantic/loops.ts";
import { lastName, pathOf } from "../semantic/paths.ts";
import { containsInvalid, enclosingDef, enclosingLoop, walkOwn } from "../semantic/structure.ts";
import type { AugAssign, Call, Expr, Name, Node, Stmt } from "../syntax/ast.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "memory",
  topic: "autograd",
  severity: { certain: "warning", likely: "warning", possible: "info" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (!isBackward(call)) return;
      const loop = enclosingLoop(call);
      if (loop === undefined || backwardCallsIn(loop).find(runsIn(loop)) !== call) return;
      const losses = differentiated(loop);
      if (losses.size > 0) checkLoop(loop, losses, ctx);
    },
  },
});

const runsIn = (loop: Loop) => (call: Call) => enclosingLoop(call) === loop;

/** The names whose graphs the loop has freed by `backward()`: whoever adds them up has no use for their graphs. */
function differentiated(loop: Loop): ReadonlySet<string> {
  const found = new Set<string>();
  for (const call of backwardCallsIn(loop).filter(runsIn(loop))) {
    if (call.keywords.some(({ name }) => name === undefined || /^(?:retain|create)_graph$/.test(name)))
      continue;
    const receiver = call.func.kind === "Attribute" ? call.func.value : undefined;
    // `accelerator.backward(loss)`, `scaler.scale(loss).backward()`
    const given = call.args[0] ?? (receiver?.kind === "Call" ? receiver.args[0] : receiver);
    if (given?.kind === "Name") found.add(given.id);
  }
  return found;
}

function checkLoop(loop: Loop, losses: ReadonlySet<string>, ctx: RuleContext): void {
  const kept: { readonly loss: Name; readonly keeper: Expr; readonly stmt: Node }[] = [];
  walkOwn(loop.body, (node) => {
    if (enclosingLoop(node) !== loop) return;
    const found =
      node.kind === "AugAssign"
        ? addend(node, losses)
        : node.kind === "Call"
          ? appended(node, losses)
          : undefined;
    if (found !== undefined) kept.push({ ...found, stmt: node });
  });
  if (kept.length === 0 || containsInvalid(loop)) return;
  for (const { loss, keeper, stmt } of kept) {
    const path = pathOf(keeper);
    if (path === undefined || losses.has(path) || isNumber(loss.id, loop)) continue;
    if (startsAnew(path, loop) || gradModeAt(stmt, ctx.module, 0) !== "on") continue;
    if (isDifferentiated(path, loop)) continue;
    ctx.report({
      at: loss,
      certainty: isConditionalWithin(stmt, loop) ? "possible" : "likely",
      message: `\`${path}\` keeps the graph of \`${loss.id}\` from step to step: memory grows as long as the loop runs. Keep \`${loss.id}.detach()\`.`,
      fixes: [
        {
          title: `Keep ${loss.id}.detach() (without its graph)`,
          safety: "suggestion",
          edits: [{ span: { start: loss.end, end: loss.end }, text: ".detach()" }],
        },
      ],
    });
  }
}

/** `total += loss`, `total += loss * x.size(0)`. */
function addend(
  stmt: AugAssign,
  losses: ReadonlySet<string>,
): { readonly loss: Name; readonly keeper: Expr } | undefined {
  const loss = stmt.op === "+" ? lossIn(stmt.value, losses) : undefined;
  return loss === undefined ? undefined : { loss, keeper: stmt.target };
}

/** `losses.append(loss)`, `losses += [loss]` aside. */
function appended(
  call: Call,
  losses: ReadonlySet<string>,
): { readonly loss: Name; readonly keeper: Expr } | undefined {
  if (call.func.kind !== "Attribute" || call.func.attr !== "append" || call.parent?.kind !== "ExprStmt")
    return undefined;
  const [only, ...others] = call.args;
  const loss = only === undefined || others.length > 0 ? undefined : lossIn(only, losses);
  return loss === undefined ? undefined : { loss, keeper: call.func.value };
}

function lossIn(value: Expr, losses: ReadonlySet<string>): Name | undefined {
  if (value.kind === "Name") return losses.has(value.id) ? value : undefined;
  if (value.kind !== "BinOp" || !/^[*/]$/.test(value.op)) return undefined;
  return lossIn(value.left, losses) ?? (value.op === "*" ? lossIn(value.right, losses) : undefined);
}

/** `loss = loss.item()` somewhere in the loop: from there on the name holds a number. */
function isNumber(name: string, loop: Loop): boolean {
  let found = false;
  walkOwn(loop.body, (node) => {
    if (node.kind !== "Assign" || !node.targets.some((target) => pathOf(target) === name)) return;
    let at: Expr = node.value;
    while (
      at.kind === "Call" &&
      at.func.kind === "Attribute" &&
      !/^(?:item|detach|cpu|numpy|tolist)$/.test(at.func.attr)
    )
      at = at.func.value;
    if (at.kind === "Attribute" && at.attr === "data") found = true;
    if (at.kind !== "Call") return;
    found ||= at.func.kind === "Attribute" || lastName(at.func) === "float";
  });
  return found;
}

/** The loop gives the keeper another value in some turn, or empties it. */
function startsAnew(path: string, loop: Loop): boolean {
  let found = false;
  walkOwn(loop.body, (node) => {
    if (node.kind === "Assign") found ||= node.targets.some((target) => givesTo(target, path));
    else if (node.kind === "Delete") found ||= node.targets.some((target) => pathOf(target) === path);
    else if (node.kind === "Call" && node.func.kind === "Attribute" && pathOf(node.func.value) === path)
      found ||= /^(?:clear|pop|popleft|detach_)$/.test(node.func.attr);
  });
  return found || (loop.kind === "For" && givesTo(loop.target, path));
}

const givesTo = (target: Expr, path: string): boolean =>
  pathOf(target) === path ||
  ((target.kind === "Tuple" || target.kind === "List") && target.elts.some((elt) => givesTo(elt, path)));

/** Somebody calls `backward` on the keeper after all. */
function isDifferentiated(path: string, loop: Loop): boolean {
  const scope: readonly Stmt[] = enclosingDef(loop)?.body ?? [loop];
  let found = false;
  walkOwn(scope, (node) => {
    if (node.kind !== "Call" || !isBackward(node)) return;
    const parts = node.func.kind === "Attribute" ? [node.func.value, ...node.args] : node.args;
    walkOwn(parts, (part) => {
      if ((part.kind === "Name" || part.kind === "Attribute") && pathOf(part) === path) found = true;
    });
  });
  return found;
}
