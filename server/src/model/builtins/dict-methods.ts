import { payloadOf } from "../classes.ts";
import { dictDelete, dictEntries, dictGet, dictSet, keyOf, makeSet, setAdd } from "../dicts.ts";
import { collect, iterate } from "../iterate.ts";
import type { Machine } from "../machine.ts";
import { markOpen, whyOpen } from "../open-dicts.ts";
import { isCheckpoint } from "../open-ends.ts";
import { raise } from "../raise.ts";
import { ofUnknownKey } from "../reasons.ts";
import {
  dict,
  isUnknown,
  type Kwargs,
  list,
  nativeMethod,
  noKwargs,
  none,
  type PyDict,
  type PyNative,
  type PySet,
  tuple,
  type Value,
} from "../values.ts";

type Run = (m: Machine, self: PyDict, args: readonly Value[], kwargs: Kwargs) => Value;

/** What `state_dict()` gives: a checkpoint changes values of weights. */
const holdsWeights = ({ entries }: PyDict): boolean =>
  entries.size > 0 &&
  [...entries.values()].every(({ value }) => typeof value === "object" && value.kind === "tensor");

/** `target.update(from)`: a dictionary, something with `keys()`, or pairs. */
export function updateDict(m: Machine, target: PyDict, from: Value): void {
  const inner = payloadOf(from);
  if (isUnknown(inner)) {
    if (isCheckpoint(inner) && holdsWeights(target)) return;
    m.note("a dictionary", `it is filled from something unknown: ${inner.why}`);
    markOpen(target, m.unknown(inner.why));
    return;
  }
  if (typeof inner === "object" && inner.kind === "dict") {
    m.spend(inner.entries.size);
    for (const entry of inner.entries.values()) dictSet(target, entry.key, entry.value);
    const why = whyOpen(inner);
    if (why !== undefined) markOpen(target, why);
    return;
  }
  const keys =
    typeof inner === "object" && inner.kind === "instance" ? m.getAttribute(inner, "keys") : undefined;
  if (keys !== undefined) {
    for (const key of collect(m, m.call(keys, [], noKwargs))) dictSet(target, key, m.getItem(inner, key));
    return;
  }
  const next = iterate(m, inner);
  for (let item = next(); item !== undefined; item = next()) {
    const [key, value] = collect(m, item);
    if (key === undefined || value === undefined)
      raise(m, "ValueError", "dictionary update sequence element has length below 2");
    else if (!dictSet(target, key, value))
      m.note("a dictionary", ofUnknownKey(key, "an entry is stored under an unknown key"));
  }
}

/** Counts are added, not replaced. */
export function count(m: Machine, self: PyDict, args: readonly Value[], kwargs: Kwargs, sign: 1 | -1): Value {
  const [from] = args;
  const source = from === undefined ? undefined : payloadOf(from);
  const add = (key: Value, by: Value): void => {
    if (!dictSet(self, key, m.binary(sign === 1 ? "+" : "-", dictGet(self, key) ?? 0, by)))
      m.note("a counter", "something unknown is counted");
  };
  if (typeof source === "object" && source.kind === "dict")
    for (const { key, value } of dictEntries(source)) add(key, value);
  else if (source !== undefined) for (const item of collect(m, source)) add(item, 1);
  for (const [key, value] of kwargs) add(key, value);
  return none;
}

const isCounter = ({ cls }: PyDict): boolean =>
  cls?.mro.some((each) => each.name === "Counter" && each.code === undefined) === true;

function fill(m: Machine, self: PyDict, args: readonly Value[], kwargs: Kwargs): Value {
  if (isCounter(self)) return count(m, self, args, kwargs, 1);
  if (args[0] !== undefined) updateDict(m, self, args[0]);
  for (const [key, value] of kwargs) dictSet(self, key, value);
  return none;
}

const openKey = (key: Value | undefined): boolean => key !== undefined && keyOf(key) === undefined;

