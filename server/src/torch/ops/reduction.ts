/**
 * Reductions: 1 FLOP per input element for sums and comparisons, 3 for variance (subtract, square, add), 2 for norms.
 * Integer sums are int64. Source of the dtype rules: torch documentation of each function.
 */
import { mul, product } from "../../graph/dim.ts";
import { bytesPerElement, type DType, isFloatingOrComplex, toReal } from "../../graph/dtype.ts";
import { elementsOf } from "../../graph/elements.ts";
import { compare } from "../../graph/guard.ts";
import { contiguousStrides, type Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { computed, record, shapeOf } from "../_emit.ts";
import { type AutocastRule, defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { floatDtype, scalarName } from "../_pointwise.ts";
import { groupsOf, reduce, reducedDims, reducedShape } from "../_reduce.ts";
import { wrapDim } from "../_shape.ts";
import { bool, int, named, tuple, type Value } from "../_value.ts";

const total = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);
const largest = (xs: readonly number[]): number =>
  xs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
const smallest = (xs: readonly number[]): number =>
  xs.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const average = (xs: readonly number[]): number => total(xs) / xs.length;
const logSumExp = (xs: readonly number[]): number => {
  const top = largest(xs);
  return top + Math.log(total(xs.map((x) => Math.exp(x - top))));
};
const spread =
  (correction: number) =>
  (xs: readonly number[]): number => {
    const mean = average(xs);
    return total(xs.map((x) => (x - mean) ** 2)) / Math.max(xs.length - correction, 0);
  };

interface Row {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly dtype: "sum" | "float" | "same" | "bool" | "int64";
  readonly keeps?: "input" | "input and output";
  readonly flops?: number;
  readonly compute: (xs: readonly number[]) => number;
  readonly autocast?: AutocastRule;
}

const rows: readonly Row[] = [
  { name: "sum", dtype: "sum", compute: total, autocast: "float32 result" },
  {
    name: "nansum",
    dtype: "sum",
    compute: (xs) => total(xs.filter((x) => !Number.isNaN(x))),
    keeps: "input",
  },
  { name: "mean", dtype: "float", compute: average },
  {
    name: "nanmean",
    dtype: "float",
    compute: (xs) => average(xs.filter((x) => !Number.isNaN(x))),
    keeps: "input",
  },
  {
    name: "prod",
    dtype: "sum",
    compute: (xs) => xs.reduce((a, b) => a * b, 1),
    keeps: "input and output",
    autocast: "float32 result",
  },
  { name: "amax", dtype: "same", compute: largest, keeps: "input and output" },
  { name: "amin", dtype: "same", compute: smallest, keeps: "input and output" },
  { name: "all", dtype: "bool", compute: (xs) => Number(xs.every((x) => x !== 0)) },
  { name: "any", dtype: "bool", compute: (xs) => Number(xs.some((x) => x !== 0)) },
  { name: "count_nonzero", dtype: "int64", compute: (xs) => xs.filter((x) => x !== 0).length },
  {
    name: "logsumexp",
    aliases: ["torch.special.logsumexp"],
    dtype: "float",
    flops: 3,
    compute: logSumExp,
    keeps: "input and output",
  },
];

function dtypeOf(row: Row, input: Tensor, args: Args, ctx: OpContext): DType {
  const wanted = args.dtype();
  if (wanted !== undefined) {
    if (row.name === "mean" && !isFloatingOrComplex(wanted))
      throw new TorchError(
        `mean(): could not infer output dtype. Optional dtype must be either a floating point or complex dtype. Got: ${scalarName(wanted)}`,
      );
    return wanted;
  }
  switch (row.dtype) {
    case "sum":
      return isFloatingOrComplex(input.dtype) ? input.dtype : "int64";
    case "float":
      if (row.name === "logsumexp") return floatDtype(input.dtype, ctx);
      if (!isFloatingOrComplex(input.dtype))
        throw new TorchError(
          `${row.name}(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: ${scalarName(input.dtype)}`,
        );
      return input.dtype;
    case "same":
      return input.dtype;
    case "bool":
      return input.dtype === "uint8" ? "uint8" : "bool";
    case "int64":
      return "int64";
  }
}

const fromRow = (row: Row): Op =>
  defineOp({
    names: [`torch.${row.name}`, `torch.Tensor.${row.name}`, ...(row.aliases ?? [])],
    params: "(input, dim=None, keepdim=False, *, dtype=None, out=None)",
    ...(row.autocast === undefined ? {} : { autocast: row.autocast }),
    run: (args, ctx) => {
      const input = args.tensor("input");
      if (row.dtype === "same" && shapeOf(input).includes(0) && !args.has("dim"))
        throw new TorchError(
          `${row.name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.`,
        );
      return reduce(ctx, input, {
        name: row.name,
        dims: reducedDims(args, shapeOf(input).length),
        keep: args.bool("keepdim", false),
        dtype: dtypeOf(row, input, args, ctx),
        flops: row.flops ?? 1,
        compute: row.compute,
        differentiable: row.dtype !== "bool" && row.dtype !== "int64",
        saved: row.keeps === undefined ? [] : [input],
        savesOutput: row.keeps === "input and output",
      });
    },
  });

/** `max(x)`, `max(x, dim)` with indices, `max(x, other)`. */
const extreme = (name: "max" | "min"): Op =>
  defineOp({
    names: [`torch.${name}`, `torch.Tensor.${name}`],
    params: ["(input, dim=None, keepdim=False, *, out=None)", "(input, other, *, out=None)"],
    run: (args, ctx) => {
      const input = args.tensor("input");
      const second = args.optional("dim") ?? args.optional("other");
      if (second?.kind === "tensor") return ctx.call(`torch.${name}imum`, [input, second]);
      const pick = name === "max" ? largest : smallest;
      if (second === undefined)
        return reduce(ctx, input, {
          name,
          dims: shapeOf(input).map((_, i) => i),
          keep: false,
          dtype: input.dtype,
          compute: nonEmpty(name, pick),
          saved: [input],
          savesOutput: true,
        });
      return withIndices(ctx, name, args, input, pick, (xs) => xs.indexOf(pick(xs)));
    },
  });

const nonEmpty =
  (name: string, pick: (xs: readonly number[]) => number) =>
  (xs: readonly number[]): number => {
    if (xs.length === 0)
      throw new TorchError(
        `${name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.`,
      );
    return pick(xs);
  };

/** Values and int64 indices along one dimension. */
function withIndices(
  ctx: OpContext,
  name: string,
  args: Args,
  input: Tensor,
  pick: (xs: readonly number[]) => number,
  at: (xs: readonly number[]) => number,
): Value {
  const shape = shapeOf(input);
  const dim = wrapDim(args.index("dim", -1), shape.length);
  const out = reducedShape(shape, [dim], args.bool("keepdim", false));
  const groups = groupsOf(input, [dim])?.filter((g) => g.length > 0);
  const values = computed(ctx, [input], { shape: out, dtype: input.dtype, data: groups?.map(pick) });
  const indices = computed(ctx, [input], {
    shape: out,
    dtype: "int64",
    data: groups?.map(at),
    differentiable: false,
  });
  record(ctx, name, [input], [values, indices], {
    flops: product(shape),
    saved: values.meta.requiresGrad ? [indices] : [],
  });
  return named(`torch.return_types.${name}`, ["values", "indices"], [values, indices]);
}

const position = (name: "argmax" | "argmin"): Op =>
  defineOp({
    names: [`torch.${name}`, `torch.Tensor.${name}`],
    params: "(input, dim=None, keepdim=False, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const pick = name === "argmax" ? largest : smallest;
      const at = args.has("dim") ? wrapDim(args.index("dim"), shapeOf(input).length) : undefined;
      if (at === undefined ? shapeOf(input).includes(0) : shapeOf(input)[at] === 0)
        throw new TorchError(
          at === undefined
            ? `${name}(): Expected reduction dim to be specified for input.numel() == 0.`
            : `${name}(): Expected reduction dim ${at} to have non-zero size.`,
          "IndexError",
        );
      return reduce(ctx, input, {
        name,
        dims: reducedDims(args, shapeOf(input).length),
        keep: args.bool("keepdim", false),
        dtype: "int64",
        compute: (xs) => {
          const odd = xs.findIndex(Number.isNaN);
          return odd >= 0 ? odd : xs.indexOf(pick(xs));
        },
        differentiable: false,
      });
    },
  });

