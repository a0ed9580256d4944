/**
 * Checks for `autocast` and `GradScaler` from `torch.cuda.amp` and `torch.cpu.amp`.
 *
 * ## Why is this bad?
 * They are deprecated since torch 2.4 and warn at every use; `torch.amp.autocast("cuda")` and `torch.amp.GradScaler("cuda")` do the same for
 * any device. Code that names the device can be moved to another one, and to `bfloat16`, by changing an argument.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def run(model, x):
 *     with torch.cuda.amp.autocast(dtype=torch.bfloat16):
 *         return model(x)
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def run(model, x):
 *     with torch.amp.autocast("cuda", dtype=torch.bfloat16):
 *         return model(x)
 * ```
 *
 * ## Fix safety
 * Safe from torch 2.4 on: the old names call the new ones with these arguments. `autocast` is fixed where the file knows `torch` by that
 * name; the import of an old name that is not used any more stays.
 *
 * ## When not to use it
 * When the code has to run with torch before 2.4 (`torch.amp.GradScaler` came with 2.3). A project that says so gets no finding.
 *
 * ## References
 * - [torch.amp](https://docs.pytorch.org/docs/stable/amp.html)
 */
import type { Edit } from "../base/text.ts";
import { lastName } from "../semantic/paths.ts";
import type { Call, Expr } from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "bug",
  topic: "precision",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "safe",
  since: "0.1.0",
  torch: { from: [2, 4] },
  equivalents: [{ tool: "TorchFix", rule: "TOR101" }],
  on: {
    Call(call, ctx) {
      if (!/^(?:autocast|GradScaler|custom_[fb]wd|\w{1,4})$/.test(lastName(call.func) ?? "")) return;
      const match = /^torch\.(cuda|cpu)\.amp\.(autocast|GradScaler|custom_fwd|custom_bwd)$/.exec(
        ctx.qualified(call.func) ?? "",
      );
      const [, device, name] = match ?? [];
      if (device === undefined || name === undefined || isGuardedByVersion(call)) return;
      const edits = renamed(call, device, name, ctx);
      ctx.report({
        at: call.func,
        certainty: "certain",
        message: `\`torch.${device}.amp.${name}\` is deprecated since torch 2.4 and warns at every use. Name the device instead: \`${replacement(device, name)}\`.`,
        ...(edits === undefined
          ? { manual: `Import \`torch\` and use \`${replacement(device, name)}\`.` }
          : { fixes: [{ title: `Use torch.amp.${name} for "${device}"`, safety: "safe", edits }] }),
      });
    },
  },
});

const replacement = (device: string, name: string): string =>
  name.startsWith("custom") ? `torch.amp.${name}(device_type="${device}")` : `torch.amp.${name}("${device}")`;

/** A fallback for old versions stands in a handler or behind a question for the version. */
function isGuardedByVersion(call: Call): boolean {
  let child: typeof call.parent = call;
  for (let at: typeof call.parent = call.parent; at !== undefined; child = at, at = at.parent) {
    if (at.kind === "ExceptHandler") return true;
    if ((at.kind === "If" || at.kind === "IfExp") && child !== at.test && asksForVersion(at.test))
      return true;
  }
  return false;
}

function asksForVersion(test: Expr): boolean {
  let found = false;
  walk(test, (node) => {
    const name = node.kind === "Name" ? node.id : node.kind === "Attribute" ? node.attr : "";
    found ||= /version|hasattr|torch_?\d|(?:HAS|USE)_(?:NEW|OLD)/i.test(name);
    return !found;
  });
  return found;
}

function renamed(call: Call, device: string, name: string, ctx: RuleContext): readonly Edit[] | undefined {
  if (!isPlainTorch(ctx) || call.args.some((arg) => arg.kind === "Starred")) return undefined;
  const isCustom = name.startsWith("custom");
  if (isCustom && call.args.length > 0) return undefined;
  const edits: Edit[] = [{ span: call.func, text: `torch.amp.${name}` }];
  const isEmpty = call.args.length + call.keywords.length === 0;
  const text = isCustom ? `device_type="${device}"` : `"${device}"`;
  edits.push({
    span: { start: call.argsStart + 1, end: call.argsStart + 1 },
    text: isEmpty ? text : `${text}, `,
  });
  if (name !== "autocast") return edits;
  // `torch.amp.autocast` takes its arguments in another order.
  const names = ["enabled", "dtype", "cache_enabled"];
  call.args.forEach((arg, i) => {
    const keyword = names[i];
    if (keyword !== undefined)
      edits.push({ span: { start: arg.start, end: arg.start }, text: `${keyword}=` });
  });
  return call.args.length > names.length ? undefined : joined(edits);
}

/** Two insertions at one place, as before the only argument, become one. */
function joined(edits: readonly Edit[]): readonly Edit[] {
  const result: Edit[] = [];
  for (const edit of edits) {
    const same = result.findIndex(
      (each) => each.span.start === edit.span.start && each.span.end === edit.span.end,
    );
    const before = result[same];
    if (before === undefined) result.push(edit);
    else result[same] = { span: before.span, text: before.text + edit.text };
  }
  return result;
}

const isPlainTorch = (ctx: RuleContext): boolean => {
  const bindings = ctx.module.bindings("torch");
  return (
    bindings.length > 0 &&
    bindings.every(({ binding }) => binding.kind === "import" && binding.qualified === "torch")
  );
};
