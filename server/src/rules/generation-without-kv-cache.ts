/**
 * Checks for loops that generate token by token and run the model over the whole text again for each token.
 *
 * ## Why is this bad?
 * Without a cache of keys and values the model computes every earlier token anew: for n new tokens the work grows with n², where a
 * cache leaves it at one token per step. [transformers#31116](https://github.com/huggingface/transformers/issues/31116) measured 28.8 s with the
 * cache and 829 s without for 500 tokens.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * @torch.no_grad()
 * def generate(model, ids, steps):
 *     for _ in range(steps):
 *         logits = model(ids)[:, -1, :]
 *         token = logits.argmax(dim=-1, keepdim=True)
 *         ids = torch.cat([ids, token], dim=1)
 *     return ids
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * @torch.no_grad()
 * def generate(model, ids, steps):
 *     past, token, tokens = None, ids, [ids]
 *     for _ in range(steps):
 *         out = model(token, past_key_values=past, use_cache=True)
 *         past = out.past_key_values
 *         token = out.logits[:, -1:].argmax(dim=-1)
 *         tokens.append(token)
 *     return torch.cat(tokens, dim=1)
 * ```
 *
 * The rule asks for the whole pattern: the same ids go into the model and are extended by a token that was chosen from the last position of
 * its output. It is silent when the call passes anything like a cache, a state or a position, and when its output is unpacked into one.
 * `generate(..., use_cache=False)` of transformers is reported as well.
 *
 * ## Fix safety
 * Suggestion, for `use_cache=False`: the argument is removed. A loop is rewritten by hand: with `model.generate(...)` of transformers, or with
 * a cache in the attention of a model of your own.
 *
 * ## When not to use it
 * For a handful of tokens, and for models whose earlier positions see later ones, such as diffusion over text.
 *
 * ## References
 * - [Caching in transformers](https://huggingface.co/docs/transformers/main/en/kv_cache)
 * - [minGPT#95](https://github.com/karpathy/minGPT/issues/95)
 */
import { backwardCallsIn, type Loop } from "../semantic/loops.ts";
import { lastName, namesIn } from "../semantic/paths.ts";
import { callsIn, enclosingLoop, walkOwn } from "../semantic/structure.ts";
import type { Assign, Call, Expr, Node } from "../syntax/ast.ts";
import { removeKeyword } from "./_edits.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "generation",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  optimization: { id: "kv-cache", of: "program" },
  on: {
    Call(call, ctx) {
      const name = lastName(call.func);
      if (name === "cat" || name === "concat") reportLoop(call, ctx);
      else if (name === "generate") reportFlag(call, ctx);
    },
  },
});

function reportFlag(call: Call, ctx: RuleContext): void {
  const flag = call.keywords.find((each) => each.name === "use_cache");
  if (flag?.value.kind !== "Bool" || flag.value.value || ctx.isTestFile) return;
  ctx.report({
    at: flag,
    certainty: "certain",
    message:
      "Without the cache every new token runs the model over the whole text again: the work grows with the square of its length. Leave `use_cache` at its default.",
    fixes: [
      {
        title: "Generate with the cache (needs memory for keys and values)",
        safety: "suggestion",
        edits: [removeKeyword(call, flag, ctx.chunk.text)],
      },
    ],
  });
}

function reportLoop(cat: Call, ctx: RuleContext): void {
  const loop = enclosingLoop(cat);
  const ids = grownIds(cat);
  if (loop === undefined || ids === undefined || ctx.isTestFile) return;
  if (!/^torch\.(?:cat|concat)$/.test(ctx.qualified(cat.func) ?? "")) return;
  if (backwardCallsIn(loop).length > 0 || !choosesTokens(loop) || speaksOfCache(loop)) return;
  if (callsIn(loop.body).find((each) => grownIds(each) === ids) !== cat) return;
  const call = callsIn(loop.body).find((each) => each.start < cat.start && isWholeRun(each, ids, loop));
  if (call === undefined) return;
  ctx.report({
    at: call,
    certainty: "likely",
    message: `Every turn runs \`${ctx.text(call.func)}\` over all of \`${ids}\` again to choose one more token: the work grows with the square of the length. Keep keys and values in a cache and pass only the new token.`,
    related: [{ chunk: ctx.chunk, span: cat, message: `\`${ids}\` grows by one token here` }],
    manual:
      "Use `generate(...)` of transformers or pass `past_key_values`; in a model of your own, keep keys and values of earlier positions.",
  });
}

/** `ids` in `ids = torch.cat([ids, token], dim=1)`, and in `ids = torch.cat((ids, token), -1)`. */
function grownIds(cat: Call): string | undefined {
  const stmt = cat.parent;
  const target = stmt?.kind === "Assign" && stmt.targets.length === 1 ? stmt.targets[0] : undefined;
  const [parts] = cat.args;
  if (target?.kind !== "Name" || (parts?.kind !== "List" && parts?.kind !== "Tuple")) return undefined;
  const [first, second, ...others] = parts.elts;
  const grows =
    first?.kind === "Name" &&
    first.id === target.id &&
    second !== undefined &&
    others.length === 0 &&
    !/mask/i.test(target.id);
  return grows ? target.id : undefined;
}

