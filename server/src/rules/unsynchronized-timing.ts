/**
 * Checks for clocks that are read around GPU work without waiting for it.
 *
 * ## Why is this bad?
 * Kernels are queued and the call returns at once: `time.time()` before and after `model(x)` measures how long Python takes to fill the queue. The number
 * is too small, by a lot for large models, and conclusions drawn from it are about the wrong thing.
 *
 * ## Example
 * ```py
 * import time
 * import torch
 *
 * model = torch.nn.Linear(4096, 4096).cuda()
 * x = torch.randn(4096, 4096, device="cuda")
 * start = time.time()
 * y = model(x)
 * print(time.time() - start)
 * ```
 *
 * Use instead:
 * ```py
 * import time
 * import torch
 *
 * model = torch.nn.Linear(4096, 4096).cuda()
 * x = torch.randn(4096, 4096, device="cuda")
 * torch.cuda.synchronize()
 * start = time.time()
 * y = model(x)
 * torch.cuda.synchronize()
 * print(time.time() - start)
 * ```
 *
 * The rule looks at statements of one block that run a model and nothing that could wait, in files that name CUDA.
 *
 * ## Fix safety
 * There is no automatic fix: whether to wait, or to use `torch.cuda.Event` or `torch.utils.benchmark`, is for you to say.
 *
 * ## When not to use it
 * Where the model runs on the host.
 *
 * ## References
 * - [CUDA semantics, "Asynchronous execution"](https://docs.pytorch.org/docs/stable/notes/cuda.html#asynchronous-execution): "time measurements without synchronizations are not accurate"
 */
import { isMadeBy } from "../semantic/constructors.ts";
import { speaksOfCuda } from "../semantic/device-evidence.ts";
import { definitionOf } from "../semantic/names.ts";
import { lastName } from "../semantic/paths.ts";
import { blockOf } from "../semantic/reaching.ts";
import { statementOf, walkOwn } from "../semantic/structure.ts";
import type { BinOp, Call, Expr, Stmt } from "../syntax/ast.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

const clocks = /^time\.(?:time|perf_counter|monotonic|time_ns|perf_counter_ns)$/;

export const rule = defineRule({
  category: "bug",
  topic: "synchronization",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "none",
  since: "0.1.0",
  on: {
    BinOp(difference, ctx) {
      const from = difference.op === "-" && difference.right.kind === "Name" ? difference.right : undefined;
      if (from === undefined || !isEnd(difference, ctx)) return;
      const end = endOf(difference, ctx);
      const block = end === undefined ? undefined : (blockOf(end) ?? ctx.chunk.body);
      if (end === undefined || block === undefined) return;
      const last = block.indexOf(end);
      const first = block.slice(0, last).findLastIndex((stmt) => startsClock(stmt, from.id, ctx));
      if (first === -1 || !speaksOfCuda(ctx.module)) return;
      const run = runOnly(block.slice(first + 1, last), ctx);
      if (run === undefined) return;
      ctx.report({
        at: difference,
        certainty: "likely",
        message: `This measures how long Python takes to launch \`${ctx.text(run.func)}(...)\`, not how long the GPU takes to run it. Call \`torch.cuda.synchronize()\` before both readings of the clock.`,
        related: [{ chunk: ctx.chunk, span: run, message: "this returns before the GPU is done" }],
        manual: "Call `torch.cuda.synchronize()` before both readings, or use `torch.cuda.Event`.",
      });
    },
  },
});

const isClock = (expr: Expr, ctx: RuleContext): boolean =>
  expr.kind === "Call" && clocks.test(ctx.qualified(expr.func) ?? "");

const isEnd = ({ left }: BinOp, ctx: RuleContext): boolean => left.kind === "Name" || isClock(left, ctx);

/** The statement that reads the clock the second time: that of the difference, or of the name it takes away from. */
function endOf({ left }: BinOp, ctx: RuleContext): Stmt | undefined {
  const stmt = statementOf(left);
  if (stmt === undefined || left.kind !== "Name") return stmt;
  const block = blockOf(stmt) ?? ctx.chunk.body;
  return block.slice(0, block.indexOf(stmt)).findLast((before) => startsClock(before, left.id, ctx));
}

/** `start = time.time()` */
const startsClock = (stmt: Stmt, name: string, ctx: RuleContext): boolean =>
  stmt.kind === "Assign" &&
  stmt.targets.some((target) => target.kind === "Name" && target.id === name) &&
  isClock(stmt.value, ctx);

const modelName =
  /^(?!(?:setup|build|create|get|load|make|init|prepare|compile|save|convert|export|wrap|new|test|train|eval|evaluate|validate|run|fit|play)_)(?:model|net|network|\w+_model|\w+_net|backbone|encoder|decoder|unet|vae)$/i;

/** The call of a model, when the statements run one and call nothing that may wait for it. */
function runOnly(stmts: readonly Stmt[], ctx: RuleContext): Call | undefined {
  let run: Call | undefined;
  let mayWait = false;
  walkOwn(stmts, (node) => {
    if (node.kind !== "Call") return;
    const last = lastName(node.func) ?? "";
    if (isModel(node, last, ctx)) run ??= node;
    else if (!launchesOnly(node, last, ctx)) mayWait = true;
  });
  return mayWait ? undefined : run;
}

function isModel(call: Call, last: string, ctx: RuleContext): boolean {
  // What a function does besides may well wait.
  if (definitionOf(call.func, ctx.module)?.node.kind === "FunctionDef") return false;
  const made = isMadeBy(call.func, ctx.module, (name) =>
    /^torch\.nn\.[A-Z]|^torchvision\.models\./.test(name),
  );
  return made === "yes" || (made === "unknown" && modelName.test(last));
}

/** `range`, `torch.no_grad()`, and what else neither waits nor reads. */
function launchesOnly(call: Call, last: string, ctx: RuleContext): boolean {
  if (/^(?:range|enumerate|zip|len|no_grad|inference_mode|autocast|zero_grad|backward)$/.test(last))
    return true;
  const name = ctx.qualified(call.func);
  return (
    name !== undefined &&
    /^torch\.(?:matmul|relu|softmax|sigmoid|autocast|amp\.\w+|nn\.functional\.\w+)$/.test(name)
  );
}