/** `var(x, dim, unbiased, keepdim)` and `var(x, dim, *, correction, keepdim)`; the second argument may be `unbiased`. */
function varianceOf(
  args: Args,
  input: Tensor,
): { dims: readonly number[]; keep: boolean; correction: number } {
  if (!isFloatingOrComplex(input.dtype))
    throw new TorchError("std and var only support floating point and complex dtypes");
  const rank = shapeOf(input).length;
  const first = args.raw("dim");
  const flag = first?.kind === "bool" ? first.value : undefined;
  const unbiased = flag ?? args.bool("unbiased", true);
  return {
    dims: flag === undefined ? reducedDims(args, rank) : Array.from({ length: rank }, (_, i) => i),
    keep: args.bool("keepdim", false),
    correction: args.has("correction") ? args.number("correction") : unbiased ? 1 : 0,
  };
}

const variance = (name: "var" | "std"): Op =>
  defineOp({
    names: [`torch.${name}`, `torch.Tensor.${name}`],
    params: "(input, dim=None, unbiased=True, keepdim=False, *, correction=None, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const { dims, keep, correction } = varianceOf(args, input);
      const compute = spread(correction);
      return reduce(ctx, input, {
        name,
        dims,
        keep,
        dtype: toReal(input.dtype),
        flops: 3,
        compute: name === "std" ? (xs) => Math.sqrt(compute(xs)) : compute,
        saved: [input],
        savesOutput: name === "std",
      });
    },
  });

