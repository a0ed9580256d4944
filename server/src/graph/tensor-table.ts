import { moved } from "./columns.ts";
import { bytesByCode, type DType, dtypeCode } from "./dtype.ts";
import type { Graph } from "./ir.ts";
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
  readonly traits: Uint16Array;
  /** At its own dtype; NaN where its sizes are no numbers. */
  readonly bytes: Float64Array;
  /** Ids of the memory that each lies in: one for all views. */
  readonly keys: Int32Array;
  /** All of them are below. */
  readonly keyCount: number;
  /** The first entry of the same tensor object: itself, but where the object has become another tensor. */
  readonly firsts: Int32Array;
  /** The memory that each lies in, numbered from 0 by first sight; -1 for parameters and buffers. */
  readonly storages: Int32Array;
  /** How many storages have a number. */
  readonly storageCount: number;
  /** The inputs of the graph, and the storages of its outputs; -1 for what no op and no input has. */
  readonly given: readonly number[];
  readonly returned: readonly number[];
  /** The inputs of the graph; then what op `i` reads is `accessed[starts[2 * i]]` and on, what it writes `accessed[starts[2 * i + 1]]` and on. */
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

/** What ops and tensors are lies scattered in memory, and going there is what takes the time: all of it is looked at once. */
function tableOf(graph: Graph): TensorTable {
  const { refs, starts } = accessesOf(graph);
  const size = refs.length;
  const accessed = new Int32Array(size);
  const dtypes = new Uint8Array(size);
  const traits = new Uint16Array(size);
  const bytes = new Float64Array(size);
  const keys = new Int32Array(size);
  const firsts = new Int32Array(size);
  const storages = new Int32Array(size);
  /** By id of a tensor object, its last entry plus one. */
  let last = new Int32Array(size);
  let byStorage = storagesOf(graph);
  let count = 0;
  let storageCount = 0;
  let keyCount = 0;
  let [dtype, code]: [DType | undefined, number] = [undefined, 0];
  for (let at = 0; at < size; at++) {
    const ref = refs[at];
    if (ref === undefined) continue;
    const { id, meta } = ref;
    if (id >= last.length) last = reaching(last, id);
    const before = (last[id] ?? 0) - 1;
    // A tensor object that has become another one since counts as another one.
    if (before >= 0 && refs[before]?.meta === meta) {
      accessed[at] = before;
      continue;
    }
    const index = count++;
    refs[index] = ref;
    accessed[at] = index;
    last[id] = index + 1;
    if (meta.dtype !== dtype) {
      dtype = meta.dtype;
      code = dtypeCode(dtype);
    }
    const key = meta.storage.id;
    if (key >= keyCount) keyCount = key + 1;
    if (key >= byStorage.length) byStorage = reaching(byStorage, key);
    if (byStorage[key] === unseen) byStorage[key] = ++storageCount;
    const isState = byStorage[key] === ofState;
    dtypes[index] = code;
    traits[index] = traitsOfTensor(meta, code, isState);
    bytes[index] = bytesIn(meta, bytesByCode[code] ?? 1);
    keys[index] = key;
    firsts[index] = before < 0 ? index : (firsts[before] ?? index);
    storages[index] = isState ? -1 : (byStorage[key] ?? 0) - 1;
  }
  refs.length = count;
  const given = graph.inputs.length;
  return {
    refs,
    dtypes,
    traits,
    bytes: bytes.subarray(0, count),
    keys,
    keyCount,
    firsts,
    storages: storages.subarray(0, count),
    storageCount,
    given: [...accessed.subarray(0, given)],
    returned: graph.outputs.map(({ meta }) => Math.max(0, byStorage[meta.storage.id] ?? 0) - 1),
    accessed,
    starts,
  };
}

/** The inputs of the graph, what its first op reads and writes, and so on; what op `i` reads begins at `starts[2 * i]`. */
function accessesOf({ inputs, ops }: Graph): { readonly refs: TensorRef[]; readonly starts: Int32Array } {
  const starts = new Int32Array(2 * ops.length + 1);
  let count = inputs.length;
  for (let i = 0; i < ops.length; i++) {
    starts[2 * i] = count;
    count += ops[i]?.inputs.length ?? 0;
    starts[2 * i + 1] = count;
    count += ops[i]?.outputs.length ?? 0;
  }
  starts[2 * ops.length] = count;
  const refs = new Array<TensorRef>(count);
  put(inputs, refs, 0);
  for (let i = 0; i < ops.length; i++) {
    const op = ops[i];
    if (op === undefined) continue;
    put(op.inputs, refs, starts[2 * i] ?? 0);
    put(op.outputs, refs, starts[2 * i + 1] ?? 0);
  }
  return { refs, starts };
}

function put(from: readonly TensorRef[], into: TensorRef[], at: number): void {
  for (let i = 0; i < from.length; i++) {
    const ref = from[i];
    if (ref !== undefined) into[at + i] = ref;
  }
}

/** By id of a storage, its number in the table plus one, or one of these. */
const [unseen, ofState] = [0, -1] as const;

function storagesOf({ ops, parameters, buffers }: Graph): Int32Array<ArrayBuffer> {
  let byStorage = new Int32Array(4 * ops.length + 16);
  for (const state of [parameters, buffers]) {
    for (let i = 0; i < state.length; i++) {
      const id = state[i]?.tensor.meta.storage.id ?? 0;
      if (id >= byStorage.length) byStorage = reaching(byStorage, id);
      byStorage[id] = ofState;
    }
  }
  return byStorage;
}

/** Long enough to have entry `at`. */
const reaching = (column: Int32Array<ArrayBuffer>, at: number): Int32Array<ArrayBuffer> =>
  moved(column, new Int32Array(2 * at + 1));

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
