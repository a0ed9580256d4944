import type { Attribute, Call, Expr, FunctionDef, Node } from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import type { Loop } from "./loops.ts";
import { enclosingMethod, instanceName } from "./methods.ts";
import type { Module } from "./module.ts";
import { definitionOf, qualifiedName } from "./names.ts";
import { isOptimizer, steppedOptimizer } from "./optimizers.ts";
import { lastName, pathOf } from "./paths.ts";
import { methodsOf, selfAttribute, walkOwn } from "./structure.ts";

/**
 * Whether a loop clears the gradients an optimizer steps on. `others`: it clears those of other optimizers only;
 * `unknown`: something in it that cannot be seen might.
 */
export type Clearing = "yes" | "no" | "others" | "unknown";

const clears = /zero_?grad|clear_?grad|reset_?grad|grads?_to_none|set_to_none/i;
/** Calls that are given an optimizer and leave the gradients alone. */
const harmless =
  /^(?:step|unscale_|update|append|scale|print|len|list|id|type|isinstance|clip_\w+|adjust_\w+|set_\w*lr|get_\w*lr|state_dict|load_state_dict|save\w*|add_param_group)$/;

export function clearingOf(loop: Loop, optimizer: Expr, path: string, module: Module): Clearing {
  let result: Clearing = "no";
  const conclude = (next: Clearing): void => {
    if (rank[next] > rank[result]) result = next;
  };
  walkOwn(loop.body, (node) => {
    if (result === "yes") return;
    if (node.kind === "Call") conclude(clearingByCall(node, optimizer, path, loop, module));
    else if (node.kind === "FunctionDef" || node.kind === "Lambda") {
      if (mentionsClearing(node)) conclude("yes");
    } else if (node.kind === "Assign" || node.kind === "AugAssign") {
      const targets = node.kind === "Assign" ? node.targets : [node.target];
      // `p.grad = None`, and an optimizer made anew in each turn.
      if (targets.some((target) => isGrad(target) || pathOf(target) === path || unpacksTo(target, path)))
        conclude("yes");
    } else if (node.kind === "Delete" && node.targets.some(isGrad)) conclude("yes");
  });
  return result;
}

const rank: Readonly<Record<Clearing, number>> = { no: 0, others: 1, unknown: 2, yes: 3 };

const isGrad = (target: Expr): boolean => target.kind === "Attribute" && target.attr === "grad";

const unpacksTo = (target: Expr, path: string): boolean =>
  (target.kind === "Tuple" || target.kind === "List") && target.elts.some((elt) => pathOf(elt) === path);

function clearingByCall(call: Call, optimizer: Expr, path: string, loop: Loop, module: Module): Clearing {
  // `sam.first_step(zero_grad=True)`
  if (call.keywords.some((keyword) => clears.test(keyword.name ?? ""))) return "yes";
  const name = lastName(call.func);
  if (name === undefined)
    return call.func.kind === "Call" ? clearingByCall(call.func, optimizer, path, loop, module) : "no";
  if (clears.test(name)) return clearsOthersOnly(call, path, loop, module) ? "others" : "yes";
  if (
    call.func.kind === "Attribute" &&
    isGradTensor(call.func.value) &&
    /^(?:zero_|fill_|copy_|data)$/.test(name)
  )
    return "yes";
  const definition = calledFunction(call, module);
  if (definition !== undefined) return mentionsClearing(definition) ? "yes" : "no";
  const isGiven =
    call.args.some((arg) => pathOf(arg) === path) || call.keywords.some((k) => pathOf(k.value) === path);
  if (isGiven && !harmless.test(name) && !(qualifiedName(call.func, module) ?? "").startsWith("torch."))
    return "unknown";
  // A method that is inherited may do anything with what the instance holds.
  const isOwn =
    call.func.kind === "Attribute" &&
    call.func.value.kind === "Name" &&
    path.startsWith(`${call.func.value.id}.`);
  return isOwn && inheritedMethod(call) ? "unknown" : "no";
}

/** `p.grad.zero_()`, `p.grad.data.fill_(0)`. */
const isGradTensor = (expr: Expr): boolean =>
  expr.kind === "Attribute" && (expr.attr === "grad" || (expr.attr === "data" && isGrad(expr.value)));

/** The call clears another optimizer that the same loop steps too: what this one steps on stays. */
function clearsOthersOnly(call: Call, path: string, loop: Loop, module: Module): boolean {
  if (call.func.kind !== "Attribute" || call.func.attr !== "zero_grad") return false;
  const receiver = pathOf(call.func.value);
  if (receiver === undefined || receiver === path || isLoopVariable(path, loop)) return false;
  let isStepped = false;
  walkOwn(loop.body, (node) => {
    const stepped = node.kind === "Call" ? steppedOptimizer(node) : undefined;
    if (stepped !== undefined && pathOf(stepped) === receiver && isOptimizer(stepped, module) !== undefined)
      isStepped = true;
  });
  return isStepped;
}

function isLoopVariable(path: string, loop: Loop): boolean {
  let found = false;
  walkOwn([loop], (node) => {
    if (node.kind === "For" && (pathOf(node.target) === path || unpacksTo(node.target, path))) found = true;
  });
  return found;
}

function calledFunction(call: Call, module: Module): FunctionDef | undefined {
  const definition = definitionOf(call.func, module)?.node;
  if (definition?.kind === "FunctionDef") return definition;
  const place = enclosingMethod(call);
  const own = place && selfAttribute(call.func, instanceName(call, place.method));
  return place === undefined || own === undefined ? undefined : methodsOf(place.cls).get(own);
}

function inheritedMethod(call: Call): boolean {
  const place = enclosingMethod(call);
  const own = place && selfAttribute(call.func, instanceName(call, place.method));
  return (
    place !== undefined &&
    own !== undefined &&
    place.cls.bases.length > 0 &&
    !/^(?:log|print|model|net|module|loss|criterion)\w*$/.test(own)
  );
}

/** `p.grad` as such; `torch.autograd.grad(...)` computes gradients and leaves those of the parameters alone. */
const isGradTouched = (at: Attribute): boolean =>
  at.attr === "grad" && !(at.parent?.kind === "Call" && at.parent.func === at);

/** Names that some chunk must mention where a file clears gradients in any way that is not given to it from outside. */
const waysToClear = ["zero_grad", "grad", "zero_grads", "reset_grad", "clear_grad", "clear_grads"];

/** Whether nothing in the whole file clears gradients. */
export const neverClears = (module: Module): boolean => !waysToClear.some((name) => module.isMentioned(name));

const mentions = new WeakMap<Node, boolean>();

/** Whether a function clears gradients somewhere, helpers it defines inside included. */
function mentionsClearing(node: Node): boolean {
  const known = mentions.get(node);
  if (known !== undefined) return known;
  let found = false;
  walk(node, (at) => {
    if (at.kind === "Attribute") found ||= clears.test(at.attr) || isGradTouched(at);
    else if (at.kind === "Name" || at.kind === "Keyword")
      found ||= clears.test((at.kind === "Name" ? at.id : at.name) ?? "");
    return !found;
  });
  mentions.set(node, found);
  return found;
}
