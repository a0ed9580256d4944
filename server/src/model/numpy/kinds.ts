import {
  bytesPerElement,
  type DType,
  dtypeNamed,
  isComplex,
  isFloating,
  isIntegral,
  promote,
  toComplex,
} from "../../graph/dtype.ts";
import { payloadOf } from "../classes.ts";
import type { Value } from "../values.ts";

/** Kinds of numbers by the names that numpy, Python and the array protocol have for them. */
const names: ReadonlyMap<string, DType> = new Map<string, DType>([
  ["float", "float64"],
  ["int", "int64"],
  ["bool_", "bool"],
  ["complex", "complex128"],
  ["integer", "int64"],
  ["floating", "float64"],
  ["f", "float32"],
  ["d", "float64"],
  ["e", "float16"],
  ["f2", "float16"],
  ["f4", "float32"],
  ["f8", "float64"],
  ["i", "int32"],
  ["l", "int64"],
  ["i1", "int8"],
  ["i2", "int16"],
  ["i4", "int32"],
  ["i8", "int64"],
  ["u1", "uint8"],
  ["u2", "uint16"],
  ["u4", "uint32"],
  ["u8", "uint64"],
  ["b1", "bool"],
  ["?", "bool"],
  ["c8", "complex64"],
  ["c16", "complex128"],
  ["half", "float16"],
  ["single", "float32"],
  ["double", "float64"],
]);

const kindNamed = (name: string): DType | undefined => {
  const plain = name.replace(/^[<>=|]/, "");
  return names.get(plain) ?? dtypeNamed(plain);
};

/** The kind of numbers that `np.float32`, `"float32"`, `float` or `array.dtype` names. */
export function kindOf(value: Value): DType | undefined {
  const inner = payloadOf(value);
  if (typeof inner === "string") return kindNamed(inner);
  if (typeof inner !== "object") return undefined;
  if (inner.kind === "class") return kindNamed(inner.name);
  if (inner.kind === "dtype") return inner.dtype;
  const name = inner.kind === "instance" ? inner.attrs.get("name") : undefined;
  return typeof name === "string" ? kindNamed(name) : undefined;
}

/** numpy's `promote_types`: floating numbers are wide enough for the integers that they meet. */
export function promoteKinds(a: DType, b: DType): DType {
  if (a === b) return a;
  if (isIntegral(a) && isIntegral(b)) return promoteIntegers(a, b);
  if (isIntegral(a) && !isIntegral(b) && b !== "bool") return promote(floatFor(a), b);
  if (isIntegral(b) && !isIntegral(a) && a !== "bool") return promote(a, floatFor(b));
  return promote(a, b);
}

/** The kind that functions of real numbers give for numbers of another kind. */
export function floatFor(kind: DType): DType {
  if (!isIntegral(kind) && kind !== "bool") return kind;
  const bytes = bytesPerElement(kind);
  return bytes === 1 ? "float16" : bytes === 2 ? "float32" : "float64";
}

const signed: readonly DType[] = ["int8", "int16", "int32", "int64"];

function promoteIntegers(a: DType, b: DType): DType {
  const isUnsigned = (kind: DType): boolean => kind.startsWith("uint");
  const [wide, narrow] = bytesPerElement(a) >= bytesPerElement(b) ? [a, b] : [b, a];
  if (isUnsigned(a) === isUnsigned(b)) return wide;
  const unsigned = isUnsigned(a) ? a : b;
  if (!isUnsigned(wide) && wide !== narrow && bytesPerElement(wide) > bytesPerElement(unsigned)) return wide;
  return signed.find((kind) => bytesPerElement(kind) > bytesPerElement(unsigned)) ?? "float64";
}

export interface Member {
  readonly kind: DType;
  /** Plain numbers give way to arrays of the same category. */
  readonly isNumber: boolean;
}

const category = (kind: DType): number =>
  kind === "bool" ? 0 : isIntegral(kind) ? 1 : isFloating(kind) ? 2 : 3;

/** numpy's `result_type` of arrays and numbers. */
export function resultKind(members: readonly Member[]): DType {
  const joined = (of: readonly Member[]): DType | undefined =>
    of
      .map((each) => each.kind)
      .reduce<DType | undefined>((a, b) => (a === undefined ? b : promoteKinds(a, b)), undefined);
  const arrays = joined(members.filter((each) => !each.isNumber));
  const numbers = joined(members.filter((each) => each.isNumber));
  if (arrays === undefined || numbers === undefined) return arrays ?? numbers ?? "float64";
  if (category(numbers) <= category(arrays)) return arrays;
  return isComplex(numbers) && isFloating(arrays) ? toComplex(arrays) : promoteKinds(arrays, numbers);
}
