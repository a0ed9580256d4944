import { dictGet, dictSet } from "../dicts.ts";
import { braceFormat } from "../format.ts";
import { collect } from "../iterate.ts";
import type { Machine } from "../machine.ts";
import { plainUnknown } from "../plain-unknown.ts";
import { raise } from "../raise.ts";
import { reasonOf } from "../reasons.ts";
import {
  dict,
  isUnknown,
  type Kwargs,
  list,
  native,
  nativeMethod,
  none,
  type PyNative,
  tuple,
  type Value,
} from "../values.ts";
import { arg, asDict, asInt, asString } from "./args.ts";
import { encode } from "./encoding.ts";

type Run = (m: Machine, self: string, args: readonly Value[], kwargs: Kwargs) => Value;

const isSpace = /\s/;
const trimChars = (text: string, chars: string | undefined, from: "start" | "end" | "both"): string => {
  const drop = (c: string | undefined): boolean =>
    c !== undefined && (chars === undefined ? isSpace.test(c) : chars.includes(c));
  let [start, end] = [0, text.length];
  if (from !== "end") while (start < end && drop(text[start])) start += 1;
  if (from !== "start") while (end > start && drop(text[end - 1])) end -= 1;
  return text.slice(start, end);
};

function split(m: Machine, self: string, args: readonly Value[], kwargs: Kwargs, fromRight: boolean): Value {
  const separator = asString(arg(args, kwargs, 0, "sep"));
  const limit = asInt(m, arg(args, kwargs, 1, "maxsplit")) ?? -1;
  if (separator === "") return raise(m, "ValueError", "empty separator");
  const parts =
    separator === undefined
      ? splitSpaces(self, limit)
      : fromRight
        ? rightSplit(self, separator, limit)
        : leftSplit(self, separator, limit);
  return list([...parts]);
}

function splitSpaces(text: string, limit: number): readonly string[] {
  const all = text
    .trim()
    .split(/\s+/)
    .filter((part) => part !== "");
  if (limit < 0 || all.length <= limit) return all;
  const pattern = new RegExp(`^((?:\\S+\\s+){${limit}})([\\s\\S]*)$`).exec(text.trimStart());
  return pattern === null ? all : [...all.slice(0, limit), pattern[2] ?? ""];
}

function leftSplit(text: string, separator: string, limit: number): readonly string[] {
  const all = text.split(separator);
  return limit < 0 || all.length <= limit + 1
    ? all
    : [...all.slice(0, limit), all.slice(limit).join(separator)];
}

function rightSplit(text: string, separator: string, limit: number): readonly string[] {
  const all = text.split(separator);
  if (limit < 0 || all.length <= limit + 1) return all;
  const head = all.length - limit;
  return [all.slice(0, head).join(separator), ...all.slice(head)];
}

/** The part of a text that `start` and `end` leave, and where it begins. */
function within(
  m: Machine,
  self: string,
  start: Value | undefined,
  end: Value | undefined,
): { readonly text: string; readonly from: number } | undefined {
  const { length } = self;
  const bound = (value: Value | undefined, fallback: number): number | undefined => {
    const at = value === undefined || value === none ? fallback : asInt(m, value);
    return at === undefined ? undefined : at < 0 ? Math.max(0, at + length) : at;
  };
  const [from, to] = [bound(start, 0), bound(end, length)];
  if (from === undefined || to === undefined) return undefined;
  return { text: from > length ? "" : self.slice(from, Math.max(from, to)), from };
}

/** Position of a part, or -1. */
const search =
  (name: "indexOf" | "lastIndexOf", missing?: string): Run =>
  (m, self, args) => {
    const [what, start, end] = args;
    const part = asString(what);
    const inside = within(m, self, start, end);
    if (part === undefined || inside === undefined)
      return what === undefined || isUnknown(what) || inside === undefined
        ? m.unknown(reasonOf(args, "a search for something unknown"))
        : raise(m, "TypeError", "must be str");
    const at = inside.from > self.length ? -1 : inside.text[name](part);
    if (at >= 0) return at + inside.from;
    return missing === undefined ? -1 : raise(m, "ValueError", missing);
  };

function widthOf(m: Machine, value: Value | undefined): number {
  const width = asInt(m, value) ?? 0;
  m.spend(Math.max(0, width));
  return width;
}

function zeroFilled(text: string, width: number): string {
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
}

function centered(text: string, width: number, fill: string): string {
  const missing = width - text.length;
  if (missing <= 0) return text;
  // The odd one goes to the left when the width is odd. Source: CPython `pad`.
  const left = Math.floor(missing / 2) + (missing & width & 1);
  return fill.repeat(left) + text + fill.repeat(missing - left);
}

