/** Questions about dtypes, shapes and symbolic sizes: Python values, no ops. */
import { add, max, min } from "../../graph/dim.ts";
import { categoryOf, type Operand, promote, resultType } from "../../graph/dtype.ts";
import { Tensor } from "../../graph/tensor.ts";
import { asInt } from "../_args.ts";
import { shapeOf } from "../_emit.ts";
import { defineOp, NotKnown, type Op, type OpContext, TorchError } from "../_op.ts";
import { operandOf } from "../_pointwise.ts";
import { broadcast } from "../_shape.ts";
import { bool, float, int, none, size, type Value } from "../_value.ts";

const promotable = (value: Value, ctx: OpContext): Operand => {
  const operand = operandOf(value, ctx, "result_type");
  if (!(operand instanceof Tensor)) return { dtype: operand.dtype, rank: "scalar" };
  return { dtype: operand.dtype, rank: shapeOf(operand).length === 0 ? "zero-dim" : "tensor" };
};

const shapesOf = (values: readonly Value[]) =>
  values.map((value) => {
    const items = value.kind === "tuple" || value.kind === "list" ? value.items : [value];
    return items.map((item) => {
      if (item.kind === "unknown") throw new NotKnown(item);
      const dim = asInt(item);
      if (dim === undefined)
        throw new TorchError("broadcast_shapes(): expected ints or tuples of ints", "RuntimeError");
      return dim;
    });
  });

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.result_type"],
    params: "(tensor1, tensor2)",
    run: (args, ctx) => ({
      kind: "dtype",
      dtype: resultType([promotable(args.value("tensor1"), ctx), promotable(args.value("tensor2"), ctx)]),
    }),
  }),
  defineOp({
    names: ["torch.promote_types"],
    params: "(type1, type2)",
    run: (args) => ({
      kind: "dtype",
      dtype: promote(args.dtype("type1") ?? "float32", args.dtype("type2") ?? "float32"),
    }),
  }),
  defineOp({
    names: ["torch.can_cast"],
    params: "(from_, to)",
    run: (args) =>
      bool(categoryOf(args.dtype("from_") ?? "float32") <= categoryOf(args.dtype("to") ?? "float32")),
  }),
  defineOp({
    names: ["torch.broadcast_shapes"],
    params: "(*shapes)",
    run: (args, ctx) => {
      try {
        return size(broadcast(shapesOf(args.items("shapes")), ctx));
      } catch (error) {
        if (!(error instanceof TorchError)) throw error;
        throw new TorchError("Shape mismatch: objects cannot be broadcast to a single shape");
      }
    },
  }),
  defineOp({ names: ["torch.sym_int"], params: "(a)", run: (args) => int(args.int("a")) }),
  defineOp({ names: ["torch.sym_float"], params: "(a)", run: (args) => float(args.number("a")) }),
  defineOp({
    names: ["torch.sym_max"],
    params: "(a, b)",
    run: (args) => int(max(args.int("a"), args.int("b"))),
  }),
  defineOp({
    names: ["torch.sym_min"],
    params: "(a, b)",
    run: (args) => int(min(args.int("a"), args.int("b"))),
  }),
  defineOp({
    names: ["torch.sym_sum"],
    params: "(args)",
    run: (args) => int(args.ints("args").reduce(add, 0)),
  }),
  defineOp({
    names: ["torch._assert", "torch._check", "torch._check_is_size", "torch._check_value"],
    params: "(condition, message=None, **kwargs)",
    run: (args): Value => {
      const condition = args.raw("condition");
      if (condition?.kind === "bool" && !condition.value) {
        const message = args.raw("message");
        throw new TorchError(message?.kind === "string" ? message.value : "", "AssertionError");
      }
      return none;
    },
  }),
  defineOp({
    names: ["torch.isreal", "torch.Tensor.isreal"],
    params: "(input)",
    run: (args, ctx) =>
      ctx.call("torch.ones_like", [args.tensor("input")], { dtype: { kind: "dtype", dtype: "bool" } }),
  }),
];
