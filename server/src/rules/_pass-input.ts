import type { ActivationOrigin } from "../semantic/activation-origin.ts";
import { lineAround } from "../semantic/lines.ts";
import { reaching, reachingBefore, readsAfter } from "../semantic/reaching.ts";
import { statementOf } from "../semantic/structure.ts";
import type { Call, Expr } from "../syntax/ast.ts";
import type { Fix, RuleContext } from "./_rule.ts";

/** An activation that stands in the expression itself or in the statements before it. */
export type CallOrigin = Extract<ActivationOrigin, { readonly at: "call" }>;

/**
 * Gives a loss what an activation was given instead of what it made.
 * @param input the argument of the call `loss` that `origin` was found for
 */
export function passInput(
  input: Expr,
  loss: Call,
  origin: CallOrigin,
  title: string,
  safety: Fix["safety"],
  ctx: RuleContext,
): { readonly fixes?: readonly Fix[]; readonly manual?: string } {
  const manual = `What the ${origin.kind} gives is used for more than this loss: pass the logits here and keep the probabilities for the rest.`;
  const { call, through } = origin;
  const [definition, ...more] = through;
  if (definition === undefined) return { fixes: [unwrap(origin, title, safety, ctx)] };
  const user = statementOf(loss);
  if (
    more.length > 0 ||
    definition.kind !== "Assign" ||
    user === undefined ||
    definition.targets.length !== 1
  )
    return { manual };
  const [target] = definition.targets;
  if (target?.kind !== "Name") return { manual };
  if (readsAfter(definition, target.id).length > 1)
    return passInputInstead(input, origin, title, safety, ctx) ?? { manual };
  if (origin.input.kind !== "Name" || origin.input.id !== target.id)
    return { fixes: [unwrap(origin, title, safety, ctx)] };
  // `out = F.softmax(out, dim=1)` for this loss alone: the whole line goes.
  const lines = definition.value === call ? lineAround(ctx.chunk.text, definition) : undefined;
  if (lines === undefined) return { manual };
  const lineBreak = ctx.chunk.text.startsWith(lines.newline, lines.end) ? lines.newline.length : 0;
  const span = { start: definition.start - lines.indent.length, end: lines.end + lineBreak };
  return { fixes: [{ title, safety, edits: [{ span, text: "" }] }] };
}

/** `probs = F.softmax(logits, dim=1)` that others read too: the loss gets `logits`, when it still means the same. */
function passInputInstead(
  input: Expr,
  origin: CallOrigin,
  title: string,
  safety: Fix["safety"],
  ctx: RuleContext,
): { readonly fixes: readonly Fix[] } | undefined {
  const [definition] = origin.through;
  const user = statementOf(input);
  if (definition?.kind !== "Assign" || definition.value !== origin.call || user === undefined)
    return undefined;
  if (origin.input.kind !== "Name" || input.kind !== "Name") return undefined;
  const then = reaching(origin.input);
  const now = reachingBefore(user, origin.input.id);
  const isSame =
    then !== undefined &&
    now !== undefined &&
    (then.kind === "param" ? now.kind === "param" : now.kind !== "param" && now.stmt === then.stmt);
  if (!isSame) return undefined;
  return {
    fixes: [
      {
        title,
        safety,
        edits: [{ span: input, text: ctx.text(origin.input) }],
      },
    ],
  };
}

function unwrap(origin: CallOrigin, title: string, safety: Fix["safety"], ctx: RuleContext): Fix {
  const { call, input } = origin;
  const text = ctx.text(input);
  const binds = call.parent?.kind === "Attribute" && !/^(?:Name|Attribute|Call|Subscript)$/.test(input.kind);
  return {
    title,
    safety,
    edits: [{ span: call, text: binds ? `(${text})` : text }],
  };
}