function expandTabs(text: string, size: number): string {
  let column = 0;
  return [...text]
    .map((c) => {
      if (c === "\n" || c === "\r") column = 0;
      else if (c === "\t") {
        const missing = size <= 0 ? 0 : size - (column % size);
        column += missing;
        return " ".repeat(missing);
      } else column += 1;
      return c;
    })
    .join("");
}

/** The parts between separators; between all characters for an empty one. */
function replaced(text: string, from: string, to: string, limit: number): string {
  if (from !== "") return limit < 0 ? text.replaceAll(from, () => to) : leftSplit(text, from, limit).join(to);
  const places = ["", ...text];
  return places.map((c, i) => c + (limit < 0 || i < limit ? to : "")).join("");
}

/** The first letter in title case: `ß` becomes `Ss`. */
const capitalized = (text: string): string => {
  const first = text.slice(0, 1).toUpperCase();
  return first.slice(0, 1) + first.slice(1).toLowerCase() + text.slice(1).toLowerCase();
};

/** A table for `translate`. */
export const makeTranslation = native("maketrans", (m, args) => {
  const [from, to, gone] = args;
  const made = dict();
  const source = asDict(from);
  if (source !== undefined)
    for (const { key, value } of source.entries.values())
      dictSet(made, typeof key === "string" ? (key.codePointAt(0) ?? 0) : key, value);
  const [keys, values] = [asString(from), asString(to)];
  if (source === undefined && (keys === undefined || values === undefined))
    return m.unknown("`str.maketrans` of something unknown");
  [...(keys ?? "")].forEach((c, i) => {
    dictSet(made, c.codePointAt(0) ?? 0, [...(values ?? "")][i]?.codePointAt(0) ?? none);
  });
  for (const c of asString(gone) ?? "") dictSet(made, c.codePointAt(0) ?? 0, none);
  return made;
});

const affix =
  (name: "startsWith" | "endsWith"): Run =>
  (m, self, args) => {
    const [what, start, end] = args;
    if (what === undefined || isUnknown(what))
      return m.unknown(reasonOf(args, "a test of text against something unknown"));
    const inside = within(m, self, start, end);
    if (inside === undefined) return m.unknown("a test of text from an unknown place");
    const { text } = inside;
    if (typeof what === "object" && what.kind === "tuple")
      return what.items.some((each) => typeof each === "string" && text[name](each));
    const single = asString(what);
    return single === undefined
      ? raise(m, "TypeError", "first arg must be str or a tuple of str")
      : text[name](single);
  };

const title = (text: string): string =>
  text.toLowerCase().replace(/\p{L}+/gu, (word) => word.slice(0, 1).toUpperCase() + word.slice(1));

