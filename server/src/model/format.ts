import { hintOf } from "../graph/dim.ts";
import { isFloating } from "../graph/dtype.ts";
import { dataOf, isKnownShape } from "../graph/tensor.ts";
import { attribute } from "./attributes.ts";
import { method } from "./bind.ts";
import { asInt } from "./builtins/args.ts";
import { payloadOf } from "./classes.ts";
import type { Machine } from "./machine.ts";
import { type NumberText, numberText } from "./number-format.ts";
import { raise } from "./raise.ts";
import { reasonOf } from "./reasons.ts";
import { asciiText, repr, str } from "./text.ts";
import { typeName } from "./types.ts";
import { isUnknown, type Kwargs, noKwargs, type Value } from "./values.ts";

/** `format(value, spec)`; `undefined` when the text depends on something unknown. */
export function formatValue(m: Machine, value: Value, spec: string): string | undefined {
  if (isUnknown(value)) return undefined;
  const element = elementOf(value);
  if (element !== undefined) return formatValue(m, element, spec);
  if (spec === "") return str(m, value);
  const own = method(value, "__format__");
  if (own !== undefined) {
    const text = m.call(own, [value, spec], noKwargs);
    return typeof text === "string" ? text : undefined;
  }
  const parsed = /^(?:(.)?([<>=^]))?([+\- ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/su.exec(spec);
  if (parsed === null)
    return raise(
      m,
      "ValueError",
      `Invalid format specifier '${spec}' for object of type '${typeName(value)}'`,
    );
  const [, fill, align, sign, , alternate, zero, width, grouping, precision, type] = parsed;
  const room = Number(width ?? 0);
  m.spend(room + Number(precision ?? 0));
  if (typeof value === "object" && value.kind === "complex") return undefined;
  const numeric = numberOf(value);
  if (type === "c" && numeric !== undefined && !holdsFloat(value) && (numeric < 0 || numeric > 0x10ffff))
    return raise(m, "OverflowError", "%c arg not in range(0x110000)");
  if (numeric === undefined) {
    const text = str(m, value);
    if (text === undefined) return undefined;
    if (typeof value === "object" && unformatted.has(value.kind))
      return raise(m, "TypeError", `unsupported format string passed to ${typeName(value)}.__format__`);
    if (type !== undefined && type !== "s") return refuse(m, value, type);
    const refused =
      sign !== undefined
        ? sign === " "
          ? "Space not allowed in string format specifier"
          : "Sign not allowed in string format specifier"
        : alternate !== undefined
          ? "Alternate form (#) not allowed in string format specifier"
          : align === "="
            ? "'=' alignment not allowed in string format specifier"
            : grouping === undefined
              ? undefined
              : `Cannot specify '${grouping}' with 's'.`;
    if (refused !== undefined) return raise(m, "ValueError", refused);
    const shown = precision === undefined ? text : text.slice(0, Number(precision));
    return pad(shown, room, fill ?? (zero === undefined ? " " : "0"), align ?? "<");
  }
  const isFloat = holdsFloat(value);
  if (type === "s" || (isFloat && /^[bcdoxX]$/.test(type ?? ""))) return refuse(m, value, type ?? "");
  if (!isFloat && precision !== undefined && /^[bcdoxXn]?$/.test(type ?? ""))
    return raise(m, "ValueError", "Precision not allowed in integer format specifier");
  const style = {
    sign,
    alternate: alternate !== undefined,
    grouping,
    precision: precision === undefined ? undefined : Number(precision),
    type,
  };
  const text = numberText(numeric, isFloat, style);
  const where = align ?? (zero === undefined ? ">" : "=");
  const filling = fill ?? (zero === undefined ? " " : "0");
  if (where !== "=") return pad(text.sign + text.digits, room, filling, where);
  return text.sign + pad(text.digits, room - text.sign.length, filling, ">");
}

/** What has no format of its own takes no specification. */
const unformatted: ReadonlySet<string> = new Set(
  "none list tuple dict set bytes range slice dtype".split(" "),
);

const refuse = (m: Machine, value: Value, type: string): never =>
  raise(m, "ValueError", `Unknown format code '${type}' for object of type '${typeName(value)}'`);

const holdsFloat = (value: Value): boolean => {
  const inner = payloadOf(value);
  return typeof inner === "object" && inner.kind === "float";
};

/** A tensor without dimensions is formatted as the integer that it holds. */
function elementOf(value: Value): Value | undefined {
  if (typeof value !== "object" || value.kind !== "tensor") return undefined;
  if (!isKnownShape(value.shape) || value.shape.length > 0 || isFloating(value.dtype)) return undefined;
  const [known] = dataOf(value.meta) ?? [];
  return value.dtype === "bool" ? undefined : known;
}

function numberOf(value: Value): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "object" && value.kind === "float") return value.value;
  if (typeof value === "object" && value.kind === "poly") return hintOf(value);
  if (typeof value === "object" && value.kind === "instance" && value.payload !== undefined)
    return numberOf(value.payload);
  return undefined;
}

function pad(text: string, width: number, fill: string, align: string): string {
  const missing = width - text.length;
  if (missing <= 0) return text;
  if (align === "<") return text + fill.repeat(missing);
  if (align === "^") {
    const left = Math.floor(missing / 2);
    return fill.repeat(left) + text + fill.repeat(missing - left);
  }
  if (align === "=" && /^[+-]/.test(text)) return text.slice(0, 1) + fill.repeat(missing) + text.slice(1);
  return fill.repeat(missing) + text;
}

