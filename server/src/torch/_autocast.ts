import type { DType } from "../graph/dtype.ts";
import { bytesPerElement, isFloating } from "../graph/dtype.ts";
import { dataOf, isContiguous, Tensor } from "../graph/tensor.ts";
import type { Args } from "./_args.ts";
import { emitOne, shapeOf, stridesOf } from "./_emit.ts";
import type { Autocast, AutocastRule, OpContext } from "./_op.ts";
import type { Value } from "./_value.ts";

/** Inserts the casts that autocast makes before an op. Source: torch's documentation, "Autocast Op Reference". */
export function autocastArguments(args: Args, rule: AutocastRule, autocast: Autocast, ctx: OpContext): Args {
  if (rule === "float32 result") return float32Result(args);
  const target = targetOf(args, rule, autocast);
  if (target === undefined) return args;
  const convert = (value: Value): Value => {
    if (value instanceof Tensor)
      return eligible(value) && value.dtype !== target ? cachedCast(value, target, autocast, ctx) : value;
    if (value.kind === "list" || value.kind === "tuple") return { ...value, items: value.items.map(convert) };
    return value;
  };
  return args.map(convert);
}

/** A copy in another dtype, as an op; the same tensor when the dtype is already right. */
export function cast(tensor: Tensor, dtype: DType, ctx: OpContext): Tensor {
  if (tensor.dtype === dtype) return tensor;
  const shape = shapeOf(tensor);
  const strides = isContiguous(tensor.meta) || stridesOf(tensor).includes(0) ? undefined : stridesOf(tensor);
  return emitOne(ctx, "_to_copy", [tensor], { shape, dtype, strides, data: dataOf(tensor.meta) });
}

function cachedCast(tensor: Tensor, dtype: DType, autocast: Autocast, ctx: OpContext): Tensor {
  if (tensor.meta.role !== "parameter") return cast(tensor, dtype, ctx);
  const key = `${tensor.id}:${dtype}`;
  const seen = autocast.cache.get(key);
  if (seen instanceof Tensor) return seen;
  const made = cast(tensor, dtype, ctx);
  autocast.cache.set(key, made);
  return made;
}

/** Only where the first tensor is floating and no dtype is asked for. */
function float32Result(args: Args): Args {
  const [first] = args.allTensors();
  if (first === undefined || !eligible(first) || args.has("dtype")) return args;
  return args.with("dtype", { kind: "dtype", dtype: "float32" });
}

const eligible = (tensor: Tensor): boolean => isFloating(tensor.dtype) && tensor.dtype !== "float64";

function targetOf(
  args: Args,
  rule: Exclude<AutocastRule, "float32 result">,
  autocast: Autocast,
): DType | undefined {
  if (rule === "lower") return autocast.dtype;
  if (rule === "float32") return "float32";
  const widths = args
    .allTensors()
    .filter(eligible)
    .map((t) => t.dtype);
  return widths.length === 0
    ? undefined
    : widths.reduce((a, b) => (bytesPerElement(b) > bytesPerElement(a) ? b : a));
}
