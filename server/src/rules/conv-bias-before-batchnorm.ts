/**
 * Checks for a convolution or linear layer with a bias whose output goes straight into a batch norm.
 *
 * ## Why is this bad?
 * Batch norm subtracts the mean of each channel, and with it any constant that the layer before added to that channel.
 * The bias is stored, moved, given a gradient (of zero, up to rounding) and optimizer state, and changes nothing.
 * The waste is small: one number per channel, one addition per output value.
 *
 * ## Example
 * ```py
 * import torch.nn as nn
 *
 * stem = nn.Sequential(
 *     nn.Conv2d(3, 64, 3, padding=1),
 *     nn.BatchNorm2d(64),
 *     nn.ReLU(),
 * )
 * ```
 *
 * Use instead:
 * ```py
 * import torch.nn as nn
 *
 * stem = nn.Sequential(
 *     nn.Conv2d(3, 64, 3, padding=1, bias=False),
 *     nn.BatchNorm2d(64),
 *     nn.ReLU(),
 * )
 * ```
 *
 * ## Fix safety
 * Suggestion: in training mode outputs stay equal up to rounding, but the key `bias` leaves the `state_dict`, so that
 * `load_state_dict` of an older checkpoint reports an unexpected key. To keep such a checkpoint's outputs in evaluation
 * mode, subtract its bias from the batch norm's `running_mean`.
 *
 * ## When not to use it
 * When the batch norm is frozen (kept in evaluation mode while the rest trains), the bias does take part.
 *
 * ## References
 * - [PyTorch performance tuning guide](https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html#disable-bias-for-convolutions-directly-followed-by-a-batch-norm)
 * - Ioffe and Szegedy 2015, [Batch Normalization](https://arxiv.org/abs/1502.03167), section 3.2: the bias "can be ignored".
 */
import { attributeLoads, attributeValue } from "../semantic/attributes.ts";
import { readsAfter } from "../semantic/reaching.ts";
import {
  argumentOf,
  containsInvalid,
  enclosingClass,
  methodsOf,
  statementOf,
} from "../semantic/structure.ts";
import type { Attribute, Call, ClassDef, Expr, Node } from "../syntax/ast.ts";
import { nodesOf, walk } from "../syntax/visit.ts";
import { appendArgument } from "./_edits.ts";
import { defineRule, type Fix, type RuleContext } from "./_rule.ts";

const layers = /^torch\.nn\.(?:Conv[123]d|ConvTranspose[123]d|Linear)$/;
const norms = /^torch\.nn\.(?:BatchNorm[123]d|SyncBatchNorm)$/;
const looksLikeLayer = /Conv|Linear/;
/** Position of `bias` among the arguments of each constructor. */
const biasPosition = (name: string): number => (name.endsWith("Linear") ? 2 : 7);

export const rule = defineRule({
  category: "performance",
  topic: "layers",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  equivalents: [
    {
      tool: "creedengo",
      rule: "GCI101",
      differs: "It reports convolutions alone; this rule linear layers, too.",
    },
    { tool: "GreenPyData", rule: "P4" },
  ],
  on: {
    Call(call, ctx) {
      const func = call.func;
      const last = func.kind === "Attribute" ? func.attr : func.kind === "Name" ? func.id : "";
      if (!looksLikeLayer.test(last) || ctx.isTestFile) return;
      const name = ctx.qualified(func);
      if (name === undefined || !layers.test(name)) return;
      const bias = argumentOf(call, "bias", biasPosition(name));
      if (bias === "unknown" || (bias !== undefined && !(bias.kind === "Bool" && bias.value))) return;
      const norm = nextInContainer(call, ctx) ?? nextInForward(call, ctx);
      if (norm === undefined || !isBatchNorm(norm, ctx)) return;
      if (name === "torch.nn.Linear" && !sameWidth(call, norm, ctx)) return;
      ctx.report({
        at: call,
        certainty: "certain",
        message: `The batch norm after this \`${ctx.text(func)}\` subtracts its bias again: the parameter is stored and trained for nothing. Pass \`bias=False\`.`,
        ...fixOf(call, bias, ctx),
      });
    },
  },
});

const isBatchNorm = (expr: Expr, ctx: RuleContext): expr is Call => {
  if (expr.kind !== "Call") return false;
  const name = ctx.qualified(expr.func);
  return name !== undefined && norms.test(name);
};

/** A batch norm over another axis than a linear layer's outputs does not cancel the bias. */
function sameWidth(linear: Call, norm: Expr, ctx: RuleContext): boolean {
  const outputs = argumentOf(linear, "out_features", 1);
  const features = norm.kind === "Call" ? argumentOf(norm, "num_features", 0) : undefined;
  if (outputs === undefined || outputs === "unknown" || features === undefined || features === "unknown")
    return false;
  return ctx.text(outputs) === ctx.text(features);
}

/** The element behind `call` in `nn.Sequential(...)`, in a list that is unpacked into one, or in an `OrderedDict` for one. */
function nextInContainer(call: Call, ctx: RuleContext): Expr | undefined {
  const named = call.parent?.kind === "Tuple" && call.parent.elts[1] === call ? call.parent : undefined;
  const element: Expr = named ?? call;
  const holder = element.parent;
  const siblings = holder?.kind === "Call" ? holder.args : holder?.kind === "List" ? holder.elts : [];
  const after = siblings[siblings.indexOf(element) + 1];
  if (holder === undefined || after === undefined) return undefined;
  if (!endsInSequential(holder, ctx)) return undefined;
  if (named === undefined) return after;
  return after.kind === "Tuple" ? after.elts[1] : undefined;
}

