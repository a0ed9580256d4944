import { type Dim, evaluate, product } from "./dim.ts";
import { bytesPerElement, isFloatingOrComplex } from "./dtype.ts";
import type { Graph, ModuleCall, OpRecord, StateRecord } from "./ir.ts";
import { bytesOf, isKnownShape, type TensorMeta, type TensorRef } from "./tensor.ts";
import { elementsOf, stateBytes } from "./work.ts";

/** What an optimizer keeps for each trainable parameter. */
export interface OptimizerState {
  /** Tensors as large as the parameter: 2 for Adam, 1 for SGD with momentum, 0 for SGD. */
  readonly copies: number;
  /** Bytes per element of each; the parameter's own when left out. */
  readonly bytesPerElement?: number;
}

const adam: OptimizerState = { copies: 2 };

/** Bytes on the accelerator. A size that only the run knows counts nothing and is told in `unsized`. */
export interface Memory {
  readonly parameters: number;
  readonly buffers: number;
  /** Activations alive at once in a forward pass without gradients, at the peak, inputs and outputs included. */
  readonly inferenceActivations: number;
  readonly inferencePeak: number;
  readonly gradients: number;
  readonly optimizer: number;
  /** Activations kept for backward. */
  readonly savedActivations: number;
  /** Kept again while the largest checkpointed region is computed a second time. */
  readonly recomputed: number;
  /** Gradients alive beside all that while the largest op runs backward. */
  readonly transient: number;
  readonly trainingPeak: number;
  /** Tensors without a known size. */
  readonly unsized: number;
}

/**
 * Peak memory by liveness, in the order of the ops: storage is alive from the op that writes it to the last that reads
 * it. Python may hold it longer, an allocator rounds up, libraries take workspaces: a lower bound on all three counts.
 */
export function memoryOf(
  graph: Graph,
  sizes: ReadonlyMap<string, number>,
  optimizer: OptimizerState = adam,
): Memory {
  const { inferenceActivations, savedActivations, recomputed, transient, unsized } = activationsOf(
    graph,
    sizes,
  );
  const meter = new Counter(sizes);
  const parameters = meter.total(graph.parameters.map(stateBytes));
  const buffers = meter.total(graph.buffers.map(stateBytes));
  const trainable = graph.parameters.filter((p) => p.tensor.meta.requiresGrad);
  const gradients = meter.total(trainable.map(stateBytes));
  const optimizerBytes = meter.total(trainable.map((p) => optimizerBytesOf(p, optimizer)));
  const weights = parameters + buffers;
  return {
    parameters,
    buffers,
    inferenceActivations,
    inferencePeak: weights + inferenceActivations,
    gradients,
    optimizer: optimizerBytes,
    savedActivations,
    recomputed,
    transient,
    trainingPeak: weights + gradients + optimizerBytes + savedActivations + recomputed + transient,
    unsized: unsized + meter.unsized,
  };
}

type Activations = Pick<
  Memory,
  "inferenceActivations" | "savedActivations" | "recomputed" | "transient" | "unsized"
>;

/** At the sizes in the code: asked for by several of those who tell what one graph costs. */
const known = new WeakMap<Graph, Activations>();

function activationsOf(graph: Graph, sizes: ReadonlyMap<string, number>): Activations {
  const before = sizes.size === 0 ? known.get(graph) : undefined;
  if (before !== undefined) return before;
  const meter = new Meter(graph, sizes);
  const inferenceActivations = peakLive(graph, meter);
  const { saved, recomputed } = savedOf(graph, meter);
  const transient = graph.ops.reduce((most, op) => Math.max(most, gradientsOf(op, meter)), 0);
  const { unsized } = meter;
  const made = { inferenceActivations, savedActivations: saved, recomputed, transient, unsized };
  if (sizes.size === 0) known.set(graph, made);
  return made;
}

/** Numbers of sizes; those that only the run knows are 0 and counted. */
class Counter {
  readonly #sizes: ReadonlyMap<string, number>;
  #unsized = 0;

  constructor(sizes: ReadonlyMap<string, number>) {
    this.#sizes = sizes;
  }

  get unsized(): number {
    return this.#unsized;
  }

  total(dims: readonly Dim[]): number {
    let sum = 0;
    for (const dim of dims) sum += this.number(dim);
    return sum;
  }

