import type { Dim } from "./dim.ts";
import { keepsBySample } from "./grown.ts";
import type { Graph, ModuleCall, OpRecord } from "./ir.ts";
import { type TensorTable, tensorTable } from "./tensor-table.ts";
import { complex, floating, needsGradient, parameter } from "./tensor-traits.ts";

/** What a training step holds beside weights, whatever its sizes are. Tensors and storages are those of the graph's `TensorTable`. */
export interface Kept {
  /** What autograd keeps outside of checkpointed regions and where one is entered. */
  readonly whole: KeptMemory;
  /** What each checkpointed region keeps while it runs a second time. */
  readonly regions: readonly KeptMemory[];
  /** Tensors that have a gradient at once while an op runs backward, op after op; -1 ends an op. */
  readonly gradients: Int32Array;
}

/** Parameters and buffers are not told: they are there all the time. */
export interface KeptMemory {
  readonly storages: readonly number[];
  /** Bytes beside them: masks, statistics, indices. Those that a batch of any size has, and those that grow with it. */
  readonly extras: readonly Dim[];
  readonly growing: readonly Dim[];
}

const rememberedEvents = new WeakMap<Graph, Int32Array>();
const rememberedKept = new WeakMap<Graph, Kept>();

/**
 * When the memory of a graph is alive, in the order of the run: `n` when storage n appears, `-1 - n` when nothing holds it any more.
 * Remembered with the graph.
 */
export function eventsOf(graph: Graph): Int32Array {
  const known = rememberedEvents.get(graph);
  if (known !== undefined) return known;
  const made = eventsIn(graph, tensorTable(graph));
  rememberedEvents.set(graph, made);
  return made;
}

/** Remembered with the graph. */
export function keptOf(graph: Graph): Kept {
  const known = rememberedKept.get(graph);
  if (known !== undefined) return known;
  const table = tensorTable(graph);
  const made = { ...keptIn(graph, table), gradients: gradientsIn(graph, table) };
  rememberedKept.set(graph, made);
  return made;
}

function eventsIn({ ops }: Graph, table: TensorTable): Int32Array {
  const { accessed, starts, storages, storageCount } = table;
  const { first, next } = byLastUse(lastUses(ops, table), ops.length);
  // What is accessed may appear; each storage goes once.
  const events = new Int32Array(accessed.length + storageCount);
  let count = 0;
  const alive = new Uint8Array(storageCount);
  // What is given appears before the first op.
  let from = 0;
  let to = starts[0] ?? 0;
  for (let i = -1; i < ops.length; i++) {
    for (let at = from; at < to; at++) {
      const storage = storages[accessed[at] ?? 0] ?? -1;
      if (storage < 0 || alive[storage] === 1) continue;
      alive[storage] = 1;
      events[count++] = storage;
    }
    from = starts[2 * i + 3] ?? 0;
    to = starts[2 * i + 4] ?? 0;
    if (i < 0) continue;
    for (let storage = first[i] ?? -1; storage >= 0; storage = next[storage] ?? -1) {
      if (alive[storage] === 0) continue;
      alive[storage] = 0;
      events[count++] = -1 - storage;
    }
  }
  return events.subarray(0, count);
}

/** Storages by the op after which nothing holds them, as linked lists; -1 ends one. */
function byLastUse(last: Int32Array, ops: number): { readonly first: Int32Array; readonly next: Int32Array } {
  const first = new Int32Array(ops + 1).fill(-1);
  const next = new Int32Array(last.length);
  for (let storage = last.length - 1; storage >= 0; storage--) {
    const at = last[storage] ?? -1;
    if (at < 0) continue;
    next[storage] = first[at] ?? -1;
    first[at] = storage;
  }
  return { first, next };
}

/**
 * The op after which nothing holds a storage any more, by storage. Calling a module holds what it is given until the
 * call returns (`Module._call_impl` keeps the arguments), so what comes from outside of a module lives through it.
 */
