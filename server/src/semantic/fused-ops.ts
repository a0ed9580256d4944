import type { BinOp, Call, Expr } from "../syntax/ast.ts";
import type { Module } from "./module.ts";
import { qualifiedName } from "./names.ts";
import { isSamePath, numberOf } from "./same-expression.ts";

/** Operators written out where torch has one for the whole. */
export type FusedName = "log_softmax" | "logsumexp" | "log1p" | "expm1" | "softplus" | "silu" | "gelu";

export interface Decomposed {
  readonly name: FusedName;
  readonly node: Expr;
  readonly input: Expr;
  /** The arguments behind the input, to be kept as they are written. */
  readonly rest: readonly Expr[];
  readonly keywords: Call["keywords"];
  /** For `gelu`: the approximation by `tanh`. */
  readonly approximate?: boolean;
}

interface Applied {
  readonly name: string;
  readonly input: Expr;
  readonly rest: readonly Expr[];
  readonly keywords: Call["keywords"];
}

/** `torch.exp(x)` and `F.softmax(x, 1)`, and as methods `x.exp()`, `x.softmax(1)` where `methods` names them. */
function applied(expr: Expr, module: Module, names: RegExp): Applied | undefined {
  if (expr.kind !== "Call") return undefined;
  const qualified = qualifiedName(expr.func, module);
  if (qualified !== undefined) {
    const name = /^torch\.(?:nn\.functional\.|special\.)?([a-z_0-9]+)$/.exec(qualified)?.[1];
    const [input, ...rest] = expr.args;
    if (name === undefined || !names.test(name) || input === undefined || input.kind === "Starred")
      return undefined;
    return { name, input, rest, keywords: expr.keywords };
  }
  if (expr.func.kind !== "Attribute" || !names.test(expr.func.attr)) return undefined;
  return { name: expr.func.attr, input: expr.func.value, rest: expr.args, keywords: expr.keywords };
}

const hasOptions = (call: Applied): boolean => call.rest.length + call.keywords.length > 0;

/** `torch.log(...)` and `x.log()` of a softmax, a sum of exponentials, or one plus something. */
export function decomposedLog(call: Call, module: Module): Decomposed | undefined {
  const log = applied(call, module, /^log$/);
  if (log === undefined || hasOptions(log)) return undefined;
  const softmax = applied(log.input, module, /^softmax$/);
  if (softmax !== undefined) return { ...softmax, name: "log_softmax", node: call };
  const sum = applied(log.input, module, /^sum$/);
  const exp = sum === undefined ? undefined : applied(sum.input, module, /^exp$/);
  // `exp(x - x.max())` does not overflow any more.
  const isShifted = exp?.input.kind === "BinOp" && exp.input.op === "-";
  if (sum !== undefined && exp !== undefined && !isShifted && !hasOptions(exp) && hasAxis(sum))
    return { ...sum, name: "logsumexp", node: call, input: exp.input };
  // A method may belong to anything; `torch.log` says what it takes.
  if (qualifiedName(call.func, module) !== "torch.log") return undefined;
  const other = onePlus(log.input);
  if (other === undefined || numberOf(other) !== undefined) return undefined;
  const inner = applied(other, module, /^exp$/);
  if (inner !== undefined && !hasOptions(inner))
    return { name: "softplus", node: call, input: inner.input, rest: [], keywords: [] };
  return { name: "log1p", node: call, input: other, rest: [], keywords: [] };
}

/** An axis is named: over all axes `logsumexp` wants them listed (pytorch#144339). */
function hasAxis(sum: Applied): boolean {
  if (
    sum.keywords.some((each) => each.name === undefined || !/^(?:dim|axis|keepdim|keepdims)$/.test(each.name))
  )
    return false;
  const dim = sum.rest[0] ?? sum.keywords.find((each) => each.name === "dim" || each.name === "axis")?.value;
  return dim !== undefined && dim.kind !== "None" && dim.kind !== "Starred" && sum.rest.length <= 2;
}

const onePlus = (expr: Expr): Expr | undefined => {
  if (expr.kind !== "BinOp" || expr.op !== "+") return undefined;
  if (numberOf(expr.left) === 1) return expr.right;
  return numberOf(expr.right) === 1 ? expr.left : undefined;
};

/** `torch.exp(x) - 1`; as a method it may be anything's. */
export function decomposedExpm1(expr: BinOp, module: Module): Decomposed | undefined {
  if (expr.op !== "-" || numberOf(expr.right) !== 1 || expr.left.kind !== "Call") return undefined;
  if (qualifiedName(expr.left.func, module) !== "torch.exp") return undefined;
  const exp = applied(expr.left, module, /^exp$/);
  if (exp === undefined || hasOptions(exp)) return undefined;
  return { name: "expm1", node: expr, input: exp.input, rest: [], keywords: [] };
}

