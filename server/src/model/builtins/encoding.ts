/** Between texts and bytes: UTF-8, Latin-1 and ASCII. */
import type { Machine } from "../machine.ts";
import { raise } from "../raise.ts";
import type { PyBytes, Value } from "../values.ts";
import { asString } from "./args.ts";

export const bytes = (value: string): PyBytes => ({ kind: "bytes", value });

const loneSurrogates = /\p{Cs}/gu;

const isPlain = (name: string): boolean => /^(?:ascii|us-ascii|latin-?1|iso-?8859-?1)$/.test(name);

/** Text as bytes. @throws Raised `UnicodeEncodeError` */
export function encode(m: Machine, text: string, encoding: Value | undefined): Value {
  const name = (encoding === undefined ? "utf-8" : (asString(encoding) ?? ""))
    .toLowerCase()
    .replace("_", "-");
  if (name === "utf-8" || name === "utf8")
    return bytes(
      encodeURIComponent(text.replace(loneSurrogates, "?")).replace(/%([0-9A-F]{2})/g, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      ),
    );
  if (!isPlain(name)) return m.unknown(`text encoded as ${name}`);
  const limit = name.includes("ascii") ? 128 : 256;
  const odd = [...text].find((c) => (c.codePointAt(0) ?? 0) >= limit);
  return odd === undefined
    ? bytes(text)
    : raise(
        m,
        "UnicodeEncodeError",
        `'${name}' codec can't encode character: ordinal not in range(${limit})`,
      );
}

/** Bytes as text. @throws Raised `UnicodeDecodeError` */
export function decode(m: Machine, value: string, encoding: Value | undefined): Value {
  const name = (encoding === undefined ? "utf-8" : (asString(encoding) ?? ""))
    .toLowerCase()
    .replace("_", "-");
  if (isPlain(name)) return value;
  if (name !== "utf-8" && name !== "utf8") return m.unknown(`bytes decoded as ${name}`);
  const escaped = [...value].map((c) => `%${c.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");
  try {
    return decodeURIComponent(escaped);
  } catch {
    return raise(m, "UnicodeDecodeError", "'utf-8' codec can't decode bytes: invalid start byte");
  }
}
