import type { NumberKind } from "../base/known.ts";
import { compare as compareSizes } from "../graph/guard.ts";
import { alikeItem } from "./alike-items.ts";
import { concrete } from "./arithmetic.ts";
import { method } from "./bind.ts";
import { lookup, metaMethod } from "./classes.ts";
import { dictDelete, dictGet, dictSet, keyOf, mayEqual } from "./dicts.ts";
import { append, collect } from "./iterate.ts";
import type { Machine } from "./machine.ts";
import { whyOpen } from "./open-dicts.ts";
import { isOneOfSome, numberKind, oneOf, unknownNumber } from "./plain-unknown.ts";
import { raise } from "./raise.ts";
import { ofUnknownKey } from "./reasons.ts";
import { typeName } from "./types.ts";
import {
  isUnknown,
  list,
  noKwargs,
  none,
  type PyClass,
  type PyDict,
  type PySlice,
  tuple,
  type Value,
} from "./values.ts";

export function getItem(m: Machine, object: Value, index: Value): Value {
  if (typeof object === "string") return stringItem(m, object, index);
  if (typeof object !== "object")
    return raise(m, "TypeError", `'${typeName(object)}' object is not subscriptable`);
  switch (object.kind) {
    case "list":
    case "tuple":
      return sequenceItem(m, object, index);
    case "dict":
      return dictItem(m, object, index);
    case "tensor":
      return m.torchItem(object, index);
    case "range":
      return rangeItem(m, object, index);
    case "class":
      return classItem(m, object, index);
    case "unknown":
      return object;
    case "instance":
      return instanceItem(m, object, index);
    case "bytes":
      return m.unknown("an item of bytes");
    case "record": {
      const own = object.fields.get("__getitem__");
      return own === undefined
        ? raise(m, "TypeError", `'${object.typeName}' object is not subscriptable`)
        : m.call(own, [index], noKwargs);
    }
    case "native":
    case "function":
    case "none":
    case "token":
      return object.kind === "none"
        ? raise(m, "TypeError", "'NoneType' object is not subscriptable")
        : object;
    case "super": {
      const found = m.getAttribute(object, "__getitem__");
      return found === undefined
        ? raise(m, "TypeError", "'super' object is not subscriptable")
        : m.call(found, [index], noKwargs);
    }
    default:
      return raise(m, "TypeError", `'${typeName(object)}' object is not subscriptable`);
  }
}

function instanceItem(m: Machine, object: Extract<Value, { kind: "instance" }>, index: Value): Value {
  const own = method(object, "__getitem__");
  if (own !== undefined) {
    const isNative = typeof own === "object" && own.kind === "native";
    if (!isNative || object.payload === undefined) return m.call(own, [object, index], noKwargs);
  }
  if (object.payload !== undefined) {
    if (typeof object.payload === "object" && object.payload.kind === "dict") {
      const found = dictGet(object.payload, index) ?? whyOpen(object.payload);
      const missing = found === undefined ? method(object, "__missing__") : undefined;
      if (missing !== undefined) return m.call(missing, [object, index], noKwargs);
    }
    return getItem(m, object.payload, index);
  }
  if (object.cls.opaque !== undefined) return object.cls.opaque;
  return raise(m, "TypeError", `'${typeName(object)}' object is not subscriptable`);
}

/** `List[int]` is the class again; an enum gives its member. */
function classItem(m: Machine, cls: PyClass, index: Value): Value {
  if (cls.isEnum && typeof index === "string") {
    const found = cls.attrs.get(index);
    return found ?? raise(m, "KeyError", index);
  }
  const own = lookup(cls, "__class_getitem__");
  if (own !== undefined && typeof own === "object" && own.kind !== "native") {
    const fn = own.kind === "classmethod" ? own.func : own;
    return m.call(fn, [cls, index], noKwargs);
  }
  const found = metaMethod(cls, "__getitem__");
  return found === undefined ? cls : m.call(found, [cls, index], noKwargs);
}

function dictItem(m: Machine, object: PyDict, index: Value): Value {
  const found = dictGet(object, index) ?? whyOpen(object);
  if (found !== undefined) return found;
  if (keyOf(index) === undefined)
    return m.unknown(ofUnknownKey(index, "a dictionary is read under an unknown key"));
  if (object.cls?.mro.some((each) => each.name === "Counter" && each.code === undefined) === true) return 0;
  if (object.factory !== undefined && object.factory !== none) {
    const made = m.call(object.factory, [], noKwargs);
    dictSet(object, index, made);
    return made;
  }
  return mayEqual(object, index)
    ? m.unknown("a dictionary whose keys are compared by a method of theirs")
    : raise(m, "KeyError", index);
}

