/** Table look-ups: no FLOPs; only the rows that are looked up are read. */
import { add, type Dim, mul, product } from "../../graph/dim.ts";
import { isFloating, isIntegral } from "../../graph/dtype.ts";
import { compare } from "../../graph/guard.ts";
import { dataOf, type Tensor } from "../../graph/tensor.ts";
import { create } from "../_create.ts";
import { bytesFor, bytesRead, computed, emitOne, record, shapeOf } from "../_emit.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { scalarName } from "../_pointwise.ts";
import type { Value } from "../_value.ts";

function lookUp(ctx: OpContext, indices: Tensor, weight: Tensor): Tensor {
  const [rows = 1, ...width] = shapeOf(weight);
  if (!isIntegral(indices.dtype))
    throw new TorchError(
      `Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got torch.${scalarName(indices.dtype)}Tensor instead (while checking arguments for embedding)`,
    );
  const outside = dataOf(indices.meta)?.some((i) => i < 0 || compare(i, ">=", rows, ctx.graph) === true);
  if (outside === true) throw new TorchError("index out of range in self", "IndexError");
  const shape = [...shapeOf(indices), ...width];
  const read = add(bytesFor(shape, weight.dtype), bytesRead([indices]));
  return emitOne(
    ctx,
    "embedding",
    [weight, indices],
    { shape, dtype: weight.dtype },
    { bytesRead: read, saved: [weight, indices] },
  );
}

