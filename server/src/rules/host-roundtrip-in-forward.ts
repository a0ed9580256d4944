/**
 * Checks for `forward` methods that take tensors to the host.
 *
 * ## Why is this bad?
 * `.cpu()`, `.numpy()`, `.item()` and `.tolist()` wait until the device has finished everything before, copy, and leave the device idle until
 * Python has launched something new. In `forward` that happens in every step. Gradients end there (`numpy()` does not take part in autograd), `torch.compile`
 * breaks its graph, and what comes back has to be copied once more.
 *
 * ## Example
 * ```py
 * import numpy as np
 * import torch
 * import torch.nn as nn
 *
 *
 * class Net(nn.Module):
 *     def forward(self, x, z):
 *         y = np.concatenate((x.cpu().numpy(), z))
 *         return torch.from_numpy(y)
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Net(nn.Module):
 *     def forward(self, x, z):
 *         return torch.cat((x, z))
 * ```
 *
 * A warning where the values come back as a tensor in the same method, an info otherwise: one per method. The rule is silent under a condition on the
 * mode or on tracing, for lengths of packed sequences, which have to be on the host, and where SciPy solves an assignment.
 *
 * ## Fix safety
 * There is no automatic fix.
 *
 * ## When not to use it
 * In modules that run on the host only, and where a library without a counterpart in torch is needed.
 *
 * ## References
 * - [PyTorch performance tuning guide, "Avoid unnecessary CPU-GPU synchronization"](https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html)
 */
import { forwardPlace } from "../semantic/forward.ts";
import { isConditionalWithin } from "../semantic/loops.ts";
import { rootName } from "../semantic/paths.ts";
import { callsIn } from "../semantic/structure.ts";
import { isGuardedByMode } from "../semantic/training-guard.ts";
import type { Call, Expr, FunctionDef } from "../syntax/ast.ts";
import { oneLine } from "./_one-line.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

/** Losses, metrics and what comes behind a model run on few numbers; experts have to know how many tokens each of them gets. */
const otherBusiness = /loss|metric|match|postprocess|moe|expert|rout/i;
/** Results that leave the model, as do those that are put away. */
const isForPeople = /offload|(?:^|_)(?:test|infer|inference|predict)(?:_|$)/i;

/** A `forward` that keeps its inputs and ends the program's way through the model: calibration runs it a few times. */
const isTrap = (method: FunctionDef): boolean => method.body[method.body.length - 1]?.kind === "Raise";

/** What they make is on the host already. */
const makers = /^torch\.(?:empty|zeros|ones|full|rand|randn|randint|randperm|arange|tensor|from_numpy)$/;
const readers = /^(?:cpu|numpy|item|tolist)$/;

export const rule = defineRule({
  category: "performance",
  topic: "synchronization",
  severity: { certain: "warning", likely: "warning", possible: "info" },
  fix: "none",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (!isRead(call) || ctx.isTestFile) return;
      const place = forwardPlace(call, ctx.isModuleClass);
      if (place === undefined || otherBusiness.test(place.cls.name)) return;
      if (isForPeople.test(place.method.name) || isTrap(place.method)) return;
      const reads = callsIn(place.method.body).filter(isRead);
      const counted = reads.filter((read) => counts(read, place.method, ctx));
      if (counted[0] !== call || hasItsReasons(ctx)) return;
      const [, ...others] = counted;
      const back = comesBack(place.method, ctx);
      ctx.report({
        at: call,
        certainty: back === undefined ? "possible" : "likely",
        message: `\`${oneLine(ctx.text(call))}\` takes a tensor to the host in every \`forward\`: the device waits for Python${back === undefined ? "" : ", the values are copied back, and gradients end here"}. Stay in torch.`,
        related: [
          ...(back === undefined
            ? []
            : [{ chunk: ctx.chunk, span: back, message: "the values come back here" }]),
          ...others.map((read) => ({
            chunk: ctx.chunk,
            span: read,
            message: "another read in the same method",
          })),
        ],
        manual: "Express it with functions of torch, which run where the tensors are.",
      });
    },
  },
});

/** `x.cpu()`, without arguments; the outermost of `x.cpu().numpy()`. */
const isRead = (call: Call): boolean =>
  call.func.kind === "Attribute" &&
  readers.test(call.func.attr) &&
  call.args.length + call.keywords.length === 0 &&
  !(
    call.parent?.kind === "Attribute" &&
    readers.test(call.parent.attr) &&
    call.parent.parent?.kind === "Call"
  );

function counts(read: Call, method: FunctionDef, ctx: RuleContext): boolean {
  if (isConditionalWithin(read, method) || isGuardedByMode(read)) return false;
  const root = rootName(read) ?? "";
  if (/^(?:np|numpy|self|random|math)$/.test(root) || /len|size|shape|seed|device/i.test(root)) return false;
  if (isMadeOnHost(read, ctx)) return false;
  let child: Call["parent"] = read;
  for (let at = read.parent; at !== undefined && at !== method; child = at, at = at.parent) {
    // `pack_padded_sequence` and `split` want lengths on the host, embeddings may live there; what is printed or raised is for people.
    if (
      at.kind === "Call" &&
      at.func !== child &&
      /pack|split|emb|print|log|save|write|debug/i.test(nameOf(at))
    )
      return false;
    if (at.kind === "Raise" || at.kind === "Assert") return false;
    // Branches on values are another rule's.
    if ((at.kind === "If" || at.kind === "While" || at.kind === "IfExp") && at.test === child) return false;
    if (
      at.kind === "Assign" &&
      at.targets.some((target) => /len|size|shape/i.test(target.kind === "Name" ? target.id : ""))
    )
      return false;
  }
  return true;
}

/** `torch.empty(1).uniform_(0, 1).item()`, `torch.from_numpy(a).float().cpu()` */
function isMadeOnHost(read: Call, ctx: RuleContext): boolean {
  let at: Expr = read;
  while (at.kind === "Call" && at.func.kind === "Attribute" && at.func.value.kind === "Call")
    at = at.func.value;
  return (
    at.kind === "Call" &&
    makers.test(ctx.qualified(at.func) ?? "") &&
    !at.keywords.some(({ name }) => name === "device")
  );
}

const nameOf = (call: Call): string =>
  call.func.kind === "Attribute" ? call.func.attr : call.func.kind === "Name" ? call.func.id : "";

/** Solvers of SciPy, remote calls that want tensors of the host, and code written for `torch.export`. */
const hasItsReasons = (ctx: RuleContext): boolean =>
  ["linear_sum_assignment", "scipy", "rpc", "RRef", "_check"].some((name) => ctx.module.isMentioned(name));

/** The call that makes a tensor of what numpy computed. */
function comesBack(method: FunctionDef, ctx: RuleContext): Call | undefined {
  const calls = callsIn(method.body);
  const reads = calls.some(
    (call) => call.func.kind === "Attribute" && call.func.attr === "numpy" && isRead(call),
  );
  return reads
    ? calls.find((call) =>
        /^torch\.(?:from_numpy|as_tensor|tensor|FloatTensor|LongTensor|Tensor)$/.test(
          ctx.qualified(call.func) ?? "",
        ),
      )
    : undefined;
}
