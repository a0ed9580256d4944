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
import { attributeNames, attributeReads, attributeValues } from "../semantic/attributes.ts";
import { weightLayers } from "../semantic/layer-weights.ts";
import { readsAfter } from "../semantic/reaching.ts";
import { residualFlag, type SkipFlow, shortcutName, traceSkip } from "../semantic/skip-flow.ts";
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
import { defineRule, type Reported, type RuleContext } from "./_rule.ts";

const identityName =
  /^(?:(?:x|h|h_in|hidden|input)_)?(?:identity|resid|residual|short_?cut|skip|skip_(?:connection|input|x)|identity_(?:x|input)|input_tensor|inp)$/;
const forwardName = /^(?:forward|_?forward_\w+|_forward)$/;
const residualClass =
  /(?:Res|Residual|ResNet|ResNeXt)(?:Block|Unit|Bottleneck|Layer)\w*$|^(?:BasicBlock|Bottleneck)$|InvertedResidual/;

/** Some of what `looksResidual` looks for stands in the text. */
const namesResidual =
  /[Ss]hort_?[Cc]ut|[Ss]kip|[Dd]own_?[Ss]ample|[Rr]esid|[Ii]dentity|[_.]res|res_|Res|BasicBlock|Bottleneck/;

export const rule = defineRule({
  category: "bug",
  severity: { certain: "critical", likely: "error", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Assign: deadIdentity,
    ClassDef(cls, ctx) {
      if (!namesResidual.test(ctx.text(cls)) || !looksResidual(cls)) return;
      const forward = methodsOf(cls).get("forward");
      if (forward === undefined || ctx.isModuleClass(cls) !== "yes" || containsInvalid(cls)) return;
      // A kept input is what that finding is about.
      if (keepsInput(forward)) return;
      const finding = unusedShortcut(cls, forward, ctx) ?? plainBlock(cls, forward, ctx);
      if (finding !== undefined) ctx.report(finding);
    },
  },
});

/** Cheap: decides without walking whether a class is worth a look. */
const looksResidual = (cls: ClassDef): boolean =>
  residualClass.test(cls.name) ||
  attributeNames(cls).some((attr) => shortcutName.test(attr) || residualFlag.test(attr));

