/**
 * Checks for key and value heads that are copied with `repeat_interleave` only to feed attention.
 *
 * ## Why is this bad?
 * Grouped-query attention saves memory traffic by sharing one key and value head among several query heads. Expanding
 * them again before the product writes and reads every key and value `n_rep` times. From torch 2.5 on,
 * `F.scaled_dot_product_attention(..., enable_gqa=True)` takes the small tensors as they are.
 *
 * `enable_gqa=True` is not free, though. Of PyTorch's kernels for CUDA, flash attention takes grouped heads, in 16-bit
 * floats, without a mask and for heads of at most 256 values. Elsewhere the call falls back to the math kernel without a
 * word. One call of a 1-billion-parameter vision transformer, as measured in pytorch/pytorch#181528: 0.32 ms with
 * `enable_gqa=True` in bfloat16; in float32, 7.5 ms with the copies and 23.1 ms with `enable_gqa=True`. So this rule is
 * silent where a mask is passed, and offers its fix only where the file speaks of 16-bit floats. The other way round,
 * [gqa-math-fallback](gqa-math-fallback.md) reports `enable_gqa=True` where it does not pay.
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn.functional as F
 *
 *
 * def attend(q, k, v, n_rep):
 *     k = k.repeat_interleave(n_rep, dim=1)
 *     v = v.repeat_interleave(n_rep, dim=1)
 *     with torch.autocast("cuda", dtype=torch.bfloat16):
 *         return F.scaled_dot_product_attention(q, k, v, is_causal=True)
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn.functional as F
 *
 *
 * def attend(q, k, v, n_rep):
 *     with torch.autocast("cuda", dtype=torch.bfloat16):
 *         return F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
 * ```
 *
 * ## Fix safety
 * Suggestion: outputs are equal up to rounding, but needs torch 2.5 and is slower where the math kernel takes over.
 *
 * ## When not to use it
 * In float32, with heads of more than 256 values, or with a backend pinned that does not know grouped heads.
 *
 * ## References
 * - [torch.nn.functional.scaled_dot_product_attention](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html)
 * - [pytorch/pytorch#181528](https://github.com/pytorch/pytorch/pull/181528): the measurements above
 * - Ainslie et al. 2023, [GQA](https://arxiv.org/abs/2305.13245)
 */
import type { Edit } from "../base/text.ts";
import {
  hasFloat32Input,
  looksLikeSdpa,
  maskOf,
  sdpaName,
  speaksOfLowPrecision,
} from "../semantic/attention.ts";
import { definitionOf } from "../semantic/names.ts";
import { lastName } from "../semantic/paths.ts";
import { readsAfter } from "../semantic/reaching.ts";
import { argumentOf, enclosingDef } from "../semantic/structure.ts";
import { type ChainStep, chainOf } from "../semantic/value-chain.ts";
import type { Call, Expr, If, Node } from "../syntax/ast.ts";
import { nodesOf } from "../syntax/visit.ts";
import { appendArgument, deleteLines } from "./_edits.ts";
import { defineRule, type Fix, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "memory",
  topic: "attention",
  severity: { certain: "warning", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  optimization: { id: "grouped-kv-without-repetition", of: "lines" },
  torch: { from: [2, 5] },
  on: { Call: check },
});

/** A copy of heads on its way into attention. */
interface Repeat {
  readonly call: Call;
  /** What is copied. */
  readonly source: Expr;
  /** The axis, where it can be told. */
  readonly axis: number | undefined;
  readonly steps: readonly ChainStep[];
}

function check(call: Call, ctx: RuleContext): void {
  if (looksLikeSdpa(call) && ctx.qualified(call.func) === sdpaName) checkFused(call, ctx);
  else if (isProduct(call)) checkManual(call, ctx);
}

function checkFused(sdpa: Call, ctx: RuleContext): void {
  if (ctx.isTestFile) return;
  const [key, value] = [argumentOf(sdpa, "key", 1), argumentOf(sdpa, "value", 2)];
  if (key === undefined || key === "unknown" || value === undefined || value === "unknown") return;
  if (maskOf(sdpa) !== "none" || argumentOf(sdpa, "enable_gqa", undefined) !== undefined) return;
  const [k, v] = [repeatBehind(key, ctx), repeatBehind(value, ctx)];
  if (k === undefined || v === undefined || hasFloat32Input(sdpa, ctx.module)) return;
  const halves = speaksOfLowPrecision(ctx.module);
  const edits = halves ? withoutRepeats(sdpa, k, v, ctx) : undefined;
  const fix: Fix | undefined = edits && {
    title: "Pass enable_gqa=True instead of the copies (torch 2.5; slower in float32)",
    safety: "suggestion",
    edits,
  };
  ctx.report({
    at: k.call,
    certainty: halves ? "certain" : "likely",
    message: `${what(k, ctx)} copies keys and values once per query head of a group, only for \`${ctx.text(sdpa.func)}\`. ${halves ? "Pass `enable_gqa=True` instead." : "`enable_gqa=True` avoids the copies in 16-bit floats; in float32 it falls back to the slower math kernel."}`,
    related: [{ chunk: ctx.chunk, span: v.call, message: "The values are copied here." }],
    ...(fix !== undefined
      ? { fixes: [fix] }
      : {
          manual: halves
            ? "The copies are used elsewhere too."
            : "Nothing in this file says that it runs in 16-bit floats, and in float32 `enable_gqa=True` is slower.",
        }),
  });
}