const methods: Readonly<Record<string, Run>> = {
  join: (m, self, args) => {
    const parts = args[0] === undefined ? [] : collect(m, args[0]);
    const texts = parts.map((part) => asString(part));
    if (args[0] !== undefined && isUnknown(args[0])) return args[0];
    if (parts.some(isUnknown)) return plainUnknown(m, reasonOf(parts, "text made of something unknown"));
    m.spend(texts.reduce((sum, text) => sum + self.length + (text?.length ?? 0), 0));
    return texts.includes(undefined)
      ? raise(m, "TypeError", "sequence item: expected str instance")
      : texts.join(self);
  },
  format: (m, self, args, kwargs) =>
    braceFormat(m, self, args, kwargs) ??
    plainUnknown(m, reasonOf([...args, ...kwargs.values()], "text made of something unknown")),
  format_map: (m, self, args) => {
    const from = asDict(args[0]);
    if (from === undefined) return m.unknown("`format_map`");
    const names = new Map(
      [...from.entries.values()].flatMap(({ key, value }) =>
        typeof key === "string" ? [[key, value] as const] : [],
      ),
    );
    return (
      braceFormat(m, self, [], names) ?? plainUnknown(m, reasonOf([from], "text made of something unknown"))
    );
  },
  split: (m, self, args, kwargs) => split(m, self, args, kwargs, false),
  rsplit: (m, self, args, kwargs) => split(m, self, args, kwargs, true),
  splitlines: (m, self, args, kwargs) => {
    const keeps = m.truth(arg(args, kwargs, 0, "keepends") ?? false) === true;
    const lines = self.match(/[^\r\n\v\f]*(?:\r\n|[\r\n\v\f])|[^\r\n\v\f]+$/g) ?? [];
    return list(lines.map((line) => (keeps ? line : line.replace(/(?:\r\n|[\r\n\v\f])$/, ""))));
  },
  strip: (_, self, args) => trimChars(self, asString(args[0]), "both"),
  lstrip: (_, self, args) => trimChars(self, asString(args[0]), "start"),
  rstrip: (_, self, args) => trimChars(self, asString(args[0]), "end"),
  startswith: affix("startsWith"),
  endswith: affix("endsWith"),
  replace: (m, self, args, kwargs) => {
    const [from, to] = [asString(args[0]), asString(args[1])];
    if (from === undefined || to === undefined)
      return m.unknown(reasonOf(args, "`replace` with something unknown"));
    const count = asInt(m, arg(args, kwargs, 2, "count")) ?? -1;
    const places = from === "" ? self.length + 1 : to.length > from.length ? self.split(from).length - 1 : 0;
    m.spend(self.length + places * to.length);
    return replaced(self, from, to, count);
  },
  lower: (_, self) => self.toLowerCase(),
  upper: (_, self) => self.toUpperCase(),
  casefold: (_, self) => self.toLowerCase().replaceAll("ß", "ss"),
  capitalize: (_, self) => capitalized(self),
  title: (_, self) => title(self),
  swapcase: (_, self) =>
    [...self].map((c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join(""),
  find: search("indexOf"),
  rfind: search("lastIndexOf"),
  index: search("indexOf", "substring not found"),
  rindex: search("lastIndexOf", "substring not found"),
  count: (m, self, args) => {
    const part = asString(args[0]);
    const inside = within(m, self, args[1], args[2]);
    if (part === undefined || inside === undefined)
      return m.unknown(reasonOf(args, "a count of something unknown"));
    return part === "" ? inside.text.length + 1 : inside.text.split(part).length - 1;
  },
  isdigit: (_, self) => /^[\p{Nd}\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089]+$/u.test(self),
  isdecimal: (_, self) => /^\p{Nd}+$/u.test(self),
  isnumeric: (_, self) => /^\p{N}+$/u.test(self),
  isascii: (_, self) => [...self].every((c) => (c.codePointAt(0) ?? 0) < 128),
  isprintable: (_, self) => !/[\p{C}\p{Z}]/u.test(self.replaceAll(" ", "")),
  istitle: (_, self) => /\p{L}/u.test(self) && title(self) === self,
  isalpha: (_, self) => /^\p{L}+$/u.test(self),
  isalnum: (_, self) => /^[\p{L}\p{N}]+$/u.test(self),
  isspace: (_, self) => /^\s+$/.test(self),
  isupper: (_, self) => self !== self.toLowerCase() && self === self.toUpperCase(),
  islower: (_, self) => self !== self.toUpperCase() && self === self.toLowerCase(),
  isidentifier: (_, self) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(self),
  partition: (m, self, args) => {
    const separator = asString(args[0]) ?? "";
    if (separator === "") return raise(m, "ValueError", "empty separator");
    const at = self.indexOf(separator);
    return tuple(at < 0 ? [self, "", ""] : [self.slice(0, at), separator, self.slice(at + separator.length)]);
  },
  rpartition: (m, self, args) => {
    const separator = asString(args[0]) ?? "";
    if (separator === "") return raise(m, "ValueError", "empty separator");
    const at = self.lastIndexOf(separator);
    return tuple(at < 0 ? ["", "", self] : [self.slice(0, at), separator, self.slice(at + separator.length)]);
  },
  removeprefix: (_, self, args) => {
    const prefix = asString(args[0]) ?? "";
    return self.startsWith(prefix) ? self.slice(prefix.length) : self;
  },
  removesuffix: (_, self, args) => {
    const suffix = asString(args[0]) ?? "";
    return suffix !== "" && self.endsWith(suffix) ? self.slice(0, -suffix.length) : self;
  },
  zfill: (m, self, args) => zeroFilled(self, widthOf(m, args[0])),
  ljust: (m, self, args) => self.padEnd(widthOf(m, args[0]), asString(args[1]) ?? " "),
  rjust: (m, self, args) => self.padStart(widthOf(m, args[0]), asString(args[1]) ?? " "),
  center: (m, self, args) => centered(self, widthOf(m, args[0]), asString(args[1]) ?? " "),
  encode: (m, self, args, kwargs) => encode(m, self, arg(args, kwargs, 0, "encoding")),
  expandtabs: (m, self, args, kwargs) => {
    const size = asInt(m, arg(args, kwargs, 0, "tabsize") ?? 8) ?? 8;
    m.spend(self.length + Math.max(0, size) * (self.split("\t").length - 1));
    return expandTabs(self, size);
  },
  translate: (_, self, args) => {
    const table = asDict(args[0]);
    if (table === undefined) return self;
    return [...self]
      .map((c) => {
        const to = dictGet(table, c.charCodeAt(0));
        if (typeof to === "number") return String.fromCodePoint(to);
        return to === undefined ? c : typeof to === "string" ? to : to === none ? "" : c;
      })
      .join("");
  },
};

export const strMethods: readonly PyNative[] = Object.entries(methods).map(([name, run]) =>
  nativeMethod(name, (m, args, kwargs) => {
    const self = asString(args[0]);
    m.spend(self?.length ?? 0);
    return self === undefined
      ? m.unknown(`\`str.${name}\` of something else`)
      : run(m, self, args.slice(1), kwargs);
  }),
);