function lastUses(ops: readonly OpRecord[], table: TensorTable): Int32Array {
  const { accessed, starts, storages } = table;
  const last = new Int32Array(table.storageCount).fill(-1);
  const made = new Int32Array(table.storageCount).fill(-1);
  const open = new OpenCalls(last, accessed.length);
  let call: ModuleCall | undefined;
  let at = starts[0] ?? 0;
  for (let i = 0; i < ops.length; i++) {
    const innermost = ops[i]?.site.call;
    if (innermost !== call) {
      open.enter(innermost, i);
      call = innermost;
    }
    const written = starts[2 * i + 1] ?? 0;
    const end = starts[2 * i + 2] ?? 0;
    for (; at < end; at++) {
      const storage = storages[accessed[at] ?? 0] ?? -1;
      if (storage < 0) continue;
      last[storage] = i;
      if (at < written) open.give(storage, made[storage] ?? -1);
      else if (made[storage] === -1) made[storage] = i;
    }
  }
  open.enter(undefined, ops.length);
  for (const tensor of table.given) hold(storages[tensor] ?? -1, ops.length, last);
  for (const storage of table.returned) hold(storage, ops.length, last);
  return last;
}

function hold(storage: number, at: number, last: Int32Array): void {
  if (storage >= 0) last[storage] = at;
}

/** Calls that have not returned, the outermost first, and the storages from outside of each that it uses. */
class OpenCalls {
  readonly #last: Int32Array;
  readonly #calls: ModuleCall[] = [];
  readonly #starts: number[] = [];
  #depth = 0;
  /** By call, the end of its list of storages; what comes before each in its list; -1 where there is none. */
  readonly #given: number[] = [];
  readonly #storages: Int32Array;
  readonly #before: Int32Array;
  #count = 0;
  /** Those around an op, the innermost first. */
  readonly #around: ModuleCall[] = [];

  /** @param most storages that are given in all */
  constructor(last: Int32Array, most: number) {
    this.#last = last;
    this.#storages = new Int32Array(most);
    this.#before = new Int32Array(most);
  }

