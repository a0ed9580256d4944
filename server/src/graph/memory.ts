import { type Dim, evaluate } from "./dim.ts";
import { bytesPerElement } from "./dtype.ts";
import { growthOf } from "./grown.ts";
import type { Graph } from "./ir.ts";
import { type Kept, livenessOf } from "./liveness.ts";
import { bytesOfState, stateTotals } from "./state-totals.ts";
import { tensorBytes } from "./tensor-bytes.ts";
import { tensorTable } from "./tensor-table.ts";

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
  const ofParameters = stateTotals(graph.parameters, sizes);
  const ofBuffers = stateTotals(graph.buffers, sizes);
  const parameters = bytesOfState(ofParameters, "all");
  const buffers = bytesOfState(ofBuffers, "all");
  const gradients = bytesOfState(ofParameters, "trained");
  const optimizerBytes = bytesOfState(
    ofParameters,
    "trained",
    (dtype) => optimizer.copies * (optimizer.bytesPerElement ?? bytesPerElement(dtype)),
  );
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
    unsized: unsized + ofParameters.unsized + ofBuffers.unsized,
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
  const made = computed(graph, sizes);
  if (sizes.size === 0) known.set(graph, made);
  return made;
}

function computed(graph: Graph, sizes: ReadonlyMap<string, number>): Activations {
  const { from, times } = growthOf(graph);
  const { storages: storageOf, storageCount } = tensorTable(from);
  const { events, kept, regions, gradients } = livenessOf(from);
  const { bytes: tensors, unsized } = tensorBytes(graph, sizes);
  const counter = new Counter(sizes);
  const storages = new Float64Array(storageCount);
  for (let i = 0; i < tensors.length; i++) {
    const [storage, bytes] = [storageOf[i] ?? -1, tensors[i] ?? 0];
    if (storage >= 0 && bytes > (storages[storage] ?? 0)) storages[storage] = bytes;
  }
  const total = (all: Kept): number =>
    all.storages.reduce(
      (sum, storage) => sum + (storages[storage] ?? 0),
      counter.total(all.extras) + times * counter.total(all.growing),
    );
  return {
    inferenceActivations: peak(events, storages),
    savedActivations: total(kept),
    recomputed: regions.reduce((most, region) => Math.max(most, total(region)), 0),
    transient: largest(gradients, tensors),
    unsized: unsized + counter.unsized,
  };
}

/** The most that is alive at once. */
function peak(events: readonly number[], storages: Float64Array): number {
  let [live, most] = [0, 0];
  for (const event of events) {
    if (event < 0) live -= storages[-1 - event] ?? 0;
    else {
      live += storages[event] ?? 0;
      if (live > most) most = live;
    }
  }
  return most;
}

/** Of sums over runs of tensors that -1 ends. */
function largest(runs: readonly number[], tensors: Float64Array): number {
  let [sum, most] = [0, 0];
  for (const tensor of runs) {
    if (tensor >= 0) sum += tensors[tensor] ?? 0;
    else {
      if (sum > most) most = sum;
      sum = 0;
    }
  }
  return most;
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