const methods: Readonly<Record<string, Run>> = {
  __init__: fill,
  update: fill,
  get: (m, self, args, kwargs) => {
    if (openKey(args[0]))
      return m.unknown(ofUnknownKey(args[0], "a dictionary is read under an unknown key"));
    const found = args[0] === undefined ? undefined : dictGet(self, args[0]);
    return found ?? whyOpen(self) ?? args[1] ?? kwargs.get("default") ?? none;
  },
  keys: (_, self) => ({
    ...makeSet(
      dictEntries(self).map((entry) => entry.key),
      true,
    ),
    isKeys: true,
  }),
  values: (_, self) => list(dictEntries(self).map((entry) => entry.value)),
  items: (_, self) => list(dictEntries(self).map((entry) => tuple([entry.key, entry.value]))),
  pop: (m, self, args, kwargs) => {
    const key = args[0] ?? none;
    if (openKey(key)) m.note("a dictionary", "an unknown key is removed");
    const found = dictGet(self, key);
    dictDelete(self, key);
    return found ?? whyOpen(self) ?? args[1] ?? kwargs.get("default") ?? raise(m, "KeyError", key);
  },
  popitem: (m, self, args, kwargs) => {
    const first = m.truth(args[0] ?? kwargs.get("last") ?? true) === false;
    const entries = dictEntries(self);
    const entry = first ? entries[0] : entries.at(-1);
    if (entry === undefined) return raise(m, "KeyError", "popitem(): dictionary is empty");
    dictDelete(self, entry.key);
    return tuple([entry.key, entry.value]);
  },
  setdefault: (_, self, args) => {
    const key = args[0] ?? none;
    const found = dictGet(self, key);
    if (found !== undefined) return found;
    dictSet(self, key, args[1] ?? none);
    return args[1] ?? none;
  },
  copy: (m, self) => {
    m.spend(self.entries.size);
    const made = dict(self.cls, self.factory);
    updateDict(m, made, self);
    return made;
  },
  clear: (_, self) => {
    self.entries.clear();
    return none;
  },
  move_to_end: (m, self, args, kwargs) => {
    const key = args[0] ?? none;
    const found = dictGet(self, key);
    if (found === undefined) return raise(m, "KeyError", key);
    const last = m.truth(args[1] ?? kwargs.get("last") ?? true) !== false;
    const rest = dictEntries(self).filter((entry) => keyOf(entry.key) !== keyOf(key));
    self.entries.clear();
    if (!last) dictSet(self, key, found);
    for (const entry of rest) dictSet(self, entry.key, entry.value);
    if (last) dictSet(self, key, found);
    return none;
  },
  most_common: (m, self, args) => {
    const entries = dictEntries(self).map((entry) => ({
      entry,
      count: typeof entry.value === "number" ? entry.value : 0,
    }));
    const ordered = entries
      .sort((a, b) => b.count - a.count)
      .map(({ entry }) => tuple([entry.key, entry.value]));
    const limit = args[0] === undefined || args[0] === none ? ordered.length : Number(args[0]);
    return Number.isNaN(limit) ? m.unknown("`most_common`") : list(ordered.slice(0, limit));
  },
};

/** What a `Counter` alone can do. */
export const counterMethods: readonly PyNative[] = [
  nativeMethod("subtract", (m, [self, ...args], kwargs) => {
    const target = self === undefined ? none : payloadOf(self);
    return typeof target === "object" && target.kind === "dict"
      ? count(m, target, args, kwargs, -1)
      : m.unknown("`Counter.subtract` of something else");
  }),
  nativeMethod("elements", (m, [self]) => {
    const target = self === undefined ? none : payloadOf(self);
    if (typeof target !== "object" || target.kind !== "dict") return m.unknown("`Counter.elements`");
    return list(
      dictEntries(target).flatMap(({ key, value }) =>
        new Array<Value>(typeof value === "number" ? Math.max(0, value) : 0).fill(key),
      ),
    );
  }),
  nativeMethod("total", (m, [self]) => {
    const target = self === undefined ? none : payloadOf(self);
    return typeof target === "object" && target.kind === "dict"
      ? dictEntries(target).reduce<Value>((sum, { value }) => m.binary("+", sum, value), 0)
      : m.unknown("`Counter.total`");
  }),
];

/** `a + b`, `a - b`, `a & b`, `a | b` of counters: only what is above zero stays. */
export function countersTogether(op: string, left: PyDict, right: PyDict): PyDict | undefined {
  if (!isCounter(left) || !isCounter(right)) return undefined;
  const merge = (a: number, b: number): number | undefined =>
    op === "+"
      ? a + b
      : op === "-"
        ? a - b
        : op === "&"
          ? Math.min(a, b)
          : op === "|"
            ? Math.max(a, b)
            : undefined;
  const made = dict(left.cls, left.factory);
  const number = (value: Value | undefined): number => (typeof value === "number" ? value : 0);
  for (const { key } of [...dictEntries(left), ...dictEntries(right)]) {
    const sum = merge(number(dictGet(left, key)), number(dictGet(right, key)));
    if (sum === undefined) return undefined;
    if (sum > 0) dictSet(made, key, sum);
  }
  return made;
}

