import { add, type Dim, floorDiv, hintOf, mod, mul, sub } from "../graph/dim.ts";
import type { BinaryOperator } from "../syntax/ast.ts";
import type { Machine } from "./machine.ts";
import { raise } from "./raise.ts";
import { float, type Value } from "./values.ts";

/** `int op int`; results beyond 2^53 are rounded. */
export function integers(m: Machine, op: BinaryOperator, a: number, b: number): Value {
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      if (b === 0) return raise(m, "ZeroDivisionError", "division by zero");
      return float(a / b);
    case "//":
      if (b === 0) return raise(m, "ZeroDivisionError", "integer division or modulo by zero");
      return Math.floor(a / b);
    case "%":
      if (b === 0) return raise(m, "ZeroDivisionError", "integer division or modulo by zero");
      return a - b * Math.floor(a / b);
    case "**":
      return b < 0 ? float(a ** b) : a ** b;
    case "<<":
      return a * 2 ** b;
    case ">>":
      return Math.floor(a / 2 ** b);
    case "&":
    case "|":
    case "^":
      return bitwise(op, a, b);
    case "@":
      return raise(m, "TypeError", "unsupported operand type(s) for @: 'int' and 'int'");
  }
}

function bitwise(op: "&" | "|" | "^", a: number, b: number): number {
  const [x, y] = [BigInt(a), BigInt(b)];
  return Number(op === "&" ? x & y : op === "|" ? x | y : x ^ y);
}

/** An operation with at least one `float`. */
export function floats(m: Machine, op: BinaryOperator, a: number, b: number): Value {
  switch (op) {
    case "+":
      return float(a + b);
    case "-":
      return float(a - b);
    case "*":
      return float(a * b);
    case "/":
      if (b === 0) return raise(m, "ZeroDivisionError", "float division by zero");
      return float(a / b);
    case "//":
      if (b === 0) return raise(m, "ZeroDivisionError", "float divmod()");
      return float(Math.floor(a / b));
    case "%":
      if (b === 0) return raise(m, "ZeroDivisionError", "float modulo");
      return float(a - b * Math.floor(a / b));
    case "**":
      return float(a ** b);
    default:
      return raise(m, "TypeError", `unsupported operand type(s) for ${op}: 'float' and 'float'`);
  }
}

/** An operation on sizes of which at least one is symbolic. */
export function sizes(m: Machine, op: BinaryOperator, a: Dim, b: Dim): Value {
  switch (op) {
    case "+":
      return add(a, b);
    case "-":
      return sub(a, b);
    case "*":
      return mul(a, b);
    case "//":
      return b === 0 ? raise(m, "ZeroDivisionError", "integer division or modulo by zero") : floorDiv(a, b);
    case "%":
      return b === 0 ? raise(m, "ZeroDivisionError", "integer division or modulo by zero") : mod(a, b);
    case "**":
      if (typeof b === "number" && Number.isInteger(b) && b >= 0 && b <= 8) {
        let power: Dim = 1;
        for (let i = 0; i < b; i++) power = mul(power, a);
        return power;
      }
      return hinted(m, op, a, b);
    default:
      return hinted(m, op, a, b);
  }
}

/** Falls back on the hints, and says so: the result holds for these sizes only. */
function hinted(m: Machine, op: BinaryOperator, a: Dim, b: Dim): Value {
  const [x, y] = [concrete(m, a), concrete(m, b)];
  if (x === undefined || y === undefined) return m.unknown("a size that only the run knows");
  return integers(m, op, x, y);
}

/** A size as a number, with a guard that pins it; `undefined` when only the run knows it. */
export function concrete(m: Machine, dim: Dim): number | undefined {
  const hint = hintOf(dim);
  if (typeof dim !== "number" && hint !== undefined)
    m.guards.guard({ left: dim, relation: "==", right: hint, holds: true });
  return hint;
}
