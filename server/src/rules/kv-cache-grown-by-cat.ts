/**
 * Checks for a cache of keys and values that grows by `torch.cat` with every token.
 *
 * ## Why is this bad?
 * `torch.cat` makes a new tensor and copies the old cache into it: for every generated token, in every layer, all keys and
 * values so far. The bytes copied over a generation grow with the square of its length, each copy is one more allocation
 * of another size, and shapes that change with every step keep `torch.compile` from using CUDA graphs.
 *
 * How much it costs depends on the machine and on the length: one report (ml-explore/mlx#4019) went from 3.73 ms to
 * 0.22 ms a step at 4,096 tokens, while another (huggingface/candle#3143) measured concatenation as faster for its layout.
 * So this is information, not a warning.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * class Attention(torch.nn.Module):
 *     def step(self, k, v):
 *         self.cache_k = torch.cat([self.cache_k, k], dim=2)
 *         self.cache_v = torch.cat([self.cache_v, v], dim=2)
 *         return self.cache_k, self.cache_v
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * class Attention(torch.nn.Module):
 *     def step(self, k, v, at):
 *         end = at + k.size(2)
 *         self.cache_k[:, :, at:end] = k
 *         self.cache_v[:, :, at:end] = v
 *         return self.cache_k[:, :, :end], self.cache_v[:, :, :end]
 * ```
 *
 * ## Fix safety
 * None: where the cache is allocated, and who tells the position, is for the author to decide. With Hugging Face models,
 * `model.generate(..., cache_implementation="static")` does it.
 *
 * ## When not to use it
 * For short generations, or where memory for the longest sequence cannot be set aside.
 *
 * ## References
 * - [Hugging Face: static cache and torch.compile](https://huggingface.co/docs/transformers/llm_optims)
 * - [ml-explore/mlx#4019](https://github.com/ml-explore/mlx/pull/4019), [huggingface/candle#3143](https://github.com/huggingface/candle/issues/3143)
 */
import { blockOf, readsAfter } from "../semantic/reaching.ts";
import { argumentOf, enclosingClass } from "../semantic/structure.ts";
import type { Assign, Call, Expr, Name, Node } from "../syntax/ast.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

const cacheName = /past|cache|prev(?:ious)?_|(?:^|_)mem(?:ory|s)?(?:_|$)/i;
const keptName = /past|present|cache|state|kv/i;
const keyOrValue = /(?:^|_)(?:k|v|kv|keys?|values?|latents?)(?:_|\d|$)|key|value/i;

export const rule = defineRule({
  category: "performance",
  topic: "generation",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "none",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      const stmt = growth(call, ctx);
      if (stmt === undefined) return;
      const block = blockOf(stmt) ?? [];
      const at = block.indexOf(stmt);
      const [before, after] = [block[at - 1], block[at + 1]].map((each) =>
        each?.kind === "Assign" && each.value.kind === "Call" ? growth(each.value, ctx) : undefined,
      );
      // Keys and values are one finding, told at the first of them.
      if (before !== undefined) return;
      ctx.report({
        at: call,
        certainty: "likely",
        message: `\`${ctx.text(call.func)}\` copies the whole cache to add one step to it, for every token and layer. Allocate the cache for the longest sequence once and write new keys and values at their position.`,
        manual: "Where the cache is allocated, and who tells the position, is for the author to decide.",
        related:
          after === undefined
            ? []
            : [{ chunk: ctx.chunk, span: after, message: "The same for its other half." }],
      });
    },
  },
});

/** The statement that makes a longer cache out of the cache and something new, and keeps it. */
function growth(call: Call, ctx: RuleContext): Assign | undefined {
  const { func } = call;
  const last = func.kind === "Attribute" ? func.attr : func.kind === "Name" ? func.id : "";
  if (last !== "cat" && last !== "concat") return undefined;
  const parts = call.args[0];
  if ((parts?.kind !== "Tuple" && parts?.kind !== "List") || parts.elts.length !== 2) return undefined;
  const [old, fresh] = parts.elts;
  const stmt = assignmentOf(call);
  const target = stmt?.targets.length === 1 ? stmt.targets[0] : undefined;
  if (old === undefined || fresh === undefined || stmt === undefined || target === undefined)
    return undefined;
  if (!cacheName.test(ctx.text(old)) || cacheName.test(ctx.text(fresh)) || joinsBatch(call)) return undefined;
  if (![old, fresh, target].some((each) => keyOrValue.test(ctx.text(each)))) return undefined;
  const qualified = ctx.qualified(func);
  if (qualified !== "torch.cat" && qualified !== "torch.concat") return undefined;
  const cls = enclosingClass(call);
  if (ctx.isTestFile || (cls !== undefined && /Cache/.test(cls.name))) return undefined;
  return isKept(stmt, target, old, ctx) ? stmt : undefined;
}

/** Through `.detach()` and the like. */
function assignmentOf(call: Call): Assign | undefined {
  let at: Node = call;
  while (at.parent?.kind === "Attribute" && at.parent.parent?.kind === "Call") at = at.parent.parent;
  return at.parent?.kind === "Assign" && at.parent.value === at ? at.parent : undefined;
}

/** Along the first axis, where batches are: not a longer sequence. */
function joinsBatch(call: Call): boolean {
  const axis = argumentOf(call, "dim", 1) ?? argumentOf(call, "axis", undefined);
  return axis === undefined || (axis !== "unknown" && axis.kind === "Int" && axis.value === 0);
}

function isKept(stmt: Assign, target: Expr, old: Expr, ctx: RuleContext): boolean {
  if (target.kind !== "Name") return ctx.text(target) === ctx.text(old);
  if (ctx.text(target) === ctx.text(old)) return true;
  return readsAfter(stmt, target.id).some((read) => {
    const copy = laidOutAnew(read);
    return isHandedOn(read, ctx) || (copy !== undefined && isKept(copy, read, old, ctx));
  });
}

/** `key = key.contiguous()`, behind which the name still holds the cache. */
function laidOutAnew(read: Name): Assign | undefined {
  const call =
    read.parent?.kind === "Attribute" && read.parent.attr === "contiguous" ? read.parent.parent : undefined;
  const stmt = call?.parent;
  if (call?.kind !== "Call" || stmt?.kind !== "Assign" || stmt.targets.length > 1) return undefined;
  const [target] = stmt.targets;
  return target?.kind === "Name" && target.id === read.id ? stmt : undefined;
}

/** `present = (k, v)`, `cache.append((k, v))`, `return y, (k, v)`, `self.cache_k = k`. */
function isHandedOn(read: Name, ctx: RuleContext): boolean {
  let at: Node = read;
  while (at.parent?.kind === "Tuple" || at.parent?.kind === "List" || at.parent?.kind === "IfExp")
    at = at.parent;
  const holder = at.parent;
  if (holder?.kind === "Return") return at !== read && at.kind === "Tuple" && read.parent !== at;
  if (holder?.kind === "Assign")
    return holder.value === at && holder.targets.some((target) => keptName.test(ctx.text(target)));
  return (
    holder?.kind === "Call" &&
    holder.func.kind === "Attribute" &&
    holder.func.attr === "append" &&
    keptName.test(ctx.text(holder.func.value))
  );
}