/** The kind of all of them, where all are numbers of one kind. */
function commonKind(items: readonly Value[]): NumberKind | undefined {
  const [first, ...others] = items.map(numberKind);
  return others.every((kind) => kind === first) ? first : undefined;
}

function sequenceItem(m: Machine, object: Extract<Value, { kind: "list" | "tuple" }>, index: Value): Value {
  if (typeof index === "object" && index.kind === "slice") {
    const bounds = sliceBounds(m, index, object.items.length);
    if (bounds === undefined) return m.unknown("a slice with unknown bounds");
    m.spend(object.items.length);
    const items = take(object.items, bounds);
    return object.kind === "list"
      ? list(items)
      : tuple(items, object.cls?.name === "Size" ? object.cls : undefined);
  }
  const at = position(m, index);
  if (at === undefined) {
    if (isUnknown(index)) {
      const why = `an item at an unknown position: ${index.why}`;
      const found = index.number === "int" ? alikeItem(m, object.items, why) : undefined;
      return found ?? oneOf(m, object.items, why);
    }
    return raise(m, "TypeError", `${object.kind} indices must be integers or slices, not ${typeName(index)}`);
  }
  const found = object.items[at < 0 ? at + object.items.length : at];
  return found ?? raise(m, "IndexError", `${object.kind} index out of range`);
}

/** An index as a number; `undefined` for what cannot be one or is not known. */
function position(m: Machine, index: Value): number | undefined {
  if (typeof index === "number") return index;
  if (typeof index === "boolean") return Number(index);
  if (typeof index !== "object") return undefined;
  if (index.kind === "poly") return concrete(m, index);
  if (index.kind === "tensor") {
    const { data } = index.meta.storage;
    return data?.length === 1 ? data[0] : undefined;
  }
  if (index.kind === "instance") {
    if (index.payload !== undefined) return position(m, index.payload);
    const own = method(index, "__index__");
    return own === undefined ? undefined : position(m, m.call(own, [index], noKwargs));
  }
  return undefined;
}

export interface Bounds {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
}

/** Python's `slice.indices(length)`. */
function sliceBounds(m: Machine, slice: PySlice, length: number): Bounds | undefined {
  const step = slice.step === none ? 1 : position(m, slice.step);
  if (step === undefined) return undefined;
  if (step === 0) return raise(m, "ValueError", "slice step cannot be zero");
  const bound = (value: Value, fallback: number): number | undefined => {
    if (value === none) return fallback;
    const at =
      typeof value === "object" && value.kind === "poly" ? clampSize(m, value, length) : position(m, value);
    if (at === undefined) return undefined;
    const shifted = at < 0 ? at + length : at;
    return step > 0 ? Math.min(Math.max(shifted, 0), length) : Math.min(Math.max(shifted, -1), length - 1);
  };
  const start = bound(slice.lower, step > 0 ? 0 : length - 1);
  const stop = bound(slice.upper, step > 0 ? length : -1);
  return start === undefined || stop === undefined ? undefined : { start, stop, step };
}

const clampSize = (m: Machine, dim: Extract<Value, { kind: "poly" }>, length: number): number | undefined =>
  compareSizes(dim, ">=", length, m.guards) === true ? length : concrete(m, dim);

function take(items: readonly Value[], { start, stop, step }: Bounds): Value[] {
  if (step === 1) return items.slice(start, Math.max(start, stop));
  const taken: Value[] = [];
  for (let i = start; step > 0 ? i < stop : i > stop; i += step) {
    const item = items[i];
    if (item !== undefined) taken.push(item);
  }
  return taken;
}

function stringItem(m: Machine, text: string, index: Value): Value {
  if (typeof index === "object" && index.kind === "slice") {
    const bounds = sliceBounds(m, index, text.length);
    m.spend(text.length);
    return bounds === undefined ? m.unknown("a slice with unknown bounds") : take([...text], bounds).join("");
  }
  const at = position(m, index);
  if (at === undefined)
    return isUnknown(index) ? index : raise(m, "TypeError", "string indices must be integers");
  return text.at(at) ?? raise(m, "IndexError", "string index out of range");
}

function rangeItem(m: Machine, range: Extract<Value, { kind: "range" }>, index: Value): Value {
  const length = Math.max(0, Math.ceil((range.stop - range.start) / range.step));
  if (typeof index === "object" && index.kind === "slice") {
    const bounds = sliceBounds(m, index, length);
    if (bounds === undefined) return m.unknown("a slice with unknown bounds");
    const at = (i: number): number => range.start + i * range.step;
    return { kind: "range", start: at(bounds.start), stop: at(bounds.stop), step: range.step * bounds.step };
  }
  const at = position(m, index);
  if (at === undefined) return unknownNumber(m, "an item at an unknown position", "int");
  const real = at < 0 ? at + length : at;
  return real < 0 || real >= length
    ? raise(m, "IndexError", "range object index out of range")
    : range.start + real * range.step;
}

