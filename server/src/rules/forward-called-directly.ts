/**
 * Checks for modules that are run by `module.forward(x)` instead of `module(x)`.
 *
 * ## Why is this bad?
 * Calling the module is more than its `forward`: hooks run there, among them those by which `torch.compile`, DDP, FSDP, quantization, profilers and
 * `torch.nn.utils` do their work. `forward(x)` goes past all of them without a word: gradients are not synchronized, compiled code is not used, sharded
 * parameters are not gathered.
 *
 * ## Example
 * ```py
 * import torch.nn as nn
 *
 *
 * class Net(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.fc = nn.Linear(8, 8)
 *
 *     def forward(self, x):
 *         return self.fc.forward(x)
 * ```
 *
 * Use instead:
 * ```py
 * import torch.nn as nn
 *
 *
 * class Net(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.fc = nn.Linear(8, 8)
 *
 *     def forward(self, x):
 *         return self.fc(x)
 * ```
 *
 * ## Fix safety
 * Suggestion: hooks run that did not run before. Without hooks the result is the same.
 *
 * ## When not to use it
 * In code that implements hooks or wrappers itself and goes past them on purpose.
 *
 * ## References
 * - [torch.nn.Module.forward](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.forward): "one should call the Module
 *   instance afterwards instead of this since the former takes care of running the registered hooks"
 * - [Code Smells for Machine Learning Applications, "PyTorch Call Method Misused"](https://arxiv.org/abs/2203.13746)
 */
import { constructorsOf } from "../semantic/constructors.ts";
import { enclosingMethod, instanceName } from "../semantic/methods.ts";
import { definitionOf } from "../semantic/names.ts";
import { lastName, pathOf } from "../semantic/paths.ts";
import { enclosingDef } from "../semantic/structure.ts";
import type { Attribute, Call, Expr } from "../syntax/ast.ts";
import { nodesOf } from "../syntax/visit.ts";
import { type Certainty, defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "bug",
  topic: "layers",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  equivalents: [
    { tool: "dslinter", rule: "W5516" },
    { tool: "CodeSmile", rule: "pytorch_call_method_misused" },
  ],
  on: {
    Call(call, ctx) {
      if (call.func.kind !== "Attribute" || call.func.attr !== "forward" || ctx.isTestFile) return;
      const receiver = call.func.value;
      if (isInstanceOrClass(call.func, ctx) || goesPastHooks(call)) return;
      const certainty = moduleCertainty(receiver, ctx);
      if (certainty === undefined) return;
      const name = ctx.text(receiver);
      ctx.report({
        at: { start: call.func.attrStart, end: call.func.end },
        certainty,
        message: `\`${name}.forward(...)\` goes past the module's hooks, and with them past \`torch.compile\`, DDP and FSDP. Call \`${name}(...)\`.`,
        fixes: [
          {
            title: "Call the module itself (its hooks run)",
            safety: "suggestion",
            edits: [{ span: { start: receiver.end, end: call.func.end }, text: "" }],
          },
        ],
      });
    },
  },
});

/** `self.forward(x)`, `super().forward(x)`, `Base.forward(self, x)`: they choose an implementation, not a module. */
function isInstanceOrClass({ value }: Attribute, ctx: RuleContext): boolean {
  if (value.kind === "Call") return true;
  if (/^_?[A-Z]/.test(lastName(value) ?? "")) return true;
  const place = enclosingMethod(value);
  return (
    (place !== undefined && value.kind === "Name" && value.id === instanceName(value, place.method)) ||
    (value.kind === "Name" && /^(?:self|cls)$/.test(value.id)) ||
    definitionOf(value, ctx.module) !== undefined
  );
}

/** Functions whose work is to go past hooks, and custom gradients, whose `forward` is a static method. */
const goesPastHooks = (call: Call): boolean => {
  const def = enclosingDef(call);
  return def !== undefined && /hook|patch|wrap|trace|script|export|^new_forward|_forward$/i.test(def.name);
};

function moduleCertainty(receiver: Expr, ctx: RuleContext): Certainty | undefined {
  const calls = constructorsOf(receiver, ctx.module);
  if (calls === undefined) return isTreatedAsModule(receiver, ctx) ? "likely" : undefined;
  const are = calls.map((made) => {
    const name = ctx.qualified(made.func);
    if (name !== undefined) return /^torch\.nn\.[A-Z]\w*$/.test(name);
    const definition = definitionOf(made.func, ctx.module)?.node;
    return definition?.kind === "ClassDef" && ctx.isModuleClass(definition) === "yes";
  });
  if (are.every(Boolean)) return "certain";
  return calls.every((made) => isOfUnknownType(made, ctx)) && isTreatedAsModule(receiver, ctx)
    ? "likely"
    : undefined;
}

/** What makes the object is not a class that can be seen: `build_model(args)`. */
const isOfUnknownType = (made: Call, ctx: RuleContext): boolean =>
  definitionOf(made.func, ctx.module)?.node.kind !== "ClassDef";

/** The file gives the same name to an object of a plain class that it defines: a parameter may be either. */
const isAlsoMadePlain = (receiver: Expr, ctx: RuleContext): boolean =>
  receiver.kind === "Name" &&
  ctx.module.bindings(receiver.id).some(({ binding }) => {
    if (binding.kind !== "assign" || binding.value.kind !== "Call") return false;
    const made = definitionOf(binding.value.func, ctx.module)?.node;
    return made?.kind === "ClassDef" && ctx.isModuleClass(made) === "no";
  });

const onlyOfModules = ["parameters", "named_parameters", "load_state_dict", "eval"];

/** The file calls methods on it that only modules have: `model.eval()`. */
function isTreatedAsModule(receiver: Expr, ctx: RuleContext): boolean {
  const path = pathOf(receiver);
  return (
    path !== undefined &&
    !isAlsoMadePlain(receiver, ctx) &&
    onlyOfModules.some((name) =>
      ctx.module
        .mentions(name)
        .some((chunk) =>
          nodesOf(chunk.nodes, "Attribute").some((node) => node.attr === name && pathOf(node.value) === path),
        ),
    )
  );
}
