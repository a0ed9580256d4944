import type { Call, ClassDef, Expr, Node, Stmt } from "../syntax/ast.ts";
import type { Chunk } from "../syntax/chunk.ts";
import { walk } from "../syntax/visit.ts";
import { constructorsOf } from "./constructors.ts";
import { gradModeAt } from "./grad-mode.ts";
import { isBackward, loopsAround } from "./loops.ts";
import type { Module } from "./module.ts";
import { definitionOf, qualifiedName } from "./names.ts";
import { lastName, pathOf } from "./paths.ts";
import { reaching, readsAfter } from "./reaching.ts";
import { enclosingDef, methodsOf, statementOf, walkOwn } from "./structure.ts";

/** A statement that runs a model behind its `eval()` while autograd records. */
export interface EvaluatedRegion {
  readonly evalCall: Call;
  /** The first call of the model in the statement. */
  readonly call: Call;
  /** The outermost loop that stands behind the `eval()`, the statement of the call where there is none. */
  readonly stmt: Stmt;
  readonly inLoop: boolean;
}

/** What asks for gradients, says that none are recorded, or exports the graph: the code around it is left alone. */
const speaksOfGradients =
  /^(?:requires_grad_?|grad|autograd|create_graph|retain_grad|jacobian|hessian|vjp|jvp|jacrev|jacfwd|functional_call|volatile|freeze\w*|register_full_backward_hook|register_backward_hook|grad_?cam\w*|attack\w*|saliency\w*|perturb\w*|onnx)$/i;

/** Functions that run a model for its graph, its shapes or its speed, and those whose caller turns gradients off. */
const otherPurpose =
  /^(?:forward|__init__|__call__|setup|training_step|validation_step|test_step|predict_step)$|_step$|export|trace|onnx|script|bench|profile|flops|macs|summary|calibrat|quantiz/i;

/** @param evalCall a call of a method `eval` without arguments */
export function evaluatedCalls(evalCall: Call, chunk: Chunk, module: Module): readonly EvaluatedRegion[] {
  const path = evaluatedPath(evalCall);
  if (path === undefined) return [];
  const def = enclosingDef(evalCall);
  if (def !== undefined && otherPurpose.test(def.name)) return [];
  const scope: readonly Node[] = def?.body ?? chunk.body;
  const facts = factsOf(scope, path);
  const from = evalCall.end;
  const next = (starts: readonly number[]): number =>
    Math.min(...starts.filter((start) => start > from), Number.POSITIVE_INFINITY);
  // Up to where the model is known to be in this mode.
  const until = Math.min(next(facts.otherModes), next(facts.rebound));
  const calls = facts.calls.filter((call) => call.start > from && call.start < until);
  if (calls.length === 0 || facts.speaksOfGradients) return [];
  if (facts.backwards.some((at) => at > from && at < next(facts.otherModes))) return [];
  // Around a loop the training part runs after the `eval()` too: only a `train()` tells them apart.
  if (facts.backwards.length > 0 && !facts.trains) return [];
  if (runsWithoutGrad(calls[0]?.func, module)) return [];
  const regions = new Map<Stmt, EvaluatedRegion>();
  for (const call of calls) {
    const stmt = regionOf(call, from);
    if (stmt === undefined || regions.has(stmt) || gradModeAt(call, module) !== "on") continue;
    const inLoop = loopsAround(call).length > 0;
    if ((!inLoop && isTrial(call, module)) || isReadByNumpy(call, module)) continue;
    regions.set(stmt, { evalCall, call, stmt, inLoop });
  }
  return [...regions.values()];
}

/** `model.eval()` as a statement, or `model = load().eval()`. */
function evaluatedPath(evalCall: Call): string | undefined {
  const parent = evalCall.parent;
  if (parent?.kind === "ExprStmt")
    return evalCall.func.kind === "Attribute" ? pathOf(evalCall.func.value) : undefined;
  const target = parent?.kind === "Assign" && parent.targets.length === 1 ? parent.targets[0] : undefined;
  return target === undefined ? undefined : pathOf(target);
}

interface Facts {
  readonly calls: readonly Call[];
  readonly backwards: readonly number[];
  /** Where the model is put into another mode, or into this one again. */
  readonly otherModes: readonly number[];
  readonly rebound: readonly number[];
  readonly trains: boolean;
  readonly speaksOfGradients: boolean;
}

