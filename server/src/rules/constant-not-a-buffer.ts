/**
 * Checks for constant tensors of a module that are moved to the device in each `forward`.
 *
 * ## Why is this bad?
 * A tensor that is a plain attribute stays where it was made when the module moves. `self.mean.to(x.device)` then copies it from the host to
 * the GPU in every call, and the host waits for that copy. A buffer moves with the module, once.
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Normalize(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.mean = torch.tensor([0.485, 0.456, 0.406])
 *
 *     def forward(self, x):
 *         return x - self.mean.to(x.device)
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Normalize(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]), persistent=False)
 *
 *     def forward(self, x):
 *         return x - self.mean
 * ```
 *
 * ## Fix safety
 * Suggestion: checkpoints stay as they are (`persistent=False`); the tensor follows `module.half()` and the like as well.
 *
 * ## When not to use it
 * For large tables that are meant to stay in the memory of the host, and for tensors that have to keep their precision.
 *
 * ## References
 * - [torch.nn.Module.register_buffer](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_buffer)
 */
import { attributeLoads, attributeValue } from "../semantic/attributes.ts";
import { type ForwardPlace, forwardPlace } from "../semantic/forward.ts";
import { definitionOf } from "../semantic/names.ts";
import { reaching } from "../semantic/reaching.ts";
import {
  callsIn,
  enclosingDef,
  methodsOf,
  selfAttribute,
  selfName,
  statementOf,
} from "../semantic/structure.ts";
import type { Attribute, Call, Expr } from "../syntax/ast.ts";
import { isDeviceLike } from "./_device.ts";
import { defineRule, type Fix, type RuleContext } from "./_rule.ts";

const makers =
  /^torch\.(?:tensor|as_tensor|arange|linspace|zeros|ones|full|eye|empty|from_numpy|FloatTensor|LongTensor|Tensor)$/;

export const rule = defineRule({
  category: "memory",
  topic: "layers",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  torch: { from: [1, 5] },
  on: {
    Call(call, ctx) {
      const moved = movedAttribute(call);
      if (moved === undefined) return;
      const place = forwardPlace(call, ctx.isModuleClass);
      const attr = place && selfAttribute(moved, place.self);
      if (place === undefined || attr === undefined) return;
      const value = attributeValue(place.cls, attr);
      if (value === undefined || enclosingDef(value)?.name !== "__init__") return;
      if (!isMadeOnHost(value, ctx)) return;
      const loads = movesOf(place, attr);
      // One finding per attribute, at its first move.
      if (loads[0] !== call) return;
      const fix = registered(place, attr, value, loads);
      const name = `${place.self ?? "self"}.${attr}`;
      ctx.report({
        at: call,
        certainty: "likely",
        message: `\`${name}\` is a plain attribute and stays on the host when the module moves: each \`forward\` copies it to the device and waits. Register it as a buffer.`,
        related: [{ chunk: ctx.chunk, span: value, message: `\`${name}\` is made here` }],
        ...(fix === undefined
          ? {
              manual: `Use \`register_buffer("${attr}", ..., persistent=False)\`, and read \`${name}\` as it is.`,
            }
          : { fixes: [fix] }),
      });
    },
  },
});

/** `self.mean` in `self.mean.to(x.device)` and `self.mean.cuda()`. */
function movedAttribute(call: Call): Attribute | undefined {
  if (call.func.kind !== "Attribute" || call.func.value.kind !== "Attribute") return undefined;
  if (call.func.attr === "cuda") return call.func.value;
  const [to] = call.args;
  const device = to ?? call.keywords.find(({ name }) => name === "device")?.value;
  return call.func.attr === "to" && device !== undefined && isDeviceLike(device)
    ? call.func.value
    : undefined;
}

/** Whether a value is made by torch on the host: `torch.arange(4).float().view(1, -1)`, or by a function of the file that does. */
function isMadeOnHost(value: Expr, ctx: RuleContext): boolean {
  if (value.kind === "BinOp") return isMadeOnHost(value.left, ctx) || isMadeOnHost(value.right, ctx);
  if (value.kind === "Name") {
    const given = reaching(value);
    return given?.kind === "assign" && given.value.kind !== "Name" && isMadeOnHost(given.value, ctx);
  }
  let at = value;
  while (at.kind === "Call" && at.func.kind === "Attribute" && at.func.value.kind === "Call")
    at = at.func.value;
  // Made on the device by hand: it is where it belongs already.
  if (at.kind !== "Call" || at.keywords.some(({ name }) => name === "device" || name === undefined))
    return false;
  const name = ctx.qualified(at.func);
  if (name !== undefined) return makers.test(name);
  const definition = definitionOf(at.func, ctx.module)?.node;
  return (
    definition?.kind === "FunctionDef" &&
    callsIn(definition.body).some((call) => makers.test(ctx.qualified(call.func) ?? ""))
  );
}

const movesOf = ({ cls }: ForwardPlace, attr: string): readonly Call[] =>
  attributeLoads(cls, attr).flatMap((load) => {
    const call = load.parent?.kind === "Attribute" ? load.parent.parent : undefined;
    return call?.kind === "Call" && call.func === load.parent && movedAttribute(call) === load ? [call] : [];
  });

/** Registers the buffer and leaves out all its moves, when each of them does nothing but move. */
function registered(
  { cls }: ForwardPlace,
  attr: string,
  value: Expr,
  moves: readonly Call[],
): Fix | undefined {
  const stmt = statementOf(value);
  const init = methodsOf(cls).get("__init__");
  const self = init === undefined ? undefined : selfName(init);
  if (stmt?.kind !== "Assign" || stmt.targets.length !== 1 || stmt.value !== value || self === undefined)
    return undefined;
  if (moves.some((move) => move.args.length + move.keywords.length > 1)) return undefined;
  return {
    title: `Register ${attr} as a buffer (it moves and changes type with the module)`,
    safety: "suggestion",
    edits: [
      { span: { start: stmt.start, end: value.start }, text: `${self}.register_buffer("${attr}", ` },
      { span: { start: value.end, end: value.end }, text: ", persistent=False)" },
      ...moves.flatMap((move) =>
        move.func.kind === "Attribute"
          ? [{ span: { start: move.func.value.end, end: move.end }, text: "" }]
          : [],
      ),
    ],
  };
}
