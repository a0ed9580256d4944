/**
 * Checks for operators that are written out of smaller ones although torch has one for the whole.
 *
 * ## Why is this bad?
 * Two kinds of harm. `torch.log(torch.softmax(x, 1))`, `torch.log(torch.sum(torch.exp(x), 1))`, `torch.log(1 + x)` and `torch.exp(x) - 1` lose
 * digits or overflow where the operator for the whole does not: the logarithm of a probability of `exp(-200)` is `-inf` instead of -200. And
 * outside of `torch.compile` every small operator is a kernel of its own that reads and writes the whole tensor: a written-out GELU runs five
 * where `F.gelu` runs one ([tuning guide, "Fuse operations"](https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html#fuse-operations)).
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn.functional as F
 *
 *
 * def log_probabilities(x):
 *     return torch.log(torch.softmax(x, dim=-1))
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn.functional as F
 *
 *
 * def log_probabilities(x):
 *     return F.log_softmax(x, dim=-1)
 * ```
 *
 * Reported: `log_softmax`, `logsumexp` (with an axis: [pytorch#144339](https://github.com/pytorch/pytorch/issues/144339)), `log1p`, `expm1`,
 * `softplus`, `silu`, and `gelu` with both of its formulas. `log1p` and `expm1` are hints. The activations are left alone where the file uses `torch.compile` or
 * TorchScript, which fuse them, and inside an `autograd.Function`. Norms written with `mean` and `rsqrt` are not reported: before torch 2.8
 * `F.rms_norm` runs the same small operators, and most of them cast on the way; `x / x.norm(...)` is not, since `F.normalize` runs one kernel more.
 *
 * ## Fix safety
 * Safe for the logarithms and exponentials: the same values, with more correct digits. A suggestion for activations, which
 * round differently.
 *
 * ## When not to use it
 * When the graph is exported to a runtime that lacks the operator.
 *
 * ## References
 * - [torch.nn.functional](https://docs.pytorch.org/docs/stable/nn.functional.html)
 */
import { mentionsAny } from "../semantic/device-evidence.ts";
import { functionalName } from "../semantic/functional-name.ts";
import {
  type Decomposed,
  decomposedExpm1,
  decomposedGelu,
  decomposedLog,
  decomposedSilu,
  type FusedName,
} from "../semantic/fused-ops.ts";
import { lastName } from "../semantic/paths.ts";
import { enclosingClass } from "../semantic/structure.ts";
import { defineRule, type Fix, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "layers",
  severity: { certain: "info", likely: "info", possible: "hint" },
  fix: "safe",
  since: "0.1.0",
  equivalents: [
    { tool: "TorchFix", rule: "TOR106" },
    { tool: "TorchFix", rule: "TOR107" },
    { tool: "TorchFix", rule: "TOR108", differs: "This rule also reads the methods `x.exp().sum(1).log()`." },
  ],
  on: {
    Call(call, ctx) {
      if (lastName(call.func) !== "log") return;
      const found = decomposedLog(call, ctx.module);
      // A cross entropy wants the logits: both functions are one too many there.
      const isLoss =
        call.parent?.kind === "Call" && /cross_?entropy|criterion/i.test(lastName(call.parent.func) ?? "");
      if (found !== undefined && !isLoss) report(found, ctx);
    },
    BinOp(expr, ctx) {
      const { module } = ctx;
      const found =
        expr.op === "-"
          ? decomposedExpm1(expr, module)
          : expr.op === "*"
            ? (decomposedGelu(expr, module) ?? decomposedSilu(expr, module))
            : undefined;
      if (found !== undefined) report(found, ctx);
    },
  },
});

const reasons: Readonly<Record<FusedName, string>> = {
  log_softmax: "The logarithm of a softmax is `-inf` where the probability underflows",
  logsumexp: "The sum of exponentials overflows where its logarithm would not",
  log1p: "Adding 1 first loses the digits of small values",
  expm1: "Subtracting 1 last loses the digits of small values",
  softplus: "The exponential overflows where the softplus does not",
  silu: "This is SiLU in two kernels",
  gelu: "This is GELU in a kernel for each operator",
};

const fuses: ReadonlySet<FusedName> = new Set(["silu", "gelu"]);
/** Matter for values near 0 only. */
const digits: ReadonlySet<FusedName> = new Set(["log1p", "expm1"]);
const compilers = ["compile", "script", "script_method", "jit"];

function report(found: Decomposed, ctx: RuleContext): void {
  const isForSpeed = fuses.has(found.name);
  if (isForSpeed && (ctx.isTestFile || mentionsAny(compilers, ctx.module) || isInFunction(found, ctx)))
    return;
  const text = replacement(found, ctx);
  const better = text ?? `F.${found.name}(...)`;
  const fix: Fix | undefined =
    text === undefined
      ? undefined
      : {
          title: `Use ${text.slice(0, text.indexOf("("))}${isForSpeed || found.name === "softplus" ? " (rounds differently)" : ""}`,
          safety: isForSpeed || found.name === "softplus" ? "suggestion" : "safe",
          edits: [{ span: found.node, text }],
        };
  ctx.report({
    at: found.node,
    certainty: digits.has(found.name) ? "possible" : isForSpeed ? "likely" : "certain",
    message: `${reasons[found.name]}. \`${better.replace(/\s+/g, " ")}\` is one operator for it.`,
    ...(fix === undefined
      ? { manual: "Import `torch.nn.functional` and call the operator for the whole." }
      : { fixes: [fix] }),
  });
}

/** Writes a gradient by hand, which fusing would not change. */
const isInFunction = (found: Decomposed, ctx: RuleContext): boolean =>
  enclosingClass(found.node)?.bases.some((base) =>
    /Function$/.test(ctx.qualified(base) ?? lastName(base) ?? ""),
  ) === true;

const ofTorch: ReadonlySet<FusedName> = new Set(["logsumexp", "log1p", "expm1"]);

function replacement(found: Decomposed, ctx: RuleContext): string | undefined {
  const F = functionalName(ctx.module);
  const isTorch = ctx.module
    .bindings("torch")
    .every(({ binding }) => binding.kind === "import" && binding.qualified === "torch");
  const owner = ofTorch.has(found.name)
    ? isTorch && ctx.module.bindings("torch").length > 0
      ? "torch"
      : undefined
    : F;
  if (owner === undefined) return undefined;
  const rest = [...found.rest, ...found.keywords].map((each) => ctx.text(each));
  if (found.approximate === true) rest.push('approximate="tanh"');
  return `${owner}.${found.name}(${[ctx.text(found.input), ...rest].join(", ")})`;
}
