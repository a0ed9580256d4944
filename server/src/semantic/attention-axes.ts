import type { Call, Expr } from "../syntax/ast.ts";
import type { AttentionOperands } from "./attention-operands.ts";
import type { ManualAttention } from "./manual-attention.ts";
import type { Module } from "./module.ts";
import { bindingsOf } from "./names.ts";
import { chainOf } from "./value-chain.ts";

/**
 * Whether the code shows that no fused kernel takes these operands: they want (batch, heads, tokens, features) with as many heads in
 * the key as in the query, and for anything else PyTorch multiplies step by step as the code does
 * (aten/src/ATen/native/transformers/sdp_utils_cpp.h, `check_tensor_shapes` and `check_batch_size_and_num_heads_dense`).
 */
export function isBeyondKernels(
  { output }: ManualAttention,
  { query, key }: AttentionOperands,
  module: Module,
): boolean {
  const method = output.node.parent;
  const then = method?.kind === "Attribute" && method.attr === "permute" ? method.parent : undefined;
  const isPermutedOnward = then?.kind === "Call" && then.func === method && then.args.length > 4;
  return isPermutedOnward || (axesOf(query, module) ?? 0) > 4 || (hasOneHead(key) && !hasOneHead(query));
}

const keepsAxes = /^(?:contiguous|transpose|swapaxes|swapdims|to|type_as|float|half|bfloat16|clone)$/;

/** How many axes the code shows that a value has. */
function axesOf(expr: Expr, module: Module): number | undefined {
  const steps = chainOf(expr, (call) => call.func.kind === "Attribute" && keepsAxes.test(call.func.attr));
  const end = steps[steps.length - 1]?.expr;
  if (end?.kind === "Call") return end.func.kind === "Attribute" ? axesMade(end, end.func.attr) : undefined;
  if (end?.kind === "Subscript") return oneLess(end.index.kind === "Int" ? end.value : undefined, module);
  const [binding, ...others] = end?.kind === "Name" ? bindingsOf(end, module) : [];
  if (binding?.kind !== "unpack" || others.length > 0) return undefined;
  const { value } = binding;
  const isUnbound = value.kind === "Call" && value.func.kind === "Attribute" && value.func.attr === "unbind";
  return oneLess(isUnbound && value.func.kind === "Attribute" ? value.func.value : undefined, module);
}

function oneLess(whole: Expr | undefined, module: Module): number | undefined {
  const axes = whole && axesOf(whole, module);
  return axes === undefined ? undefined : axes - 1;
}

/** `x.permute(2, 0, 3, 1, 4)` and `x.view(b, n, h, d)` name all axes of what they give. */
const axesMade = (call: Call, method: string): number | undefined =>
  /^(?:permute|view|reshape)$/.test(method) &&
  call.args.length > 1 &&
  call.args.every((arg) => arg.kind !== "Starred")
    ? call.args.length
    : undefined;

/** `k.view(b, n, 1, d)`: all heads of the query share it by broadcasting. */
function hasOneHead(operand: Expr): boolean {
  let isRepeated = false;
  return chainOf(operand, (call) => call.func.kind === "Attribute").some(({ expr }) => {
    if (expr.kind !== "Call" || expr.func.kind !== "Attribute") return false;
    isRepeated ||= /^(?:expand|expand_as|repeat|repeat_interleave)$/.test(expr.func.attr);
    return (
      !isRepeated &&
      expr.args.length === 4 &&
      axesMade(expr, expr.func.attr) === 4 &&
      expr.func.attr !== "permute" &&
      expr.args.slice(1, 3).some((arg) => arg.kind === "Int" && arg.value === 1)
    );
  });
}
