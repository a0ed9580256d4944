import type { Call, ClassDef, Expr, Name, Stmt } from "../syntax/ast.ts";
import type { Chunk } from "../syntax/chunk.ts";
import { constructorsOf } from "./constructors.ts";
import { enclosingMethod, instanceName } from "./methods.ts";
import type { Module } from "./module.ts";
import { definitionOf, qualifiedName } from "./names.ts";
import { blockOf, mayBind, reaching } from "./reaching.ts";
import { argumentOf, methodsOf, statementOf, walkOwn } from "./structure.ts";
import { isGuardedByMode } from "./training-guard.ts";

export type ActivationKind = "softmax" | "log_softmax" | "sigmoid";

/** Where the values of an expression went through a softmax or sigmoid for certain, with nothing but changes of shape behind it. */
export type ActivationOrigin =
  /** The call stands in the expression itself, or in the statement that gave a name its value. */
  | {
      readonly at: "call";
      readonly kind: ActivationKind;
      readonly call: Call;
      readonly input: Expr;
      /** Innermost first: the assignments between the call and the expression. */
      readonly through: readonly Stmt[];
    }
  /** The last step of a model whose definition is in this file; `chunk` is `undefined` for the chunk asked from. */
  | {
      readonly at: "model";
      readonly kind: ActivationKind;
      readonly node: Expr;
      readonly chunk: Chunk | undefined;
      readonly model: string;
    };

const functions: Readonly<Record<string, ActivationKind>> = {
  "torch.softmax": "softmax",
  "torch.special.softmax": "softmax",
  "torch.nn.functional.softmax": "softmax",
  "torch.log_softmax": "log_softmax",
  "torch.special.log_softmax": "log_softmax",
  "torch.nn.functional.log_softmax": "log_softmax",
  "torch.sigmoid": "sigmoid",
  "torch.special.expit": "sigmoid",
  "torch.nn.functional.sigmoid": "sigmoid",
};

const layers: Readonly<Record<string, ActivationKind>> = {
  "torch.nn.Softmax": "softmax",
  "torch.nn.Softmax2d": "softmax",
  "torch.nn.LogSoftmax": "log_softmax",
  "torch.nn.Sigmoid": "sigmoid",
};

/** Methods that move or cast values and leave each of them what it is. */
const shapeOnly = new Set([
  "view",
  "reshape",
  "permute",
  "transpose",
  "squeeze",
  "unsqueeze",
  "flatten",
  "contiguous",
  "float",
  "double",
  "to",
  "cuda",
  "cpu",
  "clone",
]);

const maxDepth = 6;

export function activationOrigin(expr: Expr, module: Module, depth = maxDepth): ActivationOrigin | undefined {
  if (depth === 0) return undefined;
  if (expr.kind === "Name") {
    const given = reaching(expr);
    if (given === undefined) return activationOfElement(expr, module, depth - 1);
    if (given.kind !== "assign") return undefined;
    const origin = activationOrigin(given.value, module, depth - 1);
    return origin?.at === "call" ? { ...origin, through: [...origin.through, given.stmt] } : origin;
  }
  if (expr.kind !== "Call") return undefined;
  const direct = activationCall(expr, module);
  if (direct !== undefined) return { at: "call", call: expr, through: [], ...direct };
  if (expr.func.kind === "Attribute" && shapeOnly.has(expr.func.attr))
    return activationOrigin(expr.func.value, module, depth - 1);
  return activationOfModel(expr.func, module, depth - 1);
}

function activationCall(
  call: Call,
  module: Module,
): { readonly kind: ActivationKind; readonly input: Expr } | undefined {
  const name = qualifiedName(call.func, module);
  const byFunction = name === undefined ? undefined : functions[name];
  if (byFunction !== undefined) {
    const input = argumentOf(call, "input", 0);
    return input === undefined || input === "unknown" ? undefined : { kind: byFunction, input };
  }
  if (name === undefined && call.func.kind === "Attribute") {
    const { attr, value } = call.func;
    const given = call.args.length + call.keywords.length;
    if (attr === "sigmoid" && given === 0 && !isInstance(value)) return { kind: attr, input: value };
    if ((attr === "softmax" || attr === "log_softmax") && given > 0 && !isInstance(value))
      if (argumentOf(call, "dim", 0) !== undefined) return { kind: attr, input: value };
  }
  const layer = layerKind(call.func, module);
  const input = call.args[0];
  return layer === undefined || input === undefined || input.kind === "Starred"
    ? undefined
    : { kind: layer, input };
}

