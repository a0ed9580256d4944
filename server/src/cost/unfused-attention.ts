import { bytesPerElement, type DType } from "../graph/dtype.ts";
import type { KernelClass } from "./kernel.ts";

/** A launch of attention that runs as products and a softmax. */
export interface AttentionPart {
  readonly class: KernelClass;
  readonly dtype: DType;
  readonly macs: number;
  readonly flops: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
  readonly batch: number;
}

export interface AttentionSizes {
  readonly query: readonly number[];
  readonly key: readonly number[];
  readonly value: readonly number[];
  readonly mask: readonly number[] | undefined;
  /** Of both products. */
  readonly macs: number;
  readonly dtype: DType;
  /** Half precision is computed in float32, and rows that are masked throughout are looked for. */
  readonly upcasts: boolean;
}

/**
 * The launches of `scaled_dot_product_attention` where no fused kernel takes its tensors: these want four
 * dimensions and as many key heads as query heads. `undefined` where one does. Scores are written and read again.
 *
 * Source: ATen `sdp_utils.cpp` (`check_tensor_shapes`, `check_batch_size_and_num_heads_dense`) and
 * `_scaled_dot_product_attention_math`, `_safe_softmax`.
 */
export function unfusedAttention(sizes: AttentionSizes): readonly AttentionPart[] | undefined {
  const { query, key, value, mask, macs } = sizes;
  if (query.length === 4 && query[1] === key[1] && query[1] === value[1]) return undefined;
  const upcasts = sizes.upcasts && bytesPerElement(sizes.dtype) < 4;
  const dtype = upcasts ? "float32" : sizes.dtype;
  const width = bytesPerElement(dtype);
  const [length = 1, size = 1] = query.slice(-2);
  const [keys = 1, valueSize = 1] = value.slice(-2);
  const batch = macs / Math.max(1, length * keys * (size + valueSize));
  const scores = batch * length * keys;
  const inputs = [count(query), count(key), count(value)];
  const [queries = 0, ofKeys = 0] = inputs;
  const outputs = batch * length * valueSize;
  const loop = (kind: KernelClass, bytesRead: number, bytesWritten: number, flops = 0): AttentionPart => ({
    ...noProduct,
    class: kind,
    dtype,
    flops,
    bytesRead,
    bytesWritten,
  });
  const product = (
    columns: number,
    inner: number,
    bytesRead: number,
    bytesWritten: number,
  ): AttentionPart => ({
    class: "matmul",
    dtype,
    macs: batch * length * columns * inner,
    flops: 0,
    bytesRead,
    bytesWritten,
    rows: length,
    columns,
    inner,
    batch,
  });
  const half = bytesPerElement(sizes.dtype);
  return [
    ...(upcasts ? inputs.map((n) => loop("cast", half * n, width * n)) : []),
    loop("pointwise", width * queries, width * queries, queries),
    loop("pointwise", width * ofKeys, width * ofKeys, ofKeys),
    product(keys, size, width * batch * size * (length + keys), width * scores),
    ...(mask === undefined
      ? []
      : [loop("pointwise", width * scores + half * count(mask), width * scores, scores)]),
    loop("softmax", width * scores, width * scores, 5 * scores),
    ...(upcasts
      ? [
          loop("pointwise", width * scores, scores),
          loop("reduction", scores, 0),
          loop("pointwise", width * scores, width * scores),
        ]
      : []),
    product(valueSize, keys, width * (scores + batch * keys * valueSize), width * outputs),
    ...(upcasts ? [loop("cast", width * outputs, half * outputs)] : []),
  ];
}

const noProduct = { macs: 0, rows: 0, columns: 0, inner: 0, batch: 0 };

const count = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);
