import type { Unknown } from "../../base/known.ts";
import type { DType } from "../../graph/dtype.ts";
import { dataOf, Tensor } from "../../graph/tensor.ts";
import { asInt } from "../builtins/args.ts";
import type { Machine } from "../machine.ts";
import { raise } from "../raise.ts";
import { isUnknown, type Kwargs, list, none, type PySlice, tuple, type Value } from "../values.ts";
import {
  arrayOf,
  cast,
  dtypeValue,
  given,
  onHost,
  plainNumber,
  sizesOf,
  tensorOnHost,
  write,
} from "./array.ts";
import { arrayTensor } from "./held.ts";

/** A key taken apart, with what has to be turned around before it applies. */
interface Key {
  readonly kind: "key";
  readonly parts: readonly Value[];
  /** Dimensions of the array that are read from the back. */
  readonly turned: readonly number[];
}

const isList = (part: Value): boolean =>
  part instanceof Tensor || (typeof part === "object" && part.kind === "list");

const isInt = (part: Value): boolean =>
  typeof part === "number" || (typeof part === "object" && part.kind === "poly");

/** @returns an unknown where numpy and torch would put dimensions at different places */
function keyOf(m: Machine, array: Tensor, key: Value): Key | Unknown {
  const given = typeof key === "object" && key.kind === "tuple" ? key.items : [key];
  const parts: Value[] = [];
  const turned: number[] = [];
  const taken = given.map(dimensionsTaken);
  let at = 0;
  for (const [i, part] of given.entries()) {
    if (isUnknown(part)) return part;
    const made = partOf(m, part);
    if (isUnknown(made) && made.number === undefined) return made;
    const size = sizesOf(array)?.[at];
    if (typeof made === "object" && made.kind === "slice" && (asInt(m, made.step) ?? 1) < 0) {
      if (typeof size !== "number") return m.unknown("an array read from the back whose size is not known");
      parts.push(fromTheBack(m, made, size));
      turned.push(at);
    } else parts.push(made);
    at +=
      typeof part === "object" && part.kind === "ellipsis"
        ? (sizesOf(array)?.length ?? 0) - taken.reduce((a, b) => a + b, 0)
        : (taken[i] ?? 1);
  }
  const where = parts.flatMap((part, i) => (isList(part) || isInt(part) ? [i] : []));
  const apart = where.some((i, n) => n > 0 && i - (where[n - 1] ?? i) > 1);
  if (apart && parts.some(isList) && parts.some(isInt)) return m.unknown("items of an array by such a key");
  return { kind: "key", parts, turned };
}

function dimensionsTaken(part: Value): number {
  if (part === none || (typeof part === "object" && part.kind === "ellipsis")) return 0;
  const array = arrayTensor(part) ?? (part instanceof Tensor ? part : undefined);
  if (array?.dtype === "bool") return sizesOf(array)?.length ?? 1;
  return 1;
}

function partOf(m: Machine, part: Value): Value {
  if (typeof part === "object" && (part.kind === "list" || part.kind === "range" || part.kind === "tuple")) {
    const made = arrayOf(m, part);
    return made instanceof Tensor && sizesOf(made)?.[0] === 0 ? cast(m, made, "int64") : made;
  }
  if (typeof part === "object" && part.kind === "float")
    return raise(
      m,
      "IndexError",
      "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid indices",
    );
  return arrayTensor(part) ?? part;
}

/** The same elements, of an array whose dimension is turned around. */
function fromTheBack(m: Machine, { lower, upper, step }: PySlice, size: number): PySlice {
  const bound = (value: Value, missing: number): number => {
    const at = asInt(m, value);
    if (at === undefined) return missing;
    return Math.min(at < 0 ? Math.max(at + size, -1) : at, size - 1);
  };
  const [first, last] = [bound(lower, size - 1), bound(upper, -1)];
  return { kind: "slice", lower: size - 1 - first, upper: size - 1 - last, step: -(asInt(m, step) ?? -1) };
}

/** What a key picks of an array. */
function picked(m: Machine, array: Tensor, { parts, turned }: Key): Value {
  const from = turned.length === 0 ? array : tensorOnHost(m, "torch.flip", [array, list([...turned])]);
  return isUnknown(from) ? from : onHost(m, "torch.Tensor.__getitem__", [from, tuple(parts)]);
}

export function getItem(m: Machine, self: Value, key: Value): Value {
  const array = arrayTensor(self);
  if (array === undefined) return m.unknown("an array");
  const found = keyOf(m, array, key);
  return found.kind === "unknown" ? found : given(m, picked(m, array, found));
}

/** The elements after a write at places that are known. */
function rewritten(m: Machine, array: Tensor, key: Key, value: Tensor): Tensor | undefined {
  const [data, shape] = [dataOf(array.meta), sizesOf(array)];
  if (data === undefined || shape === undefined) return undefined;
  const numbered = tensorOnHost(m, "torch.arange", [data.length]);
  const places = isUnknown(numbered)
    ? numbered
    : picked(m, onlyTensor(tensorOnHost(m, "torch.reshape", [numbered, tuple([...shape])])) ?? numbered, key);
  if (!(places instanceof Tensor)) return undefined;
  const spread = onlyTensor(
    tensorOnHost(m, "torch.broadcast_to", [value, tuple([...(sizesOf(places) ?? [])])]),
  );
  const [at, values] = [dataOf(places.meta), spread === undefined ? undefined : dataOf(spread.meta)];
  if (at === undefined || values === undefined) return undefined;
  const next = [...data];
  for (const [i, place] of at.entries()) next[place] = values[i] ?? 0;
  const made = onlyTensor(
    tensorOnHost(
      m,
      "torch.tensor",
      [list(next.map((each) => plainNumber(each, array.dtype)))],
      kindWord(array.dtype),
    ),
  );
  return made === undefined
    ? undefined
    : onlyTensor(tensorOnHost(m, "torch.reshape", [made, tuple([...shape])]));
}

const onlyTensor = (value: Value): Tensor | undefined => (value instanceof Tensor ? value : undefined);

const kindWord = (kind: DType): Kwargs => new Map([["dtype", dtypeValue(kind)]]);

export function setItem(m: Machine, self: Value, key: Value, value: Value): void {
  const array = arrayTensor(self);
  if (array === undefined) return;
  const found = keyOf(m, array, key);
  const made = arrayOf(m, value);
  const fitting = isUnknown(made) ? made : cast(m, made, array.dtype);
  const next =
    found.kind === "unknown" || isUnknown(fitting) ? undefined : rewritten(m, array, found, fitting);
  if (next !== undefined) write(m, array, "torch.Tensor.copy_", [next]);
  else if (found.kind === "unknown" || isUnknown(fitting) || found.turned.length > 0)
    // What is written where is not known, and neither is what the array holds now.
    array.meta.storage.write(undefined);
  else write(m, array, "torch.Tensor.__setitem__", [tuple(found.parts), fitting]);
}
