/**
 * Checks for two linear layers in a row with nothing between them.
 *
 * ## Why is this bad?
 * Two linear layers without an activation compute what one layer of the product of their matrices computes: either an activation was forgotten, or the wide
 * layer between costs memory and multiplications for nothing. `Linear(512, 2048)` and `Linear(2048, 512)` take eight times the work of `Linear(512, 512)`.
 *
 * ## Example
 * ```py
 * import torch.nn as nn
 *
 * head = nn.Sequential(nn.Linear(512, 2048), nn.Linear(2048, 512))
 * ```
 *
 * Use instead:
 * ```py
 * import torch.nn as nn
 *
 * head = nn.Sequential(nn.Linear(512, 2048), nn.GELU(), nn.Linear(2048, 512))
 * ```
 *
 * Reported only where the layer between is at least as wide as the narrower of its neighbors, with sizes that are written as numbers, by the same name, or by a name that says so (`hidden_dim`, `d_ff`). A narrower one
 * is a factorization that saves work (LoRA, ALBERT's embeddings).
 *
 * ## Fix safety
 * There is no automatic fix: an activation changes the model, and one layer for two needs new weights.
 *
 * ## When not to use it
 * In studies of deep linear networks, and where another module uses one of the two by itself.
 *
 * ## References
 * - [torch.nn.Linear](https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html)
 */
import { attributeLoads, attributeValue } from "../semantic/attributes.ts";
import { enclosingMethod, instanceName, methodsOfForward } from "../semantic/methods.ts";
import { lastName, pathOf } from "../semantic/paths.ts";
import { reaching, readsAfter } from "../semantic/reaching.ts";
import { argumentOf, selfAttribute } from "../semantic/structure.ts";
import type { Call, Expr } from "../syntax/ast.ts";
import { type Certainty, defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "energy",
  topic: "layers",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "none",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (ctx.isTestFile || call.args.length === 0) return;
      const { func } = call;
      if (func.kind === "Attribute" && func.attr === "Sequential") reportSequential(call, ctx);
      else if (func.kind === "Name" && func.id === "Sequential") reportSequential(call, ctx);
      else if (func.kind === "Attribute" && call.args.length === 1 && call.keywords.length === 0)
        reportForward(call, ctx);
    },
  },
});

function reportSequential(call: Call, ctx: RuleContext): void {
  if (ctx.qualified(call.func) !== "torch.nn.Sequential") return;
  call.args.forEach((layer, i) => {
    const before = call.args[i - 1];
    const certainty =
      before?.kind === "Call" && layer.kind === "Call" ? areOne(before, layer, ctx) : undefined;
    if (certainty !== undefined) report(layer, certainty, ctx);
  });
}

/** `self.b(self.a(x))`, and `x = self.a(x)` followed by `self.b(x)`. */
function reportForward(call: Call, ctx: RuleContext): void {
  const place = enclosingMethod(call);
  const [input] = call.args;
  if (place === undefined || input === undefined) return;
  const self = instanceName(call, place.method);
  const second = selfAttribute(call.func, self);
  if (second === undefined) return;
  // What the method alone tells comes first: few calls follow another so closely.
  const given = input.kind === "Name" ? onlyReading(input) : input;
  const first = given?.kind === "Call" ? selfAttribute(given.func, self) : undefined;
  if (first === undefined || first === second) return;
  const made = attributeValue(place.cls, second);
  if (made?.kind !== "Call" || ctx.qualified(made.func) !== "torch.nn.Linear") return;
  const before = attributeValue(place.cls, first);
  if (before?.kind !== "Call") return;
  const certainty = areOne(before, made, ctx);
  if (certainty === undefined) return;
  if (!methodsOfForward(place.cls).has(place.method)) return;
  // Each is used here alone: neither its output nor its weight serves anything else.
  if ([first, second].some((attr) => attributeLoads(place.cls, attr).length !== 1)) return;
  report(call, certainty, ctx);
}

/** The value of a name that nothing but this use reads. */
function onlyReading(use: Extract<Expr, { readonly kind: "Name" }>): Expr | undefined {
  const given = reaching(use);
  if (given?.kind !== "assign") return undefined;
  return readsAfter(given.stmt, use.id).length === 1 ? given.value : undefined;
}

function report(at: Expr, certainty: Certainty, ctx: RuleContext): void {
  ctx.report({
    at,
    certainty,
    message:
      "Two linear layers with nothing between them compute what one of them could, at a multiple of the work. Put an activation between them, or make them one layer.",
    manual: "Add the activation that is missing, or replace the two by one `nn.Linear`.",
  });
}

/** How sure it is that two linear layers are one: their inner width is no bottleneck, by its size or by its name. */
function areOne(a: Call, b: Call, ctx: RuleContext): Certainty | undefined {
  if (ctx.qualified(a.func) !== "torch.nn.Linear" || ctx.qualified(b.func) !== "torch.nn.Linear")
    return undefined;
  const [from, inner] = [argumentOf(a, "in_features", 0), argumentOf(a, "out_features", 1)];
  const to = argumentOf(b, "out_features", 1);
  if (isAtLeast(inner, from) || isAtLeast(inner, to)) return "certain";
  const name = inner === undefined || inner === "unknown" ? undefined : lastName(inner);
  return name !== undefined && wide.test(name) ? "likely" : undefined;
}

const wide =
  /^(?:hidden_dim|mlp_(?:dim|hidden_dim)|ff_?(?:dim|inner_dim)|d_ff|dim_feedforward|intermediate_size)$/;

/** Sizes are compared as numbers, as the same name, or as a multiple of it. */
function isAtLeast(a: Expr | "unknown" | undefined, b: Expr | "unknown" | undefined): boolean {
  if (a === undefined || b === undefined || a === "unknown" || b === "unknown") return false;
  if (a.kind === "Int" && b.kind === "Int") return a.value >= b.value;
  const path = pathOf(b);
  if (path === undefined) return false;
  if (a.kind === "BinOp" && a.op === "*")
    return (
      [a.left, a.right].some((each) => pathOf(each) === path) &&
      [a.left, a.right].some((each) => each.kind === "Int")
    );
  return pathOf(a) === path;
}
