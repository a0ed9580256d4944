/**
 * Checks for blocks that prepare a residual connection and never add it.
 *
 * ## Why is this bad?
 * A block that stores its input as `identity`, or builds a `shortcut`, and then returns the main path alone is a plain
 * stack of layers. It runs without an error, trains worse the deeper it gets, and the whole training run is spent on a
 * model that was not meant: in He et al. a plain network of 34 layers ends with a higher training error than one of 18,
 * while the residual one of 34 ends lower.
 *
 * What is reported as certain: a name such as `identity`, `residual` or `shortcut` is bound to the input and never read
 * afterwards, or a shortcut layer is built and never called, and nothing else adds the input back. What is reported as
 * likely: the same where some called code is not visible, a flag such as `use_res_connect` that nothing reads, or a
 * class named like a residual block, with two or more layers in a row and no addition at all.
 *
 * ## Example
 * ```py
 * import torch.nn as nn
 *
 *
 * class Block(nn.Module):
 *     def __init__(self, c):
 *         super().__init__()
 *         self.conv1 = nn.Conv2d(c, c, 3, padding=1)
 *         self.conv2 = nn.Conv2d(c, c, 3, padding=1)
 *         self.relu = nn.ReLU()
 *
 *     def forward(self, x):
 *         identity = x
 *         out = self.relu(self.conv1(x))
 *         out = self.conv2(out)
 *         return self.relu(out)
 * ```
 *
 * Use instead:
 * ```py
 * import torch.nn as nn
 *
 *
 * class Block(nn.Module):
 *     def __init__(self, c):
 *         super().__init__()
 *         self.conv1 = nn.Conv2d(c, c, 3, padding=1)
 *         self.conv2 = nn.Conv2d(c, c, 3, padding=1)
 *         self.relu = nn.ReLU()
 *
 *     def forward(self, x):
 *         identity = x
 *         out = self.relu(self.conv1(x))
 *         out = self.conv2(out)
 *         return self.relu(out + identity)
 * ```
 *
 * ## Fix safety
 * Suggestion: the block computes something else afterwards, which is the purpose, and weights trained without the
 * connection do not fit it. Both sides of the addition must have the same shape.
 *
 * ## When not to use it
 * Blocks that are plain on purpose: delete the unused name or layer then, and the finding goes.
 *
 * ## References
 * - He et al. 2015, [Deep Residual Learning for Image Recognition](https://arxiv.org/abs/1512.03385), section 4.1
 * - The bug in the wild: [znxlwm/UGATIT-pytorch#32](https://github.com/znxlwm/UGATIT-pytorch/issues/32),
 *   [imedslab/pytorch_bn_fusion#2](https://github.com/imedslab/pytorch_bn_fusion/issues/2)
 */
import { readsAfter } from "../semantic/reaching.ts";
import { shortcutName } from "../semantic/skip-flow.ts";
import {
  containsInvalid,
  enclosingClass,
  enclosingDef,
  methodsOf,
  selfName,
  statementOf,
} from "../semantic/structure.ts";
import type { Assign, Call, ClassDef, Expr, FunctionDef } from "../syntax/ast.ts";
import { nodesOf, walk } from "../syntax/visit.ts";
import { addSkip } from "./_add-skip.ts";
import { looksResidual, plainBlock, trace, unusedShortcut } from "./_residual-block.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

const identityName =
  /^(?:(?:x|h|h_in|hidden|input)_)?(?:identity|resid|residual|short_?cut|skip|skip_(?:connection|input|x)|identity_(?:x|input)|input_tensor|inp)$/;
const forwardName = /^(?:forward|_?forward_\w+|_forward)$/;

export const rule = defineRule({
  category: "bug",
  topic: "layers",
  severity: { certain: "critical", likely: "error", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Assign: deadIdentity,
    ClassDef(cls, ctx) {
      const forward = methodsOf(cls).get("forward");
      if (forward === undefined || ctx.isModuleClass(cls) !== "yes") return;
      if (!looksResidual(cls, ctx) || containsInvalid(cls)) return;
      // A kept input is what that finding is about.
      if (keepsInput(forward)) return;
      const finding = unusedShortcut(cls, forward, ctx) ?? plainBlock(cls, forward, ctx);
      if (finding !== undefined) ctx.report(finding);
    },
  },
});