const what = (repeat: Pick<Repeat, "call">, ctx: RuleContext): string => `\`${ctx.text(repeat.call.func)}\``;

const layoutMethods = new Set(["transpose", "permute", "contiguous", "to", "type_as"]);
const keepsHeads = (call: Call): boolean =>
  call.func.kind === "Attribute" && layoutMethods.has(call.func.attr);

function repeatBehind(use: Expr, ctx: RuleContext): Repeat | undefined {
  const steps = chainOf(use, keepsHeads);
  for (const [i, step] of steps.entries()) {
    const repeat = step.expr.kind === "Call" ? asRepeat(step.expr, ctx) : undefined;
    if (repeat !== undefined) return { ...repeat, steps: steps.slice(0, i + 1) };
  }
  return undefined;
}

/** `x.repeat_interleave(n, dim=1)`, `torch.repeat_interleave(x, n, dim=1)`, or a function called `repeat_kv`. */
function asRepeat(call: Call, ctx: RuleContext): Omit<Repeat, "steps"> | undefined {
  const { func } = call;
  const last = func.kind === "Attribute" ? func.attr : func.kind === "Name" ? func.id : "";
  if (/^repeat_kv(?:_heads)?$/.test(last)) {
    const source = call.args[0];
    return source === undefined ? undefined : { call, source, axis: undefined };
  }
  if (last !== "repeat_interleave") return undefined;
  const asFunction = ctx.qualified(func) === "torch.repeat_interleave";
  const source = asFunction ? call.args[0] : func.kind === "Attribute" ? func.value : undefined;
  const offset = asFunction ? 1 : 0;
  const times = argumentOf(call, "repeats", offset);
  const axis = argumentOf(call, "dim", offset + 1);
  if (source === undefined || times === undefined || times === "unknown") return undefined;
  if (times.kind === "Int" && times.value === 1) return undefined;
  if (axis === undefined || axis === "unknown") return undefined;
  const at = intOf(axis);
  return at === undefined || ![1, 2, -2, -3].includes(at) ? undefined : { call, source, axis: at };
}

const intOf = (expr: Expr): number | undefined => {
  if (expr.kind === "Int") return expr.value;
  if (expr.kind !== "UnaryOp" || expr.op !== "-" || expr.operand.kind !== "Int") return undefined;
  return -expr.operand.value;
};

/** The heads stand on the third axis from behind when the call runs; one exchange of axes 1 and 2 may come in between. */
function isOnHeadAxis(repeat: Repeat, ctx: RuleContext): boolean {
  const moves = repeat.steps.filter(
    ({ expr }) =>
      expr.kind === "Call" &&
      expr.func.kind === "Attribute" &&
      (expr.func.attr === "transpose" || expr.func.attr === "permute"),
  );
  if (repeat.axis === undefined) return definitionOf(repeat.call.func, ctx.module) !== undefined;
  const isBehind = repeat.axis === 1 || repeat.axis === -3;
  return moves.length === 0 ? isBehind : moves.length === 1 && !isBehind;
}

/** The edits that take both copies away, `undefined` when somebody else reads them. */
function withoutRepeats(sdpa: Call, k: Repeat, v: Repeat, ctx: RuleContext): readonly Edit[] | undefined {
  if (k.call === v.call) return undefined;
  const edits: Edit[] = [appendArgument(sdpa, "enable_gqa=True", ctx.chunk.text)];
  const conditions = new Set<If>();
  for (const repeat of [k, v]) {
    if (!isOnHeadAxis(repeat, ctx)) return undefined;
    for (const { through } of repeat.steps)
      if (through !== undefined && readsAfter(through.stmt, through.name).length !== 1) return undefined;
    const last = repeat.steps[repeat.steps.length - 1]?.through;
    const same = repeat.source.kind === "Name" && last?.name === repeat.source.id;
    if (last?.condition !== undefined) {
      if (!same || !holdsOnlyRepeats(last.condition, ctx)) return undefined;
      conditions.add(last.condition);
    } else if (last?.value === repeat.call && same && last.stmt.value === repeat.call) {
      const edit = deleteLines(last.stmt, ctx.chunk.text);
      if (edit === undefined) return undefined;
      edits.push(edit);
    } else edits.push({ span: repeat.call, text: ctx.text(repeat.source) });
  }
  for (const condition of conditions) {
    const edit = deleteLines(condition, ctx.chunk.text);
    if (edit === undefined) return undefined;
    edits.push(edit);
  }
  return edits;
}

