/**
 * Checks for models that run in evaluation mode while autograd records.
 *
 * ## Why is this bad?
 * `model.eval()` turns dropout and batch statistics off; it does not stop autograd. Every activation that a backward pass
 * would need is kept until the output is gone, for a backward pass that never comes: validation needs the memory of
 * training, runs out of it first, or forces smaller batches. Users met it as running out of memory in validation in
 * [skorch#218](https://github.com/skorch-dev/skorch/issues/218) and [semseg#60](https://github.com/hszhao/semseg/issues/60),
 * where `no_grad` was the cure.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def evaluate(model, loader):
 *     model.eval()
 *     correct = 0
 *     for x, y in loader:
 *         correct += (model(x).argmax(1) == y).sum().item()
 *     return correct
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * @torch.no_grad()
 * def evaluate(model, loader):
 *     model.eval()
 *     correct = 0
 *     for x, y in loader:
 *         correct += (model(x).argmax(1) == y).sum().item()
 *     return correct
 * ```
 *
 * `torch.inference_mode()` (torch 1.9 and later) saves a little more; tensors made in it cannot take part in autograd later.
 *
 * The rule is silent where gradients are asked for (`backward()`, `requires_grad`, `autograd.grad`), where a decorator, a
 * context or a caller in this file may have turned them off, where NumPy takes the outputs as they are, and in tests. A
 * single call outside of a loop is an info.
 *
 * ## Fix safety
 * Suggestion: outputs are the same numbers, without a graph. Code elsewhere that calls `backward()` on them would fail.
 *
 * ## When not to use it
 * When gradients with respect to the input are wanted in evaluation mode, as for saliency maps and adversarial examples, or
 * when the function is always called under `no_grad` from another file.
 *
 * ## References
 * - [Locally disabling gradient computation](https://docs.pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation)
 */
import { type EvaluatedRegion, evaluatedCalls } from "../semantic/evaluation.ts";
import { lineAround } from "../semantic/lines.ts";
import { isBackward } from "../semantic/loops.ts";
import { callsIn, containsInvalid, enclosingDef } from "../semantic/structure.ts";
import type { Call, FunctionDef, Node } from "../syntax/ast.ts";
import { nodesOf, walk } from "../syntax/visit.ts";
import { defineRule, type Fix, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "memory",
  topic: "inference",
  severity: { certain: "warning", likely: "warning", possible: "info" },
  fix: "suggestion",
  since: "0.1.0",
  equivalents: [
    {
      tool: "creedengo",
      rule: "GCI100",
      differs:
        "GCI100 also reports a model that the same function has just made, and code whose inputs require gradients.",
    },
  ],
  on: {
    Call(call, ctx) {
      if (call.func.kind !== "Attribute" || call.func.attr !== "eval" || ctx.isTestFile) return;
      if (call.args.length > 0 || call.keywords.length > 0) return;
      for (const region of evaluatedCalls(call, ctx.chunk, ctx.module)) report(region, ctx);
    },
  },
});

function report(region: EvaluatedRegion, ctx: RuleContext): void {
  const { call, evalCall, stmt } = region;
  const def = enclosingDef(call);
  // A `with torch.no_grad(` that is being typed does not hold anything yet.
  if (containsInvalid(def ?? stmt)) return;
  const torch = nameOfTorch(ctx);
  const fix =
    torch === undefined
      ? undefined
      : def !== undefined && onlyEvaluates(def)
        ? decorate(def, torch, ctx)
        : wrap(region, torch, ctx);
  const text = ctx.text(call.func);
  ctx.report({
    at: call,
    certainty: region.inLoop ? "likely" : "possible",
    message: `\`${text}(...)\` runs in \`eval()\` mode while autograd records it: activations are kept for a backward pass that never comes. Run it under \`torch.no_grad()\`.`,
    related: [{ chunk: ctx.chunk, span: evalCall, message: "`eval()` does not turn autograd off" }],
    ...(fix === undefined
      ? { manual: "Run the evaluation under `torch.no_grad()` or `torch.inference_mode()`." }
      : { fixes: [fix] }),
  });
}

/** `torch`, or what the module imports it as, when this chunk uses that name. */
function nameOfTorch(ctx: RuleContext): string | undefined {
  const isTorch = (name: string): boolean =>
    ctx.module
      .bindings(name)
      .some(({ binding }) => binding.kind === "import" && binding.qualified === "torch");
  if (isTorch("torch")) return "torch";
  return nodesOf(ctx.chunk.nodes, "Name").find((name) => name.id.length <= 3 && isTorch(name.id))?.id;
}

const evaluates = /eval|valid|test|infer|predict|sample|generat|score|metric|accuracy|embed|encode/i;
const trainers = /train|fit|main/i;

/** A function whose name and body say that it does nothing else: the whole of it may run without gradients. */
const onlyEvaluates = (def: FunctionDef): boolean =>
  evaluates.test(def.name) &&
  !trainers.test(def.name) &&
  !def.isGenerator &&
  !def.isAsync &&
  !callsIn(def.body).some(mayTrain);

/** `model.train()` behind an evaluation only switches back. */
const mayTrain = (call: Call): boolean =>
  isBackward(call) ||
  (call.func.kind === "Attribute" && /^(?:step|zero_grad|fit)$/.test(call.func.attr)) ||
  (call.func.kind === "Name" && trainers.test(call.func.id));

function decorate(def: FunctionDef, torch: string, ctx: RuleContext): Fix | undefined {
  const text = ctx.chunk.text;
  const at = text.lastIndexOf("def", def.nameStart - 1);
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  const indent = text.slice(lineStart, at);
  if (at < 0 || indent.trim() !== "") return undefined;
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  return {
    title: `Decorate ${def.name} with @${torch}.no_grad()`,
    safety: "suggestion",
    edits: [{ span: { start: at, end: at }, text: `@${torch}.no_grad()${newline}${indent}` }],
  };
}

/** Puts a statement under `with torch.no_grad():`, leaving the lines of multi-line strings alone. */
function wrap({ stmt }: EvaluatedRegion, torch: string, ctx: RuleContext): Fix | undefined {
  const text = ctx.chunk.text;
  const lines = lineAround(text, stmt);
  if (lines === undefined) return undefined;
  const unit =
    lines.indent.includes("\t") || text.slice(stmt.start, stmt.end).includes("\n\t") ? "\t" : "    ";
  const strings: { readonly start: number; readonly end: number }[] = [];
  walk(stmt, (node: Node) => {
    if (node.kind === "Str" || node.kind === "FString" || node.kind === "Bytes") strings.push(node);
    return true;
  });
  const edits: Fix["edits"][number][] = [
    {
      span: { start: stmt.start, end: stmt.start },
      text: `with ${torch}.no_grad():${lines.newline}${lines.indent}${unit}`,
    },
  ];
  for (let at = text.indexOf("\n", stmt.start); at !== -1 && at < stmt.end; at = text.indexOf("\n", at + 1)) {
    const start = at + 1;
    const isBlank = /^[ \t]*\r?$/.test(text.slice(start).split("\n", 1)[0] ?? "");
    const isInString = strings.some((each) => each.start < start && start <= each.end);
    if (!isBlank && !isInString) edits.push({ span: { start, end: start }, text: unit });
  }
  return { title: `Run it under \`with ${torch}.no_grad():\``, safety: "suggestion", edits };
}
