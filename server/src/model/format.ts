import { hintOf } from "../graph/dim.ts";
import { isFloating } from "../graph/dtype.ts";
import { dataOf, isKnownShape } from "../graph/tensor.ts";
import { attribute } from "./attributes.ts";
import type { Machine } from "./machine.ts";
import { raise } from "./raise.ts";
import { floatText, repr, str } from "./text.ts";
import { isUnknown, type Kwargs, type Value } from "./values.ts";

/** `format(value, spec)`; `undefined` when the text depends on something unknown. */
export function formatValue(m: Machine, value: Value, spec: string): string | undefined {
  if (isUnknown(value)) return undefined;
  const element = elementOf(value);
  if (element !== undefined) return formatValue(m, element, spec);
  if (spec === "") return str(m, value);
  const parsed = /^(?:(.)?([<>=^]))?([+\- ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/su.exec(spec);
  if (parsed === null) return str(m, value);
  const [, fill, align, sign, , zero, width, grouping, precision, type] = parsed;
  const numeric = numberOf(value);
  const body =
    numeric === undefined
      ? cut(str(m, value), precision)
      : formatNumber(numeric, typeof value === "object" && value.kind === "float", {
          sign,
          grouping,
          precision,
          type,
        });
  if (body === undefined) return undefined;
  return pad(
    body,
    Number(width ?? 0),
    fill ?? (zero === undefined ? " " : "0"),
    align ?? (zero !== undefined && numeric !== undefined ? "=" : numeric === undefined ? "<" : ">"),
  );
}

/** A tensor without dimensions is formatted as the integer that it holds. */
function elementOf(value: Value): Value | undefined {
  if (typeof value !== "object" || value.kind !== "tensor") return undefined;
  if (!isKnownShape(value.shape) || value.shape.length > 0 || isFloating(value.dtype)) return undefined;
  const [known] = dataOf(value.meta) ?? [];
  return value.dtype === "bool" ? undefined : known;
}

const cut = (text: string | undefined, precision: string | undefined): string | undefined =>
  text === undefined || precision === undefined ? text : text.slice(0, Number(precision));

function numberOf(value: Value): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "object" && value.kind === "float") return value.value;
  if (typeof value === "object" && value.kind === "poly") return hintOf(value);
  if (typeof value === "object" && value.kind === "instance" && value.payload !== undefined)
    return numberOf(value.payload);
  return undefined;
}

interface NumberStyle {
  readonly sign: string | undefined;
  readonly grouping: string | undefined;
  readonly precision: string | undefined;
  readonly type: string | undefined;
}

function formatNumber(value: number, isFloat: boolean, style: NumberStyle): string {
  const digits = style.precision === undefined ? 6 : Number(style.precision);
  const text = ((): string => {
    switch (style.type) {
      case "d":
      case "n":
        return String(Math.trunc(value));
      case "f":
      case "F":
        return value.toFixed(digits);
      case "e":
      case "E":
        return value.toExponential(digits).replace(/e([+-])(\d)$/, "e$10$2");
      case "%":
        return `${(value * 100).toFixed(digits)}%`;
      case "x":
        return Math.trunc(value).toString(16);
      case "X":
        return Math.trunc(value).toString(16).toUpperCase();
      case "o":
        return Math.trunc(value).toString(8);
      case "b":
        return Math.trunc(value).toString(2);
      case "g":
        return general(value, digits);
      default:
        if (style.precision !== undefined) return general(value, digits);
        return isFloat ? floatText(value) : String(value);
    }
  })();
  const grouped =
    style.grouping === undefined
      ? text
      : text.replace(/^(-?\d+)/, (all) => all.replace(/\B(?=(\d{3})+$)/g, style.grouping ?? ""));
  return style.sign === "+" && value >= 0 ? `+${grouped}` : grouped;
}

function general(value: number, digits: number): string {
  const text = Number(value.toPrecision(Math.max(1, digits)));
  return Number.isInteger(text) ? String(text) : floatText(text);
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
  let known = true;
  const text = template.replace(
    /%(?:\((\w+)\))?([#0\- +]*)(\d+|\*)?(?:\.(\d+))?([diouxXeEfFgGcrsa%])/g,
    (
      _,
      name: string | undefined,
      flags: string,
      width: string | undefined,
      precision: string | undefined,
      type: string,
    ) => {
      if (type === "%") return "%";
      const value = name === undefined ? queue.shift() : m.getItem(values, name);
      if (value === undefined) return raise(m, "TypeError", "not enough arguments for format string");
      const spec =
        type === "s" || type === "r" || type === "a" || type === "c"
          ? ""
          : `${precision === undefined ? "" : `.${precision}`}${type === "i" || type === "u" ? "d" : type}`;
      const body = type === "r" || type === "a" ? repr(m, value) : formatValue(m, value, spec);
      if (body === undefined) {
        known = false;
        return "";
      }
      const align = flags.includes("-") ? "<" : flags.includes("0") ? "=" : ">";
      return pad(body, Number(width ?? 0), flags.includes("0") ? "0" : " ", align);
    },
  );
  return known ? text : undefined;
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
      const body =
        inner === undefined ? undefined : conversion === "r" ? repr(m, value) : formatValue(m, value, inner);
      known &&= body !== undefined;
      return body ?? "";
    },
  );
  return known ? text : undefined;
}

const indexOf = (text: string): Value => (/^\d+$/.test(text) ? Number(text) : text);
