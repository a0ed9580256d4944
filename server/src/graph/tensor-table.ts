import { moved } from "./columns.ts";
import { bytesByCode, type DType, dtypeCode } from "./dtype.ts";
import type { Graph, StateRecord } from "./ir.ts";
import { isKnownShape, type TensorMeta, type TensorRef } from "./tensor.ts";
import { traitsOfTensor } from "./tensor-traits.ts";

/**
 * The tensors of a graph, each once, in order of first sight: the inputs of the graph, then those of its ops. What its ops
 * read and write are indices into that.
 */
export interface TensorTable {
  readonly refs: readonly TensorRef[];
  /** By code. */
  readonly dtypes: Uint8Array;
  /** Bits that `tensor-traits.ts` names. */
  readonly traits: Uint8Array;
  /** At its own dtype; NaN where its sizes are no numbers. */
  readonly bytes: Float64Array;
  /** Ids of the memory that each lies in: one for all views. */
  readonly keys: Int32Array;
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

/** In one walk: what ops and tensors are lies scattered in memory, and looking there is what takes the time. */
function tableOf(graph: Graph): TensorTable {
  const { inputs, ops, outputs } = graph;
  const table = new Builder(graph);
  const given = inputs.map((ref) => table.index(ref));
  const starts = new Int32Array(2 * ops.length + 1);
  for (let i = 0; i < ops.length; i++) {
    const op = ops[i];
    if (op === undefined) continue;
    starts[2 * i] = table.accessCount;
    table.access(op.inputs);
    starts[2 * i + 1] = table.accessCount;
    table.access(op.outputs);
  }
  starts[2 * ops.length] = table.accessCount;
  const { length } = table.refs;
  return {
    refs: table.refs,
    dtypes: table.dtypes,
    traits: table.traits,
    bytes: table.bytes.subarray(0, length),
    keys: table.keys,
    firsts: table.firsts,
    storages: table.storages.subarray(0, length),
    storageCount: table.storageCount,
    given,
    returned: outputs.map(({ meta }) => table.storageOf(meta.storage.id)),
    accessed: table.accessed.subarray(0, table.accessCount),
    starts,
  };
}

/** What a storage is to the table, beside its number plus one. */
const [unseen, ofState] = [0, -1] as const;

class Builder {
  readonly refs: TensorRef[] = [];
  dtypes: Uint8Array;
  traits: Uint8Array;
  bytes: Float64Array;
  keys: Int32Array;
  firsts: Int32Array;
  storages: Int32Array;
  storageCount = 0;
  accessed: Int32Array;
  accessCount = 0;
  /** By id of the tensor object, its last entry plus one. */
  #last: Int32Array;
  #byStorage: Int32Array;
  /** Of the tensor before. */
  #dtype: DType = "float32";
  #code = dtypeCode("float32");

  constructor({ ops, parameters, buffers }: Graph) {
    // Of a network of usual layers; the columns grow where there are more.
    const size = 3 * ops.length + 16;
    this.dtypes = new Uint8Array(size);
    this.traits = new Uint8Array(size);
    this.bytes = new Float64Array(size);
    this.keys = new Int32Array(size);
    this.firsts = new Int32Array(size);
    this.storages = new Int32Array(size);
    this.accessed = new Int32Array(size);
    this.#last = new Int32Array(size);
    this.#byStorage = new Int32Array(size);
    this.#own(parameters);
    this.#own(buffers);
  }

  #own(state: readonly StateRecord[]): void {
    for (let i = 0; i < state.length; i++) {
      const id = state[i]?.tensor.meta.storage.id ?? 0;
      this.#byStorage = reaching(this.#byStorage, id);
      this.#byStorage[id] = ofState;
    }
  }

  access(refs: readonly TensorRef[]): void {
    const { accessCount } = this;
    const { length } = refs;
    if (accessCount + length > this.accessed.length)
      this.accessed = reaching(this.accessed, accessCount + length);
    for (let i = 0; i < length; i++) {
      const ref = refs[i];
      if (ref !== undefined) this.accessed[accessCount + i] = this.index(ref);
    }
    this.accessCount = accessCount + length;
  }

  /** A tensor object that has become another one since counts as another one. */
  index(ref: TensorRef): number {
    const { id, meta } = ref;
    if (id >= this.#last.length) this.#last = reaching(this.#last, id);
    const last = (this.#last[id] ?? 0) - 1;
    if (last >= 0 && this.refs[last]?.meta === meta) return last;
    const index = this.refs.push(ref) - 1;
    if (index === this.firsts.length) this.#grow();
    this.#last[id] = index + 1;
    this.firsts[index] = last < 0 ? index : (this.firsts[last] ?? index);
    this.#describe(index, meta);
    return index;
  }

  #describe(index: number, meta: TensorMeta): void {
    if (meta.dtype !== this.#dtype) {
      this.#dtype = meta.dtype;
      this.#code = dtypeCode(meta.dtype);
    }
    const storage = meta.storage.id;
    if (storage >= this.#byStorage.length) this.#byStorage = reaching(this.#byStorage, storage);
    if (this.#byStorage[storage] === unseen) this.#byStorage[storage] = ++this.storageCount;
    const number = this.#byStorage[storage] ?? ofState;
    this.storages[index] = number === ofState ? -1 : number - 1;
    this.keys[index] = storage;
    this.dtypes[index] = this.#code;
    this.traits[index] = traitsOfTensor(meta, this.#code, number === ofState);
    this.bytes[index] = bytesIn(meta, bytesByCode[this.#code] ?? 1);
  }

  /** -1 for what no op and no input has. */
  storageOf(id: number): number {
    return Math.max(0, this.#byStorage[id] ?? 0) - 1;
  }

  #grow(): void {
    const size = 2 * this.firsts.length;
    this.dtypes = moved(this.dtypes, new Uint8Array(size));
    this.traits = moved(this.traits, new Uint8Array(size));
    this.bytes = moved(this.bytes, new Float64Array(size));
    this.keys = moved(this.keys, new Int32Array(size));
    this.firsts = moved(this.firsts, new Int32Array(size));
    this.storages = moved(this.storages, new Int32Array(size));
  }
}

/** Long enough to have entry `at`. */
const reaching = (column: Int32Array, at: number): Int32Array =>
  at < column.length ? column : moved(column, new Int32Array(2 * at));

/** `bytesOf`, where all sizes are numbers. */
function bytesIn({ shape, strides }: TensorMeta, width: number): number {
  if (!isKnownShape(shape)) return Number.NaN;
  let bytes = width;
  for (let i = 0; i < shape.length; i++) {
    if (strides?.[i] === 0) continue;
    const size = shape[i];
    if (typeof size !== "number") return Number.NaN;
    bytes *= size;
  }
  return bytes;
}
