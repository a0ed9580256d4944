/**
 * Checks for training loops that read values of tensors in every step, only to store or show them.
 *
 * ## Why is this bad?
 * A GPU works through a queue that Python fills ahead of it. `.item()`, `float(loss)`, `print(loss)` and the like wait until
 * the queue is empty and the value has come to the host, and only then can Python launch the next step: the GPU
 * idles in between, at idle power, in every step.
 *
 * How much that costs depends on the step. A trace in [torchtune#522](https://github.com/pytorch/torchtune/pull/522) shows
 * 40 to 50 ms of waiting per step for the loss alone; taking one of two such reads out of the loop made
 * [fvdb-reality-capture#144](https://github.com/openvdb/fvdb-reality-capture/pull/144) 5 to 7 % faster on one GPU and about
 * 10 % on two. With large steps that keep the GPU busy anyway it saves next to nothing, hence an info.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def train(model, loader, optimizer, device):
 *     total = 0.0
 *     for x, y in loader:
 *         optimizer.zero_grad()
 *         loss = model(x.to(device), y.to(device))
 *         loss.backward()
 *         optimizer.step()
 *         total += loss.item()
 *     print(total / len(loader))
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def train(model, loader, optimizer, device):
 *     total = 0.0
 *     for x, y in loader:
 *         optimizer.zero_grad()
 *         loss = model(x.to(device), y.to(device))
 *         loss.backward()
 *         optimizer.step()
 *         total += loss.detach()
 *     print(total / len(loader))
 * ```
 *
 * Or show it every so many steps: `if step % 50 == 0: print(loss.item())`.
 *
 * The rule is silent where a step needs a value to go on (`if math.isnan(loss.item())`), where a `GradScaler` waits in
 * each step anyway, under a condition that the backward pass is not under, and in files that never mention a device or name
 * none but the CPU. A step may be a function of the file or a method of the class that the loop calls.
 *
 * ## Fix safety
 * Suggestion: `total` becomes a tensor on the device. Formatting and arithmetic with it work as before; whatever needs a Python
 * number, such as `json.dumps`, wants a `.item()` behind the loop.
 *
 * ## When not to use it
 * When training on the CPU, or when a profile shows no gap between the steps.
 *
 * ## References
 * - [PyTorch performance tuning guide, "Avoid unnecessary CPU-GPU synchronization"](https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html)
 */
import { staysOnCpu } from "../semantic/device-evidence.ts";
import { type HostRead, hostReadsIn } from "../semantic/host-reads.ts";
import { backwardCallsIn, isBackward, isConditionalWithin, type Loop } from "../semantic/loops.ts";
import { definitionOf } from "../semantic/names.ts";
import { lastName } from "../semantic/paths.ts";
import {
  callsIn,
  enclosingClass,
  enclosingDef,
  enclosingLoop,
  methodsOf,
  selfAttribute,
  selfName,
  statementOf,
  walkOwn,
} from "../semantic/structure.ts";
import type { Attribute, Call, FunctionDef } from "../syntax/ast.ts";
import { oneLine } from "./_one-line.ts";
import { defineRule, type Fix, type RuleContext } from "./_rule.ts";

/** What a file mentions whose tensors may live on something other than the CPU. */
const devices = [
  "device",
  "cuda",
  "to",
  "accelerator",
  "fabric",
  "gpu",
  "mps",
  "xpu",
  "Accelerator",
  "Fabric",
];

export const rule = defineRule({
  category: "performance",
  topic: "synchronization",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      const loop = ctx.isTestFile ? undefined : enclosingLoop(call);
      if (loop === undefined) return;
      if (isBackward(call)) {
        const backwards = backwardCallsIn(loop).filter((each) => enclosingLoop(each) === loop);
        const step = backwards.find((each) => !isConditionalWithin(each, loop)) ?? call;
        if (backwards[0] === call) report(hostReadsIn(loop, lossesOf(backwards), step), loop, ctx);
      } else if (isExplicitRead(call) && backwardCallsIn(loop).length === 0) {
        const step = callsIn(loop.body).find(
          (each) => enclosingLoop(each) === loop && stepsWithoutWaiting(each, ctx),
        );
        const reads = step === undefined ? [] : hostReadsIn(loop, new Set(), step);
        if (reads[0]?.node === call) report(reads, loop, ctx);
      }
    },
  },
});

function report(reads: readonly HostRead[], loop: Loop, ctx: RuleContext): void {
  const [first, ...others] = reads;
  if (first === undefined || reads.some((read) => read.use === "needed") || waitsAnyway(loop)) return;
  if (!devices.some((name) => ctx.module.isMentioned(name)) || staysOnCpu(ctx.module)) return;
  const more = others.length === 0 ? "" : `, as do ${others.length} more reads in this loop`;
  const fix = accumulateOnDevice(reads, loop, ctx);
  ctx.report({
    at: first.node,
    certainty: "likely",
    message: `\`${oneLine(ctx.text(first.node))}\` makes every step wait for the device${more.replace("do 1 more reads", "does 1 more read")}: the next one is not launched before the value is on the host. Accumulate \`.detach()\`ed tensors, or read every N steps.`,
    related: others.map((read) => ({
      chunk: ctx.chunk,
      span: read.node,
      message: "another read in the same loop",
    })),
    ...(fix === undefined
      ? {
          manual:
            "Keep the values as detached tensors, and read them under a condition such as `if step % 50 == 0`.",
        }
      : { fixes: [fix] }),
  });
}

