import { Tensor } from "../graph/tensor.ts";
import type * as ast from "../syntax/ast.ts";
import type { Frame, Machine } from "./machine.ts";
import { arrayTensor } from "./numpy/held.ts";
import { lookUp } from "./scope.ts";
import { isReport } from "./skipped-work.ts";
import type { Value } from "./values.ts";

/**
 * A branch on what only the run knows, while a model is built: where neither side does more than change elements of
 * tensors, sizes and parameters are the same either way, and nothing that is computed there belongs to the forward pass.
 */

/** In-place methods after which a tensor is no longer what it was in more than its elements. */
const reshaping =
  /^(?:resize|set|squeeze|unsqueeze|transpose|swap|t_|requires_grad|share_memory|rename|detach|apply|map|as_strided)/;

/** Functions that make numbers and tensors and do nothing else. */
const pureRoots: ReadonlySet<string> = new Set(["torch", "math", "np", "numpy", "F", "init"]);

const isPath = (node: ast.Expr): boolean =>
  node.kind === "Name" || (node.kind === "Attribute" && isPath(node.value));

/** The tensor that a name, or an attribute of what a name holds, stands for. */
function tensorOf(m: Machine, frame: Frame, node: ast.Expr): Tensor | undefined {
  if (node.kind === "Subscript") return isPure(node.index) ? tensorOf(m, frame, node.value) : undefined;
  if (node.kind === "Name") {
    const found = lookUp(frame, node.id);
    return found === undefined ? undefined : elementsIn(found);
  }
  return isPath(node) ? elementsIn(m.evaluate(node, frame)) : undefined;
}

const elementsIn = (value: Value): Tensor | undefined =>
  value instanceof Tensor ? value : arrayTensor(value);

const rootOf = (node: ast.Expr): string | undefined =>
  node.kind === "Name" ? node.id : node.kind === "Attribute" ? rootOf(node.value) : undefined;

/** To evaluate it changes nothing. */
function isPure(node: ast.Expr): boolean {
  switch (node.kind) {
    case "Name":
    case "Int":
    case "Float":
    case "Bool":
    case "None":
    case "Ellipsis":
      return true;
    case "Attribute":
      return isPath(node);
    case "UnaryOp":
      return isPure(node.operand);
    case "BinOp":
      return isPure(node.left) && isPure(node.right);
    case "Compare":
      return isPure(node.left) && node.comparators.every(isPure);
    case "Subscript":
      return isPure(node.value) && isPure(node.index);
    case "Slice":
      return [node.lower, node.upper, node.step].every((each) => each === undefined || isPure(each));
    case "Tuple":
    case "List":
      return node.elts.every(isPure);
    case "Call":
      return isPureCall(node);
    default:
      return false;
  }
}

function isPureCall(node: ast.Call): boolean {
  const { func } = node;
  if (!node.args.every(isPure) || !node.keywords.every((each) => isPure(each.value))) return false;
  if (func.kind !== "Attribute" || func.attr.endsWith("_")) return false;
  return pureRoots.has(rootOf(func) ?? "");
}

/** `w = -w`, `w = 2 * w`: the elements alone are other ones. */
function isRescaled(node: ast.Expr, name: string): boolean {
  if (node.kind === "Name") return node.id === name;
  if (node.kind === "UnaryOp") return node.op === "-" && isRescaled(node.operand, name);
  if (node.kind !== "BinOp" || (node.op !== "*" && node.op !== "/")) return false;
  return isRescaled(node.left, name)
    ? isNumber(node.right)
    : node.op === "*" && isNumber(node.left) && isRescaled(node.right, name);
}

const isNumber = (node: ast.Expr): boolean =>
  node.kind === "Int" || node.kind === "Float" || (node.kind === "UnaryOp" && isNumber(node.operand));

/** The tensors whose elements the statement changes; `undefined` when it does more. */
function changedBy(m: Machine, frame: Frame, node: ast.Stmt): readonly Tensor[] | undefined {
  const one = (target: ast.Expr): readonly Tensor[] | undefined => {
    const tensor = tensorOf(m, frame, target);
    return tensor === undefined ? undefined : [tensor];
  };
  switch (node.kind) {
    case "Pass":
      return [];
    case "Assign": {
      const [target, ...others] = node.targets;
      if (target === undefined || others.length > 0) return undefined;
      if (target.kind === "Name") return isRescaled(node.value, target.id) ? one(target) : undefined;
      return target.kind === "Subscript" && isPure(node.value) ? one(target) : undefined;
    }
    case "AugAssign":
      return node.op !== "@" && isPure(node.value) ? one(node.target) : undefined;
    case "ExprStmt": {
      const { value } = node;
      if (isReport(value)) return [];
      if (value.kind !== "Call" || value.func.kind !== "Attribute") return undefined;
      const { attr } = value.func;
      const [first] = value.args;
      if (!attr.endsWith("_") || reshaping.test(attr) || !value.args.every(isPure)) return undefined;
      const isInit = /(?:^|\.)init$/.test(pathText(value.func.value));
      return isInit ? first && one(first) : one(value.func.value);
    }
    default:
      return undefined;
  }
}

const pathText = (node: ast.Expr): string =>
  node.kind === "Name" ? node.id : node.kind === "Attribute" ? `${pathText(node.value)}.${node.attr}` : "";

/** Leaves the branch out and forgets what it may change. False when it may do more: nothing has changed then. */
export function changesElements(m: Machine, body: readonly ast.Stmt[], frame: Frame): boolean {
  if (!m.context.graph.isPreparing) return false;
  const changed: Tensor[] = [];
  for (const node of body) {
    const tensors = changedBy(m, frame, node);
    if (tensors === undefined) return false;
    changed.push(...tensors);
  }
  for (const tensor of changed) tensor.meta.storage.write(undefined);
  return true;
}
