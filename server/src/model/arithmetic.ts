import { add, type Dim, floorDiv, hintOf, mod, mul, sub } from "../graph/dim.ts";
import type { BinaryOperator } from "../syntax/ast.ts";
import { complex, complexes } from "./complex-arithmetic.ts";
import type { Machine } from "./machine.ts";
import { power } from "./power.ts";
import { raise } from "./raise.ts";
import { float, type Value } from "./values.ts";

/** What depends on the last digits of a number. */
const needsDigits: ReadonlySet<BinaryOperator> = new Set(["//", "%", "&", "|", "^", "<<", ">>"]);

/** `int op int`; sums and products beyond 2^53 are rounded, and what depends on their last digits is unknown. */
export function integers(m: Machine, op: BinaryOperator, a: number, b: number): Value {
  if (needsDigits.has(op) && !(Number.isSafeInteger(a) && Number.isSafeInteger(b)) && b !== 0)
    return wholes(m, op, a, b);
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return finite(m, a * b);
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
      if (a === 0 && b < 0) return raise(m, "ZeroDivisionError", "0.0 cannot be raised to a negative power");
      return b < 0 ? powerOf(m, a, b) : finite(m, a ** b);
    case "<<":
      return finite(m, a * 2 ** b);
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

const finite = (m: Machine, value: number): Value =>
  Number.isFinite(value) ? value : m.unknown("a number beyond 2^1023");

/** Powers of two are exact at any size; other numbers that large may have been rounded. */
function wholes(m: Machine, op: BinaryOperator, a: number, b: number): Value {
  const isExact = (x: number): boolean =>
    Number.isSafeInteger(x) || (Number.isFinite(x) && Math.log2(Math.abs(x)) % 1 === 0);
  const made = isExact(a) && isExact(b) ? exactly(op, BigInt(a), BigInt(b)) : undefined;
  const result = made === undefined ? undefined : Number(made);
  return result !== undefined && BigInt(result) === made
    ? result
    : m.unknown("the last digits of a number beyond 2^53");
}

function exactly(op: BinaryOperator, a: bigint, b: bigint): bigint | undefined {
  const rest = ((a % b) + b) % b;
  switch (op) {
    case "//":
      return (a - rest) / b;
    case "%":
      return rest;
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case ">>":
      return a >> b;
    case "<<":
      return b < 1024n ? a << b : undefined;
    default:
      return undefined;
  }
}

function bitwise(op: "&" | "|" | "^", a: number, b: number): number {
  const [x, y] = [BigInt(a), BigInt(b)];
  return Number(op === "&" ? x & y : op === "|" ? x | y : x ^ y);
}

function powerOf(m: Machine, a: number, b: number): Value {
  const made = power(a, b);
  return Number.isFinite(made) || !Number.isFinite(a) || !Number.isFinite(b)
    ? float(made)
    : raise(m, "OverflowError", "(34, 'Numerical result out of range')");
}

/** With the sign of `b`, exact as `fmod` is. Source: CPython `float_rem`. */
function remainder(a: number, b: number): number {
  const rest = a % b;
  if (rest === 0) return b < 0 ? -0 : 0;
  return rest < 0 === b < 0 ? rest : rest + b;
}

/** Source: CPython `_float_div_mod`. */
function floorQuotient(a: number, b: number): number {
  const quotient = (a - remainder(a, b)) / b;
  if (quotient === 0) return a / b < 0 ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
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
      if (b === 0) return raise(m, "ZeroDivisionError", "float floor division by zero");
      return float(floorQuotient(a, b));
    case "%":
      if (b === 0) return raise(m, "ZeroDivisionError", "float modulo");
      return float(remainder(a, b));
    case "**":
      if (a === 0 && b < 0) return raise(m, "ZeroDivisionError", "0.0 cannot be raised to a negative power");
      if (a < 0 && Number.isFinite(a) && Number.isFinite(b) && !Number.isInteger(b))
        return complexes(m, op, complex(a, 0), complex(b, 0)) ?? float(Number.NaN);
      return powerOf(m, a, b);
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
