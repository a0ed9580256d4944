import { method } from "../bind.ts";
import { lookup } from "../classes.ts";
import type { Machine } from "../machine.ts";
import { numberText } from "../number-format.ts";
import { unary } from "../operators.ts";
import { plainUnknown, unknownNumber } from "../plain-unknown.ts";
import { raise } from "../raise.ts";
import { reasonOf } from "../reasons.ts";
import { typeName } from "../types.ts";
import { float, isUnknown, type NativeRun, noKwargs, none, tuple, type Value } from "../values.ts";
import { asInt, asNumber } from "./args.ts";
import { modularPower } from "./number-methods.ts";

function round(m: Machine, args: readonly Value[]): Value {
  const [value, digits] = args;
  if (value === undefined) return 0;
  if (isUnknown(value))
    return value.number === undefined || digits !== undefined ? value : unknownNumber(m, value.why, "int");
  const number = asNumber(m, value);
  if (number === undefined) return m.unknown(reasonOf([value], "`round` of something unknown"));
  const places = digits === undefined || digits === none ? undefined : asInt(m, digits);
  if (places === undefined) return bankers(number);
  if (places >= 0) {
    if (typeof value === "number" || typeof value === "boolean") return number;
    if (!Number.isFinite(number)) return float(number);
    const style = { sign: undefined, alternate: false, grouping: undefined, precision: places, type: "f" };
    const { sign, digits: text } = numberText(number, true, style);
    return float(Number(sign + text));
  }
  const step = 10 ** -places;
  const rounded = bankers(number / step) * step;
  return typeof value === "number" || typeof value === "boolean" ? rounded : float(rounded);
}

/** Half goes to the even neighbor. */
function bankers(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value) || 0;
  return floor % 2 === 0 ? floor : floor + 1;
}

function pow(m: Machine, args: readonly Value[]): Value {
  const [a = 0, b = 0, modulus] = args;
  if (typeof a === "number" && typeof b === "number" && typeof modulus === "number")
    return modularPower(m, a, b, modulus);
  const own = modulus === undefined ? undefined : method(a, "__pow__");
  if (own !== undefined && modulus !== undefined) return m.call(own, [a, b, modulus], noKwargs);
  const power = m.binary("**", a, b);
  return modulus === undefined || modulus === none ? power : m.binary("%", power, modulus);
}

const abs: NativeRun = (m, args) => {
  const [value = 0] = args;
  if (typeof value === "number") return Math.abs(value);
  if (typeof value === "object") {
    if (value.kind === "float") return float(Math.abs(value.value));
    if (value.kind === "tensor") return m.torchCall("torch.Tensor.abs", [value], noKwargs);
    const own = value.kind === "instance" ? lookup(value.cls, "__abs__") : undefined;
    if (own !== undefined) return m.call(own, [value], noKwargs);
    if (value.kind === "complex") return float(Math.hypot(value.re, value.im));
    if (value.kind !== "poly" && value.kind !== "unknown" && value.kind !== "instance")
      return raise(m, "TypeError", `bad operand type for abs(): '${typeName(value)}'`);
    return m.truth(m.compare("<", value, 0)) === true ? unary(m, "-", value) : value;
  }
  return typeof value === "boolean"
    ? Number(value)
    : raise(m, "TypeError", `bad operand type for abs(): '${typeName(value)}'`);
};

/** `0b101`, `-0x1f`. */
const inBase =
  (base: number, prefix: string): NativeRun =>
  (m, args) => {
    const [value = none] = args;
    const own = method(value, "__index__");
    const number = asInt(m, own === undefined ? value : m.call(own, [value], noKwargs));
    if (number === undefined)
      return isUnknown(value)
        ? plainUnknown(m, reasonOf([value], "text made of something unknown"))
        : raise(m, "TypeError", `'${typeName(value)}' object cannot be interpreted as an integer`);
    if (!Number.isSafeInteger(number)) return m.unknown("the digits of a number beyond 2^53");
    return `${number < 0 ? "-" : ""}${prefix}${Math.abs(number).toString(base)}`;
  };

function divmod(m: Machine, args: readonly Value[]): Value {
  const [left = 0, right = 1] = args;
  const own = method(left, "__divmod__");
  if (own !== undefined) return m.call(own, [left, right], noKwargs);
  return tuple([m.binary("//", left, right), m.binary("%", left, right)]);
}

export const numberFunctions: Readonly<Record<string, NativeRun>> = {
  round,
  pow,
  abs,
  divmod,
  bin: inBase(2, "0b"),
  oct: inBase(8, "0o"),
  hex: inBase(16, "0x"),
};
