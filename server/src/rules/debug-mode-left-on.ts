/**
 * Checks for debugging modes of autograd and CUDA that are switched on for every run.
 *
 * ## Why is this bad?
 * Anomaly detection records a Python traceback for every op of the forward pass and looks for NaN in every gradient of the backward pass.
 * `CUDA_LAUNCH_BLOCKING=1` waits for the GPU after every kernel. Both are for finding one error; left on, every step of every run pays for them. The tuning guide
 * of PyTorch asks to disable them.
 *
 * ## Example
 * ```py
 * import torch
 *
 * torch.autograd.set_detect_anomaly(True)
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 * torch.autograd.set_detect_anomaly(False)
 * ```
 *
 * The rule is silent under a condition (`if args.debug:`), in tests, and in functions and files that are about debugging.
 *
 * ## Fix safety
 * Suggestion: what is computed stays the same; a NaN no longer stops the run with the line that caused it.
 *
 * ## When not to use it
 * While looking for the error.
 *
 * ## References
 * - [PyTorch performance tuning guide, "Disable debugging APIs"](https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html#disable-debugging-apis)
 */
import { argumentOf, enclosingDef } from "../semantic/structure.ts";
import type { Assign, Call, Expr, Node } from "../syntax/ast.ts";
import { defineRule, type Fix, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "energy",
  topic: "autograd",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      const last =
        call.func.kind === "Attribute" ? call.func.attr : call.func.kind === "Name" ? call.func.id : "";
      if (/anomaly/.test(last)) checkAnomaly(call, ctx);
      else if (/Trainer$/.test(last)) checkTrainer(call, ctx);
    },
    Assign(stmt, ctx) {
      checkEnvironment(stmt, ctx);
    },
  },
});

function checkAnomaly(call: Call, ctx: RuleContext): void {
  const name = ctx.qualified(call.func)?.replace("torch.autograd.anomaly_mode.", "torch.autograd.");
  const isSwitch = name === "torch.autograd.set_detect_anomaly";
  if (!isSwitch && name !== "torch.autograd.detect_anomaly") return;
  const mode = isSwitch ? argumentOf(call, "mode", 0) : undefined;
  if (isSwitch && (mode === undefined || mode === "unknown" || mode.kind !== "Bool" || !mode.value)) return;
  if (isMeantForDebugging(call, ctx)) return;
  const flag = mode === "unknown" ? undefined : mode;
  ctx.report({
    at: call,
    certainty: "certain",
    message: `\`${ctx.text(call.func)}\` records a traceback for every op and checks every gradient, in every step of every run. Switch it on only while looking for an error.`,
    ...(flag === undefined
      ? { manual: "Take the code out of the `with` block." }
      : { fixes: [switchOff(flag, "False")] }),
  });
}

const switchOff = (flag: Expr, text: string): Fix => ({
  title: "Switch the debugging mode off (errors tell less)",
  safety: "suggestion",
  edits: [{ span: flag, text }],
});

function checkTrainer(call: Call, ctx: RuleContext): void {
  const flag = call.keywords.find(({ name }) => name === "detect_anomaly")?.value;
  if (flag?.kind !== "Bool" || !flag.value || isMeantForDebugging(call, ctx)) return;
  if (ctx.qualified(call.func) !== "lightning.pytorch.Trainer") return;
  ctx.report({
    at: flag,
    certainty: "certain",
    message:
      "`detect_anomaly=True` records a traceback for every op and checks every gradient, in every step of every run. Switch it on only while looking for an error.",
    fixes: [switchOff(flag, "False")],
  });
}

/** `os.environ["CUDA_LAUNCH_BLOCKING"] = "1"` */
function checkEnvironment(stmt: Assign, ctx: RuleContext): void {
  const [target] = stmt.targets;
  if (target?.kind !== "Subscript" || target.index.kind !== "Str") return;
  if (target.index.value !== "CUDA_LAUNCH_BLOCKING") return;
  const isOn =
    (stmt.value.kind === "Str" && stmt.value.value === "1") ||
    (stmt.value.kind === "Int" && stmt.value.value === 1);
  if (!isOn || ctx.qualified(target.value) !== "os.environ" || isMeantForDebugging(stmt, ctx)) return;
  // Deterministic algorithms asked for it with some versions of CUDA.
  if (ctx.module.isMentioned("use_deterministic_algorithms")) return;
  ctx.report({
    at: stmt,
    certainty: "certain",
    message:
      "`CUDA_LAUNCH_BLOCKING=1` makes every kernel wait for the one before it to finish, in every step of every run. Set it only while looking for an error.",
    fixes: [switchOff(stmt.value, '"0"')],
  });
}

/** A condition decides, or the code around says that it is about debugging. */
function isMeantForDebugging(node: Node, ctx: RuleContext): boolean {
  if (
    ctx.isTestFile ||
    /debug|profil|anomal/i.test(ctx.module.path.slice(ctx.module.path.lastIndexOf("/") + 1))
  )
    return true;
  let child = node;
  for (let at = node.parent; at !== undefined; child = at, at = at.parent) {
    if (at.kind === "If" && child !== at.test && !isMain(at.test)) return true;
    if (at.kind === "IfExp" || at.kind === "BoolOp" || at.kind === "ExceptHandler") return true;
  }
  return /debug|test|nan|anomal|profil/i.test(enclosingDef(node)?.name ?? "");
}

/** `__name__ == "__main__"` */
const isMain = (test: Expr): boolean =>
  test.kind === "Compare" && test.left.kind === "Name" && test.left.id === "__name__";
