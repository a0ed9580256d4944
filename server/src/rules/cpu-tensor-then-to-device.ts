/**
 * Checks for tensors that are made on the host and moved to a device in the same expression.
 *
 * ## Why is this bad?
 * `torch.zeros(n).to(device)` fills memory on the host, copies it over the bus, and waits for the copy. With `device=device` the device fills the tensor
 * itself. PyTorch's tuning guide asks for it, and its profiler has a pattern for the extra copy. It is small change for a tensor made once,
 * hence a hint there, and an info in a loop or in `forward`.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def train(model, loader, device):
 *     for x in loader:
 *         mask = torch.zeros(x.size(0), 64).to(device)
 *         model(x, mask)
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def train(model, loader, device):
 *     for x in loader:
 *         mask = torch.zeros(x.size(0), 64, device=device)
 *         model(x, mask)
 * ```
 *
 * A generator, or `device="cpu"`, says that the host is meant; the rule is silent then. It is silent about `torch.tensor` too, whose
 * numbers come from Python and are copied either way.
 *
 * ## Fix safety
 * Safe for `zeros`, `ones`, `full`, `eye`, `arange` over whole numbers and `empty`. A suggestion for random numbers, which come from another stream on
 * the device, and for `linspace`, which may round otherwise there.
 *
 * ## When not to use it
 * Where random numbers have to be the same on all devices.
 *
 * ## References
 * - [PyTorch performance tuning guide, "Create tensors directly on the target device"](https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html)
 */
import { forwardPlace } from "../semantic/forward.ts";
import { enclosingLoop } from "../semantic/structure.ts";
import type { Call, Expr, Keyword } from "../syntax/ast.ts";
import { isDeviceLike } from "./_device.ts";
import { appendArgument } from "./_edits.ts";
import { defineRule, type Fix, type RuleContext } from "./_rule.ts";

const exact = /^torch\.(?:zeros|ones|full|eye|arange|empty)$/;
const random = /^torch\.(?:rand|randn|randint|randperm)$/;
const rounded = /^torch\.(?:linspace|logspace)$/;
/** With these the host is meant, or the call says more than the fix would keep. */
const special = /^(?:device|generator|out|pin_memory|requires_grad|layout|names)$/;

export const rule = defineRule({
  category: "performance",
  topic: "synchronization",
  severity: { certain: "info", likely: "info", possible: "hint" },
  fix: "safe",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (call.func.kind !== "Attribute" || (call.func.attr !== "to" && call.func.attr !== "cuda")) return;
      const made = call.func.value;
      if (made.kind !== "Call" || ctx.isTestFile) return;
      const name = ctx.qualified(made.func);
      if (name === undefined || !(exact.test(name) || random.test(name) || rounded.test(name))) return;
      if (made.keywords.some((keyword) => keyword.name === undefined || special.test(keyword.name))) return;
      const moved = targetOf(call);
      if (moved === undefined || (moved.dtype !== undefined && made.keywords.some((k) => k.name === "dtype")))
        return;
      const isRepeated =
        enclosingLoop(call) !== undefined || forwardPlace(call, ctx.isModuleClass) !== undefined;
      ctx.report({
        at: call,
        certainty: isRepeated ? "certain" : "possible",
        message: `\`${ctx.text(made.func)}\` makes the tensor on the host, and \`.${call.func.attr}()\` copies it to the device and waits. Pass \`device=\` to make it there.`,
        // A comment in the part that goes would go with it.
        ...(ctx.chunk.text.slice(made.end, call.end).includes("#")
          ? { manual: `Pass \`device=\` to \`${ctx.text(made.func)}\`.` }
          : { fixes: [makeThere(call, made, name, moved, ctx)] }),
      });
    },
  },
});

interface Move {
  readonly device: Expr | undefined;
  readonly dtype: Expr | undefined;
}

/** `.to(device)`, `.to(device, torch.float16)`, `.to(device=d, dtype=t)`, `.cuda()`; `undefined` for anything that says more. */
function targetOf(call: Call): Move | undefined {
  const isCuda = call.func.kind === "Attribute" && call.func.attr === "cuda";
  const named = new Map(call.keywords.map((keyword: Keyword) => [keyword.name, keyword.value]));
  const [first, second, ...more] = call.args;
  if (isCuda)
    return call.args.length + call.keywords.length === 0
      ? { device: undefined, dtype: undefined }
      : undefined;
  if (
    more.length > 0 ||
    [...named.keys()].some((name) => !/^(?:device|dtype|non_blocking)$/.test(name ?? ""))
  )
    return undefined;
  const device = first ?? named.get("device");
  const dtype = second ?? named.get("dtype");
  return device !== undefined && isDeviceLike(device) ? { device, dtype } : undefined;
}

function makeThere(call: Call, made: Call, name: string, { device, dtype }: Move, ctx: RuleContext): Fix {
  const options = [`device=${device === undefined ? '"cuda"' : ctx.text(device)}`];
  if (dtype !== undefined) options.push(`dtype=${ctx.text(dtype)}`);
  const hasFloats = name === "torch.arange" && made.args.some((arg) => !isWhole(arg));
  const isSafe = exact.test(name) && !hasFloats && dtype === undefined;
  return {
    title: random.test(name)
      ? "Make it on the device (other random numbers)"
      : isSafe
        ? "Make it on the device"
        : "Make it on the device (may round otherwise)",
    safety: isSafe ? "safe" : "suggestion",
    edits: [
      appendArgument(made, options.join(", "), ctx.chunk.text),
      { span: { start: made.end, end: call.end }, text: "" },
    ],
  };
}

/** Written without a fraction: sizes, counters, integers. */
function isWhole(expr: Expr): boolean {
  switch (expr.kind) {
    case "Int":
      return true;
    case "Call":
      return expr.func.kind === "Attribute"
        ? expr.func.attr === "size"
        : expr.func.kind === "Name" && expr.func.id === "len";
    case "Subscript":
      return expr.value.kind === "Attribute" && expr.value.attr === "shape";
    case "UnaryOp":
      return isWhole(expr.operand);
    case "BinOp":
      return expr.op !== "/" && isWhole(expr.left) && isWhole(expr.right);
    default:
      return false;
  }
}
