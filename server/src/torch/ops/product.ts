/**
 * Matrix products. MACs are exact: m k n per matrix. Whatever torch decomposes (`matmul`, `linear`, `tensordot`)
 * is recorded as the `mm`, `addmm`, `bmm`, `baddbmm`, `mv`, `dot` that torch runs.
 */
import { hintOf, mul, product, sum } from "../../graph/dim.ts";
import { isFloatingOrComplex } from "../../graph/dtype.ts";
import { Tensor } from "../../graph/tensor.ts";
import { type Args, numberOf, tensorsOf } from "../_args.ts";
import { emitOne, shapeOf } from "../_emit.ts";
import { bmm, dot, linear, matmul, mm, mv } from "../_matmul.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { pointwise, widest } from "../_pointwise.ts";
import { broadcast, equal, printHint, printShape, wrapDim } from "../_shape.ts";
import { int } from "../_value.ts";
import { permute, reshape, unsqueeze } from "../_view.ts";

const two = (args: Args, a: string, b: string): readonly [Tensor, Tensor] => [args.tensor(a), args.tensor(b)];

const outer = (args: Args, ctx: OpContext): Tensor => {
  const [a, b] = two(args, "input", "vec2");
  return pointwise(ctx, [unsqueeze(ctx, a, 1), b], {
    name: "mul",
    dtype: widest([a, b]),
    compute: (x, y) => x * y,
    saved: [a, b],
  });
};

/** Contracts `dims` of both: permute, reshape to matrices, `mm`. Source: ATen `tensordot`. */
function tensordot(args: Args, ctx: OpContext): Tensor {
  const [a, b] = two(args, "a", "b");
  const [x, y] = [shapeOf(a), shapeOf(b)];
  const given = args.value("dims");
  const count = given.kind === "int" ? args.index("dims") : 0;
  const lists = given.kind === "int" ? [] : args.items("dims");
  const dimsOf = (i: number): readonly number[] => {
    const item = lists[i];
    const items =
      item?.kind === "list" || item?.kind === "tuple" ? item.items : item === undefined ? [] : [item];
    return items.map((v) => numberOf(v, "tensordot"));
  };
  const left = (
    given.kind === "int" ? Array.from({ length: count }, (_, i) => x.length - count + i) : dimsOf(0)
  ).map((d) => wrapDim(d, x.length));
  const right = (given.kind === "int" ? Array.from({ length: count }, (_, i) => i) : dimsOf(1)).map((d) =>
    wrapDim(d, y.length),
  );
  if (left.some((d, i) => !equal(x[d] ?? 1, y[right[i] ?? 0] ?? 1, ctx)))
    throw new TorchError(
      "contracted dimensions need to match, but first has size that differs from the second",
    );
  const keepLeft = x.map((_, i) => i).filter((i) => !left.includes(i));
  const keepRight = y.map((_, i) => i).filter((i) => !right.includes(i));
  const inner = product(left.map((d) => x[d] ?? 1));
  const rows = keepLeft.map((d) => x[d] ?? 1);
  const columns = keepRight.map((d) => y[d] ?? 1);
  const m = reshape(ctx, permute(ctx, a, [...keepLeft, ...left]), [product(rows), inner]);
  const n = reshape(ctx, permute(ctx, b, [...right, ...keepRight]), [inner, product(columns)]);
  return reshape(ctx, mm(ctx, m, n), [...rows, ...columns]);
}

/** Scaled and added products: `beta * input + alpha * (a @ b)`. */
const fused = (name: "addmm" | "baddbmm", a: string, b: string): Op =>
  defineOp({
    names: [`torch.${name}`, `torch.Tensor.${name}`],
    params: `(input, ${a}, ${b}, *, beta=1, alpha=1, out=None)`,
    autocast: "lower",
    run: (args, ctx) => {
      const [x, y] = two(args, a, b);
      return name === "addmm" ? mm(ctx, x, y, args.tensor("input")) : bmm(ctx, x, y, args.tensor("input"));
    },
  });

