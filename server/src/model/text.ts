import { printDim } from "../graph/dim.ts";
import { method } from "./bind.ts";
import { isPlainEnum, lookup } from "./classes.ts";
import type { Machine } from "./machine.ts";
import { typeName } from "./types.ts";
import { noKwargs, none, type PyDict, type PyInstance, type PySet, type Value } from "./values.ts";

/** Python's `str(value)`; `undefined` when the text depends on something unknown. */
export function str(m: Machine, value: Value): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value.kind === "instance") {
    if (value.cls.isEnum && method(value, "__str__") === undefined) {
      const payload = value.payload;
      if (value.attrs.get("name") === none) return `${value.cls.name}(${String(payload)})`;
      if (typeof payload === "number" && !isPlainEnum(value.cls)) return str(m, payload);
      if (typeof payload === "string" && method(value, "__str_is_value__") !== undefined) return payload;
      return `${value.cls.name}.${String(value.attrs.get("name"))}`;
    }
    const own = method(value, "__str__") ?? method(value, "__repr__");
    if (own !== undefined) return textResult(m.call(own, [value], noKwargs));
    if (value.payload !== undefined) return str(m, value.payload);
    if (value.attrs.has("args") && m.isException(value))
      return value.cls.mro.some((each) => each.name === "KeyError")
        ? keyErrorText(m, value.attrs.get("args"))
        : exceptionText(m, value.attrs.get("args"));
  }
  if (typeof value === "object" && value.kind === "device") return value.name;
  if (typeof value === "object" && value.kind === "tuple" && value.cls !== undefined) {
    const own = lookup(value.cls, "__str__");
    if (typeof own === "object" && own.kind === "function") return textResult(m.call(own, [value], noKwargs));
  }
  return repr(m, value);
}

const textResult = (value: Value): string | undefined => (typeof value === "string" ? value : undefined);

function exceptionText(m: Machine, args: Value | undefined): string | undefined {
  if (typeof args !== "object" || args.kind !== "tuple" || args.items.length === 0) return "";
  const only = args.items[0];
  return args.items.length === 1 && only !== undefined ? str(m, only) : repr(m, args);
}

/** A missing key is shown as it would be written. */
function keyErrorText(m: Machine, args: Value | undefined): string | undefined {
  const only = typeof args === "object" && args.kind === "tuple" ? args.items : [];
  const [key] = only;
  return only.length === 1 && key !== undefined ? repr(m, key) : exceptionText(m, args);
}

function exceptionRepr(m: Machine, name: string, args: Value | undefined): string | undefined {
  const items = typeof args === "object" && args.kind === "tuple" ? args.items : [];
  return join(m, items, `${name}(`, ")");
}

function setText(m: Machine, { entries, frozen, isKeys }: PySet): string | undefined {
  if (isKeys === true) return join(m, [...entries.values()], "dict_keys([", "])");
  if (entries.size === 0) return frozen ? "frozenset()" : "set()";
  return join(m, [...entries.values()], frozen ? "frozenset({" : "{", frozen ? "})" : "}");
}

/** `<Color.RED: 1>`. */
function memberText(m: Machine, { cls, attrs, payload = none }: PyInstance): string | undefined {
  const inner = repr(m, payload);
  const name = attrs.get("name");
  if (inner === undefined) return undefined;
  return typeof name === "string" ? `<${cls.name}.${name}: ${inner}>` : `<${cls.name}: ${inner}>`;
}

