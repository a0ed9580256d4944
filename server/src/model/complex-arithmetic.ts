/** Complex numbers as CPython computes them. Source: CPython `Objects/complexobject.c`. */
import type { BinaryOperator } from "../syntax/ast.ts";
import type { Machine } from "./machine.ts";
import { raise } from "./raise.ts";
import type { PyComplex, Value } from "./values.ts";

export const complex = (re: number, im: number): PyComplex => ({ kind: "complex", re, im });

/** A number as a complex one; `undefined` for anything else. */
export function complexOf(value: Value): PyComplex | undefined {
  if (typeof value === "number" || typeof value === "boolean") return complex(Number(value), 0);
  if (typeof value !== "object") return undefined;
  if (value.kind === "float") return complex(value.value, 0);
  return value.kind === "complex" ? value : undefined;
}

export function complexes(m: Machine, op: BinaryOperator, a: PyComplex, b: PyComplex): Value | undefined {
  switch (op) {
    case "+":
      return complex(a.re + b.re, a.im + b.im);
    case "-":
      return complex(a.re - b.re, a.im - b.im);
    case "*":
      return product(a, b);
    case "/":
      return quotient(m, a, b);
    case "**":
      return power(m, a, b);
    default:
      return undefined;
  }
}

const product = (a: PyComplex, b: PyComplex): PyComplex =>
  complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);

/** Smith's algorithm: divides by the larger part first. */
function quotient(m: Machine, a: PyComplex, b: PyComplex): PyComplex {
  if (b.re === 0 && b.im === 0) return raise(m, "ZeroDivisionError", "complex division by zero");
  if (Math.abs(b.re) >= Math.abs(b.im)) {
    const ratio = b.im / b.re;
    const below = b.re + b.im * ratio;
    return complex((a.re + a.im * ratio) / below, (a.im - a.re * ratio) / below);
  }
  const ratio = b.re / b.im;
  const below = b.re * ratio + b.im;
  return complex((a.re * ratio + a.im) / below, (a.im * ratio - a.re) / below);
}

function power(m: Machine, a: PyComplex, b: PyComplex): PyComplex {
  if (b.im === 0 && Number.isInteger(b.re) && Math.abs(b.re) <= 100) {
    const whole = byWhole(a, Math.abs(b.re));
    return b.re < 0 ? quotient(m, complex(1, 0), whole) : whole;
  }
  if (a.re === 0 && a.im === 0) return complex(0, 0);
  const [size, angle] = [Math.hypot(a.re, a.im), Math.atan2(a.im, a.re)];
  const length = size ** b.re * Math.exp(-angle * b.im);
  const turn = angle * b.re + b.im * Math.log(size);
  return complex(length * Math.cos(turn), length * Math.sin(turn));
}

function byWhole(a: PyComplex, n: number): PyComplex {
  let [made, square] = [complex(1, 0), a];
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) made = product(made, square);
    square = product(square, square);
  }
  return made;
}

/** `complex("1+2j")`; `undefined` when the text is none. */
export function parseComplex(text: string): PyComplex | undefined {
  const real = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?`;
  const found = new RegExp(
    `^(${real})?(?:([+-](?:\\d+\\.?\\d*|\\.\\d+)?(?:e[+-]?\\d+)?|${real})j)?$`,
    "i",
  ).exec(text.trim().replace(/^\((.*)\)$/, "$1"));
  if (found === null || text.trim() === "") return undefined;
  const [, re, im] = found;
  const imaginary = im === undefined ? 0 : im === "+" || im === "-" ? Number(`${im}1`) : Number(im);
  return complex(re === undefined ? 0 : Number(re), imaginary);
}