const varianceAndMean = (name: "var" | "std"): Op =>
  defineOp({
    names: [`torch.${name}_mean`],
    params: "(input, dim=None, unbiased=True, keepdim=False, *, correction=None, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const { dims, keep } = varianceOf(args, input);
      const shape = reducedShape(shapeOf(input), dims, keep);
      const outputs = [toReal(input.dtype), input.dtype].map((dtype) =>
        computed(ctx, [input], { shape, dtype }),
      );
      record(ctx, `${name}_mean`, [input], outputs, {
        flops: mul(3, product(shapeOf(input))),
        saved: [input],
      });
      return tuple(outputs);
    },
  });

function norm(args: Args, ctx: OpContext, name: string, order: string): Tensor {
  const input = args.tensor("input");
  const wanted = args.dtype();
  const kind = args.raw(order);
  const p = kind?.kind === "int" || kind?.kind === "float" ? args.number(order) : 2;
  const compute = (xs: readonly number[]): number =>
    p === Number.POSITIVE_INFINITY
      ? largest(xs.map(Math.abs))
      : total(xs.map((x) => Math.abs(x) ** p)) ** (1 / p);
  if (!isFloatingOrComplex(input.dtype))
    throw new TorchError(
      `linalg.vector_norm: Expected a floating point or complex tensor as input. Got ${scalarName(input.dtype)}`,
    );
  return reduce(ctx, input, {
    name,
    dims: reducedDims(args, shapeOf(input).length),
    keep: args.bool("keepdim", false),
    dtype: wanted ?? toReal(input.dtype),
    flops: 2,
    compute,
    saved: [input],
    savesOutput: true,
  });
}

