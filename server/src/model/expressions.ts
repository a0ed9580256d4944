import type { Unknown } from "../base/known.ts";
import type * as ast from "../syntax/ast.ts";
import { attribute } from "./attributes.ts";
import { evaluateCall } from "./call-expression.ts";
import { dictComprehension, generatorExpression, listComprehension } from "./comprehension.ts";
import { dictSet } from "./dicts.ts";
import { eitherSide, type Outcome } from "./either-side.ts";
import { oneOfTwo } from "./either-value.ts";
import { converted, formatValue } from "./format.ts";
import { makeFunction } from "./functions.ts";
import { append, collect } from "./iterate.ts";
import { Ended, type Frame, type Machine } from "./machine.ts";
import { isOpen } from "./open-ends.ts";
import { changesNothingElse, tellLasting } from "./open-models.ts";
import { binary, compare, unary } from "./operators.ts";
import { plainUnknown } from "./plain-unknown.ts";
import { privateName } from "./private-name.ts";
import { ofUnknownKey, reasonOf } from "./reasons.ts";
import { load, storeOutside } from "./scope.ts";
import { setOf } from "./set-of.ts";
import { isOnTheWay } from "./skipped-rounds.ts";
import { noteSkipped } from "./skipped-work.ts";
import { getItem } from "./subscript.ts";
import { dict, ellipsis, float, isUnknown, list, none, tuple, type Value } from "./values.ts";

export function evaluate(m: Machine, node: ast.Expr, frame: Frame): Value {
  switch (node.kind) {
    case "Name":
      return load(m, frame, node.id);
    case "Attribute":
      return evaluateAttribute(m, node, frame);
    case "Call":
      return evaluateCall(m, node, frame);
    case "Int":
    case "Str":
    case "Bool":
      return node.value;
    case "None":
      return none;
    case "Float":
      return float(node.value);
    case "BinOp":
      return evaluateBinary(m, node, frame);
    case "Subscript":
      return evaluateSubscript(m, node, frame);
    case "Compare":
      return evaluateCompare(m, node, frame);
    case "Tuple":
      return tuple(elements(m, node.elts, frame));
    case "List":
      return list(elements(m, node.elts, frame));
    case "BoolOp":
      return evaluateBool(m, node, frame);
    case "UnaryOp":
      return unary(m, node.op, evaluate(m, node.operand, frame));
    case "IfExp":
      return evaluateConditional(m, node, frame);
    case "FString":
      return evaluateFString(m, node, frame);
    case "Slice":
      return {
        kind: "slice",
        lower: node.lower === undefined ? none : evaluate(m, node.lower, frame),
        upper: node.upper === undefined ? none : evaluate(m, node.upper, frame),
        step: node.step === undefined ? none : evaluate(m, node.step, frame),
      };
    case "Dict":
      return evaluateDict(m, node, frame);
    case "Set":
      return setOf(m, elements(m, node.elts, frame), false);
    case "Lambda":
      return makeFunction(m, node, frame);
    case "ListComp":
      return listComprehension(m, node, frame, list);
    case "SetComp":
      return listComprehension(m, node, frame, (items) => setOf(m, items, false));
    case "GeneratorExp":
      return generatorExpression(m, node, frame);
    case "DictComp":
      return dictComprehension(m, node, frame);
    case "Starred":
      return evaluate(m, node.value, frame);
    case "NamedExpr": {
      const value = evaluate(m, node.value, frame);
      if (node.target.kind === "Name") storeOutside(frame, node.target.id, value);
      return value;
    }
    case "Await":
      return evaluate(m, node.value, frame);
    case "Ellipsis":
      return ellipsis;
    case "Bytes":
      return { kind: "bytes", value: node.value };
    case "Imaginary":
      return { kind: "complex", re: 0, im: node.value };
    case "Yield":
    case "YieldFrom":
      m.note("a `yield` inside an expression", "it is not interpreted");
      return m.unknown("a `yield` inside an expression");
    case "Invalid":
      m.note("code that is not Python", "it could not be read");
      return m.unknown("code that is not Python");
  }
}

function evaluateAttribute(m: Machine, node: ast.Attribute, frame: Frame): Value {
  const object = evaluate(m, node.value, frame);
  at(frame, node);
  return attribute(m, object, privateName(node.attr, frame));
}

function at(frame: Frame, node: ast.Expr): void {
  frame.start = node.start;
  frame.end = node.end;
}

function evaluateBinary(m: Machine, node: ast.BinOp, frame: Frame): Value {
  const left = evaluate(m, node.left, frame);
  const right = evaluate(m, node.right, frame);
  at(frame, node);
  return binary(m, node.op, left, right);
}

function evaluateSubscript(m: Machine, node: ast.Subscript, frame: Frame): Value {
  const object = evaluate(m, node.value, frame);
  const index = evaluate(m, node.index, frame);
  at(frame, node);
  return getItem(m, object, index);
}

/** Items of a display or of an argument list, with `*value` spread out. */
function elements(m: Machine, nodes: readonly ast.Expr[], frame: Frame): Value[] {
  const items: Value[] = [];
  for (const node of nodes) {
    if (node.kind !== "Starred") {
      items.push(evaluate(m, node, frame));
      continue;
    }
    append(m, items, collect(m, evaluate(m, node.value, frame)));
  }
  return items;
}

