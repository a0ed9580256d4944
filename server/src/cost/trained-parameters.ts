import { evaluate } from "../graph/dim.ts";
import { bytesPerElement } from "../graph/dtype.ts";
import { growthOf } from "../graph/grown.ts";
import type { Graph } from "../graph/ir.ts";
import { elementsOf } from "../graph/work.ts";
import { needsGradient, type Operands, operandsOf, state } from "./operands.ts";
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
  const bytes = new Map<number, number>();
  for (const record of graph.parameters) {
    const { dtype, requiresGrad, storage } = record.tensor.meta;
    if (!requiresGrad || !reached.has(storage.id)) continue;
    const elements = evaluate(elementsOf(record), sizes) ?? 0;
    bytes.set(storage.id, elements * bytesPerElement(storedDtype(dtype, precision)));
  }
  return [...bytes.values()];
}

/** Memories of the model that ops with gradients read. */
function withGradients({ ops, table, tensorTraits, keys }: Operands): ReadonlySet<number> {
  const { accessed, starts } = table;
  const wanted = needsGradient | state;
  const found = new Set<number>();
  for (let i = 0; i < ops.length; i++) {
    const [from, middle, to] = [starts[2 * i] ?? 0, starts[2 * i + 1] ?? 0, starts[2 * i + 2] ?? 0];
    if (!someNeedsGradient(accessed.subarray(middle, to), tensorTraits)) continue;
    for (let at = from; at < middle; at++) {
      const tensor = accessed[at] ?? 0;
      if (((tensorTraits[tensor] ?? 0) & wanted) === wanted) found.add(keys[tensor] ?? 0);
    }
  }
  return found;
}

const someNeedsGradient = (tensors: Int32Array, tensorTraits: Uint8Array): boolean =>
  tensors.some((tensor) => ((tensorTraits[tensor] ?? 0) & needsGradient) !== 0);
