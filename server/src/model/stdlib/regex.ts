import { asInt, asString } from "../builtins/args.ts";
import { dictFrom } from "../dicts.ts";
import type { Machine } from "../machine.ts";
import { dict, iterator, list, native, noKwargs, none, tuple, type Value } from "../values.ts";
import { mayNotEnd } from "./regex-time.ts";

/** Python's syntax in JavaScript's words; `undefined` for what JavaScript cannot say. */
function compile(pattern: string, flags: number): RegExp | undefined {
  let body = pattern
    .replaceAll("(?P<", "(?<")
    .replace(/\(\?P=(\w+)\)/g, "\\k<$1>")
    .replaceAll("\\Z", "$")
    .replaceAll("\\A", "^");
  let extra = flags;
  const inline = /^\(\?([imsx]+)\)/.exec(body);
  if (inline !== null) {
    body = body.slice(inline[0].length);
    for (const c of inline[1] ?? "") extra |= c === "i" ? 2 : c === "m" ? 8 : c === "s" ? 16 : 64;
  }
  if (extra & 64) body = body.replace(/(?<!\\)\s+|(?<!\\)#.*$/gm, "");
  try {
    return new RegExp(body, `dg${extra & 2 ? "i" : ""}${extra & 8 ? "m" : ""}${extra & 16 ? "s" : ""}`);
  } catch {
    return undefined;
  }
}

const record = (typeName: string, fields: Iterable<readonly [string, Value]>): Value => ({
  kind: "record",
  typeName,
  fields: new Map(fields),
});

function matchRecord(m: Machine, found: RegExpMatchArray | null): Value {
  if (found === null) return none;
  const group = (which: Value | undefined): Value => {
    const name = asString(which);
    const text = name === undefined ? found[asInt(m, which) ?? 0] : found.groups?.[name];
    return text ?? none;
  };
  const start = found.index ?? 0;
  const bounds = (args: readonly Value[]): readonly [number, number] | undefined => {
    const [which = 0] = args;
    if (which === 0) return [start, start + found[0].length];
    const name = asString(which);
    const at = name === undefined ? found.indices?.[asInt(m, which) ?? 0] : found.indices?.groups?.[name];
    return at === undefined ? (found.indices === undefined ? undefined : [-1, -1]) : [at[0], at[1]];
  };
  const edge = (args: readonly Value[], i: 0 | 1): Value =>
    bounds(args)?.[i] ?? m.unknown("where a group of a pattern matched");
  return record("Match", [
    ["group", native("group", (_, args) => (args.length > 1 ? tuple(args.map(group)) : group(args[0] ?? 0)))],
    ["__getitem__", native("__getitem__", (_, args) => group(args[0] ?? 0))],
    [
      "groups",
      native("groups", () => tuple(Array.from({ length: found.length - 1 }, (_, i) => found[i + 1] ?? none))),
    ],
    [
      "groupdict",
      native("groupdict", () =>
        dictFrom(Object.keys(found.groups ?? {}).map((key) => [key, found.groups?.[key] ?? none])),
      ),
    ],
    ["start", native("start", (_, args) => edge(args, 0))],
    ["end", native("end", (_, args) => edge(args, 1))],
    ["span", native("span", (_, args) => tuple([edge(args, 0), edge(args, 1)]))],
    ["string", found.input ?? ""],
  ]);
}

type Act = (m: Machine, pattern: RegExp, args: readonly Value[], count: Value | undefined) => Value;

const actions: Readonly<Record<string, Act>> = {
  match: (m, pattern, args) => matchRecord(m, sticky(pattern).exec(asString(args[0]) ?? "")),
  fullmatch: (m, pattern, args) =>
    matchRecord(
      m,
      new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace("g", "")).exec(asString(args[0]) ?? ""),
    ),
  search: (m, pattern, args) =>
    matchRecord(m, new RegExp(pattern.source, pattern.flags.replace("g", "")).exec(asString(args[0]) ?? "")),
  findall: (_, pattern, args) =>
    list(
      [...(asString(args[0]) ?? "").matchAll(pattern)].map((found) =>
        found.length > 2 ? tuple(found.slice(1)) : (found[1] ?? found[0]),
      ),
    ),
  finditer: (m, pattern, args) => {
    const all = [...(asString(args[0]) ?? "").matchAll(pattern)];
    let i = 0;
    return iterator("finditer", () => {
      const next = all[i++];
      return next === undefined ? undefined : matchRecord(m, next);
    });
  },
  split: (_, pattern, args) =>
    list(
      (asString(args[0]) ?? "")
        .split(new RegExp(pattern.source, pattern.flags.replace("g", "")))
        .map((part) => part ?? none),
    ),
  sub: (m, pattern, args, count) => substitute(m, pattern, args, count)[0],
  subn: (m, pattern, args, count) => tuple([...substitute(m, pattern, args, count)]),
};

