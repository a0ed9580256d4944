import type { Unknown } from "../../base/known.ts";
import { hintOf } from "../../graph/dim.ts";
import { type DType, isComplex, isFloating } from "../../graph/dtype.ts";
import { dataOf, isKnownShape, type Shape, Tensor } from "../../graph/tensor.ts";
import type { Value as TorchValue } from "../../torch/_value.ts";
import { findOp } from "../../torch/registry.ts";
import { runOnHost } from "../../torch/run.ts";
import { concrete } from "../arithmetic.ts";
import { makeInstance, payloadOf } from "../classes.ts";
import type { Machine } from "../machine.ts";
import { unknownNumber } from "../plain-unknown.ts";
import { raise } from "../raise.ts";
import { fromTorch, toTorch } from "../torch-values.ts";
import {
  float,
  isUnknown,
  type Kwargs,
  list,
  noKwargs,
  type PyInstance,
  tuple,
  type Value,
} from "../values.ts";
import { arrayTensor, heldAs } from "./held.ts";
import { promoteKinds } from "./kinds.ts";

export const moduleName = "_ecocompute_numpy";

/** The array that reads and writes the memory of a tensor. */
export function makeArray(m: Machine, tensor: Tensor): Value {
  const cls = m.modules.get(moduleName)?.vars.get("ndarray");
  if (typeof cls !== "object" || cls.kind !== "class") return m.unknown("an array");
  const made: PyInstance = makeInstance(cls);
  made.attrs.set(heldAs, tensor);
  return made;
}

/**
 * Runs an op of torch as the host computes, in numbers of 64 bits where nothing else is said: nothing of it is told to
 * the graph. @throws Raised with numpy's class of the exception
 */
export function onHost(m: Machine, name: string, args: readonly Value[], kwargs: Kwargs = noKwargs): Value {
  const op = findOp(name);
  if (op === undefined) return m.unknown(`\`${name}\` is not modelled`);
  const keywords: Record<string, TorchValue> = {};
  for (const [key, value] of kwargs) keywords[key] = toTorch(value);
  const made = runOnHost(op, args.map(toTorch), keywords, m.context.graph);
  if (made.kind !== "mismatch") return fromTorch(m, made);
  return raise(m, made.exception === "RuntimeError" ? "ValueError" : made.exception, made.message);
}

/** The same for ops that give one tensor. */
export function tensorOnHost(
  m: Machine,
  name: string,
  args: readonly Value[],
  kwargs: Kwargs = noKwargs,
): Tensor | Unknown {
  const made = onHost(m, name, args, kwargs);
  return made instanceof Tensor ? made : isUnknown(made) ? made : m.unknown(`what \`${name}\` gives`);
}

export const dtypeValue = (dtype: DType): Value => ({ kind: "dtype", dtype });

export const cast = (m: Machine, tensor: Tensor, kind: DType): Tensor | Unknown =>
  tensor.dtype === kind ? tensor : tensorOnHost(m, "torch.Tensor.to", [tensor, dtypeValue(kind)]);

/** Arrays without dimensions are numbers, several arrays are a tuple or a list of them. */
export function given(m: Machine, made: Value): Value {
  if (made instanceof Tensor)
    return isKnownShape(made.shape) && made.shape.length === 0 ? numberIn(m, made) : makeArray(m, made);
  if (typeof made !== "object") return made;
  if (made.kind === "tuple") return tuple(made.items.map((each) => given(m, each)));
  return made.kind === "list" ? list(made.items.map((each) => given(m, each))) : made;
}

export const plainNumber = (value: number, kind: DType): Value =>
  kind === "bool" ? value !== 0 : isFloating(kind) ? float(value) : value;

/** The only element of an array. */
export function numberIn(m: Machine, tensor: Tensor): Value {
  const [only] = dataOf(tensor.meta) ?? [];
  if (isComplex(tensor.dtype)) return m.unknown("a complex number");
  if (only !== undefined) return plainNumber(only, tensor.dtype);
  return unknownNumber(m, "a number that only the run knows", numberKindOf(tensor.dtype));
}

export const numberKindOf = (kind: DType): "bool" | "int" | "float" =>
  kind === "bool" ? "bool" : isFloating(kind) ? "float" : "int";

/** What `np.asarray` makes of a value: arrays and tensors share their memory with it. */
export function arrayOf(m: Machine, value: Value, kind?: DType): Tensor | Unknown {
  const known = arrayTensor(value) ?? (value instanceof Tensor ? value : undefined);
  if (known !== undefined) return kind === undefined ? known : cast(m, known, kind);
  if (isUnknown(value) && value.number === undefined) return value;
  const plain = settled(m, value);
  if (plain === undefined) return m.unknown("an array of objects");
  if (isUnknown(plain) && plain.number === undefined) return plain;
  const wanted = kind ?? kindWithin(plain);
  return tensorOnHost(
    m,
    "torch.tensor",
    [plain],
    wanted === undefined ? noKwargs : new Map([["dtype", dtypeValue(wanted)]]),
  );
}

/** Whether a value is made of what no array of numbers holds. */
export const holdsObjects = (m: Machine, value: Value): boolean =>
  arrayTensor(value) === undefined && !(value instanceof Tensor) && settled(m, value) === undefined;

/** Nested lists of plain numbers; `undefined` for what is none. */
function settled(m: Machine, value: Value): Value | undefined {
  const inner = payloadOf(value);
  if (typeof inner === "number" || typeof inner === "boolean") return inner;
  if (typeof inner === "string") return undefined;
  switch (inner.kind) {
    case "poly":
      return hintOf(inner) === undefined
        ? unknownNumber(m, "a size that only the run knows", "int")
        : (concrete(m, inner) ?? m.unknown("a size that only the run knows"));
    case "list":
    case "tuple": {
      const items: Value[] = [];
      for (const each of inner.items) {
        const item = settled(m, each);
        if (item === undefined || (isUnknown(item) && item.number === undefined)) return item;
        items.push(item);
      }
      return list(items);
    }
    case "range":
    case "float":
    case "complex":
    case "tensor":
      return inner;
    case "unknown":
      return inner;
    case "instance":
      return arrayTensor(inner);
    default:
      return undefined;
  }
}

/** The kind of nested lists whose leaves are all arrays. */
function kindWithin(value: Value): DType | undefined {
  if (value instanceof Tensor) return value.dtype;
  if (typeof value !== "object" || value.kind !== "list" || value.items.length === 0) return undefined;
  const kinds = value.items.map(kindWithin);
  return kinds.reduce((a, b) => (a === undefined || b === undefined ? undefined : promoteKinds(a, b)));
}

/** Writes numbers into the memory of an array; only what the host computes comes by this way. */
export function write(m: Machine, target: Tensor, op: string, args: readonly Value[]): void {
  const { producer } = target.meta;
  onHost(m, op, [target, ...args]);
  target.become({ producer });
}

/** The sizes, as far as they are known. */
export const sizesOf = (tensor: Tensor): Shape | undefined =>
  isKnownShape(tensor.shape) ? tensor.shape : undefined;
