import { payloadOf } from "../classes.ts";
import { equal } from "../equality.ts";
import { append, collect, extend, push } from "../iterate.ts";
import type { Machine } from "../machine.ts";
import { raise } from "../raise.ts";
import { reasonOf } from "../reasons.ts";
import { repr } from "../text.ts";
import {
  isUnknown,
  type Kwargs,
  list,
  nativeMethod,
  none,
  type PyList,
  type PyNative,
  type PyTuple,
  type Value,
} from "../values.ts";
import { asInt, given } from "./args.ts";
import { sorted } from "./sort.ts";

type Run = (m: Machine, self: PyList, args: readonly Value[], kwargs: Kwargs) => Value;

function indexOf(
  m: Machine,
  items: readonly Value[],
  item: Value | undefined,
  start?: Value,
  stop?: Value,
): number | undefined {
  if (item === undefined) return -1;
  const bound = (value: Value | undefined, fallback: number): number => {
    const at = asInt(m, value) ?? fallback;
    return at < 0 ? Math.max(0, at + items.length) : at;
  };
  const [from, to] = [bound(start, 0), bound(stop, items.length)];
  m.spend(items.length);
  for (const [i, each] of items.entries()) {
    if (i < from || i >= to) continue;
    const same = each === item ? true : equal(m, each, item);
    if (same === undefined) return undefined;
    if (same) return i;
  }
  return -1;
}

function refill(m: Machine, items: Value[], by: readonly Value[]): void {
  const all = [...by];
  items.length = 0;
  append(m, items, all);
}

function countOf(m: Machine, items: readonly Value[], item: Value | undefined): Value {
  m.spend(items.length);
  const answers = items.map((each) => (item === undefined ? false : equal(m, each, item)));
  return answers.includes(undefined)
    ? m.unknown(reasonOf([item, ...items], "a count of something unknown"))
    : answers.filter((each) => each === true).length;
}

const methods: Readonly<Record<string, Run>> = {
  append: (m, self, args) => {
    if (args[0] !== undefined) push(m, self.items, args[0]);
    return none;
  },
  extend: (m, self, args) => {
    if (args[0] !== undefined) extend(m, self.items, args[0]);
    return none;
  },
  insert: (m, self, args) => {
    const at = asInt(m, args[0]);
    if (at === undefined) m.note("a list", "an item is inserted at an unknown position");
    if (args[1] !== undefined) self.items.splice(at ?? self.items.length, 0, args[1]);
    return none;
  },
  pop: (m, self, args) => {
    const at = args[0] === undefined ? self.items.length - 1 : asInt(m, args[0]);
    if (at === undefined) {
      m.note("a list", "an item at an unknown position is removed");
      return m.unknown("an item at an unknown position");
    }
    if (self.items.length === 0) return raise(m, "IndexError", "pop from empty list");
    if (at < -self.items.length) return raise(m, "IndexError", "pop index out of range");
    return self.items.splice(at, 1)[0] ?? raise(m, "IndexError", "pop index out of range");
  },
  remove: (m, self, args) => {
    const at = indexOf(m, self.items, args[0]);
    if (at === undefined) m.note("a list", "which item is removed is unknown");
    else if (at < 0) raise(m, "ValueError", "list.remove(x): x not in list");
    else self.items.splice(at, 1);
    return none;
  },
  clear: (_, self) => {
    self.items.length = 0;
    return none;
  },
  copy: (m, self) => {
    m.spend(self.items.length);
    return list([...self.items]);
  },
  index: (m, self, args) => {
    const at = indexOf(m, self.items, args[0], args[1], args[2]);
    if (at === undefined) return m.unknown(reasonOf([args[0], self], "the position of something unknown"));
    return at < 0 ? raise(m, "ValueError", `${repr(m, args[0] ?? none) ?? "value"} is not in list`) : at;
  },
  count: (m, self, args) => countOf(m, self.items, args[0]),
  reverse: (m, self) => {
    m.spend(self.items.length);
    self.items.reverse();
    return none;
  },
  sort: (m, self, args, kwargs) => {
    m.spend(self.items.length);
    const ordered = sorted(m, self.items, given([], kwargs, 0, "key"), given([], kwargs, 0, "reverse"));
    if (ordered === undefined) m.note("a list", "its order depends on something unknown");
    else refill(m, self.items, ordered);
    return args.length > 0 ? raise(m, "TypeError", "sort() takes no positional arguments") : none;
  },
  appendleft: (_, self, args) => {
    if (args[0] !== undefined) self.items.unshift(args[0]);
    return none;
  },
  popleft: (m, self) => self.items.shift() ?? raise(m, "IndexError", "pop from an empty deque"),
  rotate: (m, self, args) => {
    const by = asInt(m, args[0]) ?? 1;
    const { length } = self.items;
    if (length > 0) {
      const cut = ((-by % length) + length) % length;
      append(m, self.items, self.items.splice(0, cut));
    }
    return none;
  },
};

export const listMethods: readonly PyNative[] = [
  ...Object.entries(methods).map(([name, run]) =>
    nativeMethod(name, (m, args, kwargs) => {
      const self = args[0] === undefined ? none : payloadOf(args[0]);
      if (typeof self === "object" && self.kind === "list") return run(m, self, args.slice(1), kwargs);
      return m.unknown(`\`list.${name}\` of something else`);
    }),
  ),
  nativeMethod("__init__", (m, args) => {
    const [self, from] = args;
    const target = self === undefined ? none : payloadOf(self);
    if (typeof target === "object" && target.kind === "list" && from !== undefined)
      refill(m, target.items, collect(m, from));
    return none;
  }),
];

const tupleRun = (
  name: string,
  run: (m: Machine, self: PyTuple, item: Value | undefined) => Value,
): PyNative =>
  nativeMethod(name, (m, args) => {
    const self = args[0] === undefined ? none : payloadOf(args[0]);
    return typeof self === "object" && self.kind === "tuple"
      ? run(m, self, args[1])
      : m.unknown(`\`tuple.${name}\` of something else`);
  });

export const tupleMethods: readonly PyNative[] = [
  tupleRun("count", (m, self, item) => countOf(m, self.items, item)),
  tupleRun("index", (m, self, item) => {
    const at = indexOf(m, self.items, item);
    if (at === undefined) return m.unknown("the position of something unknown");
    return at < 0 ? raise(m, "ValueError", "tuple.index(x): x not in tuple") : at;
  }),
  tupleRun("numel", (m, self) =>
    self.items.reduce<Value>((product, size) => (isUnknown(size) ? size : m.binary("*", product, size)), 1),
  ),
];