/** `identity = x`, never read again. */
function deadIdentity(stmt: Assign, ctx: RuleContext): void {
  const target = stmt.targets[0];
  if (target?.kind !== "Name" || stmt.targets.length > 1 || !identityName.test(target.id)) return;
  const method = enclosingDef(stmt);
  const cls = enclosingClass(stmt);
  const host = method === undefined ? undefined : methodAround(method);
  if (method === undefined || host === undefined || cls === undefined || host.parent !== cls) return;
  if (!forwardName.test(host.name) || !isDead(stmt, target.id)) return;
  // `identity = query` where the caller gives none: a caller that has one to give may add it itself.
  if (host.params.some((param) => param.name === target.id)) return;
  const self = selfName(host);
  const sources = skippedNames(stmt.value, self);
  const isModule = ctx.isModuleClass(cls);
  if (sources.length === 0 || isModule === "no" || containsInvalid(method)) return;
  if (isModule === "unknown" && !namedModule(cls, ctx)) return;
  if (mentionsLocals(method)) return;

  const others = bindings(method, target.id).filter((other) => other !== stmt);
  if (others.some((other) => other.start < stmt.start && isRechoice(stmt) && isDead(other, target.id)))
    return;
  const next = others.find((other) => other.start > stmt.start && !isRechoice(other));
  if (others.some((other) => other.start > stmt.start && isRechoice(other) && !isDead(other, target.id)))
    return;
  if (next !== undefined && (skippedNames(next.value, self).length === 0 || isDead(next, target.id))) return;

  const until = next?.start ?? method.end;
  const behind = trace(method, stmt, until, [...sources, target.id], self, cls, ctx);
  // A shortcut layer may be called after the main path.
  const isCall = stmt.value.kind === "Call" && behind.layers === 0 && next === undefined;
  const flow = isCall ? trace(method, undefined, stmt.start, sources, self, cls, ctx) : behind;
  if (behind.joins || flow.joins) return;
  if (flow.layers === 0 && !callsOwnLayer(method, isCall ? method.start : stmt.end, until, self, ctx)) return;
  const certain = isModule === "yes" && next === undefined && flow.layers > 0 && !flow.opaque;
  const [source] = sources;
  const addition =
    next === undefined && source !== undefined
      ? addSkip(cls, method, { stmt, name: target.id, source }, ctx)
      : undefined;
  ctx.report({
    at: stmt,
    certainty: certain ? "certain" : "likely",
    message: `${certain ? "CRITICAL BUG: " : ""}\`${target.id}\` is kept for a residual connection and never added: the block returns its main path alone. Add it where the two paths meet.`,
    ...(addition ?? { manual: "Where the paths should meet is not clear from the code." }),
  });

  /** `identity = self.downsample(x)` behind `identity = x`: another choice of the same connection. */
  function isRechoice(other: Assign): boolean {
    if (other.value.kind !== "Call") return false;
    const ofItself = isAppliedTo(other.value, identityOf(other) ?? "");
    return ofItself || skippedNames(other.value, self).length > 0;
  }
}

const identityOf = (stmt: Assign): string | undefined =>
  stmt.targets[0]?.kind === "Name" ? stmt.targets[0].id : undefined;

/** `_inner` in `def forward(self, x): def _inner(x): ...` belongs to `forward`. */
function methodAround(def: FunctionDef): FunctionDef {
  const outer = enclosingDef(def);
  return outer === undefined ? def : methodAround(outer);
}

/** Nothing reads the value, but perhaps to give the same name a value that nothing reads. */
const isDead = (stmt: Assign, name: string): boolean =>
  readsAfter(stmt, name).every((read) => {
    const into = statementOf(read);
    return (
      into?.kind === "Assign" &&
      into !== stmt &&
      into.start > stmt.start &&
      into.targets.length === 1 &&
      identityOf(into) === name &&
      isDead(into, name)
    );
  });

/** `x` for the values that a skip connection carries: `x`, `x.clone()`, `self.shortcut(x)`, and choices among those. */
function skippedNames(value: Expr, self: string | undefined): readonly string[] {
  if (value.kind === "Name") return [value.id];
  if (value.kind === "IfExp") {
    const [body, orelse] = [skippedNames(value.body, self), skippedNames(value.orelse, self)];
    if (body.length > 0 && orelse.length > 0) return [...new Set([...body, ...orelse])];
    // `x if self.project is None else self.project(x)`, whatever the layer is called.
    const [plain, projected] =
      value.body.kind === "Name" ? [value.body, value.orelse] : [value.orelse, value.body];
    const isProjection =
      plain.kind === "Name" && projected.kind === "Call" && isAppliedTo(projected, plain.id);
    return isProjection ? [plain.id] : [];
  }
  if (value.kind !== "Call" || value.func.kind !== "Attribute") return [];
  const { func, args } = value;
  if (func.attr === "clone" && args.length === 0 && func.value.kind === "Name") return [func.value.id];
  const [only] = args;
  const ofSelf = func.value.kind === "Name" && func.value.id === self && shortcutName.test(func.attr);
  return ofSelf && args.length === 1 && only?.kind === "Name" ? [only.id] : [];
}

const isAppliedTo = (call: Call, name: string): boolean =>
  call.args.length === 1 && call.args[0]?.kind === "Name" && call.args[0].id === name;

/** A base called `BaseModule` in a library that is not read from here. */
const namedModule = (cls: ClassDef, ctx: RuleContext): boolean =>
  cls.bases.some((base) => ctx.text(base).endsWith("Module"));

const keepsInput = (method: FunctionDef): boolean => {
  let found = false;
  walk(method, (node) => {
    found ||=
      node.kind === "Assign" &&
      node.targets.some((target) => target.kind === "Name" && identityName.test(target.id));
    return !found;
  });
  return found;
};

const bindings = (method: FunctionDef, name: string): readonly Assign[] => {
  const found: Assign[] = [];
  walk(method, (node) => {
    if (node.kind === "Assign" && node.targets.some((target) => target.kind === "Name" && target.id === name))
      found.push(node);
    return true;
  });
  return found;
};

function mentionsLocals(method: FunctionDef): boolean {
  let found = false;
  walk(method, (node) => {
    found ||= node.kind === "Name" && (node.id === "locals" || node.id === "exec" || node.id === "eval");
    return !found;
  });
  return found;
}

/** A layer whose kind is not known, but whose name says that it has weights, is called between two places. */
function callsOwnLayer(
  method: FunctionDef,
  from: number,
  until: number,
  self: string | undefined,
  ctx: RuleContext,
): boolean {
  return nodesOf(ctx.chunk.nodes, "Call").some(
    (call) =>
      call.start > from &&
      call.end <= Math.min(until, method.end) &&
      call.func.kind === "Attribute" &&
      call.func.value.kind === "Name" &&
      call.func.value.id === self &&
      /conv|linear|^fc|layer|^att|attn|mlp|^ffn?$|block|body/i.test(call.func.attr),
  );
}
