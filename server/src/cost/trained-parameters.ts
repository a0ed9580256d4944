import { evaluate } from "../graph/dim.ts";
import { bytesPerElement } from "../graph/dtype.ts";
import { growthOf } from "../graph/grown.ts";
import type { Graph } from "../graph/ir.ts";
import { needsGradient, state } from "../graph/tensor-traits.ts";
import { elementsOf } from "../graph/work.ts";
import { type Operands, operandsOf } from "./operands.ts";
import { type Precision, storedDtype } from "./precision.ts";
import type { Sizes } from "./sizes.ts";

const remembered = new WeakMap<Graph, { readonly key: string; readonly bytes: readonly number[] }>();

/**
 * Bytes of each parameter that a step of training updates, in the precision it is stored in: those that some op reads and that take
 * gradients. Buffers and frozen parameters have none. The same for any batch; the last answer for a graph is remembered.
 */
export function trainedBytes(graph: Graph, precision: Precision, sizes: Sizes): readonly number[] {
  const { from } = growthOf(graph);
  const key = [precision, ...sizes].join();
  const known = remembered.get(from);
  if (known?.key === key) return known.bytes;
  const bytes = computed(from, precision, sizes);
  remembered.set(from, { key, bytes });
  return bytes;
}

function computed(graph: Graph, precision: Precision, sizes: Sizes): readonly number[] {
  const reached = withGradients(operandsOf(graph));
  const bytes: number[] = [];
  for (const record of graph.parameters) {
    const { dtype, requiresGrad, storage } = record.tensor.meta;
    const at = requiresGrad ? (reached[storage.id] ?? 0) : 0;
    if (at === 0) continue;
    const elements = evaluate(elementsOf(record), sizes) ?? 0;
    const own = elements * bytesPerElement(storedDtype(dtype, precision));
    if (at === isReached) reached[storage.id] = bytes.push(own) + isReached;
    else bytes[at - isReached - 1] = own;
  }
  return bytes;
}

const isReached = 1;

/** By memory of the model, whether an op with gradients reads it. */
function withGradients({ ops, table }: Operands): Int32Array {
  const { accessed, starts, traits, keys } = table;
  const wanted = needsGradient | state;
  const found = new Int32Array(table.keyCount);
  for (let i = 0; i < ops.length; i++) {
    const middle = starts[2 * i + 1] ?? 0;
    let isTrained = false;
    for (let at = middle; at < (starts[2 * i + 2] ?? 0); at++)
      isTrained ||= ((traits[accessed[at] ?? 0] ?? 0) & needsGradient) !== 0;
    if (!isTrained) continue;
    for (let at = starts[2 * i] ?? 0; at < middle; at++) {
      const tensor = accessed[at] ?? 0;
      if (((traits[tensor] ?? 0) & wanted) === wanted) found[keys[tensor] ?? 0] = isReached;
    }
  }
  return found;
}
