import type { Graph, StateRecord } from "./ir.ts";
import type { TensorRef } from "./tensor.ts";

/**
 * The tensors of a graph, each once, in order of first sight: the inputs of the graph, then those of its ops. What its ops
 * read and write are indices into that.
 */
export interface TensorTable {
  readonly refs: readonly TensorRef[];
  /** The first entry of the same tensor object: itself, but where the object has become another tensor. */
  readonly firsts: Int32Array;
  /** The memory that each lies in, numbered from 0 by first sight; -1 for parameters and buffers. */
  readonly storages: Int32Array;
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
  const made = tableOf(graph);
  remembered.set(graph, made);
  return made;
}

function tableOf(graph: Graph): TensorTable {
  const { inputs, ops, outputs } = graph;
  const sizes = sizesOf(graph);
  const table = new Builder(graph, sizes);
  const given = inputs.map((ref) => table.index(ref));
  const starts = new Int32Array(2 * ops.length + 1);
  const accessed = new Int32Array(sizes.accesses);
  let at = 0;
  for (let i = 0; i < ops.length; i++) {
    const op = ops[i];
    if (op === undefined) continue;
    starts[2 * i] = at;
    for (const ref of op.inputs) accessed[at++] = table.index(ref);
    starts[2 * i + 1] = at;
    for (const ref of op.outputs) accessed[at++] = table.index(ref);
  }
  starts[2 * ops.length] = at;
  const { length } = table.refs;
  return {
    refs: table.refs,
    firsts: table.firsts.subarray(0, length),
    storages: table.storages.subarray(0, length),
    storageCount: table.storageCount,
    given,
    returned: outputs.map(({ meta }) => table.storageOf(meta.storage.id)),
    accessed,
    starts,
  };
}

interface TableSizes {
  readonly accesses: number;
  /** The largest ids there are: they are counted from 0. */
  readonly tensor: number;
  readonly storage: number;
}

function sizesOf({ inputs, ops, outputs, parameters, buffers }: Graph): TableSizes {
  const most = { accesses: 0, tensor: 0, storage: 0 };
  for (let i = 0; i < ops.length; i++) {
    const op = ops[i];
    if (op === undefined) continue;
    most.accesses += op.inputs.length + op.outputs.length;
    see(op.inputs, most);
    see(op.outputs, most);
  }
  see(inputs, most);
  see(outputs, most);
  seeStorages(parameters, most);
  seeStorages(buffers, most);
  return most;
}

function see(refs: readonly TensorRef[], most: { tensor: number; storage: number }): void {
  for (let i = 0; i < refs.length; i++) {
    const ref = refs[i];
    if (ref === undefined) continue;
    const storage = ref.meta.storage.id;
    if (ref.id > most.tensor) most.tensor = ref.id;
    if (storage > most.storage) most.storage = storage;
  }
}

function seeStorages(state: readonly StateRecord[], most: { storage: number }): void {
  for (let i = 0; i < state.length; i++) {
    const storage = state[i]?.tensor.meta.storage.id ?? 0;
    if (storage > most.storage) most.storage = storage;
  }
}

const unseen = -2;

class Builder {
  readonly refs: TensorRef[] = [];
  readonly firsts: Int32Array;
  readonly storages: Int32Array;
  /** By id. */
  readonly #last: Int32Array;
  readonly #byStorage: Int32Array;
  storageCount = 0;

  constructor({ inputs, parameters, buffers }: Graph, { accesses, tensor, storage }: TableSizes) {
    this.firsts = new Int32Array(accesses + inputs.length);
    this.storages = new Int32Array(accesses + inputs.length);
    this.#last = new Int32Array(tensor + 1).fill(-1);
    this.#byStorage = new Int32Array(storage + 1).fill(unseen);
    for (const each of parameters) this.#byStorage[each.tensor.meta.storage.id] = -1;
    for (const each of buffers) this.#byStorage[each.tensor.meta.storage.id] = -1;
  }

  /** A tensor object that has become another one since counts as another one. */
  index(ref: TensorRef): number {
    const { id, meta } = ref;
    const last = this.#last[id] ?? -1;
    if (last >= 0 && this.refs[last]?.meta === meta) return last;
    const index = this.refs.push(ref) - 1;
    this.#last[id] = index;
    this.firsts[index] = last < 0 ? index : (this.firsts[last] ?? index);
    const storage = meta.storage.id;
    if (this.#byStorage[storage] === unseen) this.#byStorage[storage] = this.storageCount++;
    this.storages[index] = this.#byStorage[storage] ?? -1;
    return index;
  }

  /** -1 for what no op and no input has. */
  storageOf(id: number): number {
    return Math.max(-1, this.#byStorage[id] ?? -1);
  }
}
