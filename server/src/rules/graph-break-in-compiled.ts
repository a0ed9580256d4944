/**
 * Checks for code in functions under `torch.compile` that the compiler cannot take into its graph: reads of tensors, prints, clocks, debuggers.
 *
 * ## Why is this bad?
 * At such a call the graph ends, Python runs it, and another graph begins: nothing is fused across it, every part is launched by itself, and a read such as
 * `.item()` waits for the device besides. With `fullgraph=True` it is an error. The documentation lists them as
 * [common graph breaks](https://docs.pytorch.org/docs/stable/compile/programming_model.common_graph_breaks.html).
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * @torch.compile
 * def scale(x):
 *     print(x.shape)
 *     return x * 2
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * @torch.compile
 * def scale(x):
 *     return x * 2
 * ```
 *
 * Seen in functions with the decorator and in functions of the file that are handed to `torch.compile`. Under a condition, such as
 * `if not torch.compiler.is_compiling()`, nothing is reported.
 *
 * ## Fix safety
 * Suggestion: a `print` that stands alone is removed.
 *
 * ## When not to use it
 * When the break is wanted, and in files that set `capture_scalar_outputs` (the rule is silent there).
 *
 * ## References
 * - [Troubleshooting torch.compile](https://docs.pytorch.org/docs/stable/torch.compiler_troubleshooting.html)
 */
import { compilingCall, compilingDecorator, isLeftOut } from "../semantic/compiled.ts";
import { mentionsAny } from "../semantic/device-evidence.ts";
import { callsIn, statementOf } from "../semantic/structure.ts";
import type { Call } from "../syntax/ast.ts";
import { deleteLines } from "./_edits.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "compilation",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  torch: { from: [2, 0] },
  on: {
    FunctionDef(def, ctx) {
      if (!ctx.module.isMentioned("compile") || ctx.isTestFile) return;
      const how = compilingDecorator(def, ctx.module) ?? compilingCall(def, ctx.module);
      if (how === undefined) return;
      for (const call of callsIn(def.body)) {
        const what = breakOf(call, ctx);
        if (what === undefined || isLeftOut(call, def)) continue;
        const stmt = what === "print" && call.parent?.kind === "ExprStmt" ? statementOf(call) : undefined;
        const edit = stmt === undefined ? undefined : deleteLines(stmt, ctx.chunk.text);
        ctx.report({
          at: call,
          certainty: "certain",
          message: `\`${what}\` ends the graph of a compiled function here: what stands before and behind is compiled and launched apart. Move it out, or leave it out while compiling.`,
          ...(edit === undefined
            ? {
                manual:
                  "Move it out of the compiled function, or put it under `if not torch.compiler.is_compiling():`.",
              }
            : { fixes: [{ title: "Remove the print", safety: "suggestion", edits: [edit] }] }),
        });
      }
    },
  },
});

const clocks = /^(?:time\.(?:time|perf_counter|monotonic|sleep)|pdb\.set_trace)$/;

/** What about a call the compiler cannot trace, by the name a user knows it by. */
function breakOf(call: Call, ctx: RuleContext): string | undefined {
  if (call.func.kind === "Name") {
    const { id } = call.func;
    const isBuiltin =
      (id === "print" || id === "breakpoint" || id === "input") && ctx.qualified(call.func) === undefined;
    if (isBuiltin) return id;
  }
  const name = ctx.qualified(call.func);
  if (name !== undefined) return clocks.test(name) ? name : undefined;
  if (call.func.kind !== "Attribute" || call.args.length + call.keywords.length > 0) return undefined;
  const { attr } = call.func;
  if (attr !== "item" && attr !== "tolist") return undefined;
  return mentionsAny(["capture_scalar_outputs"], ctx.module) ? undefined : `.${attr}()`;
}
