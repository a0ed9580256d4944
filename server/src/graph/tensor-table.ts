import type { Graph } from "./ir.ts";
import type { TensorRef } from "./tensor.ts";

/**
 * The tensors of a graph, each once, in order of first sight: the inputs of the graph, then those of its ops. What its ops
 * read and write are indices into that.
 */
export interface TensorTable {
  readonly refs: readonly TensorRef[];
  /** The first entry of the same tensor object: itself, but where the object has become another tensor. */
  readonly firsts: readonly number[];
  /** The memory that each lies in, numbered from 0 by first sight; -1 for parameters and buffers. */
  readonly storages: readonly number[];
  /** How many storages have a number. */
  readonly storageCount: number;
  /** The inputs of the graph, and the storages of its outputs; -1 for what no op and no input has. */
  readonly given: readonly number[];
  readonly returned: readonly number[];
  /** What op `i` reads is `accessed[starts[2 * i]]` and on, what it writes `accessed[starts[2 * i + 1]]` and on. */
  readonly accessed: Int32Array;
  readonly starts: Int32Array;
}

const remembered = new WeakMap<Graph, TensorTable>();

/** Remembered with the graph. */
export function tensorTable(graph: Graph): TensorTable {
  const known = remembered.get(graph);
  if (known !== undefined) return known;
  const made = new Builder(graph).table(graph);
  remembered.set(graph, made);
  return made;
}

class Builder {
  readonly #refs: TensorRef[] = [];
  readonly #firsts: number[] = [];
  readonly #storages: number[] = [];
  /** Both by id: ids are counted from 0, so that arrays stay dense. */
  readonly #last: (number | undefined)[] = [];
  readonly #byStorage: (number | undefined)[] = [];
  #storageCount = 0;

  constructor({ parameters, buffers }: Graph) {
    for (const { tensor } of parameters) this.#byStorage[tensor.meta.storage.id] = -1;
    for (const { tensor } of buffers) this.#byStorage[tensor.meta.storage.id] = -1;
  }

  table({ inputs, ops, outputs }: Graph): TensorTable {
    const given = inputs.map((ref) => this.#index(ref));
    const starts = new Int32Array(2 * ops.length + 1);
    let length = 0;
    for (const op of ops) length += op.inputs.length + op.outputs.length;
    const accessed = new Int32Array(length);
    let at = 0;
    for (let i = 0; i < ops.length; i++) {
      const op = ops[i];
      if (op === undefined) continue;
      starts[2 * i] = at;
      for (const ref of op.inputs) accessed[at++] = this.#index(ref);
      starts[2 * i + 1] = at;
      for (const ref of op.outputs) accessed[at++] = this.#index(ref);
    }
    starts[2 * ops.length] = at;
    return {
      refs: this.#refs,
      firsts: this.#firsts,
      storages: this.#storages,
      storageCount: this.#storageCount,
      given,
      returned: outputs.map(({ meta }) => this.#byStorage[meta.storage.id] ?? -1),
      accessed,
      starts,
    };
  }

  /** A tensor object that has become another one since counts as another one. */
  #index(ref: TensorRef): number {
    const { id, meta } = ref;
    const last = this.#last[id];
    if (last !== undefined && this.#refs[last]?.meta === meta) return last;
    const index = this.#refs.length;
    this.#last[id] = index;
    this.#refs.push(ref);
    this.#firsts.push(last === undefined ? index : (this.#firsts[last] ?? index));
    this.#storages.push(this.#storage(meta.storage.id));
    return index;
  }

  #storage(id: number): number {
    const known = this.#byStorage[id];
    if (known !== undefined) return known;
    const made = this.#storageCount++;
    this.#byStorage[id] = made;
    return made;
  }
}