export function setItem(m: Machine, object: Value, index: Value, value: Value): void {
  if (typeof object !== "object")
    raise(m, "TypeError", `'${typeName(object)}' object does not support item assignment`);
  switch (object.kind) {
    case "dict":
      if (!dictSet(object, index, value))
        m.note("a dictionary", ofUnknownKey(index, "an entry is stored under an unknown key"));
      return;
    case "list":
      setListItem(m, object.items, index, value);
      return;
    case "tensor":
      m.torchSetItem(object, index, value);
      return;
    case "unknown":
      if (isTensor(value) || isOneOfSome(object))
        m.note("an assignment", `it goes into something unknown: ${object.why}`);
      return;
    case "instance": {
      const own = method(object, "__setitem__");
      if (
        own !== undefined &&
        (object.payload === undefined || typeof own !== "object" || own.kind !== "native")
      ) {
        m.call(own, [object, index, value], noKwargs);
        return;
      }
      if (object.payload !== undefined) {
        setItem(m, object.payload, index, value);
        return;
      }
      if (object.cls.opaque !== undefined) return;
      break;
    }
    case "super": {
      const found = m.getAttribute(object, "__setitem__");
      if (found !== undefined) m.call(found, [index, value], noKwargs);
      return;
    }
    default:
      break;
  }
  raise(m, "TypeError", `'${typeName(object)}' object does not support item assignment`);
}

const isTensor = (value: Value): boolean => typeof value === "object" && value.kind === "tensor";

function setListItem(m: Machine, items: Value[], index: Value, value: Value): void {
  if (typeof index === "object" && index.kind === "slice") {
    const bounds = sliceBounds(m, index, items.length);
    if (bounds === undefined) {
      m.note("a list", "a slice with unknown bounds is assigned");
      return;
    }
    const added = [...collect(m, value)];
    if (bounds.step === 1) {
      const rest = items.slice(Math.max(bounds.start, bounds.stop));
      items.length = bounds.start;
      append(m, items, added);
      append(m, items, rest);
    } else
      for (
        let i = bounds.start, k = 0;
        bounds.step > 0 ? i < bounds.stop : i > bounds.stop;
        i += bounds.step, k++
      ) {
        const item = added[k];
        if (item !== undefined) items[i] = item;
      }
    return;
  }
  const at = position(m, index);
  if (at === undefined) {
    const kind = isUnknown(index) && index.number === "int" ? commonKind([...items, value]) : undefined;
    if (kind === undefined) m.note("a list", "an item at an unknown position is assigned");
    else items.fill(unknownNumber(m, "a list in which a place that only the run knows was set", kind));
    return;
  }
  const real = at < 0 ? at + items.length : at;
  if (real < 0 || real >= items.length) raise(m, "IndexError", "list assignment index out of range");
  items[real] = value;
}

export function deleteItem(m: Machine, object: Value, index: Value): void {
  if (typeof object !== "object")
    raise(m, "TypeError", `'${typeName(object)}' object doesn't support item deletion`);
  if (object.kind === "dict") {
    if (keyOf(index) === undefined) {
      m.note("a dictionary", "an unknown key is deleted");
      return;
    }
    if (!dictDelete(object, index)) raise(m, "KeyError", index);
    return;
  }
  if (object.kind === "list") {
    if (typeof index === "object" && index.kind === "slice") {
      const bounds = sliceBounds(m, index, object.items.length);
      if (bounds === undefined) {
        m.note("a list", "a slice with unknown bounds is deleted");
        return;
      }
      const gone = new Set<number>();
      for (let i = bounds.start; bounds.step > 0 ? i < bounds.stop : i > bounds.stop; i += bounds.step)
        gone.add(i);
      const kept = object.items.filter((_, i) => !gone.has(i));
      object.items.splice(0, object.items.length, ...kept);
      return;
    }
    const at = position(m, index);
    if (at === undefined) {
      m.note("a list", "an item at an unknown position is deleted");
      return;
    }
    const real = at < 0 ? at + object.items.length : at;
    if (real < 0 || real >= object.items.length) raise(m, "IndexError", "list assignment index out of range");
    object.items.splice(real, 1);
    return;
  }
  const own = method(object, "__delitem__");
  if (own !== undefined) m.call(own, [object, index], noKwargs);
  else if (object.kind === "instance" && object.payload !== undefined) deleteItem(m, object.payload, index);
  else if (isUnknown(object)) {
    if (isOneOfSome(object)) m.note("a deletion", `it is made in something unknown: ${object.why}`);
  } else raise(m, "TypeError", `'${typeName(object)}' object doesn't support item deletion`);
}