/** Python's `repr(value)`. */
export function repr(m: Machine, value: Value): string | undefined {
  if (typeof value === "string") return reprString(value);
  // Beyond 2^53 the digits are rounded.
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : undefined;
  if (typeof value === "boolean") return value ? "True" : "False";
  m.step();
  switch (value.kind) {
    case "none":
      return "None";
    case "ellipsis":
      return "Ellipsis";
    case "float":
      return floatText(value.value);
    case "complex":
      return complexText(value.re, value.im);
    case "poly":
      return printDim(value);
    case "bytes":
      return `b${asciiText(reprString(value.value))}`;
    case "list":
      return join(m, value.items, "[", "]");
    case "tuple":
      if (value.cls !== undefined) {
        const own = lookup(value.cls, "__repr__");
        if (typeof own === "object" && own.kind === "function")
          return textResult(m.call(own, [value], noKwargs));
      }
      if (value.cls?.fields !== undefined) return namedText(m, value.cls.name, value.cls.fields, value.items);
      if (value.cls?.name === "Size") return join(m, value.items, "torch.Size([", "])");
      return value.items.length === 1 ? join(m, value.items, "(", ",)") : join(m, value.items, "(", ")");
    case "set":
      return setText(m, value);
    case "dict":
      return dictText(m, value);
    case "range":
      return value.step === 1
        ? `range(${value.start}, ${value.stop})`
        : `range(${value.start}, ${value.stop}, ${value.step})`;
    case "slice":
      return join(m, [value.lower, value.upper, value.step], "slice(", ")");
    case "dtype":
      return `torch.${value.dtype}`;
    case "token":
      return value.name;
    case "device":
      return `device(type='${value.name.replace(/:.*/, "")}')`;
    case "class":
      return `<class '${value.code === undefined ? "" : `${value.code.module.name}.`}${value.name}'>`;
    case "module":
      return `<module '${value.name}'>`;
    case "function":
      return `<function ${value.qualname}>`;
    case "instance": {
      const own = method(value, "__repr__");
      if (own !== undefined) return textResult(m.call(own, [value], noKwargs));
      if (value.cls.isEnum) return memberText(m, value);
      if (value.payload !== undefined) return repr(m, value.payload);
      if (m.isException(value)) return exceptionRepr(m, value.cls.name, value.attrs.get("args"));
      return `<${value.cls.name} object>`;
    }
    case "unknown":
    case "tensor":
      return undefined;
    default:
      return `<${typeName(value)}>`;
  }
}

function join(m: Machine, items: readonly Value[], open: string, close: string): string | undefined {
  const parts = items.map((item) => repr(m, item));
  m.spend(parts.reduce((sum, part) => sum + (part?.length ?? 0), 0));
  return parts.includes(undefined) ? undefined : `${open}${parts.join(", ")}${close}`;
}

function namedText(
  m: Machine,
  name: string,
  fields: readonly string[],
  items: readonly Value[],
): string | undefined {
  const parts = items.map((item, i) => {
    const inner = repr(m, item);
    return inner === undefined ? undefined : `${fields[i] ?? i}=${inner}`;
  });
  return parts.includes(undefined) ? undefined : `${name}(${parts.join(", ")})`;
}

function dictText(m: Machine, { entries, cls, factory }: PyDict): string | undefined {
  const pairs: (readonly [string, string])[] = [];
  for (const { key, value } of entries.values()) {
    const [a, b] = [repr(m, key), repr(m, value)];
    if (a === undefined || b === undefined) return undefined;
    pairs.push([a, b]);
  }
  const plain = `{${pairs.map(([a, b]) => `${a}: ${b}`).join(", ")}}`;
  const name = cls?.code === undefined ? cls?.name : undefined;
  if (name === "OrderedDict")
    return pairs.length === 0
      ? "OrderedDict()"
      : `OrderedDict([${pairs.map(([a, b]) => `(${a}, ${b})`).join(", ")}])`;
  if (name === "defaultdict") {
    const made = repr(m, factory ?? none);
    return made === undefined ? undefined : `defaultdict(${made}, ${plain})`;
  }
  return name === "Counter" ? (pairs.length === 0 ? "Counter()" : `Counter(${plain})`) : plain;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what Python does not print as it is
const controls = /[\x00-\x1f\x7f-\xa0\xad]/g;

/** Everything beyond ASCII as an escape. */
export const asciiText = (text: string): string =>
  [...text]
    .map((c) => {
      const code = c.codePointAt(0) ?? 0;
      const hex = code.toString(16);
      if (code < 128) return c;
      if (code < 256) return `\\x${hex.padStart(2, "0")}`;
      return code < 65536 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
    })
    .join("");

/** `1j`, `(1+2j)`, `(-0-2.5j)`: whole parts without a point. */
function complexText(re: number, im: number): string {
  const part = (x: number): string => floatText(x).replace(/\.0$/, "");
  const imaginary = `${part(im)}j`;
  if (re === 0 && !Object.is(re, -0)) return imaginary;
  return `(${part(re)}${im >= 0 && !Object.is(im, -0) ? "+" : Number.isNaN(im) ? "+" : ""}${imaginary})`;
}

function reprString(value: string): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const body = value
    .replaceAll("\\", "\\\\")
    .replaceAll("\n", "\\n")
    .replaceAll("\t", "\\t")
    .replaceAll("\r", "\\r")
    .replaceAll(quote, `\\${quote}`)
    .replace(controls, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return `${quote}${body}${quote}`;
}

/** Python's shortest text of a float: `1.0`, `1e-05`, `1e+16`. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits = "0", power = "0"] = value.toExponential().split("e");
    const sign = power.startsWith("-") ? "-" : "+";
    return `${digits}e${sign}${power.replace(/^[+-]/, "").padStart(2, "0")}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
