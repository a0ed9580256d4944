import type { Call, Expr, FunctionDef, Node } from "../syntax/ast.ts";
import { nodesOf, walk } from "../syntax/visit.ts";
import type { Module } from "./module.ts";
import { definitionOf, qualifiedName } from "./names.ts";
import { lastName } from "./paths.ts";

/** Whether autograd records what runs at a place. */
export type GradMode = "on" | "off" | "unknown";

const speaksOfGrad = /grad|inference|eval/i;
const maxCallers = 3;

/**
 * The mode at `node` as far as this file tells: `with` statements and decorators around it, switches for the whole file, and
 * the same for those who call the functions around it.
 */
export function gradModeAt(node: Node, module: Module, depth = maxCallers): GradMode {
  const here = lexicalMode(node, module);
  if (here !== "on") return here;
  if (hasSwitch(module)) return "unknown";
  const def = outermostDef(node);
  return def === undefined || depth === 0 ? "on" : modeOfCallers(def, module, depth);
}

function outermostDef(node: Node): FunctionDef | undefined {
  let found: FunctionDef | undefined;
  for (let at = node.parent; at !== undefined; at = at.parent) if (at.kind === "FunctionDef") found = at;
  return found;
}

/** Off for certain callers of this file is not known to be off for all: `unknown`. */
function modeOfCallers(def: FunctionDef, module: Module, depth: number): GradMode {
  for (const chunk of module.mentions(def.name))
    for (const call of nodesOf(chunk.nodes, "Call")) {
      const wrapped = call.args.some((arg) => lastName(arg) === def.name);
      // `evaluate = torch.no_grad()(evaluate)`
      if (wrapped && call.func.kind === "Call" && modeOf(call.func, module) !== "on") return "unknown";
      if (lastName(call.func) !== def.name || isInside(call, def)) continue;
      if (gradModeAt(call, module, depth - 1) !== "on") return "unknown";
    }
  return "on";
}

function isInside(node: Node, container: Node): boolean {
  for (let at: Node | undefined = node; at !== undefined; at = at.parent) if (at === container) return true;
  return false;
}

function lexicalMode(node: Node, module: Module): GradMode {
  let child = node;
  for (let at = node.parent; at !== undefined; child = at, at = at.parent) {
    const exprs =
      at.kind === "With" && at.body.some((stmt) => stmt === child)
        ? at.items.map((item) => item.context)
        : at.kind === "FunctionDef"
          ? at.decorators
          : [];
    for (const expr of exprs) {
      const mode = modeOf(expr, module);
      if (mode !== "on") return mode;
      // The innermost one decides.
      if (/enable_grad|set_grad_enabled/.test(lastName(calleeOf(expr)) ?? "")) return "on";
    }
  }
  return "on";
}

const calleeOf = (expr: Expr): Expr => (expr.kind === "Call" ? expr.func : expr);

/** What a context manager or decorator does to the mode. */
function modeOf(expr: Expr, module: Module): GradMode {
  const callee = calleeOf(expr);
  const args = expr.kind === "Call" ? [...expr.args, ...expr.keywords.map((keyword) => keyword.value)] : [];
  const name = qualifiedName(callee, module);
  if (name === "torch.no_grad" || name === "torch.inference_mode" || name === "torch.set_grad_enabled") {
    const [flag] = args;
    const isOffByFlag = name === "torch.set_grad_enabled";
    if (flag === undefined) return isOffByFlag ? "unknown" : "off";
    if (flag.kind !== "Bool") return "unknown";
    return flag.value === isOffByFlag ? "on" : "off";
  }
  if (name === "torch.enable_grad") return "on";
  // A manager that somebody made before, or that is chosen at run time.
  if (expr.kind !== "Call" && callee.kind !== "Attribute" && expr.parent?.kind === "WithItem")
    return "unknown";
  const definition = definitionOf(callee, module)?.node;
  if (definition !== undefined && mentionsGrad(definition)) return "unknown";
  if (args.some(mentionsGrad)) return "unknown";
  return speaksOfGrad.test(lastName(callee) ?? "") ? "unknown" : "on";
}

function mentionsGrad(node: Node): boolean {
  let found = false;
  walk(node, (at) => {
    if (at.kind === "Attribute") found ||= /grad|inference_mode/.test(at.attr);
    else if (at.kind === "Name") found ||= /grad|inference_mode/.test(at.id);
    return !found;
  });
  return found;
}

/** `torch.set_grad_enabled(False)` as a statement switches until somebody switches back. */
const hasSwitch = (module: Module): boolean =>
  ["set_grad_enabled", "_set_grad_enabled"].some((name) =>
    module
      .mentions(name)
      .some((chunk) =>
        nodesOf(chunk.nodes, "Call").some((call) => lastName(call.func) === name && isStatement(call)),
      ),
  );

const isStatement = (call: Call): boolean => call.parent?.kind === "ExprStmt";
