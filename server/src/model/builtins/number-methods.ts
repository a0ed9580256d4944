/** What Python's numbers can do beside arithmetic. */
import { complex, complexOf } from "../complex-arithmetic.ts";
import type { Machine } from "../machine.ts";
import { raise } from "../raise.ts";
import {
  float,
  type Kwargs,
  nativeMethod,
  type PyNative,
  type PyProperty,
  tuple,
  type Value,
} from "../values.ts";
import { asInt, asNumber, asString } from "./args.ts";

type Named = readonly [name: string, value: Value];

/** An attribute that is computed from the number itself. */
const part = (name: string, read: (m: Machine, self: Value) => Value): Named => {
  const getter = nativeMethod(name, (m, [self = 0]) => read(m, self));
  const made: PyProperty = { kind: "property", name, getter, setter: undefined, cached: false };
  return [name, made];
};

const named = (fn: PyNative): Named => [fn.name, fn];
const classLevel = (fn: PyNative): Named => [fn.name, { kind: "classmethod", func: fn }];

const self: (m: Machine, value: Value) => Value = (_, value) => value;

/** Bytes of a whole number, the least significant first; a text whose characters are bytes. */
function toBytes(m: Machine, args: readonly Value[], kwargs: Kwargs): Value {
  const value = asInt(m, args[0]);
  const length = asInt(m, args[1] ?? kwargs.get("length") ?? 1);
  const order = asString(args[2] ?? kwargs.get("byteorder") ?? "big");
  if (value === undefined || length === undefined) return m.unknown("`to_bytes`");
  const signed = kwargs.get("signed") !== undefined && m.truth(kwargs.get("signed") ?? false) === true;
  const room = 256n ** BigInt(length);
  const whole = BigInt(value);
  if (whole < 0n && !signed) return raise(m, "OverflowError", "can't convert negative int to unsigned");
  if (whole >= (signed ? room / 2n : room)) return raise(m, "OverflowError", "int too big to convert");
  let rest = whole < 0n ? whole + room : whole;
  let text = "";
  for (let i = 0; i < length; i++) {
    text += String.fromCharCode(Number(rest % 256n));
    rest /= 256n;
  }
  return { kind: "bytes", value: order === "little" ? text : [...text].reverse().join("") };
}

function fromBytes(m: Machine, args: readonly Value[], kwargs: Kwargs): Value {
  const [, bytes, order] = args;
  if (typeof bytes !== "object" || bytes.kind !== "bytes") return m.unknown("`int.from_bytes`");
  const all = [...bytes.value];
  if (asString(order ?? kwargs.get("byteorder") ?? "big") === "big") all.reverse();
  const sum = all.reduceRight((total, c) => total * 256 + c.charCodeAt(0), 0);
  const signed = m.truth(kwargs.get("signed") ?? false) === true;
  return signed && sum >= 256 ** all.length / 2 ? sum - 256 ** all.length : sum;
}

/** A double as a fraction of whole numbers. */
function ratio(m: Machine, value: number): Value {
  if (!Number.isFinite(value)) return raise(m, "OverflowError", "cannot convert Infinity to integer ratio");
  let [above, below] = [value, 1];
  while (!Number.isInteger(above)) [above, below] = [above * 2, below * 2];
  return tuple([above, below]);
}

/** `0x1.4p+1`. */
function hexOf(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const size = Math.abs(value);
  if (size === 0) return `${sign}0x0.0p+0`;
  let power = Math.max(Math.floor(Math.log2(size)), -1022);
  if (size / 2 ** power >= 2) power += 1;
  const scaled = size / 2 ** power;
  const whole = Math.floor(scaled);
  const digits = (BigInt(Math.round((scaled - whole) * 2 ** 52)) as bigint).toString(16).padStart(13, "0");
  return `${sign}0x${whole}.${digits}p${power < 0 ? "" : "+"}${power}`;
}

function fromHex(m: Machine, text: string): Value {
  const found = /^\s*([+-]?)(?:0x)?([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?\s*$/i.exec(text);
  const [, sign = "", whole = "", rest = "", power = "0"] = found ?? [];
  if (found === null || whole + rest === "")
    return raise(m, "ValueError", "invalid hexadecimal floating-point string");
  const value = (Number.parseInt(whole + rest, 16) / 16 ** rest.length) * 2 ** Number(power);
  return float(sign === "-" ? -value : value);
}

export const intAttributes: readonly Named[] = [
  part("real", self),
  part("imag", () => 0),
  part("numerator", self),
  part("denominator", () => 1),
  named(nativeMethod("conjugate", (_, [value = 0]) => value)),
  named(nativeMethod("as_integer_ratio", (_, [value = 0]) => tuple([value, 1]))),
  named(
    nativeMethod("bit_count", (m, args) => {
      const value = asInt(m, args[0]);
      return value === undefined
        ? m.unknown("`bit_count`")
        : [...Math.abs(value).toString(2)].filter((c) => c === "1").length;
    }),
  ),
  named(nativeMethod("to_bytes", toBytes)),
  classLevel(nativeMethod("from_bytes", fromBytes)),
];

export const floatAttributes: readonly Named[] = [
  part("real", self),
  part("imag", () => float(0)),
  named(nativeMethod("conjugate", (_, [value = 0]) => value)),
  named(nativeMethod("as_integer_ratio", (m, args) => ratio(m, asNumber(m, args[0]) ?? 0))),
  named(nativeMethod("hex", (m, args) => hexOf(asNumber(m, args[0]) ?? 0))),
  classLevel(nativeMethod("fromhex", (m, args) => fromHex(m, asString(args[1]) ?? ""))),
];

export const complexAttributes: readonly Named[] = [
  part("real", (_, value) => float(complexOf(value)?.re ?? 0)),
  part("imag", (_, value) => float(complexOf(value)?.im ?? 0)),
  named(
    nativeMethod("conjugate", (_, [value = 0]) => {
      const { re, im } = complexOf(value) ?? complex(0, 0);
      return complex(re, -im);
    }),
  ),
];

/** `pow(base, exponent, modulus)` of whole numbers, the inverse of `base` included. */
export function modularPower(m: Machine, base: number, exponent: number, modulus: number): Value {
  if (modulus === 0) return raise(m, "ValueError", "pow() 3rd argument cannot be 0");
  const n = BigInt(Math.abs(modulus));
  let square = ((BigInt(base) % n) + n) % n;
  if (exponent < 0) {
    const inverse = inverseOf(square, n);
    if (inverse === undefined) return raise(m, "ValueError", "base is not invertible for the given modulus");
    square = inverse;
  }
  let made = 1n % n;
  for (let left = BigInt(Math.abs(exponent)); left > 0n; left /= 2n) {
    if (left % 2n === 1n) made = (made * square) % n;
    square = (square * square) % n;
  }
  return m.binary("%", Number(made), modulus);
}

function inverseOf(value: bigint, modulus: bigint): bigint | undefined {
  let [a, b, x, y] = [value, modulus, 1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  return a === 1n || modulus === 1n ? ((x % modulus) + modulus) % modulus : undefined;
}
