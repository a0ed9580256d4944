import type { Call, For, If, Node, While } from "../syntax/ast.ts";
import { nodesOf } from "../syntax/visit.ts";
import type { Module } from "./module.ts";
import { lastName } from "./paths.ts";
import { callsIn, enclosingLoop } from "./structure.ts";

export type Loop = For | While;

/** The loops whose bodies hold `node`, innermost first, without leaving its function. */
export function loopsAround(node: Node): readonly Loop[] {
  const found: Loop[] = [];
  for (let loop = enclosingLoop(node); loop !== undefined; loop = enclosingLoop(loop)) found.push(loop);
  return found;
}

/**
 * Whether something inside `container` decides if `node` runs: a branch, a handler, a short circuit.
 * @param beside what is known to run: a branch that holds it too decides nothing more
 */
export function isConditionalWithin(node: Node, container: Node, beside?: Node): boolean {
  let child = node;
  for (let at = node.parent; at !== undefined && child !== container; child = at, at = at.parent) {
    if (at.kind === "If" && beside !== undefined && isInBranchOf(beside, child, at)) continue;
    if ((at.kind === "If" || at.kind === "IfExp") && child !== at.test) return true;
    if (at.kind === "BoolOp" && child !== at.values[0]) return true;
    if (at.kind === "ExceptHandler" || at.kind === "MatchCase") return true;
  }
  return false;
}

function isInBranchOf(node: Node, stmt: Node, { body, orelse }: If): boolean {
  const branch = body.some((each) => each === stmt) ? body : orelse;
  return branch.some((each) => each.start <= node.start && node.end <= each.end);
}

const backwards = new WeakMap<Loop, readonly Call[]>();

/** The calls in the body of a loop that run a backward pass: what makes it a training loop. */
export function backwardCallsIn(loop: Loop): readonly Call[] {
  const known = backwards.get(loop);
  if (known !== undefined) return known;
  const found = callsIn(loop.body).filter(isBackward);
  backwards.set(loop, found);
  return found;
}

/** `loss.backward()`, `accelerator.backward(loss)`, `self.manual_backward(loss)`, `torch.autograd.backward(loss)`. */
export const isBackward = (call: Call): boolean =>
  call.func.kind === "Attribute" &&
  (call.func.attr === "backward" || call.func.attr === "manual_backward") &&
  // `super().backward(...)` and `Function.backward(ctx, ...)` define a gradient, they do not run the pass.
  !(
    call.func.value.kind === "Call" &&
    call.func.value.func.kind === "Name" &&
    call.func.value.func.id === "super"
  );

/** Whether some call of a function or method of that name stands in a loop of this file. */
export const isCalledInLoop = (name: string, module: Module): boolean =>
  module
    .mentions(name)
    .some((chunk) =>
      nodesOf(chunk.nodes, "Call").some(
        (call) => lastName(call.func) === name && enclosingLoop(call) !== undefined,
      ),
    );