/** `template % values`. */
export function percentFormat(m: Machine, template: string, values: Value): string | undefined {
  const queue = typeof values === "object" && values.kind === "tuple" ? [...values.items] : [values];
  const next = (): Value => queue.shift() ?? raise(m, "TypeError", "not enough arguments for format string");
  let known = true;
  let isNamed = false;
  const text = template.replace(
    /%(?:\((\w+)\))?([#0\- +]*)(\d+|\*)?(?:\.(\d+|\*))?([diouxXeEfFgGcrsa%])/g,
    (
      _,
      name: string | undefined,
      flags: string,
      width: string | undefined,
      precision: string | undefined,
      type: string,
    ) => {
      if (type === "%") return "%";
      isNamed ||= name !== undefined;
      const room = width === "*" ? asInt(m, next()) : Number(width ?? 0);
      const digits = precision === "*" ? asInt(m, next()) : precision;
      const value = name === undefined ? next() : m.getItem(values, name);
      m.spend(Math.abs(room ?? 0) + Number(digits ?? 0));
      const body = percentItem(m, value, type, flags, digits === undefined ? undefined : Number(digits));
      known &&= body !== undefined && room !== undefined;
      if (body === undefined || room === undefined) return "";
      if (flags.includes("-")) return pad(body.sign + body.digits, Math.abs(room), " ", "<");
      if (flags.includes("0") && /[diouxXeEfFgG]/.test(type))
        return body.sign + pad(body.digits, room - body.sign.length, "0", ">");
      return pad(body.sign + body.digits, room, " ", ">");
    },
  );
  if (known && !isNamed && queue.length > 0 && !(typeof values === "object" && payloadIsDict(values)))
    return raise(m, "TypeError", "not all arguments converted during string formatting");
  return known ? text : undefined;
}

const payloadIsDict = (value: Value): boolean => {
  const inner = payloadOf(value);
  return typeof inner === "object" && inner.kind === "dict";
};

/** One value of a `%` template; `undefined` when its text is not known. */
function percentItem(
  m: Machine,
  given: Value,
  type: string,
  flags: string,
  precision: number | undefined,
): NumberText | undefined {
  const value = elementOf(given) ?? given;
  const plain = (text: string | undefined): NumberText | undefined =>
    text === undefined
      ? undefined
      : { sign: "", digits: precision === undefined ? text : text.slice(0, precision) };
  if (isUnknown(value)) return undefined;
  if (type === "s") return plain(str(m, value));
  if (type === "r" || type === "a") return plain(repr(m, value));
  if (type === "c" && typeof value === "string")
    return [...value].length === 1 ? plain(value) : raise(m, "TypeError", "%c requires int or char");
  const number = numberOf(value);
  if (number === undefined)
    return typeof value === "object" && value.kind === "tensor"
      ? undefined
      : raise(m, "TypeError", `%${type} format: a real number is required, not ${typeName(value)}`);
  const isWhole = type === "d" || type === "i" || type === "u";
  const isDigits = isWhole || type === "x" || type === "X" || type === "o";
  if (isDigits && !isWhole && holdsFloat(value))
    return raise(m, "TypeError", `%${type} format: an integer is required, not ${typeName(value)}`);
  if (type === "c") {
    if (holdsFloat(value)) return raise(m, "TypeError", "%c requires int or char");
    return number < 0 || number > 0x10ffff
      ? raise(m, "OverflowError", "%c arg not in range(0x110000)")
      : plain(String.fromCodePoint(number));
  }
  const text = numberText(isWhole ? Math.trunc(number) : number, holdsFloat(value), {
    sign: flags.includes("+") ? "+" : flags.includes(" ") ? " " : undefined,
    alternate: flags.includes("#"),
    grouping: undefined,
    precision,
    type: isWhole ? "d" : type,
  });
  return isDigits && precision !== undefined
    ? { sign: text.sign, digits: text.digits.padStart(precision, "0") }
    : text;
}

/** `template.format(*args, **kwargs)`. */
export function braceFormat(
  m: Machine,
  template: string,
  args: readonly Value[],
  kwargs: Kwargs,
): string | undefined {
  let auto = 0;
  let known = true;
  const text = template.replace(
    /\{\{|\}\}|\{([^{}!:]*)(?:!([rsa]))?(?::((?:[^{}]|\{[^{}]*\})*))?\}/g,
    (all: string, field: string | undefined, conversion: string | undefined, spec: string | undefined) => {
      if (all === "{{") return "{";
      if (all === "}}") return "}";
      const [head = "", ...path] = (field ?? "").split(/(?=\.|\[)/);
      const first = head === "" ? args[auto++] : /^\d+$/.test(head) ? args[Number(head)] : kwargs.get(head);
      if (first === undefined)
        return raise(m, head === "" || /^\d+$/.test(head) ? "IndexError" : "KeyError", head);
      const value = path.reduce<Value>(
        (object, part) =>
          part.startsWith(".")
            ? attribute(m, object, part.slice(1))
            : m.getItem(object, indexOf(part.slice(1, -1))),
        first,
      );
      const inner = spec === undefined ? "" : braceFormat(m, spec, args.slice(auto), kwargs);
      const body = inner === undefined ? undefined : formatValue(m, converted(m, value, conversion), inner);
      known &&= body !== undefined;
      return body ?? "";
    },
  );
  return known ? text : undefined;
}

/** `!r`, `!s`, `!a`: the text of the value in its stead. */
export function converted(m: Machine, value: Value, conversion: string | undefined): Value {
  if (conversion === undefined) return value;
  const text = conversion === "s" ? str(m, value) : repr(m, value);
  if (text === undefined) return m.unknown(reasonOf([value], "text made of something unknown"));
  return conversion === "a" ? asciiText(text) : text;
}

const indexOf = (text: string): Value => (/^\d+$/.test(text) ? Number(text) : text);