/** Products in the order with the fewest MACs. Source: ATen `linalg_multi_dot`. */
function chain(ctx: OpContext, tensors: readonly Tensor[]): Tensor {
  const sizes = [rowsOf(tensors[0]), ...tensors.map(columnsOf)];
  const size = (i: number): number => sizes[i] ?? 1;
  const costs = new Map<string, { readonly macs: number; readonly split: number }>();
  const best = (from: number, to: number): { readonly macs: number; readonly split: number } => {
    const known = costs.get(`${from},${to}`);
    if (known !== undefined) return known;
    let found = { macs: from === to ? 0 : Number.POSITIVE_INFINITY, split: from };
    // Of three matrices torch takes the left product first where both orders cost the same.
    const isTie = (macs: number): boolean => tensors.length === 3 && macs === found.macs;
    for (let split = from; split < to; split++) {
      const macs =
        best(from, split).macs + best(split + 1, to).macs + size(from) * size(split + 1) * size(to + 1);
      if (macs < found.macs || isTie(macs)) found = { macs, split };
    }
    costs.set(`${from},${to}`, found);
    return found;
  };
  const run = (from: number, to: number): Tensor => {
    const [only] = tensors.slice(from, to + 1);
    if (from === to && only !== undefined) return only;
    const { split } = best(from, to);
    return matmul(ctx, run(from, split), run(split + 1, to));
  };
  return run(0, tensors.length - 1);
}

const rowsOf = (tensor: Tensor | undefined): number => {
  const shape = tensor === undefined ? [] : shapeOf(tensor);
  return shape.length < 2 ? 1 : (hintOf(shape[0] ?? 1) ?? 1);
};

const columnsOf = (tensor: Tensor, i: number, all: readonly Tensor[]): number => {
  const shape = shapeOf(tensor);
  if (shape.length < 2 && i === all.length - 1 && i > 0) return 1;
  return hintOf(shape.at(-1) ?? 1) ?? 1;
};

