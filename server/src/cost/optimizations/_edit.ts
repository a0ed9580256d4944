import { type Dim, evaluate, mul } from "../../graph/dim.ts";
import type { Graph, OpRecord, Work } from "../../graph/ir.ts";
import { bytesOf, isKnownShape, type TensorRef } from "../../graph/tensor.ts";
import type { Scenario } from "../estimate.ts";

/** Who makes and who reads each tensor, by its id. */
export interface Flow {
  readonly producers: ReadonlyMap<number, OpRecord>;
  readonly consumers: ReadonlyMap<number, readonly OpRecord[]>;
  /** Ids of what the graph gives back. */
  readonly outputs: ReadonlySet<number>;
}

const remembered = new WeakMap<Graph, Flow>();

/** Remembered with the graph. */
export function flowOf(graph: Graph): Flow {
  const known = remembered.get(graph);
  if (known !== undefined) return known;
  const made = flowIn(graph);
  remembered.set(graph, made);
  return made;
}

function flowIn(graph: Graph): Flow {
  const producers = new Map<number, OpRecord>();
  const consumers = new Map<number, OpRecord[]>();
  for (const op of graph.ops) {
    for (const output of op.outputs) producers.set(output.id, op);
    for (const input of op.inputs) {
      const seen = consumers.get(input.id);
      if (seen === undefined) consumers.set(input.id, [op]);
      else seen.push(op);
    }
  }
  return { producers, consumers, outputs: new Set(graph.outputs.map((t) => t.id)) };
}

/** The tensor that `ref` is a view of, through views alone. */
export function underViews(ref: TensorRef, flow: Flow): TensorRef {
  let at = ref;
  for (;;) {
    const op = flow.producers.get(at.id);
    const input = op?.isView === true ? op.inputs[0] : undefined;
    if (input === undefined) return at;
    at = input;
  }
}

/** The ops that read `ref`, through views alone; `undefined` when it also leaves the graph. */
export function readersOf(ref: TensorRef, flow: Flow): readonly OpRecord[] | undefined {
  if (flow.outputs.has(ref.id)) return undefined;
  const found: OpRecord[] = [];
  for (const op of flow.consumers.get(ref.id) ?? []) {
    if (!op.isView) {
      found.push(op);
      continue;
    }
    for (const output of op.outputs) {
      const further = readersOf(output, flow);
      if (further === undefined) return undefined;
      found.push(...further);
    }
  }
  return found;
}

/** The graph with some ops replaced and some left out, with all that only fed these; the order stays. */
export function withOps(
  graph: Graph,
  replaced: ReadonlyMap<number, OpRecord>,
  removed: ReadonlySet<number> = new Set(),
): Graph {
  const ops = graph.ops.map((op) => replaced.get(op.id) ?? op);
  const gone = withViews(ops, withOrphans({ ...graph, ops }, removed));
  return { ...graph, ops: ops.filter((op) => !gone.has(op.id)) };
}

export const sizeOf = (dim: Dim | undefined, { sizes }: Pick<Scenario, "sizes">): number | undefined =>
  dim === undefined ? undefined : evaluate(dim, sizes);

/** A size among the attributes of an op. */
export function attributeOf(
  op: OpRecord,
  name: string,
  scenario: Pick<Scenario, "sizes">,
): number | undefined {
  const value = op.attributes[name];
  if (typeof value === "number") return value;
  return typeof value === "object" && "kind" in value ? evaluate(value, scenario.sizes) : undefined;
}

/** The tensor with `factor` times the elements, for counting alone: its first size takes the factor. */
export function resized(ref: TensorRef, factor: number): TensorRef {
  const { shape } = ref.meta;
  if (factor === 1 || !isKnownShape(shape)) return ref;
  const [first = 1, ...rest] = shape;
  return { ...ref, meta: { ...ref.meta, shape: shape.length === 0 ? shape : [mul(first, factor), ...rest] } };
}

/** Work of which arithmetic and each kind of traffic are multiplied. */
export const scaledWork = (
  work: Work,
  by: { readonly work: number; readonly read: number; readonly written: number },
): Work => ({
  macs: mul(work.macs, by.work),
  flops: mul(work.flops, by.work),
  bytesRead: mul(work.bytesRead, by.read),
  bytesWritten: mul(work.bytesWritten, by.written),
});

/** Bytes of a tensor at the scenario's sizes; 0 where they are not known, as everywhere in the cost of a graph. */
export const bytesAt = (ref: TensorRef, scenario: Pick<Scenario, "sizes">): number =>
  sizeOf(bytesOf(ref.meta), scenario) ?? 0;

/** What was removed, and the ops that only fed it: those that touch no state and make no output. */
function withOrphans(graph: Graph, removed: ReadonlySet<number>): ReadonlySet<number> {
  if (removed.size === 0) return removed;
  const gone = new Set(removed);
  const outputs = new Set(graph.outputs.map((t) => t.meta.storage.id));
  const readers = new Map<number, Set<number>>();
  for (const op of graph.ops)
    for (const { meta } of op.inputs) {
      const ids = readers.get(meta.storage.id) ?? new Set();
      readers.set(meta.storage.id, ids.add(op.id));
    }
  const isUseless = ({ meta }: TensorRef, maker: number): boolean => {
    const ids = [...(readers.get(meta.storage.id) ?? [])].filter((id) => id !== maker);
    if (meta.role !== "activation" && meta.role !== "constant") return false;
    return ids.length > 0 && ids.every((id) => gone.has(id)) && !outputs.has(meta.storage.id);
  };
  for (const op of graph.ops.toReversed())
    if (!op.inPlace && op.outputs.length > 0 && op.outputs.every((t) => isUseless(t, op.id))) gone.add(op.id);
  return gone;
}

/** What was removed, and views of what that made: nothing is left that they could show. */
function withViews(ops: readonly OpRecord[], removed: ReadonlySet<number>): ReadonlySet<number> {
  if (removed.size === 0) return removed;
  const gone = new Set(removed);
  const unmade = new Set<number>();
  for (const op of ops) {
    if (op.isView && op.inputs.some((t) => unmade.has(t.id))) gone.add(op.id);
    if (gone.has(op.id) && !op.inPlace) for (const output of op.outputs) unmade.add(output.id);
  }
  return gone;
}