const sticky = (pattern: RegExp): RegExp => new RegExp(pattern.source, `${pattern.flags.replace("g", "")}y`);

function substitute(
  m: Machine,
  pattern: RegExp,
  args: readonly Value[],
  count: Value | undefined,
): readonly [Value, number] {
  const [by, text] = args;
  const source = asString(text);
  if (source === undefined) return [m.unknown("text made of something unknown"), 0];
  const limit = asInt(m, count) ?? 0;
  let done = 0;
  const template = asString(by);
  let known = true;
  const made = source.replace(pattern, (...parts) => {
    const all = String(parts[0]);
    if (limit > 0 && done >= limit) return all;
    done += 1;
    if (template !== undefined)
      return template.replace(/\\(\d+|g<(\w+)>)/g, (_, n: string, name?: string) =>
        groupText(parts, name ?? n),
      );
    const found = new RegExp(pattern.source, pattern.flags.replace("g", "")).exec(all);
    const result = by === undefined ? all : m.call(by, [matchRecord(m, found)], noKwargs);
    known &&= typeof result === "string";
    return typeof result === "string" ? result : all;
  });
  return known ? [made, done] : [m.unknown("text made of something unknown"), done];
}

function groupText(parts: readonly unknown[], name: string): string {
  const groups: unknown = parts.at(-1);
  const named =
    typeof groups === "object" && groups !== null
      ? Object.entries(groups).find(([key]) => key === name)?.[1]
      : undefined;
  const text: unknown = /^\d+$/.test(name) ? parts[Number(name)] : named;
  return typeof text === "string" ? text : "";
}

function patternRecord(m: Machine, text: string, flags: number): Value {
  const pattern = compile(text, flags);
  if (pattern === undefined) return m.unknown(`the pattern ${text}`);
  return record("Pattern", [
    ["pattern", text],
    ...Object.entries(actions).map(([name, act]): [string, Value] => [
      name,
      native(name, (machine, args, kwargs) => {
        const subject = asString(args[name.startsWith("sub") ? 1 : 0]) ?? "";
        return mayNotEnd(pattern.source, subject)
          ? machine.unknown(`the pattern ${text} may take too long`)
          : act(machine, pattern, args, kwargs.get("count") ?? args[name.startsWith("sub") ? 2 : 1]);
      }),
    ]),
  ]);
}

/** A pattern argument: text, or what `re.compile` gave. */
function patternOf(m: Machine, value: Value | undefined, flags: number): Value {
  const text = asString(value);
  return text === undefined ? (value ?? none) : patternRecord(m, text, flags);
}

export const regexVars: readonly (readonly [string, Value])[] = [
  [
    "re_compile",
    native("compile", (m, args, kwargs) =>
      patternOf(m, args[0], asInt(m, args[1] ?? kwargs.get("flags")) ?? 0),
    ),
  ],
  ...Object.keys(actions).map((name): [string, Value] => [
    `re_${name}`,
    native(name, (m, args, kwargs) => {
      const pattern = patternOf(m, args[0], asInt(m, kwargs.get("flags")) ?? 0);
      const run = m.getAttribute(pattern, name);
      return run === undefined ? m.unknown("a pattern") : m.call(run, args.slice(1), kwargs);
    }),
  ]),
  ["re_escape", native("escape", (_, args) => (asString(args[0]) ?? "").replace(/[^\w]/g, "\\$&"))],
  ["empty_dict", native("empty_dict", () => dict())],
];
