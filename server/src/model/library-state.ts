import type { DictEntry, Key, PyDict, PyInstance, PyList, PySet, Value } from "./values.ts";

/*
 * Libraries outlive the run of a program, and so would what it sets on their objects (`config.depth = 12`), when the line
 * that sets it is gone. What a program reaches of them is put back before it runs again.
 */

type Holder = PyInstance | PyDict | PyList | PySet;

/** What an object held when the program first reached it. */
type Held =
  | {
      readonly kind: "instance";
      readonly object: PyInstance;
      readonly cls: PyInstance["cls"];
      readonly attrs: ReadonlyMap<string, Value>;
      readonly payload: Value | undefined;
    }
  | {
      readonly kind: "dict";
      readonly object: PyDict;
      readonly entries: readonly (readonly [Key, Value, Value])[];
    }
  | { readonly kind: "list"; readonly object: PyList; readonly items: readonly Value[] }
  | { readonly kind: "set"; readonly object: PySet; readonly entries: ReadonlyMap<Key, Value> };

export interface LibraryState {
  /** The program reaches an object of a library. */
  readonly reached: (value: Value) => void;
  /** Runs code of a library, which may change what it holds for good. */
  readonly whileLoading: (load: () => void) => void;
  readonly putBack: () => void;
  /** Puts all back and forgets it: modules are about to be read anew. */
  readonly forget: () => void;
}

/** Objects below one that is reached; of a larger one nothing is known. */
const maxObjects = 2_000;

export function libraryState(): LibraryState {
  const kept = new Map<Holder, readonly Held[]>();
  let loading = 0;
  const putBack = (): void => {
    for (const all of kept.values()) for (const each of all) if (!isAsHeld(each)) restore(each);
  };
  return {
    reached: (value) => {
      if (isHolder(value) && !kept.has(value)) kept.set(value, heldBelow(value));
    },
    whileLoading: (load) => {
      const same = loading === 0 ? [...kept].filter(([, all]) => all.every(isAsHeld)) : [];
      loading++;
      try {
        load();
      } finally {
        loading--;
      }
      for (const [root, all] of same) if (!all.every(isAsHeld)) kept.set(root, heldBelow(root));
    },
    putBack,
    forget: () => {
      putBack();
      kept.clear();
    },
  };
}

const isHolder = (value: Value): value is Holder =>
  typeof value === "object" &&
  (value.kind === "instance" || value.kind === "dict" || value.kind === "list" || value.kind === "set");

function heldBelow(root: Holder): readonly Held[] {
  const found = new Map<Holder, Held>();
  const open: Value[] = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value === "object" && value.kind === "tuple") open.push(...value.items);
    if (!isHolder(value) || found.has(value)) continue;
    const held = heldBy(value);
    // A dictionary that shows something else, such as the names of a module.
    if (held === undefined) continue;
    if (found.size >= maxObjects) return [];
    found.set(value, held);
    open.push(...valuesOf(held));
  }
  return [...found.values()];
}

const isPlain = (map: ReadonlyMap<unknown, unknown>): boolean => Object.getPrototypeOf(map) === Map.prototype;

function heldBy(object: Holder): Held | undefined {
  switch (object.kind) {
    case "instance":
      return isPlain(object.attrs)
        ? { kind: "instance", object, cls: object.cls, attrs: new Map(object.attrs), payload: object.payload }
        : undefined;
    case "dict":
      return isPlain(object.entries)
        ? {
            kind: "dict",
            object,
            entries: [...object.entries].map(([key, entry]) => [key, entry.key, entry.value] as const),
          }
        : undefined;
    case "list":
      return { kind: "list", object, items: [...object.items] };
    case "set":
      return isPlain(object.entries) ? { kind: "set", object, entries: new Map(object.entries) } : undefined;
  }
}

function valuesOf(held: Held): readonly Value[] {
  switch (held.kind) {
    case "instance":
      return [...held.attrs.values(), ...(held.payload === undefined ? [] : [held.payload])];
    case "dict":
      return held.entries.flatMap(([, key, value]) => [key, value]);
    case "list":
      return held.items;
    case "set":
      return [...held.entries.values()];
  }
}

function isAsHeld(held: Held): boolean {
  switch (held.kind) {
    case "instance": {
      const { object, cls, attrs, payload } = held;
      return object.cls === cls && object.payload === payload && isSameMap(object.attrs, attrs);
    }
    case "dict": {
      const { entries } = held.object;
      let at = 0;
      if (entries.size !== held.entries.length) return false;
      for (const [key, entry] of entries) {
        const before = held.entries[at++];
        if (before === undefined || before[0] !== key || before[2] !== entry.value) return false;
      }
      return true;
    }
    case "list": {
      const { items } = held.object;
      return items.length === held.items.length && items.every((item, i) => item === held.items[i]);
    }
    case "set":
      return isSameMap(held.object.entries, held.entries);
  }
}

function isSameMap<K>(now: ReadonlyMap<K, Value>, before: ReadonlyMap<K, Value>): boolean {
  if (now.size !== before.size) return false;
  const entries = before.entries();
  for (const [key, value] of now) {
    const next = entries.next().value;
    if (next === undefined || next[0] !== key || next[1] !== value) return false;
  }
  return true;
}

function restore(held: Held): void {
  switch (held.kind) {
    case "instance": {
      const { object, cls, attrs, payload } = held;
      object.cls = cls;
      object.payload = payload;
      object.attrs.clear();
      for (const [name, value] of attrs) object.attrs.set(name, value);
      return;
    }
    case "dict": {
      const { entries } = held.object;
      entries.clear();
      for (const [at, key, value] of held.entries) entries.set(at, { key, value } satisfies DictEntry);
      return;
    }
    case "list":
      held.object.items.splice(0, held.object.items.length, ...held.items);
      return;
    case "set":
      held.object.entries.clear();
      for (const [key, value] of held.entries) held.object.entries.set(key, value);
  }
}