function factsOf(scope: readonly Node[], path: string): Facts {
  const calls: Call[] = [];
  const backwards: number[] = [];
  const otherModes: number[] = [];
  const rebound: number[] = [];
  let trains = false;
  let gradients = false;
  walkOwn(scope, (node) => {
    if (node.kind === "Attribute" || node.kind === "Keyword" || node.kind === "Name")
      gradients ||= speaksOfGradients.test(nameOf(node));
    if (node.kind === "Assign" || node.kind === "AugAssign") {
      const targets = node.kind === "Assign" ? node.targets : [node.target];
      if (targets.some((target) => pathOf(target) === path)) rebound.push(node.start);
    }
    if (node.kind !== "Call") return;
    if (isBackward(node)) backwards.push(node.start);
    if (isCallOf(node, path)) calls.push(node);
    if (node.func.kind !== "Attribute" || (node.func.attr !== "train" && node.func.attr !== "eval")) return;
    const isSame = pathOf(node.func.value) === path;
    if (node.func.attr === "train") trains = true;
    // `task.train()` may well switch the model that the task holds.
    if (isSame || node.func.attr === "train") otherModes.push(node.start);
  });
  return { calls, backwards, otherModes, rebound, trains, speaksOfGradients: gradients };
}

const nameOf = (node: Extract<Node, { readonly kind: "Attribute" | "Keyword" | "Name" }>): string =>
  node.kind === "Attribute" ? node.attr : node.kind === "Name" ? node.id : (node.name ?? "");

/** `model(...)`, `model.forward(...)`, and the module that a wrapper holds: `model.module(...)`, `model.network(...)`. */
function isCallOf(call: Call, path: string): boolean {
  const callee = pathOf(call.func);
  if (callee === undefined || !callee.startsWith(path)) return false;
  return /^(?:|\.(?:forward|module|network|net|model))$/.test(callee.slice(path.length));
}

function regionOf(call: Call, from: number): Stmt | undefined {
  const behind = loopsAround(call).filter((loop) => loop.start > from);
  return behind[behind.length - 1] ?? statementOf(call);
}

/** A model of this file whose `forward` turns gradients off itself. */
function runsWithoutGrad(callee: Expr | undefined, module: Module): boolean {
  if (callee === undefined) return false;
  return (constructorsOf(callee, module) ?? []).some((made) => {
    const definition = definitionOf(made.func, module)?.node;
    return definition?.kind === "ClassDef" && forwardMentionsGrad(definition);
  });
}

function forwardMentionsGrad(cls: ClassDef): boolean {
  const forward = methodsOf(cls).get("forward") ?? methodsOf(cls).get("__call__");
  let found = false;
  if (forward !== undefined)
    walk(forward, (node) => {
      if (node.kind === "Attribute" || node.kind === "Name")
        found ||= /no_grad|inference_mode|set_grad_enabled/.test(nameOf(node));
      return !found;
    });
  return found;
}

/**
 * NumPy is given what the model returns, as it is or in part. It would refuse a tensor that autograd recorded or that
 * lies on a GPU, so the model hands out arrays and turns gradients off itself.
 */
function isReadByNumpy(call: Call, module: Module): boolean {
  const stmt = call.parent;
  if (stmt?.kind !== "Assign" || stmt.value !== call) return false;
  const targets = stmt.targets.flatMap((target) =>
    target.kind === "Tuple" || target.kind === "List" ? target.elts : [target],
  );
  return targets.some(
    (target) =>
      target.kind === "Name" && readsAfter(stmt, target.id).some((read) => isNumpyArgument(read, module)),
  );
}

/** `np.where(read == 1)`, `np.hstack((read[0], ...))`, but not what methods make of it first. */
function isNumpyArgument(read: Node, module: Module): boolean {
  let at = read;
  for (let parent = at.parent; parent !== undefined; parent = at.parent) {
    if (parent.kind === "Call")
      return parent.args.some((arg) => arg === at) && isOfNumpy(qualifiedName(parent.func, module));
    const isPart = parent.kind === "Subscript" && parent.value === at;
    if (!isPart && parent.kind !== "Compare" && parent.kind !== "Tuple" && parent.kind !== "List")
      return false;
    at = parent;
  }
  return false;
}

const isOfNumpy = (name: string | undefined): boolean => name?.startsWith("numpy.") === true;

/** One run on made-up values, to see shapes or to warm up; or an output that the caller gets and may differentiate. */
function isTrial(call: Call, module: Module): boolean {
  const isMadeUp = call.args.some((arg) => isInvented(arg, module));
  const isDummy = call.args.some((arg) => /dummy|fake|example/i.test(lastName(arg) ?? ""));
  return isMadeUp || isDummy || statementOf(call)?.kind === "Return";
}

/** `torch.randn(1, 3, 224, 224).to(device)`, also through a name. */
function isInvented(arg: Expr, module: Module): boolean {
  const given = arg.kind === "Name" ? reaching(arg) : undefined;
  let at: Expr = given?.kind === "assign" ? given.value : arg;
  while (at.kind === "Call" && at.func.kind === "Attribute" && at.func.value.kind === "Call")
    at = at.func.value;
  const name = at.kind === "Call" ? qualifiedName(at.func, module) : undefined;
  return name !== undefined && /^torch\.(?:zeros|ones|rand|randn|randint|empty|full)$/.test(name);
}
