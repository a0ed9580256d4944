/**
 * Checks for a `GradScaler` beside autocast in `bfloat16`.
 *
 * ## Why is this bad?
 * The scaler keeps gradients of `float16` from vanishing below its smallest number. `bfloat16` has the range of float32, so there is nothing to
 * keep: what remains is a pass over all gradients for infinities in every step and a wait for its answer on the host.
 *
 * ## Example
 * ```py
 * import torch
 *
 * scaler = torch.amp.GradScaler("cuda")
 *
 *
 * def update(model, x, optimizer):
 *     optimizer.zero_grad()
 *     with torch.autocast("cuda", dtype=torch.bfloat16):
 *         loss = model(x).mean()
 *     scaler.scale(loss).backward()
 *     scaler.step(optimizer)
 *     scaler.update()
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 * scaler = torch.amp.GradScaler("cuda", enabled=False)
 *
 *
 * def update(model, x, optimizer):
 *     optimizer.zero_grad()
 *     with torch.autocast("cuda", dtype=torch.bfloat16):
 *         loss = model(x).mean()
 *     scaler.scale(loss).backward()
 *     scaler.step(optimizer)
 *     scaler.update()
 * ```
 *
 * Or drop the scaler. Silent unless every `autocast` of the file names `bfloat16`, and when the scaler is told whether it is enabled.
 *
 * ## Fix safety
 * Suggestion: a step whose gradients are infinite is no longer skipped.
 *
 * ## When not to use it
 * When another file runs the model in `float16` with this scaler.
 *
 * ## References
 * - [Gradient scaling](https://docs.pytorch.org/docs/stable/amp.html#gradient-scaling)
 */
import { scalerNames } from "../semantic/grad-scaler.ts";
import { lastName } from "../semantic/paths.ts";
import { argumentOf } from "../semantic/structure.ts";
import type { Call } from "../syntax/ast.ts";
import { nodesOf } from "../syntax/visit.ts";
import { setKeyword } from "./_edits.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "precision",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  torch: { from: [1, 10] },
  on: {
    Call(call, ctx) {
      if (lastName(call.func) !== "GradScaler" || ctx.isTestFile) return;
      if (!scalerNames.has(ctx.qualified(call.func) ?? "")) return;
      const enabled = argumentOf(call, "enabled", undefined);
      const isOn =
        enabled === undefined || (enabled !== "unknown" && enabled.kind === "Bool" && enabled.value);
      if (!isOn || call.args.length > 1 || !onlyBfloat16(ctx)) return;
      ctx.report({
        at: call,
        certainty: "certain",
        message:
          "`bfloat16` has the range of float32: scaling keeps nothing from vanishing, and costs a pass over all gradients and a wait for the device in every step. Drop the scaler, or pass `enabled=False`.",
        fixes: [
          {
            title: "Disable the scaler (steps with infinite gradients are not skipped any more)",
            safety: "suggestion",
            edits: [setKeyword(call, "enabled", "False", ctx.chunk.text)],
          },
        ],
      });
    },
  },
});

/** Every autocast of the file says `bfloat16`, and there is one. */
function onlyBfloat16(ctx: RuleContext): boolean {
  const calls = ctx.module
    .mentions("autocast")
    .flatMap((chunk) => nodesOf(chunk.nodes, "Call").filter((call) => lastName(call.func) === "autocast"));
  return calls.length > 0 && calls.every((call) => isBfloat16(call, ctx));
}

function isBfloat16(call: Call, ctx: RuleContext): boolean {
  const name = ctx.qualified(call.func) ?? "";
  const position =
    name === "torch.cuda.amp.autocast" ? 1 : /^torch\.(?:amp\.)?autocast$/.test(name) ? 1 : undefined;
  const dtype = position === undefined ? undefined : argumentOf(call, "dtype", position);
  return dtype !== undefined && dtype !== "unknown" && ctx.qualified(dtype) === "torch.bfloat16";
}
