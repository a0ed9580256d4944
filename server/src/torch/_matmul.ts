import { type Dim, mul, product, sameDim } from "../graph/dim.ts";
import { isContiguous, type Shape, type Tensor } from "../graph/tensor.ts";
import { emitInPlace, emitOne, shapeOf, stridesOf } from "./_emit.ts";
import { type OpContext, TorchError } from "./_op.ts";
import { cppName } from "./_pointwise.ts";
import { broadcast, checkExpands, equal, printHint } from "./_shape.ts";
import { contiguous, expand, reshape, squeeze, transpose, unsqueeze } from "./_view.ts";

/** What autograd keeps of a product: each factor whose partner needs a gradient. */
const savedFactors = (a: Tensor, b: Tensor): readonly Tensor[] => [
  ...(b.meta.requiresGrad ? [a] : []),
  ...(a.meta.requiresGrad ? [b] : []),
];

function sameDtype(a: Tensor, b: Tensor): void {
  if (a.dtype !== b.dtype)
    throw new TorchError(
      `expected m1 and m2 to have the same dtype, but got: ${cppName(a.dtype)} != ${cppName(b.dtype)}`,
    );
}

/** `[m, k] x [k, n]`: m k n MACs. With `bias` it is `addmm`, the addition being part of the op. */
export function mm(ctx: OpContext, a: Tensor, b: Tensor, bias?: Tensor): Tensor {
  const [x, y] = [shapeOf(a), shapeOf(b)];
  const [m = 1, k = 1] = x;
  const [inner = 1, n = 1] = y;
  if (x.length !== 2) throw new TorchError("self must be a matrix");
  if (y.length !== 2) throw new TorchError("mat2 must be a matrix");
  if (!equal(k, inner, ctx))
    throw new TorchError(
      `mat1 and mat2 shapes cannot be multiplied (${printHint(m)}x${printHint(k)} and ${printHint(inner)}x${printHint(n)})`,
    );
  sameDtype(a, b);
  const shape = [m, n];
  const details = { macs: product([m, k, n]), saved: savedFactors(a, b), attributes: { m, k, n } };
  if (bias === undefined)
    return emitOne(ctx, "mm", [a, b], { shape, dtype: a.dtype }, { ...details, factors: [0, 1] });
  checkExpands(shapeOf(bias), shape, ctx);
  return emitOne(ctx, "addmm", [bias, a, b], { shape, dtype: a.dtype }, { ...details, factors: [1, 2] });
}

/** `[b, m, k] x [b, k, n]`: b m k n MACs. With `bias` it is `baddbmm`. */
export function bmm(ctx: OpContext, a: Tensor, b: Tensor, bias?: Tensor): Tensor {
  const [x, y] = [shapeOf(a), shapeOf(b)];
  if (x.length !== 3) throw new TorchError("batch1 must be a 3D tensor");
  if (y.length !== 3) throw new TorchError("batch2 must be a 3D tensor");
  const [batch = 1, m = 1, k = 1] = x;
  const [other = 1, inner = 1, n = 1] = y;
  if (!equal(batch, other, ctx) || !equal(k, inner, ctx))
    throw new TorchError(
      `Expected size for first two dimensions of batch2 tensor to be: [${printHint(batch)}, ${printHint(k)}] but got: [${printHint(other)}, ${printHint(inner)}].`,
    );
  sameDtype(a, b);
  const shape = [batch, m, n];
  const details = {
    macs: product([batch, m, k, n]),
    saved: savedFactors(a, b),
    attributes: { b: batch, m, k, n },
  };
  if (bias === undefined)
    return emitOne(ctx, "bmm", [a, b], { shape, dtype: a.dtype }, { ...details, factors: [0, 1] });
  return emitOne(ctx, "baddbmm", [bias, a, b], { shape, dtype: a.dtype }, { ...details, factors: [1, 2] });
}

function vectorProduct(ctx: OpContext, name: "dot" | "mv", a: Tensor, b: Tensor): Tensor {
  const [x, y] = [shapeOf(a), shapeOf(b)];
  const [k = 1, inner = 1] = [x[x.length - 1], y[0]];
  if (!equal(k, inner, ctx))
    throw new TorchError(
      name === "dot"
        ? `inconsistent tensor size, expected tensor [${printHint(k)}] and src [${printHint(inner)}] to have the same number of elements, but got ${printHint(k)} and ${printHint(inner)} elements respectively`
        : `size mismatch, got input (${printHint(x[0] ?? 1)}), mat (${x.map(printHint).join("x")}), vec (${printHint(inner)})`,
    );
  sameDtype(a, b);
  const shape = x.slice(0, -1);
  return emitOne(
    ctx,
    name,
    [a, b],
    { shape, dtype: a.dtype },
    { macs: product(x), factors: [0, 1], saved: savedFactors(a, b) },
  );
}

export const dot = (ctx: OpContext, a: Tensor, b: Tensor): Tensor => vectorProduct(ctx, "dot", a, b);
export const mv = (ctx: OpContext, a: Tensor, b: Tensor): Tensor => vectorProduct(ctx, "mv", a, b);

