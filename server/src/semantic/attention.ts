import type { Call, Expr } from "../syntax/ast.ts";
import type { Module } from "./module.ts";
import { qualifiedName } from "./names.ts";
import { argumentOf } from "./structure.ts";
import { chainOf } from "./value-chain.ts";

export const sdpaName = "torch.nn.functional.scaled_dot_product_attention";

/** Cheap test before a name is resolved. */
export const looksLikeSdpa = (call: Call): boolean => {
  const { func } = call;
  const last = func.kind === "Attribute" ? func.attr : func.kind === "Name" ? func.id : "";
  return /attention|sdpa/i.test(last);
};

export type MaskUse = "none" | "given" | "maybe";

/** Whether `F.scaled_dot_product_attention` gets a mask: `maybe` where a splat or a name that can be None may carry it. */
export function maskOf(sdpa: Call): MaskUse {
  const mask = argumentOf(sdpa, "attn_mask", 3);
  if (mask === undefined || (mask !== "unknown" && mask.kind === "None")) return "none";
  if (mask === "unknown") return "maybe";
  return mask.kind === "Call" || mask.kind === "BinOp" || mask.kind === "Subscript" || mask.kind === "UnaryOp"
    ? "given"
    : "maybe";
}

const lowPrecision = ["bfloat16", "float16", "half", "autocast", "HalfTensor", "BFloat16Tensor"];

/** Something in the file speaks of 16-bit floats: what fused attention with grouped heads needs. */
export const speaksOfLowPrecision = (module: Module): boolean =>
  lowPrecision.some((name) => module.isMentioned(name));

/** One of the inputs is cast to float32 on the way in, and no autocast in the file casts it back. */
export function hasFloat32Input(sdpa: Call, module: Module): boolean {
  if (module.isMentioned("autocast")) return false;
  return ["query", "key", "value"].some((name, i) => {
    const input = argumentOf(sdpa, name, i);
    return (
      input !== undefined &&
      input !== "unknown" &&
      chainOf(input, isLayout).some((step) => castsToFloat32(step.expr, module))
    );
  });
}

const isLayout = (call: Call): boolean =>
  call.func.kind === "Attribute" && /^(?:transpose|permute|contiguous|view|reshape)$/.test(call.func.attr);

function castsToFloat32(expr: Expr, module: Module): boolean {
  if (expr.kind !== "Call" || expr.func.kind !== "Attribute") return false;
  if (expr.func.attr === "float") return expr.args.length === 0;
  if (expr.func.attr !== "to") return false;
  const dtype = argumentOf(expr, "dtype", 0);
  return dtype !== undefined && dtype !== "unknown" && qualifiedName(dtype, module) === "torch.float32";
}