const isExplicitRead = (call: Call): boolean =>
  call.func.kind === "Attribute" && (call.func.attr === "item" || call.func.attr === "tolist");

const toHost = /^(?:item|tolist|numpy|cpu|synchronize)$/;

/** A function of this file, or a method of this class, that runs one backward pass and leaves its results on the device. */
function stepsWithoutWaiting(call: Call, ctx: RuleContext): boolean {
  const def = calledDef(call, ctx);
  const calls = def === undefined ? [] : callsIn(def.body);
  return (
    calls.some((each) => isBackward(each) && enclosingLoop(each) === undefined) &&
    !calls.some((each) => toHost.test(lastName(each.func) ?? "") || isStepOfScaler(each))
  );
}

function calledDef(call: Call, ctx: RuleContext): FunctionDef | undefined {
  if (call.func.kind === "Name") {
    const node = definitionOf(call.func, ctx.module)?.node;
    return node?.kind === "FunctionDef" ? node : undefined;
  }
  const cls = enclosingClass(call);
  const def = enclosingDef(call);
  const method = cls && def && selfAttribute(call.func, selfName(def));
  return cls === undefined || method === undefined ? undefined : methodsOf(cls).get(method);
}

/** `scaler.step()` and `synchronize()` wait for the device in each turn: one more read is free. */
const waitsAnyway = (loop: Loop): boolean =>
  callsIn(loop.body).some((call) => {
    if (call.func.kind !== "Attribute" || isConditionalWithin(call, loop)) return false;
    return call.func.attr === "synchronize" || isStepOfScaler(call);
  });

const isStepOfScaler = ({ func }: Call): boolean =>
  func.kind === "Attribute" && func.attr === "step" && /scaler/i.test(lastName(func.value) ?? "");

/** The names that hold what `backward` is called on. */
function lossesOf(backwards: readonly Call[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const call of backwards) {
    const receiver = call.func.kind === "Attribute" ? call.func.value : undefined;
    const candidates = [...call.args, ...(receiver?.kind === "Call" ? receiver.args : [])];
    for (const each of receiver === undefined ? candidates : [receiver, ...candidates])
      if (each.kind === "Name") found.add(each.id);
  }
  return found;
}

/** When all reads only add up into names that the loop does not look at in every turn. */
function accumulateOnDevice(reads: readonly HostRead[], loop: Loop, ctx: RuleContext): Fix | undefined {
  const edits: Fix["edits"][number][] = [];
  const totals = new Set<string>();
  for (const { node, tensor } of reads) {
    const stmt = statementOf(node);
    if (stmt?.kind !== "AugAssign" || stmt.op !== "+" || stmt.target.kind !== "Name") return undefined;
    if (node.kind !== "Call" || !isSummand(node)) return undefined;
    if (node.func.kind === "Attribute" && node.func.attr !== "item") return undefined;
    totals.add(stmt.target.id);
    edits.push(
      node.func.kind === "Attribute"
        ? { span: { start: leavesDevice(node.func).attrStart, end: node.end }, text: "detach()" }
        : { span: node, text: `${ctx.text(tensor)}.detach()` },
    );
  }
  if (isLookedAt(totals, loop)) return undefined;
  const names = [...totals].map((name) => `\`${name}\``).join(", ");
  return {
    title: `Add up on the device with detach() (${names} ${totals.size === 1 ? "becomes a tensor" : "become tensors"})`,
    safety: "suggestion",
    edits,
  };
}

/** The first of the methods that take a value to the host, one after the other: `loss.detach().cpu().item()` -> `loss.detach`. */
function leavesDevice(read: Attribute): Attribute {
  const { value } = read;
  return value.kind === "Call" && value.func.kind === "Attribute" && /^(?:cpu|detach)$/.test(value.func.attr)
    ? leavesDevice(value.func)
    : read;
}

/** `total += loss.item()`, `total += loss.item() * x.size(0)`. */
function isSummand(call: Call): boolean {
  const parent = call.parent;
  return parent?.kind === "AugAssign" || (parent?.kind === "BinOp" && parent.parent?.kind === "AugAssign");
}

function isLookedAt(names: ReadonlySet<string>, loop: Loop): boolean {
  let found = false;
  walkOwn(loop.body, (node) => {
    if (node.kind !== "Name" || !names.has(node.id)) return;
    if (node.parent?.kind === "AugAssign" && node.parent.target === node) return;
    if (!isConditionalWithin(node, loop)) found = true;
  });
  return found;
}