/** @throws TorchError for a known class that is none of the classes */
function checkClasses(data: readonly number[] | undefined, wanted: Dim): void {
  if (data?.some((i) => i < 0) === true) throw new TorchError("Class values must be non-negative.");
  if (typeof wanted === "number" && wanted !== -1 && data?.some((i) => i >= wanted) === true)
    throw new TorchError("Class values must be smaller than num_classes.");
}

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.nn.functional.embedding"],
    params:
      "(input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False)",
    run: (args, ctx) => lookUp(ctx, args.tensor("input"), args.tensor("weight")),
  }),
  defineOp({
    names: ["torch.embedding"],
    params: "(weight, indices, padding_idx=-1, scale_grad_by_freq=False, sparse=False)",
    run: (args, ctx) => lookUp(ctx, args.tensor("indices"), args.tensor("weight")),
  }),
  defineOp({
    names: ["torch.nn.functional.embedding_bag"],
    params:
      "(input, weight, offsets=None, max_norm=None, norm_type=2, scale_grad_by_freq=False, mode='mean', sparse=False, per_sample_weights=None, include_last_offset=False, padding_idx=None)",
    run: (args, ctx) => {
      const given = [args.tensor("input"), args.tensor("weight")] as const;
      // Callers of old pass the table first.
      const [indices, weight] =
        given[1].dtype === "int64" && isFloating(given[0].dtype) ? [given[1], given[0]] : given;
      const offsets = args.optionalTensor("offsets");
      const width = shapeOf(weight)[1] ?? 1;
      const looked = shapeOf(indices);
      const bags: Dim =
        offsets === undefined
          ? (looked[0] ?? 1)
          : add(shapeOf(offsets)[0] ?? 1, args.bool("include_last_offset", false) ? -1 : 0);
      const gathered = bytesFor([product(looked), width], weight.dtype);
      const inputs = offsets === undefined ? [weight, indices] : [weight, indices, offsets];
      return emitOne(
        ctx,
        "embedding_bag",
        inputs,
        { shape: [bags, width], dtype: weight.dtype },
        {
          flops: mul(product(looked), width),
          bytesRead: add(gathered, bytesRead(inputs.slice(1))),
          saved: inputs.slice(1),
        },
      );
    },
  }),
  defineOp({
    names: ["torch.nn.functional.one_hot"],
    params: "(input, num_classes=-1)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const wanted = args.int("num_classes", -1);
      const data = dataOf(input.meta);
      if (input.dtype !== "int64") throw new TorchError("one_hot is only applicable to index tensor.");
      const classes =
        wanted !== -1
          ? wanted
          : data === undefined
            ? ctx.graph.unbacked(
                "one_hot()",
                "without `num_classes` its size is the largest element plus one",
              )
            : data.reduce((a, b) => Math.max(a, b), -1) + 1;
      checkClasses(data, wanted);
      const shape = [...shapeOf(input), classes];
      const zeros = create(ctx, "zeros", { shape, dtype: "int64", device: input.meta.device });
      const out = computed(ctx, [input, zeros], {
        shape,
        dtype: "int64",
        data: hot(data, classes),
        differentiable: false,
      });
      record(ctx, "scatter_", [zeros, input], [out], {
        bytesRead: bytesRead([input]),
        bytesWritten: bytesFor(shapeOf(input), "int64"),
        inPlace: true,
      });
      return out;
    },
  }),
  defineOp({
    names: ["torch.nn.utils.rnn.pad_sequence"],
    params: "(sequences, batch_first=False, padding_value=0.0, padding_side='right')",
    run: (args, ctx) => {
      const tensors = args.tensors("sequences");
      const [first] = tensors;
      if (first === undefined) throw new TorchError("received an empty list of sequences");
      const longest = tensors
        .map((t) => shapeOf(t)[0] ?? 1)
        .reduce((a, b) => (compare(b, ">", a, ctx.graph) === true ? b : a));
      const rest = shapeOf(first).slice(1);
      const shape = args.bool("batch_first", false)
        ? [tensors.length, longest, ...rest]
        : [longest, tensors.length, ...rest];
      return emitOne(ctx, "pad_sequence", tensors, { shape, dtype: first.dtype });
    },
  }),
  defineOp({
    names: ["torch.bucketize"],
    params: "(input, boundaries, *, out_int32=False, right=False, out=None)",
    run: (args, ctx) => {
      const value = args.value("input");
      const input = value.kind === "tensor" ? value : undefined;
      const inputs = [...(input === undefined ? [] : [input]), args.tensor("boundaries")];
      const dtype = args.bool("out_int32", false) ? "int32" : "int64";
      return emitOne(ctx, "bucketize", inputs, {
        shape: input === undefined ? [] : shapeOf(input),
        dtype,
        data: places(args.tensor("boundaries"), value, args.bool("right", false)),
        differentiable: false,
      });
    },
  }),
  defineOp({
    names: ["torch.searchsorted"],
    params: "(sorted_sequence, input, *, out_int32=False, right=False, side=None, sorter=None, out=None)",
    run: (args, ctx) => {
      const sorted = args.tensor("sorted_sequence");
      const value = args.value("input");
      const inputs = value.kind === "tensor" ? [sorted, value] : [sorted];
      const dtype = args.bool("out_int32", false) ? "int32" : "int64";
      const isRight = args.bool("right", false) || args.string("side", "left") === "right";
      return emitOne(ctx, "searchsorted", inputs, {
        shape: value.kind === "tensor" ? shapeOf(value) : [],
        dtype,
        data: args.has("sorter") ? undefined : places(sorted, value, isRight),
        differentiable: false,
      });
    },
  }),
];

/** Where values belong in a sorted row. */
function places(sorted: Tensor, value: Value, isRight: boolean): readonly number[] | undefined {
  const row = shapeOf(sorted).length === 1 ? dataOf(sorted.meta) : undefined;
  const values = value.kind === "tensor" ? dataOf(value.meta) : numberOf(value);
  return row && values?.map((x) => row.filter((each) => (isRight ? each <= x : each < x)).length);
}

function numberOf(value: Value): readonly number[] | undefined {
  if (value.kind === "float") return [value.value];
  return value.kind === "int" && typeof value.value === "number" ? [value.value] : undefined;
}

function hot(data: readonly number[] | undefined, classes: Dim): readonly number[] | undefined {
  if (data === undefined || typeof classes !== "number" || data.length * classes > 4096) return undefined;
  return data.flatMap((at) => Array.from({ length: classes }, (_, i) => Number(i === at)));
}