/** `x * torch.sigmoid(x)`, also as a method. */
export function decomposedSilu(expr: BinOp, module: Module): Decomposed | undefined {
  if (expr.op !== "*") return undefined;
  for (const [x, gate] of [
    [expr.left, expr.right],
    [expr.right, expr.left],
  ] as const) {
    const sigmoid = applied(gate, module, /^sigmoid$/);
    if (sigmoid === undefined || hasOptions(sigmoid) || !isSamePath(x, sigmoid.input)) continue;
    return { name: "silu", node: expr, input: x, rest: [], keywords: [] };
  }
  return undefined;
}

/** The factors of a product, parentheses and order aside. */
function factorsOf(expr: Expr): readonly Expr[] {
  return expr.kind === "BinOp" && expr.op === "*"
    ? [...factorsOf(expr.left), ...factorsOf(expr.right)]
    : [expr];
}

/** `0.5 * x * (1 + torch.erf(x / math.sqrt(2)))`, and its approximation by `tanh`. */
export function decomposedGelu(expr: BinOp, module: Module): Decomposed | undefined {
  // A longer product, as far as it is written without parentheses.
  const isPart = expr.parent?.kind === "BinOp" && expr.parent.op === "*" && expr.parent.left === expr;
  if (expr.op !== "*" || isPart) return undefined;
  const factors = factorsOf(expr);
  const half = factors.find((each) => numberOf(each) === 0.5);
  const gate = factors.find((each) => onePlus(each) !== undefined);
  const x = factors.find((each) => each !== half && each !== gate);
  if (factors.length !== 3 || half === undefined || gate === undefined || x === undefined) return undefined;
  const inner = onePlus(gate);
  const curve = inner === undefined ? undefined : applied(inner, module, /^(?:erf|tanh)$/);
  if (curve === undefined || hasOptions(curve)) return undefined;
  const isExact = curve.name === "erf" && isOverRootTwo(curve.input, x);
  const isApproximate = curve.name === "tanh" && isCubic(curve.input, x, module);
  if (!isExact && !isApproximate) return undefined;
  return { name: "gelu", node: expr, input: x, rest: [], keywords: [], approximate: isApproximate };
}

const near = (value: number | undefined, wanted: number): boolean =>
  value !== undefined && Math.abs(value - wanted) < 1e-3;

/** `math.sqrt(2)`, `np.sqrt(2.0)`, `1.41421`, `2 ** 0.5`. */
function isRootTwo(expr: Expr): boolean {
  if (near(numberOf(expr), Math.SQRT2)) return true;
  if (expr.kind === "BinOp")
    return expr.op === "**" && numberOf(expr.left) === 2 && numberOf(expr.right) === 0.5;
  const [only] = expr.kind === "Call" ? expr.args : [];
  return (
    expr.kind === "Call" &&
    expr.func.kind === "Attribute" &&
    expr.func.attr === "sqrt" &&
    only !== undefined &&
    numberOf(only) === 2
  );
}

function isOverRootTwo(expr: Expr, x: Expr): boolean {
  if (expr.kind !== "BinOp") return false;
  if (expr.op === "/") return isSamePath(expr.left, x) && isRootTwo(expr.right);
  const factor = isSamePath(expr.left, x) ? expr.right : isSamePath(expr.right, x) ? expr.left : undefined;
  return expr.op === "*" && factor !== undefined && near(numberOf(factor), Math.SQRT1_2);
}

/** `sqrt(2 / pi) * (x + 0.044715 * x ** 3)`. */
function isCubic(expr: Expr, x: Expr, module: Module): boolean {
  const factors = factorsOf(expr);
  const [a, b] = factors;
  if (factors.length !== 2 || a === undefined || b === undefined) return false;
  const [sum, scale] = a.kind === "BinOp" && a.op === "+" ? [a, b] : [b, a];
  if (sum.kind !== "BinOp" || sum.op !== "+" || !isSamePath(sum.left, x) || !isRootTwoOverPi(scale))
    return false;
  const [first, second] = factorsOf(sum.right);
  if (first === undefined || second === undefined || factorsOf(sum.right).length !== 2) return false;
  const [factor, cube] = numberOf(first) === undefined ? [second, first] : [first, second];
  return near(numberOf(factor), 0.044715) && isCube(cube, x, module);
}

function isRootTwoOverPi(expr: Expr): boolean {
  if (near(numberOf(expr), Math.sqrt(2 / Math.PI))) return true;
  const [only] = expr.kind === "Call" ? expr.args : [];
  if (
    expr.kind !== "Call" ||
    expr.func.kind !== "Attribute" ||
    expr.func.attr !== "sqrt" ||
    only === undefined
  )
    return false;
  return (
    only.kind === "BinOp" &&
    only.op === "/" &&
    numberOf(only.left) === 2 &&
    only.right.kind === "Attribute" &&
    only.right.attr === "pi"
  );
}

function isCube(expr: Expr, x: Expr, module: Module): boolean {
  if (expr.kind === "BinOp" && expr.op === "**")
    return isSamePath(expr.left, x) && numberOf(expr.right) === 3;
  const power = applied(expr, module, /^pow$/);
  const [exponent] = power?.rest ?? [];
  return (
    power !== undefined && isSamePath(power.input, x) && exponent !== undefined && numberOf(exponent) === 3
  );
}