/** `self.softmax(x)` is a layer of the module, not a method of a tensor. */
function isInstance(value: Expr): boolean {
  const place = value.kind === "Name" ? enclosingMethod(value) : undefined;
  return place !== undefined && value.kind === "Name" && value.id === instanceName(value, place.method);
}

function layerKind(callee: Expr, module: Module): ActivationKind | undefined {
  const kinds = constructorsOf(callee, module)?.map((made) => {
    const name = qualifiedName(made.func, module);
    return name === undefined ? undefined : layers[name];
  });
  const first = kinds?.[0];
  return kinds?.every((kind) => kind === first) ? first : undefined;
}

/** The softmax at the end of the one model that `callee` can be: a class of this file, or an `nn.Sequential`. */
function activationOfModel(
  callee: Expr,
  module: Module,
  depth: number,
  element?: number,
): ActivationOrigin | undefined {
  const place = enclosingMethod(callee);
  if (place !== undefined && callee.kind === "Name" && callee.id === instanceName(callee, place.method))
    return activationOfForward(place.cls, undefined, module, depth, element);
  const [made, ...others] = constructorsOf(callee, module) ?? [];
  if (made === undefined || others.length > 0) return undefined;
  if (element === undefined && qualifiedName(made.func, module) === "torch.nn.Sequential") {
    const last = made.args[made.args.length - 1];
    const name = last?.kind === "Call" ? qualifiedName(last.func, module) : undefined;
    const kind = name === undefined ? undefined : layers[name];
    if (last === undefined || kind === undefined) return undefined;
    return { at: "model", kind, node: last, chunk: chunkOf(last, module), model: "nn.Sequential" };
  }
  const definition = definitionOf(made.func, module);
  return definition?.node.kind === "ClassDef"
    ? activationOfForward(definition.node, definition.chunk, module, depth, element)
    : undefined;
}

/** `validity, label = model(x)`, in the block of the use: what `forward` returns at that place. */
function activationOfElement(use: Name, module: Module, depth: number): ActivationOrigin | undefined {
  const stmt = statementOf(use);
  const block = stmt === undefined ? undefined : blockOf(stmt);
  if (stmt === undefined || block === undefined) return undefined;
  const giver = block.slice(0, block.indexOf(stmt)).findLast((before) => mayBind(before, use.id));
  const target = giver?.kind === "Assign" && giver.targets.length === 1 ? giver.targets[0] : undefined;
  if (giver?.kind !== "Assign" || target?.kind !== "Tuple" || giver.value.kind !== "Call") return undefined;
  if (target.elts.some((elt) => elt.kind !== "Name")) return undefined;
  const element = target.elts.findIndex((elt) => elt.kind === "Name" && elt.id === use.id);
  return element === -1 ? undefined : activationOfModel(giver.value.func, module, depth, element);
}

/**
 * Only when every `return` of `forward` is one and no mode decides which.
 * @param element the place in the returned tuple, when the caller takes it apart
 */
function activationOfForward(
  cls: ClassDef,
  chunk: Chunk | undefined,
  module: Module,
  depth: number,
  element: number | undefined,
): ActivationOrigin | undefined {
  const forward = methodsOf(cls).get("forward");
  if (forward === undefined || forward.isGenerator) return undefined;
  const origins: (ActivationOrigin | undefined)[] = [];
  walkOwn(forward.body, (node) => {
    if (node.kind !== "Return") return;
    const value =
      element === undefined
        ? node.value
        : node.value?.kind === "Tuple"
          ? node.value.elts[element]
          : undefined;
    const origin =
      value === undefined || isGuardedByMode(node) ? undefined : activationOrigin(value, module, depth);
    const isGuarded = origin?.at === "call" && isGuardedByMode(origin.call);
    origins.push(isGuarded ? undefined : origin);
  });
  const first = origins[0];
  if (first === undefined || origins.some((origin) => origin?.kind !== first.kind)) return undefined;
  return {
    at: "model",
    kind: first.kind,
    node: first.at === "call" ? first.call : first.node,
    chunk: first.at === "call" ? chunk : (first.chunk ?? chunk),
    model: cls.name,
  };
}

/** The chunk that a node at the top of the module stands in; `undefined` for one inside a definition. */
function chunkOf(node: Expr, module: Module): Chunk | undefined {
  let top: typeof node.parent = node;
  while (top.parent !== undefined) top = top.parent;
  const name = top.kind === "Assign" && top.targets[0]?.kind === "Name" ? top.targets[0].id : undefined;
  return name === undefined
    ? undefined
    : module.bindings(name).find((found) => found.chunk.body.some((stmt) => stmt === top))?.chunk;
}
