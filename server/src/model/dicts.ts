import { printDim } from "../graph/dim.ts";
import { isPlainEnum, lookup } from "./classes.ts";
import { mostItems, Stopped } from "./machine.ts";
import type { DictEntry, Key, PyDict, PyRange, PySet, PyTuple, Value } from "./values.ts";
import { isUnknown } from "./values.ts";

/** Entries under a key that is not known cannot be found again. */
export type Hashed = Key | undefined;

const identities = new WeakMap<object, number>();
let identityCount = 0;

/** Stable per object; the number itself means nothing. */
export function identityOf(object: object): number {
  let id = identities.get(object);
  if (id === undefined) {
    id = ++identityCount;
    identities.set(object, id);
  }
  return id;
}

/** Equal for values that are equal in Python (`1`, `1.0` and `True` are one key); `undefined` for unknown ones. */
export function keyOf(value: Value): Hashed {
  if (typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  switch (value.kind) {
    case "float":
      return value.value;
    case "tuple":
      return tupleKey(value);
    case "complex":
      return value.im === 0 ? value.re : `\0c${value.re},${value.im}`;
    case "bytes":
      return `\0b${value.value}`;
    case "dtype":
      return `\0y${value.dtype}`;
    case "device":
      return `\0v${value.name}`;
    case "token":
      return `\0k${value.name}`;
    case "range":
      return `\0r${rangeText(value)}`;
    case "poly":
      return `\0p${printDim(value)}`;
    case "instance":
      return value.payload === undefined || isPlainEnum(value.cls) ? memberKey(value) : keyOf(value.payload);
    case "method":
      return `\0m${text(keyOf(value.self))},${text(keyOf(value.func))}`;
    case "set":
      return `\0f${[...value.entries.keys()].map(text).sort().join(",")}`;
    default:
      return isUnknown(value) ? undefined : value;
  }
}

/** The same for ranges of the same numbers. */
function rangeText({ start, stop, step }: PyRange): string {
  const length = Math.max(0, Math.ceil((stop - start) / step));
  return length === 0 ? "" : length === 1 ? String(start) : `${start},${step},${length}`;
}

function tupleKey(value: PyTuple): Hashed {
  const parts: string[] = [];
  let size = 0;
  for (const item of value.items) {
    const key = keyOf(item);
    if (key === undefined) return undefined;
    const part = text(key);
    size += part.length;
    if (size > mostItems) throw new Stopped(`a key made of more than ${mostItems} characters`, undefined);
    parts.push(part);
  }
  return `\0t(${parts.join(",")})`;
}

/** Members of an enum are found by their value: two of a flag may be the same. */
function memberKey(value: Extract<Value, { kind: "instance" }>): Hashed {
  const payload = value.payload;
  return typeof payload === "number" || typeof payload === "string"
    ? `\0e${identityOf(value.cls)},${text(payload)}`
    : instanceKey(value);
}

function instanceKey(value: Extract<Value, { kind: "instance" }>): Hashed {
  const fields = value.cls.attrs.get("__hash_fields__");
  if (fields === undefined || typeof fields !== "object" || fields.kind !== "tuple") return value;
  const parts = fields.items.map((name) => {
    const field = typeof name === "string" ? value.attrs.get(name) : undefined;
    return field === undefined ? undefined : keyOf(field);
  });
  return parts.includes(undefined) ? undefined : `\0i${identityOf(value.cls)}(${parts.map(text).join(",")})`;
}

/** No two keys have the same; told by its length, a text needs no escapes, which would double with every tuple around it. */
function text(key: Hashed): string {
  if (typeof key === "string") return `${key.length}:${key}`;
  if (typeof key === "number") return String(key);
  return key === undefined ? "?" : `#${identityOf(key)}`;
}

/** Whether a key that was not found may still equal one that is there, by an `__eq__` that the program defines. */
export function mayEqual({ entries }: PyDict | PySet, key: Value): boolean {
  const compares = (value: Value): boolean => {
    if (typeof value !== "object" || value.kind !== "instance") return false;
    const own = lookup(value.cls, "__eq__");
    return typeof own === "object" && own.kind === "function";
  };
  if (!compares(key)) return false;
  return [...entries.values()].some((each) =>
    compares(typeof each === "object" && "key" in each ? each.key : each),
  );
}

export function dictGet(target: PyDict, key: Value): Value | undefined {
  const hashed = keyOf(key);
  return hashed === undefined ? undefined : target.entries.get(hashed)?.value;
}

/** `false` when the key is not known: the dictionary is then only half known. */
export function dictSet(target: PyDict, key: Value, value: Value): boolean {
  const hashed = keyOf(key);
  if (hashed === undefined) return false;
  const entry = target.entries.get(hashed);
  if (entry === undefined) target.entries.set(hashed, { key, value });
  else entry.value = value;
  return true;
}

export const dictHas = (target: PyDict, key: Value): boolean => {
  const hashed = keyOf(key);
  return hashed !== undefined && target.entries.has(hashed);
};

export const dictDelete = (target: PyDict, key: Value): boolean => {
  const hashed = keyOf(key);
  return hashed !== undefined && target.entries.delete(hashed);
};

export const dictEntries = (target: PyDict): readonly DictEntry[] => [...target.entries.values()];

export function setAdd(target: PySet, value: Value): boolean {
  const hashed = keyOf(value);
  if (hashed === undefined) return false;
  if (!target.entries.has(hashed)) target.entries.set(hashed, value);
  return true;
}

export function makeSet(values: Iterable<Value>, frozen: boolean): PySet {
  const made: PySet = { kind: "set", entries: new Map(), frozen };
  for (const value of values) setAdd(made, value);
  return made;
}

/** A dictionary with string keys. */
export function dictFrom(pairs: Iterable<readonly [string, Value]>): PyDict {
  const made: PyDict = { kind: "dict", entries: new Map(), cls: undefined, factory: undefined };
  for (const [key, value] of pairs) made.entries.set(key, { key, value });
  return made;
}
