import { type Dim, hintOf } from "../graph/dim.ts";
import { growthOf } from "../graph/grown.ts";
import type { Graph, OpRecord } from "../graph/ir.ts";
import { isKnownShape } from "../graph/tensor.ts";

/**
 * Whether a compiler runs the convolutions of a graph with their channels last on a GPU: it does where that is faster on
 * average, kind of convolution by kind. Source of the rule and its figures: TorchInductor, `GraphLowering.decide_layout_opt`
 * for inference.
 */
export function compilesChannelsLast(graph: Graph): boolean {
  // The batch multiplies both sides.
  const { from } = growthOf(graph);
  const known = remembered.get(from);
  if (known !== undefined) return known;
  const made = isFaster(from);
  remembered.set(from, made);
  return made;
}

const remembered = new WeakMap<Graph, boolean>();

function isFaster({ ops }: Graph): boolean {
  let [total, weighted] = [0, 0];
  for (const op of ops) {
    if (!op.name.startsWith("conv") || op.factors.length !== 2) continue;
    const macs = hint(op.work.macs);
    total += macs;
    weighted += macs * speedOf(op);
  }
  return weighted <= total;
}

/** Time with channels last by time with channels first. */
const [grouped, small, narrowing, other] = [1.358, 0.783, 0.725, 0.823] as const;

function speedOf(op: OpRecord): number {
  const shape = op.inputs[1]?.meta.shape;
  const groups = op.attributes["groups"];
  if (shape === undefined || !isKnownShape(shape)) return other;
  const [outputs = 1, inputs = 1, window = 1] = shape.map(hint);
  if (typeof groups === "number" && groups > 1 && inputs > 1) return grouped;
  if (outputs <= 64 && inputs <= 64) return small;
  return outputs * 2 <= inputs && window > 1 ? narrowing : other;
}

/** The size that a symbol was interpreted with. */
const hint = (dim: Dim): number => hintOf(dim) ?? 0;
