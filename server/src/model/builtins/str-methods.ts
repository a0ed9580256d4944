import { dictGet } from "../dicts.ts";
import { braceFormat } from "../format.ts";
import { collect } from "../iterate.ts";
import type { Machine } from "../machine.ts";
import { plainUnknown } from "../plain-unknown.ts";
import { raise } from "../raise.ts";
import {
  isUnknown,
  type Kwargs,
  list,
  nativeMethod,
  none,
  type PyNative,
  tuple,
  type Value,
} from "../values.ts";
import { arg, asDict, asInt, asString } from "./args.ts";

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
  if (limit < 0 || all.length <= limit + 1) return all;
  const pattern = new RegExp(`^((?:\\S+\\s+){${limit}})([\\s\\S]*)$`).exec(text.trimStart());
  return pattern === null ? all : [...all.slice(0, limit), (pattern[2] ?? "").trimEnd()];
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

const affix =
  (name: "startsWith" | "endsWith"): Run =>
  (m, self, args) => {
    const [what, start] = args;
    if (what === undefined || isUnknown(what)) return m.unknown("a test of text against something unknown");
    const text = self.slice(asInt(m, start) ?? 0);
    if (typeof what === "object" && what.kind === "tuple")
      return what.items.some((each) => typeof each === "string" && text[name](each));
    const single = asString(what);
    return single === undefined
      ? raise(m, "TypeError", "first arg must be str or a tuple of str")
      : text[name](single);
  };

const title = (text: string): string =>
  text.toLowerCase().replace(/[a-z]+/g, (word) => word.slice(0, 1).toUpperCase() + word.slice(1));

const methods: Readonly<Record<string, Run>> = {
  join: (m, self, args) => {
    const parts = args[0] === undefined ? [] : collect(m, args[0]);
    const texts = parts.map((part) => asString(part));
    if (args[0] !== undefined && isUnknown(args[0])) return args[0];
    if (parts.some(isUnknown)) return plainUnknown(m, "text made of something unknown");
    return texts.includes(undefined)
      ? raise(m, "TypeError", "sequence item: expected str instance")
      : texts.join(self);
  },
  format: (m, self, args, kwargs) =>
    braceFormat(m, self, args, kwargs) ?? plainUnknown(m, "text made of something unknown"),
  format_map: (m, self, args) => {
    const from = asDict(args[0]);
    if (from === undefined) return m.unknown("`format_map`");
    const names = new Map(
      [...from.entries.values()].flatMap(({ key, value }) =>
        typeof key === "string" ? [[key, value] as const] : [],
      ),
    );
    return braceFormat(m, self, [], names) ?? plainUnknown(m, "text made of something unknown");
  },
  split: (m, self, args, kwargs) => split(m, self, args, kwargs, false),
  rsplit: (m, self, args, kwargs) => split(m, self, args, kwargs, true),
  splitlines: (_, self) =>
    list(self.split(/\r\n|\r|\n/).filter((line, i, all) => i < all.length - 1 || line !== "")),
  strip: (_, self, args) => trimChars(self, asString(args[0]), "both"),
  lstrip: (_, self, args) => trimChars(self, asString(args[0]), "start"),
  rstrip: (_, self, args) => trimChars(self, asString(args[0]), "end"),
  startswith: affix("startsWith"),
  endswith: affix("endsWith"),
  replace: (m, self, args, kwargs) => {
    const [from, to] = [asString(args[0]), asString(args[1])];
    if (from === undefined || to === undefined) return m.unknown("`replace` with something unknown");
    const count = asInt(m, arg(args, kwargs, 2, "count")) ?? -1;
    if (count < 0) return self.replaceAll(from, () => to);
    return leftSplit(self, from, count).join(to);
  },
  lower: (_, self) => self.toLowerCase(),
  upper: (_, self) => self.toUpperCase(),
  casefold: (_, self) => self.toLowerCase(),
  capitalize: (_, self) => self.slice(0, 1).toUpperCase() + self.slice(1).toLowerCase(),
  title: (_, self) => title(self),
  swapcase: (_, self) =>
    [...self].map((c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join(""),
  find: (_, self, args) => self.indexOf(asString(args[0]) ?? ""),
  rfind: (_, self, args) => self.lastIndexOf(asString(args[0]) ?? ""),
  index: (m, self, args) => {
    const at = self.indexOf(asString(args[0]) ?? "");
    return at < 0 ? raise(m, "ValueError", "substring not found") : at;
  },
  count: (_, self, args) => self.split(asString(args[0]) ?? "").length - 1,
  isdigit: (_, self) => /^\d+$/.test(self),
  isdecimal: (_, self) => /^\d+$/.test(self),
  isnumeric: (_, self) => /^\d+$/.test(self),
  isalpha: (_, self) => /^\p{L}+$/u.test(self),
  isalnum: (_, self) => /^[\p{L}\p{N}]+$/u.test(self),
  isspace: (_, self) => /^\s+$/.test(self),
  isupper: (_, self) => self !== self.toLowerCase() && self === self.toUpperCase(),
  islower: (_, self) => self !== self.toUpperCase() && self === self.toLowerCase(),
  isidentifier: (_, self) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(self),
  partition: (_, self, args) => {
    const separator = asString(args[0]) ?? "";
    const at = self.indexOf(separator);
    return tuple(at < 0 ? [self, "", ""] : [self.slice(0, at), separator, self.slice(at + separator.length)]);
  },
  rpartition: (_, self, args) => {
    const separator = asString(args[0]) ?? "";
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
  zfill: (m, self, args) => self.padStart(asInt(m, args[0]) ?? 0, "0"),
  ljust: (m, self, args) => self.padEnd(asInt(m, args[0]) ?? 0, asString(args[1]) ?? " "),
  rjust: (m, self, args) => self.padStart(asInt(m, args[0]) ?? 0, asString(args[1]) ?? " "),
  center: (m, self, args) => {
    const width = asInt(m, args[0]) ?? 0;
    const fill = asString(args[1]) ?? " ";
    return self.padStart(self.length + Math.floor((width - self.length) / 2), fill).padEnd(width, fill);
  },
  encode: (_, self) => ({ kind: "bytes", value: self }),
  expandtabs: (_, self) => self.replaceAll("\t", "        "),
  translate: (_, self, args) => {
    const table = asDict(args[0]);
    if (table === undefined) return self;
    return [...self]
      .map((c) => {
        const to = dictGet(table, c.charCodeAt(0));
        return to === undefined ? c : typeof to === "string" ? to : to === none ? "" : c;
      })
      .join("");
  },
};

export const strMethods: readonly PyNative[] = Object.entries(methods).map(([name, run]) =>
  nativeMethod(name, (m, args, kwargs) => {
    const self = asString(args[0]);
    return self === undefined
      ? m.unknown(`\`str.${name}\` of something else`)
      : run(m, self, args.slice(1), kwargs);
  }),
);