const choosers = /^(?:argmax|multinomial|topk|sample|softmax|gumbel_sample|categorical|max)$/;

const choosesTokens = (loop: Loop): boolean =>
  callsIn(loop.body).some((call) => choosers.test(lastName(call.func) ?? ""));

/** Something in the loop keeps keys and values, however it gets to the model. */
function speaksOfCache(loop: Loop): boolean {
  let found = false;
  walkOwn(loop.body, (node) => {
    if (node.kind === "Name") found ||= /cache|past_key/i.test(node.id);
    else if (node.kind === "Attribute") found ||= /cache|past_key/i.test(node.attr);
  });
  return found;
}

const carriesState =
  /past|cache|state|hidden|mems|memory_key|start_pos|input_pos|offset|incremental|position|prev_/i;
const notModels =
  /^(?:len|range|print|cat|softmax|argmax|multinomial|topk|max|min|log|tokenizer|embed\w*|size|pad|int|str|repeat|rearrange|where|gather)$/;

/** A call of a model on all ids so far, whose last position is read, without anything that could be a cache. */
function isWholeRun(call: Call, ids: string, loop: Loop): boolean {
  if (notModels.test(lastName(call.func) ?? "") || lastName(call.func) === undefined) return false;
  if (call.func.kind === "Attribute" && call.func.value.kind === "Name" && call.func.value.id === "torch")
    return false;
  if (
    !call.args.some((arg) => isAllOf(arg, ids, loop)) &&
    !call.keywords.some((each) => isAllOf(each.value, ids, loop))
  )
    return false;
  if (call.keywords.some((each) => each.name === undefined || carriesState.test(each.name))) return false;
  if (call.args.some((arg) => arg.kind === "Starred" || carriesState.test(lastName(arg) ?? ""))) return false;
  return readsLastPosition(call, loop);
}

/** `ids`, `ids[:, -block:]`, and a name that the loop gives one of them. */
function isAllOf(arg: Expr, ids: string, loop: Loop, depth = 2): boolean {
  if (arg.kind === "Name" && arg.id === ids) return true;
  if (arg.kind === "IfExp")
    return isAllOf(arg.body, ids, loop, depth) && isAllOf(arg.orelse, ids, loop, depth);
  if (arg.kind === "Subscript") return isAllOf(arg.value, ids, loop, depth) && keepsManyTokens(arg.index);
  if (
    arg.kind === "Call" &&
    arg.func.kind === "Attribute" &&
    /^(?:to|cuda|long|int|clone|contiguous|unsqueeze)$/.test(arg.func.attr)
  )
    return isAllOf(arg.func.value, ids, loop, depth);
  if (arg.kind !== "Name" || depth === 0) return false;
  const values = assignmentsTo(arg.id, loop).map((stmt) => stmt.value);
  return values.length === 1 && values.every((value) => isAllOf(value, ids, loop, depth - 1));
}

/** A slice that starts at a crop length, not at `-1:`. */
function keepsManyTokens(index: Expr): boolean {
  const parts = index.kind === "Tuple" ? index.elts : [index];
  return parts.every((part) => {
    const from = part.kind === "Slice" ? part.lower : undefined;
    const isLast = from?.kind === "UnaryOp" && from.operand.kind === "Int" && from.operand.value === 1;
    return part.kind === "Slice" && !isLast;
  });
}

function assignmentsTo(name: string, loop: Loop): readonly Assign[] {
  const found: Assign[] = [];
  walkOwn(loop.body, (node) => {
    if (node.kind === "Assign" && node.targets.some((target) => namesIn(target).includes(name)))
      found.push(node);
  });
  return found;
}

/** The loop indexes the output with `-1`: directly, or through the names it gives it. */
function readsLastPosition(call: Call, loop: Loop): boolean {
  const outputs = new Set<string>();
  let stmt: Node | undefined = call;
  while (stmt !== undefined && stmt.kind !== "Assign" && stmt.kind !== "ExprStmt") {
    if (stmt.kind === "Subscript" && takesLast(stmt.index)) return true;
    stmt = stmt.parent;
  }
  if (stmt?.kind !== "Assign") return false;
  for (const name of stmt.targets.flatMap(namesIn)) outputs.add(name);
  if ([...outputs].some((name) => carriesState.test(name))) return false;
  let found = false;
  walkOwn(loop.body, (node) => {
    if (
      node.kind === "Attribute" &&
      carriesState.test(node.attr) &&
      node.value.kind === "Name" &&
      outputs.has(node.value.id)
    )
      outputs.clear();
    if (node.kind === "Subscript" && takesLast(node.index)) found ||= outputs.has(rootOf(node.value) ?? "");
  });
  return found;
}

function rootOf(expr: Expr): string | undefined {
  let at = expr;
  while (at.kind === "Attribute" || at.kind === "Subscript") at = at.value;
  return at.kind === "Name" ? at.id : undefined;
}

/** `[:, -1]`, `[:, -1, :]`, `[:, -1:]`, `[-1]`. */
const takesLast = (index: Expr): boolean =>
  (index.kind === "Tuple" ? index.elts : [index]).some((part) => {
    const at = part.kind === "Slice" ? part.lower : part;
    return at?.kind === "UnaryOp" && at.op === "-" && at.operand.kind === "Int" && at.operand.value === 1;
  });
