/**
 * `scaled_dot_product_attention`, one op as in torch.
 *
 * MACs: B H L S (E + Ev), the two products; a causal mask does not lower the count (torch's own counter and the math
 * kernel do all of it), the attribute `causal` tells. FLOPs: 5 per score for the softmax, 1 for the scale. Bytes are
 * those of a fused kernel: q, k, v, mask in, output out. Backward keeps q, k, v, the output and one float32
 * log-sum-exp per query. A fused kernel lays the output out as the query lies, the math kernel row by row. Source:
 * aten/src/ATen/native/transformers/sdp_utils_cpp.cpp, and strides that torch 2.14 gave.
 */
import { add, type Dim, mod, mul, product } from "../../graph/dim.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { bytesFor, computed, record, shapeOf } from "../_emit.ts";
import { preservedStrides } from "../_layout.ts";
import { defineOp, type Op, TorchError } from "../_op.ts";
import { scalarName } from "../_pointwise.ts";
import { broadcast, equal, printHint, printShape } from "../_shape.ts";

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.nn.functional.scaled_dot_product_attention", "torch._C._nn.scaled_dot_product_attention"],
    params:
      "(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False)",
    autocast: "lower",
    run: (args, ctx) => {
      const [q, k, v] = [args.tensor("query"), args.tensor("key"), args.tensor("value")];
      const mask = args.optionalTensor("attn_mask");
      const [x, y, z] = [shapeOf(q), shapeOf(k), shapeOf(v)];
      if (x.length < 2 || y.length < 2 || z.length < 2)
        throw new TorchError(
          `scaled_dot_product_attention: Expected query, key, and value to all be  at least 2 dimensional, but got Query dim: ${x.length}, Key dim: ${y.length} and Value dim: ${z.length} instead.`,
        );
      if (q.dtype !== k.dtype || q.dtype !== v.dtype)
        throw new TorchError(
          `Expected query, key, and value to have the same dtype, but got query.dtype: ${scalarName(q.dtype)} key.dtype: ${scalarName(k.dtype)} and value.dtype: ${scalarName(v.dtype)} instead.`,
        );
      if (mask !== undefined && args.bool("is_causal", false))
        throw new TorchError(
          "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True",
        );
      const [length, width] = tail(x);
      const [keys, keyWidth] = tail(y);
      const [values, valueWidth] = tail(z);
      if (!equal(width, keyWidth, ctx) || !equal(keys, values, ctx))
        throw new TorchError(
          `The size of tensor a (${printHint(width)}) must match the size of tensor b (${printHint(keyWidth)}) at non-singleton dimension ${x.length - 1}`,
        );
      const batch = args.bool("enable_gqa", false)
        ? grouped(x, y, (a, b) => equal(mod(a, b), 0, ctx))
        : broadcast([x.slice(0, -2), y.slice(0, -2), z.slice(0, -2)], ctx);
      const scores: Dim = product([...batch, length, keys]);
      if (mask !== undefined) broadcast([shapeOf(mask), [...batch, length, keys]], ctx);
      const shape = [...batch, length, valueWidth];
      const inputs = mask === undefined ? [q, k, v] : [q, k, v, mask];
      const dropout = args.number("dropout_p", 0);
      const isFused = dropout === 0 && fits(inputs, (a, b) => equal(a, b, ctx));
      const strides = isFused ? preservedStrides(q) : undefined;
      const output = computed(ctx, inputs, { shape, dtype: q.dtype, strides, random: dropout > 0 });
      const saved: readonly Tensor[] = output.meta.requiresGrad ? [...inputs, output] : [];
      record(ctx, "scaled_dot_product_attention", inputs, [output], {
        macs: mul(scores, add(width, valueWidth)),
        flops: mul(6, scores),
        factors: [0, 1, 2],
        saved,
        savedExtra: bytesFor([...batch, length], "float32"),
        attributes: {
          causal: args.bool("is_causal", false),
          heads: batch[batch.length - 1] ?? 1,
          queries: length,
          keys,
          width,
          valueWidth,
          dropout: dropout > 0,
          grouped: args.bool("enable_gqa", false),
        },
      });
      return output;
    },
  }),
];

const tail = (shape: readonly Dim[]): readonly [Dim, Dim] => [
  shape[shape.length - 2] ?? 1,
  shape[shape.length - 1] ?? 1,
];

/** What a fused kernel takes: heads of one width whose elements lie together, and a mask that is not trained. */
function fits(
  [q, k, v, mask]: readonly (Tensor | undefined)[],
  isSame: (a: Dim, b: Dim) => boolean,
): boolean {
  const all = [q, k, v].filter((each) => each !== undefined);
  const shapes = all.map(shapeOf);
  const rank = shapes[0]?.length ?? 0;
  const isAlike = (at: number): boolean =>
    shapes.every((shape) => isSame(shape.at(at) ?? 1, shapes[0]?.at(at) ?? 1));
  const maskRank = mask === undefined ? 2 : shapeOf(mask).length;
  return (
    (rank === 3 || rank === 4) &&
    shapes.every((shape) => shape.length === rank && shape.every((size) => size !== 0)) &&
    isAlike(-1) &&
    (rank === 3 || isAlike(0)) &&
    all.every((each) => each.meta.strides?.at(-1) === 1) &&
    (maskRank === 2 || maskRank === 4) &&
    mask?.meta.requiresGrad !== true
  );
}

/** Grouped queries: several query heads share one key head. */
function grouped(q: readonly Dim[], k: readonly Dim[], divides: (a: Dim, b: Dim) => boolean): readonly Dim[] {
  const [heads = 1, keyHeads = 1] = [q[q.length - 3], k[k.length - 3]];
  if (!divides(heads, keyHeads))
    throw new TorchError(
      `Number of heads in key and value must divide the number of heads in query, but got query ${printShape(q)} and key ${printShape(k)}`,
    );
  return q.slice(0, -2);
}