function evaluateCompare(m: Machine, node: ast.Compare, frame: Frame): Value {
  let left = evaluate(m, node.left, frame);
  let result: Value = true;
  for (const [i, op] of node.ops.entries()) {
    const next = node.comparators[i];
    if (next === undefined) break;
    const right = evaluate(m, next, frame);
    at(frame, node);
    result = compare(m, op, left, right);
    if (node.ops.length === 1) return result;
    const known = m.truth(result);
    if (known !== true) return result;
    left = right;
  }
  return result;
}

/** An unknown operand leaves the answer open only if the other operand does not settle it. */
function evaluateBool(m: Machine, node: ast.BoolOp, frame: Frame): Value {
  const settles = node.op === "or";
  let open: Value | undefined;
  let value: Value = none;
  const last = node.values.length - 1;
  for (const [i, part] of node.values.entries()) {
    const { opCount } = m.context.graph;
    value = evaluate(m, part, frame);
    if (i === last && open === undefined) return value;
    if (open !== undefined && hasProducts(m, opCount)) {
      at(frame, node);
      m.note(
        `\`${node.op}\``,
        `whether what stands behind it runs is unknown: ${reasonOf([open], "it depends on what is not known")}`,
      );
    }
    const known = m.truth(value);
    if (known === settles && (open === undefined || typeof value === "boolean")) return value;
    if (known === settles) break;
    if (known === undefined) open ??= value;
  }
  if (open === undefined) return value;
  return isUnknown(open) ? open : m.unknown(reasonOf([open], `\`${node.op}\` of something unknown`));
}

/** Whether ops since one multiply matrices. */
const hasProducts = ({ context: { graph } }: Machine, from: number): boolean =>
  graph.opCount > from && graph.between(from, graph.opCount).some(({ work }) => work.macs !== 0);

function evaluateConditional(m: Machine, node: ast.IfExp, frame: Frame): Value {
  const { occupied } = m.guards;
  const test = evaluate(m, node.test, frame);
  const known = m.truth(test);
  if (known !== undefined) {
    if (m.guards.occupied !== occupied) noteSkipped(m, [known ? node.orelse : node.body]);
    return evaluate(m, known ? node.body : node.orelse, frame);
  }
  const why = isUnknown(test) ? test.why : "the condition is a tensor's value";
  if (isPlain(node.body) && isPlain(node.orelse)) {
    const [a, b] = [evaluate(m, node.body, frame), evaluate(m, node.orelse, frame)];
    if (a === b) return a;
    if (!isTensor(a) || !isTensor(b)) return oneOfTwo(m, why, a, b);
  }
  if (isOpen(m, test, [node.body, node.orelse], frame)) return m.unknown(why);
  let passes: (() => void) | undefined;
  const tell = (): void => m.note("a conditional expression", `which side is taken is unknown: ${why}`, true);
  const doubt = (): void => {
    at(frame, node);
    passes = tellLasting(m.state.open, tell);
  };
  const side = (part: ast.Expr) => (): Outcome => ({ ended: Ended.normal, value: evaluate(m, part, frame) });
  const binds = (): ReadonlySet<string> => new Set();
  const settled = eitherSide(m, frame, { why, sides: [side(node.body), side(node.orelse)], doubt, binds });
  if (settled === undefined) doubt();
  if (changesNothingElse(frame)) passes?.();
  const value = settled === undefined ? evaluate(m, node.orelse, frame) : settled.value;
  if (passes === undefined || settled?.isSameResult === true || !isOnTheWay(m, frame)) return value;
  if (settled?.names?.size === 0) passes();
  return m.unknown(why);
}

const isTensor = (value: Value): boolean => typeof value === "object" && value.kind === "tensor";

const isPlain = (node: ast.Expr): boolean =>
  node.kind === "Name" ||
  (node.kind === "UnaryOp" && (node.operand.kind === "Int" || node.operand.kind === "Float")) ||
  node.kind === "Int" ||
  node.kind === "Float" ||
  node.kind === "Str" ||
  node.kind === "None" ||
  node.kind === "Bool";

function evaluateDict(m: Machine, node: ast.Dict, frame: Frame): Value {
  const made = dict();
  for (const item of node.items) {
    if (item.key === undefined) {
      m.updateDict(made, evaluate(m, item.value, frame));
      continue;
    }
    const key = evaluate(m, item.key, frame);
    if (!dictSet(made, key, evaluate(m, item.value, frame)))
      m.note("a dictionary", ofUnknownKey(key, "an entry is stored under an unknown key"));
  }
  return made;
}

function evaluateFString(m: Machine, node: ast.FString, frame: Frame): Value {
  let text = "";
  for (const part of node.parts) {
    const piece = part.kind === "Str" ? part.value : formatField(m, part, frame);
    if (typeof piece !== "string") return piece;
    text += piece;
  }
  return text;
}

function formatField(m: Machine, field: ast.FormattedValue, frame: Frame): string | Unknown {
  const value = evaluate(m, field.value, frame);
  let spec = "";
  for (const part of field.spec) {
    const piece = part.kind === "Str" ? part.value : formatField(m, part, frame);
    if (typeof piece !== "string") return piece;
    spec += piece;
  }
  const conversion = field.conversion ?? (field.debug !== undefined && spec === "" ? "r" : undefined);
  const text = formatValue(m, converted(m, value, conversion), spec);
  return text === undefined
    ? plainUnknown(m, reasonOf([value], "text made of something unknown"))
    : (field.debug ?? "") + text;
}
