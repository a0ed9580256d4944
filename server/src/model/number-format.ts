/** Numbers as Python's format language prints them. Source: the Python documentation, "Format Specification Mini-Language". */
import { floatText } from "./text.ts";

export interface NumberStyle {
  readonly sign: string | undefined;
  /** `#`: prefixes of bases, and trailing zeros that stay. */
  readonly alternate: boolean;
  readonly grouping: string | undefined;
  readonly precision: number | undefined;
  readonly type: string | undefined;
}

/** The sign apart, so that a width can be filled between it and the digits. */
export interface NumberText {
  readonly sign: string;
  readonly digits: string;
}

export function numberText(value: number, isFloat: boolean, style: NumberStyle): NumberText {
  const { type, alternate, grouping } = style;
  const negative = value < 0 || Object.is(value, -0);
  const size = Math.abs(value);
  const body = Number.isFinite(value)
    ? magnitude(size, isFloat, style)
    : (Number.isNaN(value) ? "nan" : "inf") + (type === "%" ? "%" : "");
  const grouped = grouping === undefined ? body : withGroups(body, grouping, type);
  const prefix = alternate ? (prefixes.get(type ?? "") ?? "") : "";
  const cased =
    type === "X" || type === "E" || type === "F" || type === "G" ? grouped.toUpperCase() : grouped;
  const sign = negative ? "-" : style.sign === "+" || style.sign === " " ? style.sign : "";
  return { sign: sign + prefix, digits: cased };
}

const prefixes = new Map([
  ["x", "0x"],
  ["X", "0X"],
  ["o", "0o"],
  ["b", "0b"],
]);

function magnitude(size: number, isFloat: boolean, style: NumberStyle): string {
  const { type, precision, alternate } = style;
  const digits = precision ?? 6;
  switch (type) {
    case "d":
      return wholeText(size);
    case "x":
    case "X":
      return Math.trunc(size).toString(16);
    case "o":
      return Math.trunc(size).toString(8);
    case "b":
      return Math.trunc(size).toString(2);
    case "c":
      return String.fromCodePoint(size);
    case "f":
    case "F":
      return fixed(size, digits);
    case "%":
      return `${fixed(size * 100, digits)}%`;
    case "e":
    case "E":
      return exponential(size, digits);
    case "g":
    case "G":
      return general(size, digits, alternate);
    case "n":
      return isFloat ? general(size, digits, alternate) : wholeText(size);
    default:
      if (!isFloat) return wholeText(size);
      return precision === undefined ? floatText(size) : shortest(size, precision);
  }
}

const wholeText = (size: number): string => BigInt(Math.trunc(size)).toString();

/** Half goes to the even neighbor; JavaScript takes the larger one. */
function fixed(size: number, digits: number): string {
  const text =
    size < 1e21 ? size.toFixed(digits) : `${wholeText(size)}${digits > 0 ? `.${"0".repeat(digits)}` : ""}`;
  if (size >= 1e21 || digits > 60) return text;
  const exact = size.toFixed(100);
  const cut = exact.length - 100 + digits;
  if (!/^50*$/.test(exact.slice(digits === 0 ? cut + 0 : cut))) return text;
  const below = exact.slice(0, digits === 0 ? cut - 1 : cut);
  return /[02468]\.?$/.test(below) ? below : text;
}

function exponential(size: number, digits: number): string {
  const [mantissa = "0", power = "+0"] = size.toExponential(Math.min(digits, 100)).split("e");
  return `${mantissa}e${power.slice(0, 1)}${power.slice(1).padStart(2, "0")}`;
}

/** `g`: so many significant digits, fixed where the exponent is small, without trailing zeros unless wanted. */
function general(size: number, precision: number, keepsZeros: boolean): string {
  const digits = Math.max(1, precision);
  const exponent = size === 0 ? 0 : Number(size.toExponential(digits - 1).split("e")[1]);
  if (exponent >= -4 && exponent < digits) {
    const text = fixed(size, digits - 1 - exponent);
    return keepsZeros ? text : withoutZeros(text);
  }
  const [mantissa = "0", power = ""] = exponential(size, digits - 1).split("e");
  return `${keepsZeros ? mantissa : withoutZeros(mantissa)}e${power}`;
}

/** A precision without a type: as `g`, but a float keeps a digit after the point, for which the exponent starts earlier. */
function shortest(size: number, precision: number): string {
  const digits = Math.max(1, precision);
  const exponent = size === 0 ? 0 : Number(size.toExponential(digits - 1).split("e")[1]);
  if (exponent >= digits - 1) {
    const [mantissa = "0", power = ""] = exponential(size, digits - 1).split("e");
    return `${withoutZeros(mantissa)}e${power}`;
  }
  const text = general(size, digits, false);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

const withoutZeros = (text: string): string => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

function withGroups(text: string, separator: string, type: string | undefined): string {
  const size = type === "x" || type === "X" || type === "o" || type === "b" ? 4 : 3;
  const pattern = size === 4 ? /\B(?=([0-9a-f]{4})+$)/g : /\B(?=(\d{3})+$)/g;
  return text.replace(/^[0-9a-f]+/, (whole) => whole.replace(pattern, separator));
}