export const ops: readonly Op[] = [
  ...rows.map(fromRow),
  extreme("max"),
  extreme("min"),
  position("argmax"),
  position("argmin"),
  variance("var"),
  variance("std"),
  varianceAndMean("var"),
  varianceAndMean("std"),
  defineOp({
    names: ["torch.aminmax", "torch.Tensor.aminmax"],
    params: "(input, *, dim=None, keepdim=False, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const dims = reducedDims(args, shapeOf(input).length);
      const keep = args.bool("keepdim", false);
      if (shapeOf(input).includes(0) && !args.has("dim"))
        throw new TorchError(
          "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.",
        );
      const make = (name: string, compute: (xs: readonly number[]) => number): Tensor =>
        reduce(ctx, input, { name, dims, keep, dtype: input.dtype, compute, saved: [input] });
      return named(
        "torch.return_types.aminmax",
        ["min", "max"],
        [make("amin", smallest), make("amax", largest)],
      );
    },
  }),
  ...["median", "nanmedian", "mode", "kthvalue"].map((name) =>
    defineOp({
      names: [`torch.${name}`, `torch.Tensor.${name}`],
      params:
        name === "kthvalue"
          ? "(input, k, dim=-1, keepdim=False, *, out=None)"
          : "(input, dim=None, keepdim=False, *, out=None)",
      run: (args, ctx) => {
        const input = args.tensor("input");
        const middle = (xs: readonly number[]): number =>
          [...xs].sort((a, b) => a - b)[Math.floor((xs.length - 1) / 2)] ?? Number.NaN;
        if (!args.has("dim") && name.endsWith("median"))
          return reduce(ctx, input, {
            name,
            dims: shapeOf(input).map((_, i) => i),
            keep: false,
            dtype: input.dtype,
            compute: name === "median" ? middle : undefined,
            saved: [input],
          });
        const dim = wrapDim(args.index("dim", -1), shapeOf(input).length);
        if (name === "kthvalue" && compare(args.int("k"), ">", shapeOf(input)[dim] ?? 1, ctx.graph) === true)
          throw new TorchError(`kthvalue(): selected number k out of range for dimension ${dim}`);
        const shape = reducedShape(shapeOf(input), [dim], args.bool("keepdim", false));
        const values = computed(ctx, [input], { shape, dtype: input.dtype });
        const indices = computed(ctx, [input], { shape, dtype: "int64", differentiable: false });
        record(ctx, name, [input], [values, indices], { flops: product(shapeOf(input)), saved: [indices] });
        return named(`torch.return_types.${name}`, ["values", "indices"], [values, indices]);
      },
    }),
  ),
  defineOp({
    names: ["torch.quantile", "torch.Tensor.quantile", "torch.nanquantile", "torch.Tensor.nanquantile"],
    params: "(input, q, dim=None, keepdim=False, *, interpolation='linear', out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const q = args.value("q");
      const rest = reducedShape(
        shapeOf(input),
        reducedDims(args, shapeOf(input).length),
        args.bool("keepdim", false),
      );
      if (input.dtype !== "float32" && input.dtype !== "float64")
        throw new TorchError("quantile() input tensor must be either float or double dtype");
      const several = q.kind === "tensor" ? shapeOf(q) : [];
      const shape = [...several, ...rest];
      // The quantiles are computed last and moved to the front.
      const lying = contiguousStrides([...rest, ...several]);
      const strides = [...lying.slice(rest.length), ...lying.slice(0, rest.length)];
      const out = computed(ctx, [input], { shape, dtype: input.dtype, strides });
      record(ctx, "quantile", [input], [out], { flops: product(shapeOf(input)), saved: [input] });
      return out;
    },
  }),
  defineOp({
    names: ["torch.norm", "torch.Tensor.norm"],
    params: "(input, p='fro', dim=None, keepdim=False, dtype=None, out=None)",
    autocast: "float32 result",
    run: (args, ctx) => norm(args, ctx, "linalg_vector_norm", "p"),
  }),
  defineOp({
    names: ["torch.linalg.matrix_norm"],
    params: "(input, ord='fro', dim=None, keepdim=False, *, dtype=None, out=None)",
    autocast: "float32 result",
    run: (args, ctx) => {
      const dim = args.has("dim") ? args.value("dim") : tuple([int(-2), int(-1)]);
      return ctx.call("torch.linalg.vector_norm", [args.tensor("input")], {
        dim,
        keepdim: bool(args.bool("keepdim", false)),
      });
    },
  }),
  defineOp({
    names: ["torch.linalg.norm", "torch.linalg.vector_norm"],
    params: "(input, ord=None, dim=None, keepdim=False, *, dtype=None, out=None)",
    autocast: "float32 result",
    run: (args, ctx) => norm(args, ctx, "linalg_vector_norm", "ord"),
  }),
  defineOp({
    names: ["torch.dist", "torch.Tensor.dist"],
    params: "(input, other, p=2)",
    autocast: "float32 result",
    run: (args, ctx) =>
      ctx.call("torch.linalg.vector_norm", [
        ctx.call("torch.sub", [args.tensor("input"), args.tensor("other")]),
      ]),
  }),
  defineOp({
    names: ["torch.bincount", "torch.Tensor.bincount"],
    params: "(input, weights=None, minlength=0)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const data = groupsOf(input, [0])?.[0];
      const minimum = args.index("minlength", 0);
      const chosen = elementsOf(input.meta);
      const size =
        data === undefined
          ? chosen?.kind === "assignment" && minimum >= chosen.of.classes
            ? minimum
            : ctx.graph.unbacked("torch.bincount()", "its size is the largest element plus one")
          : Math.max(minimum, largest([-1, ...data]) + 1);
      const out = computed(ctx, [input], {
        shape: [size],
        dtype: "int64",
        data:
          data === undefined || typeof size !== "number"
            ? undefined
            : Array.from({ length: size }, (_, i) => data.filter((x) => x === i).length),
        differentiable: false,
      });
      record(ctx, "bincount", [input], [out], { bytesWritten: mul(bytesPerElement("int64"), size) });
      return out;
    },
  }),
  defineOp({
    names: ["torch.histc", "torch.Tensor.histc"],
    params: "(input, bins=100, min=0, max=0, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const out = computed(ctx, [input], {
        shape: [args.int("bins", 100)],
        dtype: input.dtype,
        differentiable: false,
      });
      record(ctx, "histc", [input], [out]);
      return out;
    },
  }),
  defineOp({
    names: [
      "torch.masked.mean",
      "torch.masked.sum",
      "torch.masked.var",
      "torch.masked.std",
      "torch.masked.amax",
      "torch.masked.amin",
    ],
    params: "(input, dim=None, unbiased=True, *, keepdim=False, dtype=None, mask=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const masked = args.has("mask") ? ctx.call("torch.where", [args.tensor("mask"), input, int(0)]) : input;
      if (masked.kind !== "tensor") return masked;
      return reduce(ctx, masked, {
        name: "masked_reduction",
        dims: reducedDims(args, shapeOf(input).length),
        keep: args.bool("keepdim", false),
        dtype: input.dtype,
        flops: 3,
        saved: [masked],
      });
    },
  }),
];
