/**
 * Checks for programs that turn TensorFloat-32 off while they compute in float32 on a GPU.
 *
 * ## Why is this bad?
 * From Ampere on, tensor cores multiply float32 matrices with inputs rounded to 10 bits of mantissa (TF32) and sums in float32. The
 * [CUDA notes](https://docs.pytorch.org/docs/stable/notes/cuda.html#tensorfloat-32-tf32-on-ampere-and-later-devices) show 0.016 s instead of 0.11 s
 * for a product of 10,240 by 10,240 matrices on an A100, at a relative error of 2.2e-3. `torch.backends.cudnn.allow_tf32 = False` takes it
 * from convolutions, which use it by default; `torch.backends.cuda.matmul.allow_tf32 = False` and the precision `"highest"` keep it from
 * matrix products.
 *
 * It helps nothing on GPUs before Ampere, in 16-bit precision, and where memory is the limit.
 *
 * ## Example
 * ```py
 * import torch
 *
 * torch.backends.cudnn.allow_tf32 = False
 * model = torch.nn.Conv2d(3, 64, 3).cuda()
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 * torch.backends.cudnn.allow_tf32 = True
 * model = torch.nn.Conv2d(3, 64, 3).cuda()
 * ```
 *
 * The rule reports only what is switched off in so many words. It is silent beside seeds and other switches for reproducible runs, under a
 * comment that speaks of precision or reproducibility, where the setting is put back later, in files that use 16-bit floats or measure what they run, and in tests.
 *
 * ## Fix safety
 * Suggestion: results change in the third or fourth digit.
 *
 * ## When not to use it
 * When results must agree with those of other hardware digit by digit.
 *
 * ## References
 * - [torch.set_float32_matmul_precision](https://docs.pytorch.org/docs/stable/generated/torch.set_float32_matmul_precision.html)
 */
import { measuresItself, mentionsAny, speaksOfCuda } from "../semantic/device-evidence.ts";
import { pathOf } from "../semantic/paths.ts";
import { enclosingDef, walkOwn } from "../semantic/structure.ts";
import type { Node } from "../syntax/ast.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "precision",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  torch: { from: [1, 7] },
  on: {
    Assign(stmt, ctx) {
      const [target, ...others] = stmt.targets;
      if (target?.kind !== "Attribute" || target.attr !== "allow_tf32" || others.length > 0) return;
      if (stmt.value.kind !== "Bool" || stmt.value.value) return;
      const name = ctx.qualified(target) ?? "";
      const what = switches[name];
      if (what === undefined || isOnPurpose(stmt, ctx)) return;
      report(stmt.value, `This keeps ${what} from the tensor cores`, "True", ctx);
    },
    Call(call, ctx) {
      const [only] = call.args;
      if (call.func.kind === "Attribute" && call.func.attr !== "set_float32_matmul_precision") return;
      if (only?.kind !== "Str" || only.value !== "highest" || call.args.length > 1) return;
      if (ctx.qualified(call.func) !== "torch.set_float32_matmul_precision" || isOnPurpose(call, ctx)) return;
      report(only, "This keeps matrix products from the tensor cores", '"high"', ctx);
    },
  },
});

const switches: Readonly<Record<string, string>> = {
  "torch.backends.cuda.matmul.allow_tf32": "matrix products",
  "torch.backends.cudnn.allow_tf32": "convolutions",
};

function report(value: Node, what: string, better: string, ctx: RuleContext): void {
  ctx.report({
    at: value,
    certainty: "likely",
    message: `${what} of Ampere and later GPUs: they run at the rate of plain float32. Allow TF32 where three digits are enough.`,
    fixes: [
      {
        title: "Allow TF32 (results change in the third or fourth digit)",
        safety: "suggestion",
        edits: [{ span: value, text: better }],
      },
    ],
  });
}

const lowPrecision = ["autocast", "bfloat16", "float16", "half", "GradScaler"];
const reproducible = /determin|reproduc|precis|numeric|accura|seed|exact|parity|bitwise/i;

function isOnPurpose(node: Node, ctx: RuleContext): boolean {
  if (ctx.isTestFile || !speaksOfCuda(ctx.module) || mentionsAny(lowPrecision, ctx.module)) return true;
  if (measuresItself(ctx.module)) return true;
  const def = enclosingDef(node);
  if (def !== undefined && reproducible.test(def.name)) return true;
  const { text, comments } = ctx.chunk;
  const lineStart = text.lastIndexOf("\n", node.start - 1) + 1;
  const from = text.lastIndexOf("\n", lineStart - 2) + 1;
  const end = text.indexOf("\n", node.end);
  const until = end === -1 ? text.length : end;
  if (
    comments.some(
      (each) =>
        each.start >= from && each.start < until && reproducible.test(text.slice(each.start, each.end)),
    )
  )
    return true;
  return (
    mentionsAny(["manual_seed", "deterministic", "use_deterministic_algorithms"], ctx.module) ||
    isPutBack(node, ctx)
  );
}

/** The same setting is given another value in this function, or kept in a name first. */
function isPutBack(node: Node, ctx: RuleContext): boolean {
  let count = 0;
  walkOwn(enclosingDef(node)?.body ?? ctx.chunk.body, (at) => {
    if (at.kind === "Attribute" && at.attr === "allow_tf32" && (pathOf(at) ?? "").includes(settingOf(node)))
      count++;
  });
  return count > 1;
}

const settingOf = (node: Node): string =>
  node.kind === "Assign" && node.targets[0] !== undefined ? (pathOf(node.targets[0]) ?? "") : "set_float32";
