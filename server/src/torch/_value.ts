import type { Unknown } from "../base/known.ts";
import type { Dim } from "../graph/dim.ts";
import type { DType } from "../graph/dtype.ts";
import type { Tensor } from "../graph/tensor.ts";

/**
 * What passes between the interpreter and an op: Python values, with `int` and `float` apart. Anything that no
 * op looks into (a module, a function, a generator object) crosses as `opaque`.
 */
export type Value =
  | { readonly kind: "none" }
  | { readonly kind: "ellipsis" }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "int"; readonly value: Dim }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "complex"; readonly re: number; readonly im: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "list"; readonly items: readonly Value[] }
  | Tuple
  | { readonly kind: "slice"; readonly lower: Value; readonly upper: Value; readonly step: Value }
  | { readonly kind: "dtype"; readonly dtype: DType }
  | { readonly kind: "device"; readonly name: string }
  /** `torch.channels_last`, `torch.strided`, ...: named constants without inner life. */
  | { readonly kind: "token"; readonly name: string }
  /** An object with plain attributes: `torch.finfo(...)`. */
  | { readonly kind: "record"; readonly typeName: string; readonly fields: ReadonlyMap<string, Value> }
  | { readonly kind: "opaque"; readonly typeName: string }
  | Tensor
  | Unknown;

export interface Tuple {
  readonly kind: "tuple";
  readonly items: readonly Value[];
  /** `torch.Size`, or the named tuple that torch returns: `torch.return_types.max`. */
  readonly typeName?: string;
  /** Field names of a named tuple, in order. */
  readonly fields?: readonly string[];
}

export const none: Value = { kind: "none" };
const yes: Value = { kind: "bool", value: true };
const no: Value = { kind: "bool", value: false };
export const bool = (value: boolean): Value => (value ? yes : no);
export const int = (value: Dim): Value => ({ kind: "int", value });
export const float = (value: number): Value => ({ kind: "float", value });
export const string = (value: string): Value => ({ kind: "string", value });
export const list = (items: readonly Value[]): Value => ({ kind: "list", items });
export const tuple = (items: readonly Value[]): Tuple => ({ kind: "tuple", items });
export const size = (shape: readonly Dim[]): Tuple => ({
  kind: "tuple",
  items: shape.map(int),
  typeName: "torch.Size",
});
export const named = (typeName: string, fields: readonly string[], items: readonly Value[]): Tuple => ({
  kind: "tuple",
  items,
  typeName,
  fields,
});

/** Python's name of the type, as error messages have it. */
export function typeName(value: Value): string {
  switch (value.kind) {
    case "none":
      return "NoneType";
    case "string":
      return "str";
    case "tensor":
      return "Tensor";
    case "dtype":
    case "device":
      return `torch.${value.kind}`;
    case "tuple":
    case "record":
    case "opaque":
      return value.typeName ?? "tuple";
    case "bool":
    case "int":
    case "float":
    case "complex":
    case "list":
    case "slice":
    case "ellipsis":
    case "token":
    case "unknown":
      return value.kind;
  }
}
