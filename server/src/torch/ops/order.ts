/** Sorting, searching, scans. Comparisons and moves count no FLOPs; scans count 1 per element. */
import { add, product, shareOf, sub } from "../../graph/dim.ts";
import { type DType, isFloatingOrComplex } from "../../graph/dtype.ts";
import { elementsOf, presentCount } from "../../graph/elements.ts";
import { compare } from "../../graph/guard.ts";
import { dataOf, type Shape, type Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { concrete } from "../_data.ts";
import { computed, emitInPlace, emitOne, record, shapeOf } from "../_emit.ts";
import { preservedStrides } from "../_layout.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { pointwise } from "../_pointwise.ts";
import { wrapDim } from "../_shape.ts";
import { named, tuple, type Value } from "../_value.ts";
import { narrow } from "../_view.ts";

const lastDim = (args: Args, fallback = -1): number =>
  wrapDim(args.index("dim", fallback), shapeOf(args.tensor("input")).length);

/** Values and the positions they came from. */
function pairOf(
  ctx: OpContext,
  name: string,
  input: Tensor,
  shape: Parameters<typeof product>[0],
  order: readonly number[] | undefined,
): Value {
  const data = dataOf(input.meta);
  const strides = name === "sort" ? preservedStrides(input) : undefined;
  const values = computed(ctx, [input], {
    shape,
    dtype: input.dtype,
    strides,
    data: order?.map((i) => data?.[i] ?? 0),
  });
  const indices = computed(ctx, [input], {
    shape,
    dtype: "int64",
    strides,
    data: order,
    differentiable: false,
  });
  record(ctx, name, [input], [values, indices], { saved: values.meta.requiresGrad ? [indices] : [] });
  return named(`torch.return_types.${name}`, ["values", "indices"], [values, indices]);
}

/** Positions in order, for a vector whose elements are known. */
function orderOf(input: Tensor, descending: boolean): readonly number[] | undefined {
  const data = dataOf(input.meta);
  if (data === undefined || shapeOf(input).length !== 1) return undefined;
  const sign = descending ? -1 : 1;
  return data.map((_, i) => i).sort((a, b) => sign * ((data[a] ?? 0) - (data[b] ?? 0)) || a - b);
}

const scans: readonly (readonly [name: string, step: (a: number, b: number) => number])[] = [
  ["cumsum", (a, b) => a + b],
  ["cumprod", (a, b) => a * b],
];

function scanned(
  input: Tensor,
  dim: number,
  step: (a: number, b: number) => number,
): readonly number[] | undefined {
  const [data, sizes] = [dataOf(input.meta), concrete(shapeOf(input))];
  if (data === undefined || sizes === undefined) return undefined;
  const size = sizes[dim] ?? 1;
  const apart = sizes.slice(dim + 1).reduce((a, b) => a * b, 1);
  const made = [...data];
  for (let i = apart; i < made.length; i++)
    if (Math.floor(i / apart) % size !== 0) made[i] = step(made[i - apart] ?? 0, made[i] ?? 0);
  return made;
}

const scanDtype = (args: Args, input: Tensor): DType =>
  args.dtype() ?? (isFloatingOrComplex(input.dtype) ? input.dtype : "int64");

/** Which rows along a dimension are kept, in the order in which they are given, and how often each is there. */
interface Distinct {
  readonly at: readonly number[];
  readonly counts: readonly number[];
  /** For each row the number of its like among those that are kept. */
  readonly inverse: readonly number[];
}

function distinctRows(rows: readonly (readonly number[])[], isSorted: boolean): Distinct {
  const order = rows.map((_, i) => i);
  if (isSorted) order.sort((a, b) => compareRows(rows[a] ?? [], rows[b] ?? []) || a - b);
  const [at, counts, inverse]: [number[], number[], number[]] = [[], [], []];
  for (const i of order) {
    const last = at.at(-1);
    if (last === undefined || compareRows(rows[last] ?? [], rows[i] ?? []) !== 0) {
      at.push(i);
      counts.push(0);
    }
    counts[at.length - 1] = (counts[at.length - 1] ?? 0) + 1;
    inverse[i] = at.length - 1;
  }
  return { at, counts, inverse };
}

function compareRows(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((x, j) => x !== b[j]);
  return i < 0 ? 0 : (a[i] ?? 0) - (b[i] ?? 0);
}

/** The slices of a tensor along a dimension, each in row-major order; its elements where there is none. */
function slicesOf(input: Tensor, dim: number | undefined): readonly (readonly number[])[] | undefined {
  const [data, sizes] = [dataOf(input.meta), concrete(shapeOf(input))];
  if (data === undefined || sizes === undefined) return undefined;
  if (dim === undefined) return data.map((each) => [each]);
  const [size, apart] = [sizes[dim] ?? 1, sizes.slice(dim + 1).reduce((a, b) => a * b, 1)];
  const rows = Array.from({ length: size }, (): number[] => []);
  for (const [i, each] of data.entries()) rows[Math.floor(i / apart) % size]?.push(each);
  return rows;
}

/** The slices again as elements in row-major order. */
function joined(rows: readonly (readonly number[])[], apart: number): readonly number[] {
  const outer = (rows[0]?.length ?? 0) / apart;
  return Array.from({ length: outer }, (_, i) =>
    rows.flatMap((row) => row.slice(i * apart, (i + 1) * apart)),
  ).flat();
}

function unique(args: Args, ctx: OpContext, name: string): Value {
  const input = args.tensor("input");
  const own = shapeOf(input);
  const dim = args.has("dim") ? wrapDim(args.index("dim"), own.length) : undefined;
  const rows = slicesOf(input, dim);
  const found = rows && distinctRows(rows, name === "unique");
  const chosen = elementsOf(input.meta);
  const count =
    found?.at.length ??
    (name === "unique" && chosen?.kind === "assignment" ? presentCount(chosen.of) : undefined) ??
    shareOf(
      ctx.graph.choice(
        dim === undefined ? product(own) : (own[dim] ?? 1),
        `${name}()`,
        "the number of distinct elements is known only at run time",
      ),
      0,
    );
  const kept = rows && found?.at.map((i) => rows[i] ?? []);
  const apart = dim === undefined ? 1 : concrete(own.slice(dim + 1))?.reduce((a, b) => a * b, 1);
  const values = computed(ctx, [input], {
    shape: dim === undefined ? [count] : own.with(dim, count),
    dtype: input.dtype,
    data: kept && apart !== undefined ? (dim === undefined ? kept.flat() : joined(kept, apart)) : undefined,
    differentiable: false,
  });
  const numbers = (shape: Shape, data: readonly number[] | undefined): Tensor =>
    computed(ctx, [input], { shape, dtype: "int64", data, differentiable: false });
  const outputs = [
    values,
    ...(args.bool("return_inverse", false)
      ? [numbers(dim === undefined ? own : [own[dim] ?? 1], found?.inverse)]
      : []),
    ...(args.bool("return_counts", false) ? [numbers([count], found?.counts)] : []),
  ];
  record(ctx, name, [input], outputs);
  return outputs.length === 1 ? values : tuple(outputs);
}

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.msort", "torch.Tensor.msort"],
    params: "(input, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return emitOne(ctx, "sort", [input], { shape: shapeOf(input), dtype: input.dtype });
    },
  }),
  defineOp({
    names: ["torch.sort", "torch.Tensor.sort"],
    params: "(input, dim=-1, descending=False, stable=False, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      lastDim(args);
      return pairOf(ctx, "sort", input, shapeOf(input), orderOf(input, args.bool("descending", false)));
    },
  }),
  defineOp({
    names: ["torch.argsort", "torch.Tensor.argsort"],
    params: "(input, dim=-1, descending=False, stable=False)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return emitOne(ctx, "sort", [input], {
        shape: shapeOf(input),
        dtype: "int64",
        data: orderOf(input, args.bool("descending", false)),
        differentiable: false,
      });
    },
  }),
  defineOp({
    names: ["torch.topk", "torch.Tensor.topk"],
    params: "(input, k, dim=-1, largest=True, sorted=True, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const shape = shapeOf(input);
      const k = args.int("k");
      if (shape.length === 0) return pairOf(ctx, "topk", input, [], undefined);
      const dim = lastDim(args);
      if (compare(k, ">", shape[dim] ?? 1, ctx.graph) === true || compare(k, "<", 0, ctx.graph) === true)
        throw new TorchError("selected index k out of range");
      const order =
        typeof k === "number" ? orderOf(input, args.bool("largest", true))?.slice(0, k) : undefined;
      return pairOf(ctx, "topk", input, shape.with(dim, k), order);
    },
  }),
  ...scans.flatMap(([name, step]) => [
    defineOp({
      names: [`torch.${name}`, `torch.Tensor.${name}`],
      params: "(input, dim, *, dtype=None, out=None)",
      autocast: "float32 result",
      run: (args, ctx) => {
        const input = args.tensor("input");
        const data = scanned(input, lastDim(args), step);
        return emitOne(
          ctx,
          name,
          [input],
          { shape: shapeOf(input), dtype: scanDtype(args, input), data },
          {
            flops: product(shapeOf(input)),
            saved: name === "cumprod" ? [input] : [],
            savesOutput: name === "cumprod",
          },
        );
      },
    }),
    defineOp({
      names: [`torch.Tensor.${name}_`],
      params: "(input, dim, *, dtype=None)",
      run: (args, ctx) =>
        emitInPlace(
          ctx,
          `${name}_`,
          args.tensor("input"),
          [],
          scanned(args.tensor("input"), lastDim(args), step),
          { flops: product(shapeOf(args.tensor("input"))) },
        ),
    }),
  ]),
  ...["cummax", "cummin"].map((name) =>
    defineOp({
      names: [`torch.${name}`, `torch.Tensor.${name}`],
      params: "(input, dim, *, out=None)",
      run: (args, ctx) => pairOf(ctx, name, args.tensor("input"), shapeOf(args.tensor("input")), undefined),
    }),
  ),
  defineOp({
    names: ["torch.logcumsumexp", "torch.Tensor.logcumsumexp"],
    params: "(input, dim, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      lastDim(args);
      return emitOne(
        ctx,
        "logcumsumexp",
        [input],
        { shape: shapeOf(input), dtype: input.dtype },
        { flops: product([3, ...shapeOf(input)]), saved: [input], savesOutput: true },
      );
    },
  }),
  ...["unique", "unique_consecutive"].map((name) =>
    defineOp({
      names: [`torch.${name}`, `torch.Tensor.${name}`],
      params:
        name === "unique"
          ? "(input, sorted=True, return_inverse=False, return_counts=False, dim=None)"
          : "(input, return_inverse=False, return_counts=False, dim=None)",
      run: (args, ctx) => unique(args, ctx, name),
    }),
  ),
  defineOp({
    names: ["torch.diff", "torch.Tensor.diff"],
    params: "(input, n=1, dim=-1, prepend=None, append=None)",
    run: (args, ctx) => {
      const joined = ["prepend", "input", "append"].flatMap((name) => args.optionalTensor(name) ?? []);
      const dim = lastDim(args);
      const [input = args.tensor("input")] = joined;
      const source =
        joined.length === 1 ? input : ctx.call("torch.cat", [tuple(joined), { kind: "int", value: dim }]);
      if (source.kind !== "tensor") return source;
      const size = shapeOf(source)[dim] ?? 1;
      const n = args.index("n", 1);
      if (n === 0) return ctx.call("torch.clone", [args.tensor("input")]);
      const sizeAfter = sub(size, n);
      let made = source;
      for (let step = 1; step <= n; step++) {
        const length = sub(size, step);
        const [lower, upper] = [narrow(ctx, made, dim, 0, length), narrow(ctx, made, dim, 1, length)];
        made = pointwise(ctx, [upper, lower], {
          name: made.dtype === "bool" ? "logical_xor" : "sub",
          dtype: made.dtype,
          compute: (x, y) => x - y,
        });
      }
      return compare(sizeAfter, "<", 0, ctx.graph) === true ? narrow(ctx, made, dim, 0, 0) : made;
    },
  }),
  defineOp({
    names: ["torch.vander"],
    params: "(x, N=None, increasing=False)",
    run: (args, ctx) => {
      const input = args.tensor("x");
      const [size = 1] = shapeOf(input);
      return emitOne(ctx, "vander", [input], {
        shape: [size, args.int("N", add(size, 0))],
        dtype: input.dtype,
      });
    },
  }),
];
