/**
 * Checks for layers and matrix products in `forward` whose result nobody reads.
 *
 * ## Why is this bad?
 * PyTorch runs what it is told, whether the result is used or not: a head that is computed and dropped costs its share of every forward pass, and keeps
 * its activations until the name is gone. Its parameters get no gradient either, which DDP answers with an error or a hang.
 *
 * ## Example
 * ```py
 * import torch.nn as nn
 *
 *
 * class Net(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.body = nn.Linear(64, 64)
 *         self.aux = nn.Linear(64, 10)
 *
 *     def forward(self, x):
 *         x = self.body(x)
 *         aux = self.aux(x)
 *         return x
 * ```
 *
 * Use instead:
 * ```py
 * import torch.nn as nn
 *
 *
 * class Net(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.body = nn.Linear(64, 64)
 *         self.aux = nn.Linear(64, 10)
 *
 *     def forward(self, x):
 *         return self.body(x)
 * ```
 *
 * Names that start with an underscore are dropped on purpose, and results that are taken apart (`a, b = ...`) are left alone.
 *
 * ## Fix safety
 * Suggestion: what is returned stays the same; hooks on the layer and batch statistics in it no longer run.
 *
 * ## When not to use it
 * Where the layer is called for what it does on the side, such as hooks that gather features.
 *
 * ## References
 * - [ruff, unused-variable (F841)](https://docs.astral.sh/ruff/rules/unused-variable/), for names in general
 */
import { attributeValue } from "../semantic/attributes.ts";
import { type ForwardPlace, forwardPlace } from "../semantic/forward.ts";
import { enclosingMethod, instanceName } from "../semantic/methods.ts";
import { definitionOf } from "../semantic/names.ts";
import { readsAfter } from "../semantic/reaching.ts";
import { containsInvalid, enclosingDef, selfAttribute, walkOwn } from "../semantic/structure.ts";
import type { Assign, BinOp, Call, Expr, FunctionDef } from "../syntax/ast.ts";
import { deleteLines } from "./_edits.ts";
import { oneLine } from "./_one-line.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

/** Layers with a price. Batch normalization is left out: it is also called for its statistics. */
const layers =
  /^torch\.nn\.(?:Linear|Bilinear|Conv\w+|Embedding\w*|MultiheadAttention|Transformer\w*|LSTM|GRU|RNN)$/;
const functions =
  /^torch\.(?:matmul|mm|bmm|einsum|addmm|baddbmm|nn\.functional\.(?:linear|conv\w+|scaled_dot_product_attention|bilinear|embedding))$/;

/** Dropped on purpose, or a residual connection that is missing, which another rule tells. */
const ownNames = /^(?:_|identity|residual|shortcut|skip|res$|inp$)/;

export const rule = defineRule({
  category: "energy",
  topic: "layers",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  unnecessary: true,
  equivalents: [
    {
      tool: "ruff",
      rule: "F841",
      differs: "F841 reports any name that is never read; this rule also values that are overwritten unread.",
    },
  ],
  on: {
    Assign(stmt, ctx) {
      const [target] = stmt.targets;
      if (target?.kind !== "Name" || stmt.targets.length > 1 || ownNames.test(target.id)) return;
      const { value } = stmt;
      if (value.kind !== "Call" && !(value.kind === "BinOp" && value.op === "@")) return;
      const def = enclosingDef(stmt);
      // Most results are read: that is seen in the method alone, without a look at the rest of its class.
      if (def === undefined || !mayCost(stmt, value, ctx) || readsAfter(stmt, target.id).length > 0) return;
      const place = forwardPlace(stmt, ctx.isModuleClass);
      const what = place === undefined ? undefined : costly(value, place, ctx);
      if (what === undefined) return;
      if (mayBeReadUnseen(def, target.id) || containsInvalid(def)) return;
      report(stmt, target.id, what, ctx);
    },
  },
});

function report(stmt: Assign, name: string, what: string, ctx: RuleContext): void {
  const deletion = deleteLines(stmt, ctx.chunk.text);
  ctx.report({
    at: stmt,
    certainty: "likely",
    message: `\`${what}\` is computed in every forward pass and \`${name}\` is never read. Delete the line, or use the result.`,
    ...(deletion === undefined
      ? { manual: "Delete the statement; it shares its line or its block with nothing else." }
      : {
          fixes: [
            {
              title: `Delete the computation of ${name} (hooks of the layer no longer run)`,
              safety: "suggestion",
              edits: [deletion],
            },
          ],
        }),
  });
}

/** Whether a value in a method of a module is a product or a call of a layer, as far as the method tells. */
function mayCost(stmt: Assign, value: Call | BinOp, ctx: RuleContext): boolean {
  const place = enclosingMethod(stmt);
  if (place === undefined || ctx.isModuleClass(place.cls) !== "yes") return false;
  if (value.kind === "BinOp") return true;
  const attr = selfAttribute(value.func, instanceName(stmt, place.method));
  return attr !== undefined || functions.test(ctx.qualified(value.func) ?? "");
}

function costly(value: Expr, place: ForwardPlace, ctx: RuleContext): string | undefined {
  if (value.kind === "BinOp") return oneLine(ctx.text(value));
  if (value.kind !== "Call") return undefined;
  const text = `${ctx.text(value.func)}(...)`;
  const attr = selfAttribute(value.func, place.self);
  if (attr === undefined) return functions.test(ctx.qualified(value.func) ?? "") ? text : undefined;
  const made = attributeValue(place.cls, attr);
  return made?.kind === "Call" && isCostlyLayer(made, ctx) ? text : undefined;
}

/** A layer with a price, an `nn.Sequential` that holds one, or a module of this file. */
function isCostlyLayer(made: Call, ctx: RuleContext): boolean {
  const name = ctx.qualified(made.func);
  if (name === "torch.nn.Sequential")
    return made.args.some((arg) => arg.kind === "Call" && isCostlyLayer(arg, ctx));
  if (name !== undefined) return layers.test(name);
  const definition = definitionOf(made.func, ctx.module)?.node;
  return definition?.kind === "ClassDef" && ctx.isModuleClass(definition) === "yes";
}

/** `locals()`, `del`, `global`, a function inside that reads the name. */
function mayBeReadUnseen(def: FunctionDef, name: string): boolean {
  let found = false;
  walkOwn(def.body, (node) => {
    if (node.kind === "Name") found ||= /^(?:locals|vars|eval|exec)$/.test(node.id);
    else if (node.kind === "Global" || node.kind === "Nonlocal") found ||= node.names.includes(name);
    else if (node.kind === "Delete")
      found ||= node.targets.some((target) => target.kind === "Name" && target.id === name);
  });
  return found;
}