  number(dim: Dim): number {
    return typeof dim === "number" ? dim : (evaluate(dim, this.#sizes) ?? this.unknown());
  }

  unknown(): number {
    this.#unsized += 1;
    return 0;
  }
}

/** Sizes of storages, each as large as the largest tensor seen over it. */
class Meter extends Counter {
  readonly #storages = new Map<number, number>();
  readonly #state = new Set<number>();
  readonly #seen = new Set<TensorMeta>();

  constructor(graph: Graph, sizes: ReadonlyMap<string, number>) {
    super(sizes);
    for (const { tensor } of graph.parameters) this.#state.add(tensor.meta.storage.id);
    for (const { tensor } of graph.buffers) this.#state.add(tensor.meta.storage.id);
    for (const ref of graph.inputs) this.#see(ref);
    for (const op of graph.ops) {
      for (const ref of op.inputs) this.#see(ref);
      for (const ref of op.outputs) this.#see(ref);
    }
  }

  /** Bytes of a storage; 0 for parameters and buffers, which are counted apart. */
  storage(id: number): number {
    return this.#state.has(id) ? 0 : (this.#storages.get(id) ?? 0);
  }

  #see({ meta }: TensorRef): void {
    if (this.#seen.has(meta)) return;
    this.#seen.add(meta);
    const bytes = isKnownShape(meta.shape) ? this.number(bytesOf(meta)) : this.unknown();
    const { id } = meta.storage;
    if (bytes > (this.#storages.get(id) ?? -1)) this.#storages.set(id, bytes);
  }
}

const optimizerBytesOf = (state: StateRecord, { copies, bytesPerElement: bytes }: OptimizerState): Dim =>
  product([elementsOf(state), copies, bytes ?? bytesPerElement(state.tensor.meta.dtype)]);

function peakLive(graph: Graph, meter: Meter): number {
  const last = lastUses(graph);
  const dying = new Map<number, number[]>();
  for (const [id, at] of last) {
    const others = dying.get(at);
    if (others === undefined) dying.set(at, [id]);
    else others.push(id);
  }
  const alive = new Set(graph.inputs.map((t) => t.meta.storage.id));
  let live = [...alive].reduce((a, id) => a + meter.storage(id), 0);
  let peak = live;
  for (const [i, op] of graph.ops.entries()) {
    for (const { meta } of op.outputs) {
      if (alive.has(meta.storage.id)) continue;
      alive.add(meta.storage.id);
      live += meter.storage(meta.storage.id);
    }
    peak = Math.max(peak, live);
    for (const id of dying.get(i) ?? []) if (alive.delete(id)) live -= meter.storage(id);
  }
  return peak;
}

/**
 * The op after which nothing holds a storage any more, by storage. Calling a module holds what it is given until the
 * call returns (`Module._call_impl` keeps the arguments), so what comes from outside of a module lives through it.
 */
function lastUses(graph: Graph): Map<number, number> {
  const last = new Map<number, number>();
  const made = new Map<number, number>();
  const open: OpenCall[] = [];
  for (const [i, op] of graph.ops.entries()) {
    const calls = callsAround(op);
    while (open.length > 0 && open.at(-1)?.call !== calls[open.length - 1]) close(open.pop(), i, last);
    for (const call of calls.slice(open.length)) open.push({ call, start: i, given: new Set() });
    for (const { meta } of op.inputs) {
      const { id } = meta.storage;
      const from = made.get(id) ?? -1;
      open.find((each) => each.start > from)?.given.add(id);
      last.set(id, i);
    }
    for (const { meta } of op.outputs) {
      if (!made.has(meta.storage.id)) made.set(meta.storage.id, i);
      last.set(meta.storage.id, i);
    }
  }
  const end = graph.ops.length;
  while (open.length > 0) close(open.pop(), end, last);
  for (const { meta } of [...graph.inputs, ...graph.outputs]) last.set(meta.storage.id, end);
  return last;
}

/** A call that has not returned, and the storages from outside of it that it uses. */
interface OpenCall {
  readonly call: ModuleCall;
  readonly start: number;
  readonly given: Set<number>;
}

function close(returned: OpenCall | undefined, next: number, last: Map<number, number>): void {
  for (const id of returned?.given ?? []) last.set(id, Math.max(next - 1, last.get(id) ?? 0));
}

/** The outermost first. */
function callsAround({ site }: OpRecord): readonly ModuleCall[] {
  const calls: ModuleCall[] = [];
  for (let call = site.call; call !== undefined; call = call.outer) calls.push(call);
  return calls.reverse();
}

/** Kept from forward to backward; inside a checkpointed region only what enters it. */
function savedOf(graph: Graph, meter: Meter): { readonly saved: number; readonly recomputed: number } {
  const kept = new Set<number>();
  let extra = 0;
  const regions = new Map<number, { readonly ops: OpRecord[]; readonly made: Set<number> }>();
  for (const op of graph.ops) {
    const region = op.site.checkpoint;
    if (region === undefined) {
      for (const id of savedStorages(op)) kept.add(id);
      extra += meter.total([needsGrad(op) ? op.savedExtra : 0]);
      continue;
    }
    const cell = regions.get(region) ?? { ops: [], made: new Set() };
    regions.set(region, cell);
    for (const { meta } of op.inputs) if (!cell.made.has(meta.storage.id)) kept.add(meta.storage.id);
    for (const { meta } of op.outputs) cell.made.add(meta.storage.id);
    cell.ops.push(op);
  }
  const inside = [...regions.values()].map(({ ops, made }) => {
    const ids = new Set(ops.flatMap(savedStorages).filter((id) => made.has(id)));
    const extras = meter.total(ops.map((op) => (needsGrad(op) ? op.savedExtra : 0)));
    return [...ids].reduce((a, id) => a + meter.storage(id), extras);
  });
  return {
    saved: [...kept].reduce((a, id) => a + meter.storage(id), extra),
    recomputed: Math.max(0, ...inside),
  };
}

const needsGrad = (op: OpRecord): boolean => op.inputs.some((t) => t.meta.requiresGrad);

function savedStorages(op: OpRecord): readonly number[] {
  if (!needsGrad(op)) return [];
  return [...op.inputs, ...op.outputs].filter((t) => op.saved.includes(t.id)).map((t) => t.meta.storage.id);
}

/** Gradients of an op's outputs and inputs at once. */
function gradientsOf(op: OpRecord, meter: Meter): number {
  if (op.isView || !needsGrad(op)) return 0;
  const moving = [
    ...op.outputs,
    ...op.inputs.filter((t) => t.meta.requiresGrad && t.meta.role !== "parameter"),
  ];
  return meter.total(moving.filter((t) => isFloatingOrComplex(t.meta.dtype)).map((t) => bytesOf(t.meta)));
}