export const dictMethods: readonly PyNative[] = Object.entries(methods).map(([name, run]) =>
  nativeMethod(name, (m, args, kwargs) => {
    const self = args[0] === undefined ? none : payloadOf(args[0]);
    if (typeof self === "object" && self.kind === "dict") return run(m, self, args.slice(1), kwargs);
    return m.unknown(`\`dict.${name}\` of something else`);
  }),
);

type SetRun = (
  m: Machine,
  self: PySet,
  others: readonly (readonly Value[])[],
  args: readonly Value[],
) => Value;
const keys = (items: readonly Value[]): ReadonlySet<unknown> => new Set(items.map(keyOf));

const setRuns: Readonly<Record<string, SetRun>> = {
  add: (m, self, _, args) => {
    if (args[0] !== undefined && !setAdd(self, args[0])) m.note("a set", "something unknown is added");
    return none;
  },
  discard: (_, self, __, args) => {
    const key = keyOf(args[0] ?? none);
    if (key !== undefined) self.entries.delete(key);
    return none;
  },
  remove: (m, self, _, args) => {
    const key = keyOf(args[0] ?? none);
    return key !== undefined && self.entries.delete(key) ? none : raise(m, "KeyError", args[0] ?? none);
  },
  pop: (m, self) => {
    const first = self.entries.entries().next();
    if (first.done === true) return raise(m, "KeyError", "pop from an empty set");
    self.entries.delete(first.value[0]);
    return first.value[1];
  },
  clear: (_, self) => {
    self.entries.clear();
    return none;
  },
  copy: (m, self) => {
    m.spend(self.entries.size);
    return makeSet(self.entries.values(), self.frozen);
  },
  update: (_, self, others) => {
    for (const other of others) for (const item of other) setAdd(self, item);
    return none;
  },
  difference_update: (_, self, others) => {
    for (const other of others) for (const key of keys(other)) self.entries.delete(keyText(key));
    return none;
  },
  intersection_update: (_, self, others) => {
    for (const key of [...self.entries.keys()])
      if (!others.every((other) => keys(other).has(key))) self.entries.delete(key);
    return none;
  },
  symmetric_difference_update: (_, self, others) => {
    for (const item of makeSet(others[0] ?? [], false).entries.values()) {
      const key = keyOf(item);
      if (key !== undefined && !self.entries.delete(key)) setAdd(self, item);
    }
    return none;
  },
  union: (_, self, others) => makeSet([...self.entries.values(), ...others.flat()], self.frozen),
  intersection: (_, self, others) =>
    makeSet(
      [...self.entries]
        .filter(([key]) => others.every((other) => keys(other).has(key)))
        .map(([, value]) => value),
      self.frozen,
    ),
  difference: (_, self, others) =>
    makeSet(
      [...self.entries]
        .filter(([key]) => !others.some((other) => keys(other).has(key)))
        .map(([, value]) => value),
      self.frozen,
    ),
  symmetric_difference: (_, self, others) => {
    const theirs = others[0] ?? [];
    const seen = keys(theirs);
    return makeSet(
      [
        ...[...self.entries].filter(([key]) => !seen.has(key)).map(([, value]) => value),
        ...theirs.filter((item) => !self.entries.has(keyOf(item) ?? "")),
      ],
      self.frozen,
    );
  },
  issubset: (_, self, others) => [...self.entries.keys()].every((key) => keys(others[0] ?? []).has(key)),
  issuperset: (_, self, others) => [...keys(others[0] ?? [])].every((key) => self.entries.has(keyText(key))),
  isdisjoint: (_, self, others) => (others[0] ?? []).every((item) => !self.entries.has(keyOf(item) ?? "")),
};

const keyText = (key: unknown): string | number | object =>
  typeof key === "string" || typeof key === "number" ? key : Object(key);

const takesItem = new Set(["add", "discard", "remove", "pop", "clear", "copy"]);

export const setMethods: readonly PyNative[] = Object.entries(setRuns).map(([name, run]) =>
  nativeMethod(name, (m, args) => {
    const self = args[0] === undefined ? none : payloadOf(args[0]);
    if (typeof self !== "object" || self.kind !== "set")
      return m.unknown(`\`set.${name}\` of something else`);
    const rest = args.slice(1);
    return run(m, self, takesItem.has(name) ? [] : rest.map((each) => collect(m, each)), rest);
  }),
);
