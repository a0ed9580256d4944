import { type DType, isFloating } from "../graph/dtype.ts";
import type { Rate } from "../hardware/accelerator.ts";

/**
 * How floating-point work is carried out.
 *
 * `as-written` is what the code says, `fp32` float32 without TF32. `fp16` and `bf16` convert the whole model. `amp-*` is autocast over float32
 * weights: casts are traffic of their own. `fp8` and `int8` keep weights of products in eight bits and convert what they are
 * multiplied with by static scales; the rest is bfloat16.
 */
export type Precision =
  | "as-written"
  | "fp32"
  | "tf32"
  | "fp16"
  | "bf16"
  | "amp-fp16"
  | "amp-bf16"
  | "fp8"
  | "int8";

export const precisions: readonly Precision[] = [
  "as-written",
  "fp32",
  "tf32",
  "fp16",
  "bf16",
  "amp-fp16",
  "amp-bf16",
  "fp8",
  "int8",
];

/** What products with weights compute in, where that is eight bits. */
export const eightBit = (precision: Precision): DType | undefined =>
  precision === "fp8" ? "float8_e4m3fn" : precision === "int8" ? "int8" : undefined;

export type CastRule = "lower" | "float32" | "widest" | "none";

/** Ops by autocast's rule. Source: torch's documentation, "Autocast Op Reference", CUDA. */
const castRules: ReadonlyMap<string, CastRule> = new Map<string, CastRule>([
  ...rule("lower", "mm addmm bmm baddbmm mv dot linear scaled_dot_product_attention lstm gru rnn prelu"),
  ...rule("lower", "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d conv_tbc"),
  ...rule("float32", "softmax log_softmax softmin layer_norm group_norm norm linalg_vector_norm renorm"),
  ...rule("float32", "exp expm1 log log10 log1p log2 reciprocal rsqrt pow acos asin cosh erfinv sinh tan"),
  ...rule("float32", "cumsum cumprod sum prod softplus cross_entropy nll_loss mse_loss l1_loss kl_div cdist"),
  ...rule("float32", "cosine_similarity smooth_l1_loss huber_loss binary_cross_entropy_with_logits"),
  ...rule("widest", "addcdiv addcmul atan2 bilinear cat cross dot grid_sample index_put scatter_add stack"),
]);

function rule(kind: CastRule, names: string): readonly (readonly [string, CastRule])[] {
  return names.split(" ").map((name) => [name, kind]);
}

/** @param name of an op, or of one that works in place */
export const castRuleOf = (name: string): CastRule =>
  castRules.get(name.endsWith("_") ? name.slice(0, -1) : name) ?? "none";

/** The dtype that autocast lowers to; `undefined` when the precision is not autocast. */
export const autocastDtype = (precision: Precision): DType | undefined =>
  precision === "amp-fp16" ? "float16" : precision === "amp-bf16" ? "bfloat16" : undefined;

/** The dtype of a parameter, buffer or input under a precision. */
export function storedDtype(dtype: DType, precision: Precision): DType {
  if (!isFloating(dtype) || precision === "as-written") return dtype;
  if (precision === "fp16") return "float16";
  if (precision === "bf16" || eightBit(precision) !== undefined) return "bfloat16";
  return "float32";
}

/**
 * The arithmetic that a product of such operands runs on. torch lets convolutions in float32 use TF32 unless the code forbids it, and
 * other products not unless the code allows it. Source: torch's documentation, "CUDA semantics", TensorFloat-32.
 */
export function rateOf(dtype: DType, precision: Precision, isConvolution = false): Rate {
  switch (dtype) {
    case "float16":
      return "fp16";
    case "bfloat16":
      return "bf16";
    case "float8_e4m3fn":
    case "float8_e5m2":
      return "fp8";
    case "int8":
    case "uint8":
    case "qint8":
    case "quint8":
      return "int8";
    default:
      return precision === "tf32" || (isConvolution && precision !== "fp32") ? "tf32" : "fp32";
  }
}