function endsInSequential(holder: Node, ctx: RuleContext): boolean {
  const isSequential = (node: Node | undefined): boolean =>
    node?.kind === "Call" && ctx.qualified(node.func) === "torch.nn.Sequential";
  if (holder.kind === "Call") return isSequential(holder);
  const parent = holder.parent;
  if (parent?.kind === "Starred") return isSequential(parent.parent);
  if (parent?.kind === "Call")
    return ctx.qualified(parent.func) === "collections.OrderedDict" && isSequential(parent.parent);
  const target =
    parent?.kind === "Assign" ? parent.targets[0] : parent?.kind === "AugAssign" ? parent.target : undefined;
  const stmt = target === undefined ? undefined : statementOf(target);
  if (target?.kind !== "Name" || stmt === undefined) return false;
  return readsAfter(stmt, target.id).some(
    (read) => read.parent?.kind === "Starred" && isSequential(read.parent.parent),
  );
}

/** The module that gets the layer's output in the methods of its class, when that is all that ever happens to it. */
function nextInForward(call: Call, ctx: RuleContext): Expr | undefined {
  const store = call.parent;
  if (store?.kind !== "Assign" || store.targets.length !== 1) return undefined;
  const target = store.targets[0];
  const cls = enclosingClass(call);
  if (target?.kind !== "Attribute" || target.value.kind !== "Name" || cls === undefined) return undefined;
  if (attributeValue(cls, target.attr) !== call || ctx.isModuleClass(cls) !== "yes") return undefined;
  // A class that steers training mode itself may freeze its batch norms.
  if (methodsOf(cls).has("train") || containsInvalid(cls)) return undefined;
  const loads = attributeLoads(cls, target.attr);
  const consumers = new Set(loads.map((load) => consumerOf(load)));
  const [only] = consumers;
  return consumers.size === 1 && only !== undefined ? attributeValue(cls, only) : undefined;
}

/** `bn` for the load of `self.conv` in `self.bn(self.conv(x))`, and for `y = self.conv(x)` when only `self.bn(y)` reads it. */
function consumerOf(load: Attribute): string | undefined {
  const call = load.parent;
  if (call?.kind !== "Call" || call.func !== load) return undefined;
  const direct = moduleApplied(call);
  if (direct !== undefined) return direct;
  const store = call.parent;
  const target = store?.kind === "Assign" && store.targets.length === 1 ? store.targets[0] : undefined;
  if (store?.kind !== "Assign" || target?.kind !== "Name") return undefined;
  const readers = readsAfter(store, target.id).map(moduleApplied);
  return readers.length === 1 ? readers[0] : undefined;
}

/** `bn` when `expr` is the only argument of `self.bn(expr)`. */
function moduleApplied(expr: Expr): string | undefined {
  const call = expr.parent;
  if (call?.kind !== "Call" || call.args.length !== 1 || call.args[0] !== expr || call.keywords.length > 0)
    return undefined;
  return call.func.kind === "Attribute" && call.func.value.kind === "Name" && call.func.value.id === "self"
    ? call.func.attr
    : undefined;
}

function fixOf(
  call: Call,
  bias: Expr | undefined,
  ctx: RuleContext,
): { readonly fixes: readonly Fix[] } | { readonly manual: string } {
  const cls = enclosingClass(call);
  if (touchesBias(cls, ctx))
    return { manual: "Code in this file uses `.bias` of its layers without asking whether it is None." };
  return {
    fixes: [
      {
        title: "Pass bias=False (the key `bias` leaves the state_dict)",
        safety: "suggestion",
        edits: [
          bias === undefined
            ? appendArgument(call, "bias=False", ctx.chunk.text)
            : { span: bias, text: "False" },
        ],
      },
    ],
  };
}

/** Whether initialization code would fail on a layer without a bias. Another class's code only speaks of its own layers. */
function touchesBias(cls: ClassDef | undefined, ctx: RuleContext): boolean {
  return ctx.module.mentions("bias").some((chunk) =>
    nodesOf(chunk.nodes, "Attribute").some((node) => {
      if (node.attr !== "bias" || isGuarded(node, chunk.text)) return false;
      const owner = enclosingClass(node);
      return owner === undefined || owner === cls;
    }),
  );
}

/** Under `if m.bias is not None`, or in a branch for norms alone. */
function isGuarded(bias: Attribute, text: string): boolean {
  let child: Node = bias;
  for (let at = bias.parent; at !== undefined; child = at, at = at.parent) {
    if (at.kind !== "If" && at.kind !== "IfExp") continue;
    if (mentionsBias(at.test)) return true;
    const inBody = at.kind === "If" ? at.body.some((stmt) => stmt === child) : at.body === child;
    if (inBody && isNormTest(text.slice(at.test.start, at.test.end))) return true;
  }
  return false;
}

const isNormTest = (test: string): boolean => /norm/i.test(test) && !/conv|linear/i.test(test);

function mentionsBias(test: Expr): boolean {
  let found = false;
  walk(test, (node) => {
    found ||=
      (node.kind === "Attribute" && node.attr === "bias") || (node.kind === "Str" && node.value === "bias");
    return !found;
  });
  return found;
}
