import { type Dim, evaluate } from "./dim.ts";
import { bytesPerElement } from "./dtype.ts";
import { growthOf } from "./grown.ts";
import type { Graph } from "./ir.ts";
import { eventsOf, type KeptMemory, keptOf } from "./liveness.ts";
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
  const inference = activationsOf(graph, sizes);
  const training = keptActivationsOf(graph, sizes);
  const state = stateOf(graph, sizes, optimizer);
  return {
    parameters: state.parameters,
    buffers: state.buffers,
    inferenceActivations: inference,
    inferencePeak: state.parameters + state.buffers + inference,
    gradients: state.gradients,
    optimizer: state.optimizer,
    savedActivations: training.saved,
    recomputed: training.recomputed,
    transient: training.transient,
    trainingPeak: together(state, training, () => inference),
    unsized: tensorBytes(graph, sizes).unsized + training.unsized + state.unsized,
  };
}

/** What `memoryOf` tells, of one of the two alone. */
export function peakOf(
  graph: Graph,
  sizes: ReadonlyMap<string, number>,
  mode: "infer" | "train",
  optimizer: OptimizerState = adam,
): number {
  const state = stateOf(graph, sizes, optimizer);
  return mode === "train"
    ? together(state, keptActivationsOf(graph, sizes), () => activationsOf(graph, sizes))
    : state.parameters + state.buffers + activationsOf(graph, sizes);
}

/** @param forward activations of a pass without gradients: of what is frozen, nothing is kept for backward, but it runs */
function together(state: State, kept: KeptActivations, forward: () => number): number {
  const { parameters, gradients } = state;
  const backward = gradients + kept.saved + kept.recomputed + kept.transient;
  const most = gradients < parameters ? Math.max(backward, forward()) : backward;
  return parameters + state.buffers + state.optimizer + most;
}

type State = Pick<Memory, "parameters" | "buffers" | "gradients" | "optimizer" | "unsized">;

function stateOf(graph: Graph, sizes: ReadonlyMap<string, number>, optimizer: OptimizerState): State {
  const ofParameters = stateTotals(graph.parameters, sizes);
  const ofBuffers = stateTotals(graph.buffers, sizes);
  return {
    parameters: bytesOfState(ofParameters, "all"),
    buffers: bytesOfState(ofBuffers, "all"),
    gradients: bytesOfState(ofParameters, "trained"),
    optimizer: bytesOfState(
      ofParameters,
      "trained",
      (dtype) => optimizer.copies * (optimizer.bytesPerElement ?? bytesPerElement(dtype)),
    ),
    unsized: ofParameters.unsized + ofBuffers.unsized,
  };
}

/** Bytes of what a training step holds beside weights. */
interface KeptActivations {
  readonly saved: number;
  readonly recomputed: number;
  readonly transient: number;
  /** What is kept beside tensors and has no known size. */
  readonly unsized: number;
}

/** At the sizes in the code: asked for by several of those who tell what one graph costs. */
const knownActivations = new WeakMap<Graph, number>();
const knownKept = new WeakMap<Graph, KeptActivations>();

/** Alive at once in a forward pass without gradients, at the peak. */
function activationsOf(graph: Graph, sizes: ReadonlyMap<string, number>): number {
  const before = sizes.size === 0 ? knownActivations.get(graph) : undefined;
  if (before !== undefined) return before;
  const { from } = growthOf(graph);
  const made = peak(eventsOf(from), storageBytes(graph, from, sizes));
  if (sizes.size === 0) knownActivations.set(graph, made);
  return made;
}

function keptActivationsOf(graph: Graph, sizes: ReadonlyMap<string, number>): KeptActivations {
  const before = sizes.size === 0 ? knownKept.get(graph) : undefined;
  if (before !== undefined) return before;
  const made = keptAt(graph, sizes);
  if (sizes.size === 0) knownKept.set(graph, made);
  return made;
}

function keptAt(graph: Graph, sizes: ReadonlyMap<string, number>): KeptActivations {
  const { from, times } = growthOf(graph);
  const { whole, regions, gradients } = keptOf(from);
  const storages = storageBytes(graph, from, sizes);
  const counter = new Counter(sizes);
  const total = (kept: KeptMemory): number =>
    kept.storages.reduce(
      (sum, storage) => sum + (storages[storage] ?? 0),
      counter.total(kept.extras) + times * counter.total(kept.growing),
    );
  return {
    saved: total(whole),
    recomputed: regions.reduce((most, region) => Math.max(most, total(region)), 0),
    transient: largest(gradients, tensorBytes(graph, sizes).bytes),
    unsized: counter.unsized,
  };
}

/** By storage: its largest tensor. */
function storageBytes(graph: Graph, from: Graph, sizes: ReadonlyMap<string, number>): Float64Array {
  const { storages: storageOf, storageCount } = tensorTable(from);
  const { bytes: tensors } = tensorBytes(graph, sizes);
  const storages = new Float64Array(storageCount);
  for (let i = 0; i < tensors.length; i++) {
    const storage = storageOf[i] ?? -1;
    const bytes = tensors[i] ?? 0;
    if (storage >= 0 && bytes > (storages[storage] ?? 0)) storages[storage] = bytes;
  }
  return storages;
}

/** The most that is alive at once. */
function peak(events: Int32Array, storages: Float64Array): number {
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
function largest(runs: Int32Array, tensors: Float64Array): number {
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
