/** `bytes`: a text whose characters are the bytes. What reads like a method of `str` runs as one. */
import { collect } from "../iterate.ts";
import type { Machine } from "../machine.ts";
import { raise } from "../raise.ts";
import {
  isUnknown,
  type Kwargs,
  list,
  nativeMethod,
  type PyBytes,
  type PyNative,
  tuple,
  type Value,
} from "../values.ts";
import { asInt, asString } from "./args.ts";
import { bytes, decode, encode } from "./encoding.ts";
import { strMethods } from "./str-methods.ts";

const isBytes = (value: Value | undefined): value is PyBytes =>
  typeof value === "object" && value.kind === "bytes";

/** `bytes(3)`, `bytes([1, 2])`, `bytes("text", "utf-8")`. */
export function toBytes(m: Machine, args: readonly Value[], kwargs: Kwargs): Value {
  const [source] = args;
  if (source === undefined) return bytes("");
  if (isUnknown(source)) return source;
  if (isBytes(source)) return source;
  const text = asString(source);
  if (text !== undefined) {
    const encoding = args[1] ?? kwargs.get("encoding");
    return encoding === undefined
      ? raise(m, "TypeError", "string argument without an encoding")
      : encode(m, text, encoding);
  }
  const count = asInt(m, source);
  if (count !== undefined && count >= 0) {
    m.spend(count);
    return bytes("\0".repeat(count));
  }
  if (count !== undefined) return raise(m, "ValueError", "negative count");
  const items = collect(m, source).map((each) => asInt(m, each));
  if (items.includes(undefined)) return m.unknown("bytes made of something unknown");
  if (items.some((item) => item !== undefined && (item < 0 || item > 255)))
    return raise(m, "ValueError", "bytes must be in range(0, 256)");
  return bytes(items.map((item) => String.fromCharCode(item ?? 0)).join(""));
}

export const bytesFromHex = nativeMethod("fromhex", (m, args) => {
  const text = (asString(args[1]) ?? "").replace(/\s/g, "");
  if (!/^(?:[0-9a-f]{2})*$/i.test(text))
    return raise(m, "ValueError", "non-hexadecimal number found in fromhex() arg");
  return bytes(text.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16))));
});

const shared: ReadonlySet<string> = new Set(
  "capitalize center count endswith expandtabs find index isalnum isalpha isascii isdigit islower isspace istitle isupper join ljust lower lstrip partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title upper zfill".split(
    " ",
  ),
);

/** Bytes for the texts that a method of `str` gives or takes. */
function back(value: Value): Value {
  if (typeof value === "string") return bytes(value);
  if (typeof value === "object" && value.kind === "list") return list(value.items.map(back));
  return typeof value === "object" && value.kind === "tuple" ? tuple(value.items.map(back)) : value;
}

function forth(m: Machine, value: Value): Value {
  if (isBytes(value)) return value.value;
  if (typeof value === "string") return raise(m, "TypeError", "a bytes-like object is required, not 'str'");
  if (typeof value === "object" && (value.kind === "list" || value.kind === "iterator"))
    return list(collect(m, value).map((each) => forth(m, each)));
  return typeof value === "object" && value.kind === "tuple"
    ? tuple(value.items.map((each) => forth(m, each)))
    : value;
}

export const bytesMethods: readonly PyNative[] = [
  ...strMethods
    .filter(({ name }) => shared.has(name))
    .map((method) =>
      nativeMethod(method.name, (m, args, kwargs) => {
        const given = args.map((each) => forth(m, each));
        const named = new Map([...kwargs].map(([name, value]) => [name, forth(m, value)] as const));
        return back(method.run(m, given, named));
      }),
    ),
  nativeMethod("decode", (m, args, kwargs) =>
    isBytes(args[0])
      ? decode(m, args[0].value, args[1] ?? kwargs.get("encoding"))
      : m.unknown("`bytes.decode` of something else"),
  ),
  nativeMethod("hex", (m, args) =>
    isBytes(args[0])
      ? [...args[0].value].map((c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("")
      : m.unknown("`bytes.hex` of something else"),
  ),
];
