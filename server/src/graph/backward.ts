import { add, type Dim, exactDiv, mul, sum } from "./dim.ts";
import { bytesPerElement, isFloatingOrComplex } from "./dtype.ts";
import type { OpRecord, Work } from "./ir.ts";
import { bytesOf, isKnownShape, type TensorRef } from "./tensor.ts";
import { noWork } from "./work.ts";

/**
 * The work of an op's backward, derived from its forward.
 *
 * MACs: one product as large as the forward one for each factor that needs a gradient, so twice the forward for a
 * layer in the middle of a network and once for the first. Fused attention does five products for the forward's
 * two: it computes the scores again. FLOPs: the forward's once for each floating input that needs a gradient.
 * Bytes: the gradients of the outputs and what was kept are read, the gradients of the inputs written.
 */
export function backwardWork(op: OpRecord): Work {
  const wanted = op.inputs.filter((t) => t.meta.requiresGrad && isFloatingOrComplex(t.meta.dtype));
  if (op.isView || wanted.length === 0) return noWork;
  const kept = op.saved.flatMap((id) => find(op, id));
  return {
    macs: backwardMacs(op),
    flops: mul(op.work.flops, wanted.length),
    bytesRead: sum([...op.outputs, ...kept].map((t) => bytesOf(t.meta)).concat(op.savedExtra)),
    bytesWritten: sum(wanted.map(gradientBytes)),
  };
}

function backwardMacs(op: OpRecord): Dim {
  if (op.work.macs === 0) return 0;
  if (op.name === "scaled_dot_product_attention") return attentionMacs(op);
  if (recurrent.has(op.name)) return mul(op.work.macs, 2);
  const factors = op.factors.filter((i) => op.inputs[i]?.meta.requiresGrad === true).length;
  return mul(op.work.macs, factors);
}

const recurrent: ReadonlySet<string> = new Set(["lstm", "gru", "rnn_tanh", "rnn_relu"]);

/** Scores again, and the gradients of scores and values (over E and Ev), of queries and keys (over E each). */
function attentionMacs(op: OpRecord): Dim {
  const { width, valueWidth } = op.attributes;
  if (!isDim(width) || !isDim(valueWidth)) return mul(op.work.macs, 2);
  const scores = exactDiv(op.work.macs, add(width, valueWidth));
  return scores === undefined ? mul(op.work.macs, 2) : mul(scores, add(mul(3, width), mul(2, valueWidth)));
}

const isDim = (value: OpRecord["attributes"][string] | undefined): value is Dim =>
  typeof value === "number" || (typeof value === "object" && "kind" in value);

const find = (op: OpRecord, id: number): readonly TensorRef[] =>
  [...op.inputs, ...op.outputs].filter((t) => t.id === id).slice(0, 1);

const gradientBytes = ({ meta }: TensorRef): Dim =>
  isKnownShape(meta.shape) ? meta.shape.reduce(mul, bytesPerElement(meta.dtype)) : 0;