const holdsOnlyRepeats = (condition: If, ctx: RuleContext): boolean =>
  condition.body.length === 2 &&
  condition.body.every(
    (stmt) => stmt.kind === "Assign" && stmt.value.kind === "Call" && asRepeat(stmt.value, ctx) !== undefined,
  );

const isProduct = (call: Call): boolean => {
  const { func } = call;
  const last = func.kind === "Attribute" ? func.attr : func.kind === "Name" ? func.id : "";
  return last === "repeat_interleave" || last === "repeat_kv";
};

/** Copied keys that go into a product with the queries, with a softmax in the same function. */
function checkManual(call: Call, ctx: RuleContext): void {
  const stmt = call.parent;
  const fn = enclosingDef(call);
  if (ctx.isTestFile || stmt?.kind !== "Assign" || stmt.targets.length > 1 || fn === undefined) return;
  const [target] = stmt.targets;
  const repeat = asRepeat(call, ctx);
  if (repeat === undefined || target?.kind !== "Name") return;
  if (!/^(?:x?k|xk|keys?|k_\w+|keys?_\w+|\w+_keys?|\w+_k)$/.test(target.id)) return;
  const inFunction = nodesOf(ctx.chunk.nodes, "Call").filter(
    (each) => each.start >= fn.start && each.end <= fn.end,
  );
  const named = (each: Call, pattern: RegExp): boolean =>
    each.func.kind === "Attribute" && pattern.test(each.func.attr);
  if (inFunction.some(looksLikeSdpa) || !inFunction.some((each) => named(each, /^softmax$/))) return;
  if (!isMultiplied(stmt, target.id, ctx, 2) || inFunction.some(keepsWeights)) return;
  ctx.report({
    at: call,
    certainty: "likely",
    message: `${what(repeat, ctx)} copies every key once per query head of a group, and the attention below writes all scores to memory. \`F.scaled_dot_product_attention\` avoids the second; with \`enable_gqa=True\` (torch 2.5, 16-bit floats, no mask) also the first.`,
    manual: "Replace the attention by `F.scaled_dot_product_attention` first.",
  });
}

const spends = /^(?:matmul|bmm|einsum|softmax|to|type_as|size|dim|dropout\w*|\w*_?dropout|\w*drop)$/;

/** The weights of a softmax go elsewhere than into the product with the values: fused attention does not give them. */
function keepsWeights(softmax: Call): boolean {
  if (softmax.func.kind !== "Attribute" || softmax.func.attr !== "softmax") return false;
  let made: Node = softmax;
  while (made.parent?.kind === "Attribute" && made.parent.parent?.kind === "Call") made = made.parent.parent;
  const stmt = made.parent;
  const [target] = stmt?.kind === "Assign" ? stmt.targets : [];
  if (stmt?.kind !== "Assign" || target?.kind !== "Name") return false;
  return readsAfter(stmt, target.id).some((read) => {
    const { parent } = read;
    if (parent?.kind === "Subscript") return true;
    const asked = parent?.kind === "Attribute" && parent.parent?.kind === "Call" ? parent.attr : undefined;
    if (asked !== undefined) return !spends.test(asked);
    return parent?.kind === "Call" && parent.func !== read && !spends.test(lastName(parent.func) ?? "");
  });
}

/** The name is an operand of `@`, `matmul` or `einsum`, perhaps after a change of axes. */
function isMultiplied(stmt: Expr | Call["parent"], name: string, ctx: RuleContext, hops: number): boolean {
  if (stmt?.kind !== "Assign" || hops === 0) return false;
  return readsAfter(stmt, name).some((read) => {
    let use: Expr = read;
    while (
      use.parent?.kind === "Attribute" &&
      use.parent.parent?.kind === "Call" &&
      use.parent.parent.func === use.parent &&
      keepsHeads(use.parent.parent)
    )
      use = use.parent.parent;
    const holder = use.parent;
    if (holder?.kind === "BinOp") return holder.op === "@" && holder.right === use;
    if (holder?.kind === "Assign") {
      const next = holder.targets[0];
      return next?.kind === "Name" && isMultiplied(holder, next.id, ctx, hops - 1);
    }
    return (
      holder?.kind === "Call" &&
      holder.func.kind === "Attribute" &&
      /^(?:matmul|bmm|einsum)$/.test(holder.func.attr)
    );
  });
}
