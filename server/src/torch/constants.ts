import { bytesPerElement, type DType, dtypeNamed, isComplex, isFloating } from "../graph/dtype.ts";
import { bool, float, int, type Value } from "./_value.ts";

const numbers: ReadonlyMap<string, number> = new Map([
  ["pi", Math.PI],
  ["e", Math.E],
  ["inf", Number.POSITIVE_INFINITY],
  ["nan", Number.NaN],
]);

const tokens: ReadonlySet<string> = new Set([
  "strided",
  "sparse_coo",
  "jagged",
  "contiguous_format",
  "channels_last",
  "channels_last_3d",
  "preserve_format",
  "per_tensor_affine",
  "per_channel_affine",
]);

/** What `torch.<name>` is when it is no function: a dtype, a number, a memory format. */
export function torchConstant(name: string): Value | undefined {
  const dtype = dtypeNamed(name);
  if (dtype !== undefined) return { kind: "dtype", dtype };
  const number = numbers.get(name);
  if (number !== undefined) return float(number);
  return tokens.has(name) ? { kind: "token", name: `torch.${name}` } : undefined;
}

/** Attributes of a dtype: `x.dtype.is_floating_point`. */
export function dtypeAttribute(dtype: DType, name: string): Value | undefined {
  switch (name) {
    case "is_floating_point":
      return bool(isFloating(dtype));
    case "is_complex":
      return bool(isComplex(dtype));
    case "is_signed":
      return bool(!dtype.startsWith("u") && dtype !== "bool");
    case "itemsize":
      return int(bytesPerElement(dtype));
    default:
      return undefined;
  }
}