/**
 * `torch.matmul`, decomposed as torch does it: one matrix and one batch of matrices fold into one `mm`; two batches
 * become one `bmm` after `expand` and `reshape`, which copies what does not lie contiguously. Source: ATen
 * `_matmul_impl`.
 */
export function matmul(ctx: OpContext, a: Tensor, b: Tensor): Tensor {
  const [x, y] = [shapeOf(a), shapeOf(b)];
  if (x.length === 0 || y.length === 0)
    throw new TorchError(
      `both arguments to matmul need to be at least 1D, but they are ${x.length}D and ${y.length}D`,
    );
  if (x.length === 1 && y.length === 1) return dot(ctx, a, b);
  if (x.length === 2 && y.length === 1) return mv(ctx, a, b);
  if (x.length === 1 && y.length === 2) return squeeze(ctx, mm(ctx, unsqueeze(ctx, a, 0), b), [0]);
  if (x.length === 2 && y.length === 2) return mm(ctx, a, b);
  if (folds(a, b)) return folded(ctx, a, b);
  if (y.length >= 3 && x.length <= 2 && foldsFlipped(a, b)) {
    const flipped = folded(ctx, transpose(ctx, b, -1, -2), x.length === 2 ? transpose(ctx, a, 0, 1) : a);
    return x.length === 1 ? flipped : contiguous(ctx, transpose(ctx, flipped, -1, -2));
  }
  return batchedMatmul(ctx, a, b);
}

/**
 * A batch of matrices times one matrix or vector is one `mm` when that needs no copy, or when the matrix needs a
 * gradient, which a `bmm` would make as large as the batch. Source: ATen `should_fold`.
 */
const folds = (big: Tensor, small: Tensor): boolean =>
  shapeOf(big).length >= 3 && shapeOf(small).length <= 2 && (small.meta.requiresGrad || isFlat(big));

const foldsFlipped = (small: Tensor, big: Tensor): boolean =>
  small.meta.requiresGrad || (shapeOf(small).length === 1 && isFlat(big, true));

/** All dimensions but the last lie so that they can be viewed as one. */
function isFlat(tensor: Tensor, flipped = false): boolean {
  const [shape, strides] = [[...shapeOf(tensor)], [...stridesOf(tensor)]];
  if (flipped) {
    shape.push(...shape.splice(-2, 1));
    strides.push(...strides.splice(-2, 1));
  }
  return shape
    .slice(0, -2)
    .every((_, i) => sameDim(strides[i] ?? 1, mul(strides[i + 1] ?? 1, shape[i + 1] ?? 1)));
}

function folded(ctx: OpContext, a: Tensor, b: Tensor): Tensor {
  const [x, y] = [shapeOf(a), shapeOf(b)];
  const flat = reshape(ctx, a, [product(x.slice(0, -1)), x[x.length - 1] ?? 1]);
  if (y.length === 1) return reshape(ctx, mv(ctx, flat, b), x.slice(0, -1));
  return reshape(ctx, mm(ctx, flat, b), [...x.slice(0, -1), y[1] ?? 1]);
}

function batchedMatmul(ctx: OpContext, a: Tensor, b: Tensor): Tensor {
  const left = shapeOf(a).length === 1 ? unsqueeze(ctx, a, 0) : a;
  const right = shapeOf(b).length === 1 ? unsqueeze(ctx, b, 1) : b;
  const [x, y] = [shapeOf(left), shapeOf(right)];
  const batch = broadcast([x.slice(0, -2), y.slice(0, -2)], ctx);
  const count: Dim = product(batch);
  const fold = (tensor: Tensor, shape: Shape): Tensor => {
    const tail = shape.slice(-2);
    const wide = expand(ctx, tensor, [...batch, ...tail]);
    return reshape(ctx, wide, [count, ...tail]);
  };
  const out = reshape(ctx, bmm(ctx, fold(left, x), fold(right, y)), [
    ...batch,
    x[x.length - 2] ?? 1,
    y[y.length - 1] ?? 1,
  ]);
  if (shapeOf(a).length === 1) return squeeze(ctx, out, [-2]);
  return shapeOf(b).length === 1 ? squeeze(ctx, out, [-1]) : out;
}

/** `x W^T + b`: one `addmm` (or `mm`) over all leading dimensions. Source: ATen `linear`. */
export function linear(ctx: OpContext, input: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor {
  const [x, w] = [shapeOf(input), shapeOf(weight)];
  const wT = w.length === 1 ? weight : transpose(ctx, weight, 0, 1);
  if (bias === undefined || w.length === 1) return matmul(ctx, input, wT);
  if (x.length === 2) return mm(ctx, input, wT, bias);
  if (x.length >= 3 && isContiguous(input.meta)) {
    const flat = reshape(ctx, input, [product(x.slice(0, -1)), x[x.length - 1] ?? 1]);
    return reshape(ctx, mm(ctx, flat, wT, bias), [...x.slice(0, -1), w[0] ?? 1]);
  }
  const made = matmul(ctx, input, wT);
  const total = product(shapeOf(made));
  checkExpands(shapeOf(bias), shapeOf(made), ctx);
  return emitInPlace(ctx, "add_", made, [bias], undefined, { flops: total });
}
