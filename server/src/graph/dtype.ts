export type DType =
  | "bool"
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "uint32"
  | "int32"
  | "uint64"
  | "int64"
  | "float8_e4m3fn"
  | "float8_e5m2"
  | "float16"
  | "bfloat16"
  | "float32"
  | "float64"
  | "complex32"
  | "complex64"
  | "complex128"
  | "qint8"
  | "quint8"
  | "qint32";

/** As in torch's promotion: bool < integer < floating < complex. */
export type Category = 0 | 1 | 2 | 3;

const table: Readonly<Record<DType, readonly [bytes: number, category: Category]>> = {
  bool: [1, 0],
  uint8: [1, 1],
  int8: [1, 1],
  uint16: [2, 1],
  int16: [2, 1],
  uint32: [4, 1],
  int32: [4, 1],
  uint64: [8, 1],
  int64: [8, 1],
  float8_e4m3fn: [1, 2],
  float8_e5m2: [1, 2],
  float16: [2, 2],
  bfloat16: [2, 2],
  float32: [4, 2],
  float64: [8, 2],
  complex32: [4, 3],
  complex64: [8, 3],
  complex128: [16, 3],
  qint8: [1, 1],
  quint8: [1, 1],
  qint32: [4, 1],
};

const aliases: ReadonlyMap<string, DType> = new Map([
  ["float", "float32"],
  ["double", "float64"],
  ["half", "float16"],
  ["long", "int64"],
  ["int", "int32"],
  ["short", "int16"],
  ["cfloat", "complex64"],
  ["cdouble", "complex128"],
  ["chalf", "complex32"],
]);

const isDType = (name: string): name is DType => Object.hasOwn(table, name);

/** The dtype that `torch.<name>` is, aliases included. */
export const dtypeNamed = (name: string): DType | undefined =>
  aliases.get(name) ?? (isDType(name) ? name : undefined);

export const bytesPerElement = (dtype: DType): number => table[dtype][0];

/** All of them. Where many are handled, a number stands for each: its place in this list. */
export const dtypes: readonly DType[] = Object.keys(table).filter(isDType);

const codes: ReadonlyMap<string, number> = new Map(dtypes.map((dtype, code) => [dtype, code]));

export const dtypeCode = (dtype: DType): number => codes.get(dtype) ?? 0;

/** By code. */
export const bytesByCode: Uint8Array = Uint8Array.from(dtypes, bytesPerElement);
export const isFloatingByCode: Uint8Array = Uint8Array.from(dtypes, (dtype) =>
  table[dtype][1] === 2 ? 1 : 0,
);
export const isComplexByCode: Uint8Array = Uint8Array.from(dtypes, (dtype) =>
  table[dtype][1] === 3 ? 1 : 0,
);
export const categoryOf = (dtype: DType): Category => table[dtype][1];
export const isFloating = (dtype: DType): boolean => table[dtype][1] === 2;
export const isComplex = (dtype: DType): boolean => table[dtype][1] === 3;
export const isIntegral = (dtype: DType): boolean => table[dtype][1] === 1;
export const isFloatingOrComplex = (dtype: DType): boolean => table[dtype][1] >= 2;

/** `torch.promote_types`. */
export function promote(a: DType, b: DType): DType {
  if (a === b) return a;
  const [ca, cb] = [categoryOf(a), categoryOf(b)];
  if (ca === 3 || cb === 3) return promoteComplex(a, b);
  if (ca !== cb) return ca > cb ? a : b;
  if (ca === 2) return promoteFloat(a, b);
  return promoteInt(a, b);
}

/** What a real floating dtype is the component of. */
export const toComplex = (dtype: DType): DType =>
  dtype === "float64" ? "complex128" : dtype === "float16" ? "complex32" : "complex64";

/** The component of a complex dtype; other dtypes are their own. */
export const toReal = (dtype: DType): DType =>
  dtype === "complex128"
    ? "float64"
    : dtype === "complex64"
      ? "float32"
      : dtype === "complex32"
        ? "float16"
        : dtype;

export interface Operand {
  readonly dtype: DType;
  /** Python scalars give way to 0-dim tensors, these to tensors with dimensions, within a category. */
  readonly rank: "tensor" | "zero-dim" | "scalar";
}

/** `torch.result_type` over any number of operands; python floats arrive as the default dtype. */
export function resultType(operands: readonly Operand[]): DType {
  const best = (rank: Operand["rank"]): DType | undefined =>
    operands
      .filter((o) => o.rank === rank)
      .map((o) => o.dtype)
      .reduce<DType | undefined>((x, y) => (x === undefined ? y : promote(x, y)), undefined);
  return combine(combine(best("tensor"), best("zero-dim")), best("scalar")) ?? "float32";
}

function combine(higher: DType | undefined, lower: DType | undefined): DType | undefined {
  if (higher === undefined || lower === undefined) return higher ?? lower;
  if (isComplex(higher)) return higher;
  if (isFloating(higher)) return isComplex(lower) ? toComplex(higher) : higher;
  if (higher === "bool" || isFloatingOrComplex(lower)) return promote(higher, lower);
  return higher;
}

function promoteComplex(a: DType, b: DType): DType {
  const [x, y] = [toReal(a), toReal(b)];
  const real = isFloating(x) && isFloating(y) ? promoteFloat(x, y) : isFloating(x) ? x : y;
  return toComplex(real);
}

function promoteFloat(a: DType, b: DType): DType {
  if (a === b) return a;
  const [x, y] = [bytesPerElement(a), bytesPerElement(b)];
  return x === y ? "float32" : x > y ? a : b;
}

function promoteInt(a: DType, b: DType): DType {
  const [x, y] = [bytesPerElement(a), bytesPerElement(b)];
  const [ua, ub] = [a.startsWith("u"), b.startsWith("u")];
  if (ua === ub) return x >= y ? a : b;
  const [unsigned, signed] = ua ? [x, b] : [y, a];
  if (bytesPerElement(signed) > unsigned) return signed;
  return unsigned === 1 ? "int16" : unsigned === 2 ? "int32" : "int64";
}
