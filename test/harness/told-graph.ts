import type { ModuleCall, OpRecord, StateRecord } from "../../server/src/graph/ir.ts";
import type { TensorMeta, TensorRef } from "../../server/src/graph/tensor.ts";
import type { ModelEstimate } from "../../server/src/model/estimate-model.ts";

/** Objects by the order in which they are met: two graphs that are built alike tell the same numbers. */
class Numbers {
  readonly #known = new Map<unknown, number>();
  of(object: unknown): number {
    const known = this.#known.get(object);
    if (known !== undefined) return known;
    this.#known.set(object, this.#known.size);
    return this.#known.size - 1;
  }
}

/** All that an estimate holds, as plain data that two runs of one program share. */
export function toldEstimate(estimate: ModelEstimate): unknown {
  const [ids, metas, storages, calls] = [new Numbers(), new Numbers(), new Numbers(), new Numbers()];
  const told = new Set<TensorMeta>();
  const meta = (of: TensorMeta): unknown => {
    const number = metas.of(of);
    if (told.has(of)) return number;
    told.add(of);
    const { storage, elements, ...rest } = of;
    return {
      ...rest,
      number,
      elements: elements?.what,
      storage: storages.of(storage),
      size: storage.size,
      data: storage.data,
      version: storage.version,
    };
  };
  const ref = (each: TensorRef): unknown => [ids.of(each.id), meta(each.meta)];
  const chain = (call: ModuleCall | undefined): readonly number[] =>
    call === undefined ? [] : [calls.of(call), ...chain(call.outer)];
  const op = (each: OpRecord): unknown => ({
    ...each,
    inputs: each.inputs.map(ref),
    outputs: each.outputs.map(ref),
    saved: each.saved.map((id) => ids.of(id)),
    site: { ...each.site, call: chain(each.site.call) },
  });
  const state = ({ tensor, ...rest }: StateRecord): unknown => ({ ...rest, tensor: ref(tensor) });
  const { graph, inputs, bindings, ...rest } = estimate;
  return {
    ...rest,
    served: undefined,
    inputs: inputs.map(ref),
    ops: graph.ops.map(op),
    parameters: graph.parameters.map(state),
    buffers: graph.buffers.map(state),
    outputs: graph.outputs.map(ref),
    unknowns: graph.unknowns,
    guards: graph.guards.map(({ place, relation, holds }) => ({ place, relation, holds })),
    bindings: bindings.map(({ place, tensors }) => ({ place, tensors: tensors.map(ref) })),
  };
}