/** `identity = x`, never read again. */
function deadIdentity(stmt: Assign, ctx: RuleContext): void {
  const target = stmt.targets[0];
  if (target?.kind !== "Name" || stmt.targets.length > 1 || !identityName.test(target.id)) return;
  const method = enclosingDef(stmt);
  const cls = enclosingClass(stmt);
  const host = method === undefined ? undefined : methodAround(method);
  if (method === undefined || host === undefined || cls === undefined || host.parent !== cls) return;
  if (!forwardName.test(host.name) || !isDead(stmt, target.id)) return;
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

const trace = (
  method: FunctionDef,
  from: Assign | undefined,
  until: number,
  identities: readonly string[],
  self: string | undefined,
  cls: ClassDef,
  ctx: RuleContext,
): SkipFlow =>
  traceSkip(method, from, until, identities, self, cls, ctx.module, (expr) => ctx.qualified(expr));

const inputsOf = (method: FunctionDef): readonly string[] =>
  method.params.slice(1).map((param) => param.name);

/** `self.shortcut = nn.Conv2d(...)` or `self.use_res_connect = stride == 1` that nothing reads. */
function unusedShortcut(cls: ClassDef, forward: FunctionDef, ctx: RuleContext): Reported | undefined {
  for (const attr of attributeNames(cls)) {
    const isFlag = residualFlag.test(attr);
    if (!isFlag && !shortcutName.test(attr)) continue;
    const values = attributeValues(cls, attr);
    const value = values[0];
    const fits = isFlag ? isComputed : isConvolutional(ctx);
    if (value === undefined || !values.every(fits) || attributeReads(cls, attr).length > 0) continue;
    if (isReadElsewhere(attr, cls, ctx) || readsDynamically(cls)) continue;
    const flow = trace(forward, undefined, forward.end, inputsOf(forward), selfName(forward), cls, ctx);
    if (flow.joins || flow.opaque || flow.layers === 0) return undefined;
    const at = value.parent?.kind === "Assign" ? value.parent : value;
    const source = inputsOf(forward)[0];
    const addition =
      source === undefined
        ? undefined
        : addSkip(cls, forward, { attr: isFlag ? undefined : attr, source }, ctx);
    const rest = addition ?? { manual: "Where the paths should meet is not clear from the code." };
    if (isFlag)
      return {
        at,
        certainty: "likely",
        message: `\`self.${attr}\` says when to add the input to the output, and nothing reads it: the block has no residual connection. Add it in \`forward\`.`,
        ...rest,
      };
    return {
      at,
      certainty: "certain",
      message: `CRITICAL BUG: \`self.${attr}\` is built for a residual connection and never called: the block returns its main path alone. Add \`self.${attr}(...)\` where the two paths meet.`,
      ...rest,
    };
  }
  return undefined;
}

const isComputed = (value: Expr): boolean => value.kind === "Compare" || value.kind === "BoolOp";

/** A module with weights, or an empty `nn.Sequential()` or `nn.Identity()` beside one. */
const isConvolutional =
  (ctx: RuleContext) =>
  (value: Expr): boolean =>
    weightLayers(value, ctx.module) !== undefined;

/** Other code may call the layer: a subclass, or a function that takes the block. Other classes have their own `self.shortcut`. */
const isReadElsewhere = (attr: string, cls: ClassDef, ctx: RuleContext): boolean =>
  ctx.module.mentions(attr).some((chunk) =>
    nodesOf(chunk.nodes, "Attribute").some((node) => {
      if (node.attr !== attr) return false;
      const owner = enclosingClass(node);
      const isSelf = node.value.kind === "Name" && node.value.id === "self";
      if (owner === undefined || !isSelf) return true;
      return owner !== cls && owner.bases.some((base) => base.kind === "Name" && base.id === cls.name);
    }),
  );

/** Layers may be reached without being named: `self.children()`, `getattr(self, name)`, `super().forward(x)`. */
function readsDynamically(cls: ClassDef): boolean {
  let found = false;
  walk(cls, (node) => {
    if (node.kind === "Name") found ||= node.id === "getattr";
    else if (node.kind === "Attribute")
      found ||= /^(?:children|named_children|_modules|__dict__|get_submodule)$/.test(node.attr);
    return !found;
  });
  return found;
}

/** A class named like a residual block whose layers follow each other without any addition. */
function plainBlock(cls: ClassDef, forward: FunctionDef, ctx: RuleContext): Reported | undefined {
  if (!residualClass.test(cls.name)) return undefined;
  const weakName = cls.name === "BasicBlock" || cls.name === "Bottleneck";
  if (weakName && !speaksOfShortcuts(cls)) return undefined;
  const flow = trace(forward, undefined, forward.end, inputsOf(forward), selfName(forward), cls, ctx);
  if (flow.joins || flow.opaque || flow.layers < 2 || addsAnywhere(cls) || isAddedByCaller(cls, ctx))
    return undefined;
  return {
    at: { start: cls.nameStart, end: cls.nameStart + cls.name.length },
    certainty: "likely",
    message: `\`${cls.name}\` is named like a residual block, but its \`forward\` never adds the input to the output. Add the connection, or rename the class if it is plain on purpose.`,
    manual: "Where the paths should meet is not clear from the code.",
  };
}

/** `expansion = 4`, or a parameter such as `downsample`: what blocks of residual networks have. */
const speaksOfShortcuts = (cls: ClassDef): boolean =>
  cls.body.some(
    (stmt) =>
      stmt.kind === "Assign" &&
      stmt.targets.some((target) => target.kind === "Name" && target.id === "expansion"),
  ) || (methodsOf(cls).get("__init__")?.params ?? []).some((param) => shortcutName.test(param.name));

/** Any addition, concatenation or wrapper that could be the connection, anywhere in the class. */
function addsAnywhere(cls: ClassDef): boolean {
  let found = false;
  for (const [name, method] of methodsOf(cls)) {
    walk(method, (node) => {
      if (name !== "__init__") {
        if (node.kind === "BinOp" || node.kind === "AugAssign") found ||= node.op === "+" || node.op === "-";
        if (node.kind === "Attribute") found ||= /^(?:add_?|cat|concat|stack|sum|lerp)$/.test(node.attr);
      }
      if (node.kind === "Attribute") found ||= /resid|skip|short_?cut|\bres_/i.test(node.attr);
      if (node.kind === "Name") found ||= node.parent?.kind === "Call" && /Resid|Skip|Shortcut/.test(node.id);
      return !found;
    });
  }
  return found;
}

/** Code that builds the block may add its input itself: `x = x + self.block(x)`. */
const isAddedByCaller = (cls: ClassDef, ctx: RuleContext): boolean =>
  ctx.module.mentions(cls.name).some((chunk) =>
    [...nodesOf(chunk.nodes, "BinOp"), ...nodesOf(chunk.nodes, "AugAssign")].some((node) => {
      const owner = enclosingClass(node);
      return (
        owner !== cls && node.op === "+" && enclosingDef(node)?.name !== "__init__" && owner !== undefined
      );
    }),
  );
