import { alike } from "../graph/dim.ts";
import { setElements } from "../graph/elements.ts";
import { dataOf, isKnownShape, type Shape, type Tensor, type TensorMeta } from "../graph/tensor.ts";
import type { Cell, Rows } from "./fork.ts";
import type { Machine } from "./machine.ts";
import { numberKind, plainUnknown, unknownNumber } from "./plain-unknown.ts";
import type { Changeable } from "./reachable.ts";
import type { PyDict, PyInstance, PyList, PySet, Value } from "./values.ts";
import { isUnknown } from "./values.ts";

/** What a value is after a branch on what only the run knows: tensors of one shape are that, all else that differs is unknown. */
export interface Either {
  readonly m: Machine;
  readonly why: string;
  /** What was there before the branch: it is not filled anew. */
  readonly old: ReadonlySet<Changeable>;
  /** Objects of one side, by those of the side that is kept. */
  readonly seen: Map<object, object>;
  /** Those of the other side: what is one object there is one here. */
  readonly taken: Set<object>;
  /** To be told where what is called later is one of two, and that of the side that is kept stays. */
  readonly keepOne: () => void;
}

/** @returns the value that is kept, changed where it holds what differs. */
export function eitherValue(of: Either, kept: Value, other: Value): Value {
  if (kept === other) return kept;
  if (typeof kept !== "object" || typeof other !== "object") return eitherPlain(of, kept, other);
  if (isUnknown(kept)) return kept;
  if (isUnknown(other)) return other;
  const known = of.seen.get(kept);
  if (known !== undefined) return known === other ? kept : differs(of);
  switch (kept.kind) {
    case "tensor":
      return other.kind === "tensor" ? (eitherTensor(of, kept, other) ?? differs(of)) : differs(of);
    case "float":
      return other.kind === "float" && Object.is(kept.value, other.value)
        ? kept
        : eitherPlain(of, kept, other);
    case "dtype":
      return other.kind === "dtype" && other.dtype === kept.dtype ? kept : differs(of);
    case "device":
      return other.kind === "device" && other.name === kept.name ? kept : differs(of);
    case "bytes":
      return other.kind === "bytes" && other.value === kept.value ? kept : differs(of);
    case "range":
      return other.kind === "range" &&
        other.start === kept.start &&
        other.stop === kept.stop &&
        other.step === kept.step
        ? kept
        : differs(of);
    case "poly":
      return other.kind === "poly" && alike(kept, other) ? kept : differs(of);
    case "tuple":
      if (other.kind !== "tuple" || other.cls !== kept.cls || other.items.length !== kept.items.length)
        return differs(of);
      return {
        ...kept,
        items: kept.items.map((item, i) => eitherValue(of, item, other.items[i] ?? item)),
      };
    case "list":
      return other.kind === "list" ? eitherList(of, kept, other) : differs(of);
    case "dict":
      return other.kind === "dict" ? eitherDict(of, kept, other) : differs(of);
    case "set":
      return other.kind === "set" ? eitherSet(of, kept, other) : differs(of);
    case "instance":
      if (other.kind === "instance" && isAlike(of, kept, other)) return eitherInstance(of, kept, other);
      return isCalled(kept) && isCalled(other) ? oneCalled(of, kept) : differs(of);
    default:
      return isCalled(kept) && isCalled(other) ? oneCalled(of, kept) : differs(of);
  }
}

const isCalled = (value: Value): boolean =>
  typeof value === "object" &&
  (value.kind === "instance"
    ? value.cls.isModule
    : value.kind === "function" ||
      value.kind === "method" ||
      value.kind === "native" ||
      value.kind === "partial" ||
      value.kind === "class");

/** What it does when it is called is counted, in doubt: the rest of the pass has known sizes then. */
function oneCalled(of: Either, kept: Value): Value {
  of.keepOne();
  return kept;
}

const eitherPlain = ({ m, why }: Either, kept: Value, other: Value): Value => oneOfTwo(m, why, kept, other);

/** One of two values, nobody knows which: of numbers of one kind it is a number of that kind. */
export function oneOfTwo(m: Machine, why: string, a: Value, b: Value): Value {
  const kind = numberKind(a);
  if (kind !== undefined && kind === numberKind(b)) return unknownNumber(m, why, kind);
  return typeof a === "string" && typeof b === "string" ? plainUnknown(m, why) : m.unknown(why);
}