  /** Calls that have returned before op `at` are closed, those that it is the first op of are opened. */
  enter(innermost: ModuleCall | undefined, at: number): void {
    let length = 0;
    for (let call = innermost; call !== undefined; call = call.outer) this.#around[length++] = call;
    while (this.#depth > length || !this.#isInside(length)) this.#close(at);
    while (this.#depth < length) {
      const call = this.#around[length - 1 - this.#depth];
      if (call === undefined) return;
      this.#calls[this.#depth] = call;
      this.#starts[this.#depth] = at;
      this.#given[this.#depth] = -1;
      this.#depth++;
    }
  }

  /** A storage that op `made` wrote first is given to the outermost call that began since. */
  give(storage: number, made: number): void {
    for (let i = 0; i < this.#depth; i++) {
      if ((this.#starts[i] ?? 0) <= made) continue;
      this.#storages[this.#count] = storage;
      this.#before[this.#count] = this.#given[i] ?? -1;
      this.#given[i] = this.#count++;
      return;
    }
  }

  /** @param length of the calls around an op: whether the innermost open one is among them, at its depth */
  #isInside(length: number): boolean {
    const depth = this.#depth;
    return depth === 0 || this.#calls[depth - 1] === this.#around[length - depth];
  }

  #close(next: number): void {
    this.#depth--;
    for (let at = this.#given[this.#depth] ?? -1; at >= 0; at = this.#before[at] ?? -1) {
      const storage = this.#storages[at] ?? 0;
      this.#last[storage] = Math.max(next - 1, this.#last[storage] ?? 0);
    }
  }
}

/** Kept from forward to backward; inside a checkpointed region only what enters it. */
function keptIn({ ops }: Graph, table: TensorTable): Pick<Kept, "whole" | "regions"> {
  const kept = emptyRegion(table);
  const regions = new Map<number, Region>();
  for (let i = 0; i < ops.length; i++) {
    const op = ops[i];
    if (op === undefined) continue;
    const { checkpoint } = op.site;
    if (checkpoint === undefined) {
      keep(op, i, table, kept);
      continue;
    }
    const region = regions.get(checkpoint) ?? emptyRegion(table);
    regions.set(checkpoint, region);
    enterRegion(i, table, region, kept);
    keep(op, i, table, region);
  }
  return {
    whole: { storages: kept.storages, extras: kept.extras, growing: kept.growing },
    regions: [...regions.values()].map(({ storages, made, extras, growing }) => ({
      storages: storages.filter((storage) => made[storage] === 1),
      extras,
      growing,
    })),
  };
}

interface Region {
  readonly storages: number[];
  /** 1 for a storage that is among them. */
  readonly isKept: Uint8Array;
  readonly extras: Dim[];
  readonly growing: Dim[];
  /** 1 for a storage that is written inside. */
  readonly made: Uint8Array;
}

const emptyRegion = ({ storageCount }: TensorTable): Region => ({
  storages: [],
  isKept: new Uint8Array(storageCount),
  extras: [],
  growing: [],
  made: new Uint8Array(storageCount),
});

function addStorage(storage: number, { isKept, storages }: Region): void {
  if (isKept[storage] === 1) return;
  isKept[storage] = 1;
  storages.push(storage);
}

/** What the op reads from outside of its region is kept. */
function enterRegion(i: number, table: TensorTable, region: Region, kept: Region): void {
  const { accessed, starts, storages } = table;
  const written = starts[2 * i + 1] ?? 0;
  const end = starts[2 * i + 2] ?? 0;
  for (let at = starts[2 * i] ?? 0; at < end; at++) {
    const storage = storages[accessed[at] ?? 0] ?? -1;
    if (storage < 0) continue;
    if (at >= written) region.made[storage] = 1;
    else if (region.made[storage] === 0) addStorage(storage, kept);
  }
}

function keep(op: OpRecord, i: number, table: TensorTable, into: Region): void {
  if (!needsGrad(i, table)) return;
  if (op.savedExtra !== 0) (keepsBySample(op) ? into.growing : into.extras).push(op.savedExtra);
  if (op.saved.length === 0) return;
  const { accessed, starts, storages, refs } = table;
  const end = starts[2 * i + 2] ?? 0;
  for (let at = starts[2 * i] ?? 0; at < end; at++) {
    const tensor = accessed[at] ?? 0;
    const storage = storages[tensor] ?? -1;
    if (storage >= 0 && op.saved.includes(refs[tensor]?.id ?? -1)) addStorage(storage, into);
  }
}

function needsGrad(i: number, { accessed, starts, traits }: TensorTable): boolean {
  const written = starts[2 * i + 1] ?? 0;
  for (let at = starts[2 * i] ?? 0; at < written; at++)
    if (((traits[accessed[at] ?? 0] ?? 0) & needsGradient) !== 0) return true;
  return false;
}

/** Its outputs and inputs at once. */
function gradientsIn({ ops }: Graph, table: TensorTable): Int32Array {
  const { accessed, starts, traits } = table;
  const all = new Int32Array(accessed.length + ops.length);
  let count = 0;
  for (let i = 0; i < ops.length; i++) {
    if (ops[i]?.isView !== false || !needsGrad(i, table)) continue;
    const written = starts[2 * i + 1] ?? 0;
    const end = starts[2 * i + 2] ?? 0;
    for (let at = starts[2 * i] ?? 0; at < end; at++) {
      const tensor = accessed[at] ?? 0;
      const own = traits[tensor] ?? 0;
      if ((own & (floating | complex)) === 0) continue;
      if (at >= written || (own & (needsGradient | parameter)) === needsGradient) all[count++] = tensor;
    }
    all[count++] = -1;
  }
  return all.subarray(0, count);
}