const inPlaceProducts: readonly (readonly [name: string, first: string, second: string])[] = [
  ["addmm", "mat1", "mat2"],
  ["baddbmm", "batch1", "batch2"],
  ["addbmm", "batch1", "batch2"],
  ["addmv", "mat", "vec"],
  ["addr", "vec1", "vec2"],
];

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.matmul", "torch.Tensor.matmul", "torch.Tensor.__matmul__", "torch.linalg.matmul"],
    params: "(input, other, *, out=None)",
    autocast: "lower",
    run: (args, ctx) => matmul(ctx, args.tensor("input"), args.tensor("other")),
  }),
  defineOp({
    names: ["torch.Tensor.__rmatmul__"],
    params: "(input, other)",
    autocast: "lower",
    run: (args, ctx) => matmul(ctx, args.tensor("other"), args.tensor("input")),
  }),
  defineOp({
    names: ["torch.mm", "torch.Tensor.mm", "torch.spmm"],
    params: "(input, mat2, *, out=None)",
    autocast: "lower",
    run: (args, ctx) => mm(ctx, ...two(args, "input", "mat2")),
  }),
  defineOp({
    names: ["torch.bmm", "torch.Tensor.bmm"],
    params: "(input, mat2, *, out=None)",
    autocast: "lower",
    run: (args, ctx) => bmm(ctx, ...two(args, "input", "mat2")),
  }),
  defineOp({
    names: ["torch.mv", "torch.Tensor.mv"],
    params: "(input, vec, *, out=None)",
    autocast: "lower",
    run: (args, ctx) => mv(ctx, ...two(args, "input", "vec")),
  }),
  defineOp({
    names: [
      "torch.dot",
      "torch.Tensor.dot",
      "torch.inner",
      "torch.Tensor.inner",
      "torch.vdot",
      "torch.Tensor.vdot",
    ],
    params: ["(input, tensor, *, out=None)", "(input, other, *, out=None)"],
    run: (args, ctx) => {
      const [a, b] = two(args, "input", args.has("tensor") ? "tensor" : "other");
      if (shapeOf(a).length === 0 || shapeOf(b).length === 0) return ctx.call("torch.mul", [a, b]);
      if (shapeOf(a).length === 1 && shapeOf(b).length === 1) return dot(ctx, a, b);
      return matmul(
        ctx,
        a,
        permute(
          ctx,
          b,
          shapeOf(b).map((_, i) => shapeOf(b).length - 1 - i),
        ),
      );
    },
  }),
  fused("addmm", "mat1", "mat2"),
  fused("baddbmm", "batch1", "batch2"),
  defineOp({
    names: ["torch.addbmm", "torch.Tensor.addbmm"],
    params: "(input, batch1, batch2, *, beta=1, alpha=1, out=None)",
    autocast: "lower",
    run: (args, ctx) => {
      const [a, b] = two(args, "batch1", "batch2");
      const [batch = 1, m = 1, k = 1] = shapeOf(a);
      const n = shapeOf(b)[2] ?? 1;
      const bias = args.tensor("input");
      return emitOne(
        ctx,
        "addbmm",
        [bias, a, b],
        { shape: [m, n], dtype: a.dtype },
        { macs: product([batch, m, k, n]), factors: [1, 2], saved: [a, b] },
      );
    },
  }),
  defineOp({
    names: ["torch.addmv", "torch.Tensor.addmv"],
    params: "(input, mat, vec, *, beta=1, alpha=1, out=None)",
    autocast: "lower",
    run: (args, ctx) => {
      const [a, b] = two(args, "mat", "vec");
      const [m = 1, k = 1] = shapeOf(a);
      return emitOne(
        ctx,
        "addmv",
        [args.tensor("input"), a, b],
        { shape: [m], dtype: a.dtype },
        { macs: mul(m, k), factors: [1, 2], saved: [a, b] },
      );
    },
  }),
  defineOp({
    names: ["torch.nn.functional.linear"],
    params: "(input, weight, bias=None)",
    autocast: "lower",
    run: (args, ctx) => linear(ctx, args.tensor("input"), args.tensor("weight"), args.optionalTensor("bias")),
  }),
  defineOp({
    names: ["torch.nn.functional.bilinear", "torch.bilinear"],
    params: "(input1, input2, weight, bias=None)",
    autocast: "lower",
    run: (args, ctx) => {
      const [a, b] = two(args, "input1", "input2");
      const weight = args.tensor("weight");
      const [out = 1, left = 1, right = 1] = shapeOf(weight);
      const rows = product(shapeOf(a).slice(0, -1));
      const shape = [...shapeOf(a).slice(0, -1), out];
      const bias = args.optionalTensor("bias");
      const inputs = bias === undefined ? [a, b, weight] : [a, b, weight, bias];
      const flops = mul(3, product([rows, out, left, right]));
      return emitOne(ctx, "bilinear", inputs, { shape, dtype: a.dtype }, { flops, saved: [a, b, weight] });
    },
  }),
  defineOp({
    names: ["torch.outer", "torch.Tensor.outer", "torch.ger", "torch.Tensor.ger"],
    params: "(input, vec2, *, out=None)",
    run: outer,
  }),
  defineOp({
    names: ["torch.tensordot"],
    params: "(a, b, dims=2, out=None)",
    autocast: "lower",
    run: tensordot,
  }),
  defineOp({
    names: ["torch.chain_matmul", "torch.linalg.multi_dot"],
    params: "(*tensors)",
    autocast: "lower",
    run: (args, ctx) => {
      const items = args
        .items("tensors")
        .flatMap((v) => (v.kind === "list" || v.kind === "tuple" ? v.items : [v]));
      const tensors = tensorsOf(items, "multi_dot");
      if (tensors.length < 2)
        throw new TorchError(`multi_dot(): expected at least 2 tensors but got ${tensors.length}`);
      return chain(ctx, tensors);
    },
  }),
  defineOp({
    names: ["torch.kron", "torch.Tensor.kron"],
    params: "(input, other, *, out=None)",
    run: (args, ctx) => {
      const [a, b] = two(args, "input", "other");
      const [x, y] = [shapeOf(a), shapeOf(b)];
      const rank = Math.max(x.length, y.length);
      const shape = Array.from({ length: rank }, (_, i) =>
        mul(x[i - rank + x.length] ?? 1, y[i - rank + y.length] ?? 1),
      );
      return emitOne(
        ctx,
        "kron",
        [a, b],
        { shape, dtype: widest([a, b]) },
        { flops: product(shape), saved: [a, b] },
      );
    },
  }),
  defineOp({
    names: ["torch.linalg.cross"],
    params: "(input, other, *, dim=-1, out=None)",
    run: (args, ctx) =>
      ctx.call("torch.cross", two(args, "input", "other"), { dim: int(args.index("dim", -1)) }),
  }),
  defineOp({
    names: ["torch.cross", "torch.Tensor.cross"],
    params: "(input, other, dim=None, *, out=None)",
    run: (args, ctx) => {
      const both = two(args, "input", "other");
      const shape = broadcast(both.map(shapeOf), ctx);
      if (args.has("dim") && !equal(shape[wrapDim(args.index("dim"), shape.length)] ?? 1, 3, ctx))
        throw new TorchError(
          `linalg.cross: inputs dimension ${args.index("dim")} must have length 3. Got ${both.map((t) => printHint(shapeOf(t).at(args.index("dim")) ?? 1)).join(" and ")}`,
        );
      return emitOne(
        ctx,
        "linalg_cross",
        both,
        { shape, dtype: widest(both) },
        { flops: mul(3, product(shape)), saved: both },
      );
    },
  }),
  defineOp({
    names: ["torch.cdist"],
    params: "(x1, x2, p=2.0, compute_mode=None)",
    autocast: "float32",
    run: (args, ctx) => {
      const [a, b] = two(args, "x1", "x2");
      const [x, y] = [shapeOf(a), shapeOf(b)];
      const batch = broadcast([x.slice(0, -2), y.slice(0, -2)], ctx);
      const [rows = 1, width = 1, others = 1] = [x[x.length - 2], x[x.length - 1], y[y.length - 2]];
      const shape = [...batch, rows, others];
      return emitOne(
        ctx,
        "cdist",
        [a, b],
        { shape, dtype: a.dtype },
        { flops: mul(3, mul(product(shape), width)), saved: [a, b], savesOutput: true },
      );
    },
  }),
  defineOp({
    names: ["torch.trace", "torch.Tensor.trace"],
    params: "(input)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      if (shapeOf(input).length !== 2)
        throw new TorchError(`trace: expected a matrix, but got tensor with dim ${shapeOf(input).length}`);
      return emitOne(
        ctx,
        "trace",
        [input],
        { shape: [], dtype: isFloatingOrComplex(input.dtype) ? input.dtype : "int64" },
        { flops: shapeOf(input)[0] ?? 1 },
      );
    },
  }),
  defineOp({
    names: ["torch.linalg.vecdot"],
    params: "(x, y, *, dim=-1, out=None)",
    run: (args, ctx) => {
      const [x, y] = two(args, "x", "y");
      if (
        shapeOf(x).length === 1 &&
        shapeOf(y).length === 1 &&
        equal(shapeOf(x)[0] ?? 1, shapeOf(y)[0] ?? 1, ctx)
      )
        return dot(ctx, x, y);
      return ctx.call("torch.sum", [ctx.call("torch.mul", [x, y]), int(args.index("dim", -1))]);
    },
  }),
  defineOp({
    names: ["torch.addr", "torch.Tensor.addr"],
    params: "(input, vec1, vec2, *, beta=1, alpha=1, out=None)",
    autocast: "lower",
    run: (args, ctx) => {
      const all = [args.tensor("input"), unsqueeze(ctx, args.tensor("vec1"), 1), args.tensor("vec2")];
      return pointwise(ctx, all, { name: "addr", dtype: widest(all), flops: 2, saved: all.slice(1) });
    },
  }),
  ...inPlaceProducts.map(([name, a, b]) =>
    defineOp({
      names: [`torch.Tensor.${name}_`],
      params: `(input, ${a}, ${b}, *, beta=1, alpha=1)`,
      autocast: "lower",
      run: (args, ctx) => {
        const target = args.tensor("input");
        const made = ctx.call(`torch.${name}`, [target, ...two(args, a, b)]);
        if (!(made instanceof Tensor)) return made;
        const [own, wanted] = [shapeOf(target), shapeOf(made)];
        if (own.length !== wanted.length || own.some((d, i) => !equal(d, wanted[i] ?? 1, ctx)))
          throw new TorchError(
            `Bad in-place call: input tensor size ${printShape(own)} and output tensor size ${printShape(wanted)} should match`,
          );
        target.become({ storage: made.meta.storage, producer: made.meta.producer, varies: made.meta.varies });
        ctx.graph.wrote(target);
        return target;
      },
    }),
  ),
  defineOp({
    names: ["torch.block_diag"],
    params: "(*tensors)",
    run: (args, ctx) => {
      const tensors = args.tensors("tensors");
      // A vector is a row.
      const shapes = tensors.map((t) => [1, 1, ...shapeOf(t)].slice(-2));
      const rows = sum(shapes.map(([size = 1]) => size));
      const columns = sum(shapes.map(([, size = 1]) => size));
      return emitOne(ctx, "block_diag", tensors, { shape: [rows, columns], dtype: widest(tensors) });
    },
  }),
];
