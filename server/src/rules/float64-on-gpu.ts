/**
 * Checks for models and data that are moved to the GPU in double precision.
 *
 * ## Why is this bad?
 * Consumer and inference GPUs compute float64 at 1/32 to 1/64 of their float32 rate, and it takes twice the memory everywhere. It often comes in
 * unasked: numpy makes float64, and `torch.from_numpy` keeps it.
 *
 * GPUs for computing centers (A100, H100) run float64 at half the rate of plain float32, far below that of their tensor cores in 16 bits.
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn as nn
 *
 * model = nn.Linear(128, 10).double().cuda()
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn as nn
 *
 * model = nn.Linear(128, 10).cuda()
 * ```
 *
 * The rule asks for both in one expression: a module that is made, turned to double and moved, or what numpy makes in float64, moved without
 * `.float()`; and for `torch.set_default_dtype(torch.float64)` in a file that names CUDA. Tensors cast for a sum or a metric are left alone.
 *
 * ## Fix safety
 * Suggestion: results lose digits beyond the seventh.
 *
 * ## When not to use it
 * In physics, geometry and optimization that need the digits.
 *
 * ## References
 * - [CUDA programming guide, arithmetic throughput](https://docs.nvidia.com/cuda/cuda-c-programming-guide/#arithmetic-instructions)
 */
import { mentionsAny, speaksOfCuda } from "../semantic/device-evidence.ts";
import { definitionOf } from "../semantic/names.ts";
import { lastName } from "../semantic/paths.ts";
import type { Call, Expr } from "../syntax/ast.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "precision",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (ctx.isTestFile) return;
      const name = lastName(call.func);
      if (name === "double") reportModule(call, ctx);
      else if (name === "from_numpy" || name === "tensor" || name === "as_tensor") reportArray(call, ctx);
      else if (name === "set_default_dtype") reportDefault(call, ctx);
    },
  },
});

/** `Net(...).double()` that is moved to the GPU in the same chain. */
function reportModule(call: Call, ctx: RuleContext): void {
  if (call.func.kind !== "Attribute" || call.args.length > 0 || !isMoved(call, ctx)) return;
  const made = call.func.value;
  if (made.kind !== "Call" || !isModule(made, ctx)) return;
  ctx.report({
    at: call,
    certainty: "likely",
    message:
      "This model computes in float64 on the GPU: at 1/32 to 1/64 of the float32 rate on most of them, with twice the memory. Leave it in float32.",
    fixes: [
      {
        title: "Leave the model in float32 (fewer digits)",
        safety: "suggestion",
        edits: [{ span: { start: made.end, end: call.end }, text: "" }],
      },
    ],
  });
}

function isModule(made: Call, ctx: RuleContext): boolean {
  const local = definitionOf(made.func, ctx.module)?.node;
  if (local?.kind === "ClassDef") return ctx.isModuleClass(local) === "yes";
  return /^torch\.nn\.[A-Z]\w*$/.test(ctx.qualified(made.func) ?? "");
}

/** The chain goes on to `.cuda()`, `.to("cuda")` or `.to(device)` in a file that names CUDA, without a change of type. */
function isMoved(call: Call, ctx: RuleContext): boolean {
  let moved = false;
  for (let at: Expr = call; at.parent?.kind === "Attribute" && at.parent.parent?.kind === "Call"; ) {
    const method = at.parent.attr;
    const next: Call = at.parent.parent;
    if (next.func !== at.parent) break;
    if (
      method === "float" ||
      method === "half" ||
      method === "type" ||
      method === "long" ||
      method === "bfloat16"
    )
      return false;
    if (
      method === "to" &&
      [...next.args, ...next.keywords.map((each) => each.value)].some((arg) =>
        /^(?:float|float16|float32|half|bfloat16|dtype|long|int64)$/.test(lastName(arg) ?? ""),
      )
    )
      return false;
    moved ||= method === "cuda" || (method === "to" && speaksOfCuda(ctx.module));
    at = next;
  }
  return moved;
}

const float64Makers =
  /^numpy\.(?:random\.(?:rand|randn|random|uniform|normal|standard_normal|random_sample)|zeros|ones|linspace|eye)$/;

/** `torch.from_numpy(np.random.rand(n)).cuda()`. */
function reportArray(call: Call, ctx: RuleContext): void {
  const [array] = call.args;
  const name = ctx.qualified(call.func) ?? "";
  if (
    array?.kind !== "Call" ||
    call.keywords.length > 0 ||
    !/^torch\.(?:from_numpy|tensor|as_tensor)$/.test(name)
  )
    return;
  const isDouble =
    float64Makers.test(ctx.qualified(array.func) ?? "") &&
    !array.keywords.some((each) => each.name === "dtype" || each.name === undefined);
  if (!isDouble || array.args.some(isType) || !isMoved(call, ctx)) return;
  ctx.report({
    at: call,
    certainty: "likely",
    message: `numpy makes float64, and \`${ctx.text(call.func)}\` keeps it: what computes with this on the GPU runs at 1/32 to 1/64 of the float32 rate on most of them. Convert it with \`.float()\`.`,
    fixes: [
      {
        title: "Convert to float32 first (fewer digits)",
        safety: "suggestion",
        edits: [{ span: { start: call.end, end: call.end }, text: ".float()" }],
      },
    ],
  });
}

const isType = (arg: Expr): boolean => /^(?:u?int|float|bool)\d*$/.test(lastName(arg) ?? "");

/** Names of work that needs the digits. */
const scientific = ["gradcheck", "LBFGS", "grad", "solve_ivp", "odeint", "lstsq", "eigh", "svd", "cholesky"];

function reportDefault(call: Call, ctx: RuleContext): void {
  const [type] = call.args;
  if (type === undefined || ctx.qualified(call.func) !== "torch.set_default_dtype") return;
  if (!/^torch\.(?:float64|double)$/.test(ctx.qualified(type) ?? "") || !speaksOfCuda(ctx.module)) return;
  if (mentionsAny(scientific, ctx.module)) return;
  ctx.report({
    at: type,
    certainty: "likely",
    message:
      "Every tensor of this program becomes float64: on most GPUs that computes at 1/32 to 1/64 of the float32 rate, with twice the memory. Keep float32 as the default.",
    fixes: [
      {
        title: "Make float32 the default (fewer digits)",
        safety: "suggestion",
        edits: [{ span: type, text: ctx.text(type).replace(/(?:float64|double)$/, "float32") }],
      },
    ],
  });
}