const differs = ({ m, why }: Either): Value => m.unknown(why);

const isSameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((size, i) => alike(size, b[i] ?? -1));

/** Elements aside. */
export const isSameTensor = (a: TensorMeta, b: TensorMeta): boolean =>
  isKnownShape(a.shape) &&
  isKnownShape(b.shape) &&
  isSameShape(a.shape, b.shape) &&
  a.dtype === b.dtype &&
  a.device === b.device &&
  (a.role === "parameter") === (b.role === "parameter");

function eitherTensor(of: Either, kept: Tensor, other: Tensor): Tensor | undefined {
  const [a, b] = [kept.meta, other.meta];
  if (!isSameTensor(a, b)) return undefined;
  if (of.m.context.graph.isPreparing && a.role === "parameter" && !areNew(of, kept, other)) return undefined;
  const [dataA, dataB] = [dataOf(a), dataOf(b)];
  const isSame = dataA !== undefined && dataB?.every((each, i) => each === dataA[i]) === true;
  const change = { requiresGrad: a.requiresGrad || b.requiresGrad, varies: !isSame || a.varies || b.varies };
  if (isSame) return kept;
  if (!of.old.has(kept)) {
    a.storage.write(undefined);
    setElements(kept, undefined);
    kept.become(change);
    return kept;
  }
  if (a.storage.data === undefined && a.elements === undefined && a.requiresGrad === change.requiresGrad)
    return kept;
  const { shape, dtype, strides, device, offset } = a;
  return of.m.context.graph.tensor({ shape, dtype, device, strides, offset, ...change });
}

/** Both are new: what was there before the branch is told by what it holds. */
function areNew(of: Either, kept: Tensor | PyList | PyDict | PySet | PyInstance, other: Changeable): boolean {
  if (of.old.has(kept) || of.old.has(other) || of.taken.has(other)) return false;
  of.seen.set(kept, other);
  of.taken.add(other);
  return true;
}

function eitherList(of: Either, kept: PyList, other: PyList): Value {
  if (kept.items.length !== other.items.length || !areNew(of, kept, other)) return differs(of);
  for (const [i, item] of kept.items.entries()) kept.items[i] = eitherValue(of, item, other.items[i] ?? item);
  return kept;
}

function eitherDict(of: Either, kept: PyDict, other: PyDict): Value {
  if (kept.cls !== other.cls || !hasSameKeys(kept.entries, other.entries) || !areNew(of, kept, other))
    return differs(of);
  for (const [key, entry] of kept.entries)
    entry.value = eitherValue(of, entry.value, other.entries.get(key)?.value ?? entry.value);
  return kept;
}

const eitherSet = (of: Either, kept: PySet, other: PySet): Value =>
  hasSameKeys(kept.entries, other.entries) && areNew(of, kept, other) ? kept : differs(of);

const isAlike = (of: Either, kept: PyInstance, other: PyInstance): boolean =>
  kept.cls === other.cls && hasSameKeys(kept.attrs, other.attrs) && areNew(of, kept, other);

function eitherInstance(of: Either, kept: PyInstance, other: PyInstance): Value {
  for (const [name, value] of kept.attrs)
    kept.attrs.set(name, eitherValue(of, value, other.attrs.get(name) ?? value));
  if (kept.payload !== undefined && other.payload !== undefined)
    kept.payload = eitherValue(of, kept.payload, other.payload);
  return kept;
}

const hasSameKeys = (a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean =>
  a.size === b.size && [...a.keys()].every((key) => b.has(key));

/** Makes what was there before the branch hold what it holds after either side. False where that cannot be told. */
export function eitherCell(of: Either, cell: Cell, kept: Rows, other: Rows): boolean {
  if (cell.fill === undefined) return false;
  if (cell.scope === undefined && !hasSameKeys(kept, other)) return false;
  const rows = new Map(kept);
  for (const [key, value] of kept) {
    const also = other.get(key);
    rows.set(key, also === undefined ? of.m.unknown(of.why) : eitherValue(of, value, also));
  }
  for (const key of other.keys()) if (!rows.has(key)) rows.set(key, of.m.unknown(of.why));
  cell.fill(rows);
  return true;
}
