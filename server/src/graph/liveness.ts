import type { Dim } from "./dim.ts";
import { isFloatingOrComplex } from "./dtype.ts";
import { keepsBySample } from "./grown.ts";
import type { Graph, ModuleCall, OpRecord } from "./ir.ts";
import { type TensorTable, tensorTable } from "./tensor-table.ts";

/** When the memory of a graph is alive, whatever its sizes are. Tensors and storages are those of its `TensorTable`. */
export interface Liveness {
  /** In the order of the run: `n` when storage n appears, `-1 - n` when nothing holds it any more. */
  readonly events: readonly number[];
  /** What autograd keeps outside of checkpointed regions and where one is entered. */
  readonly kept: Kept;
  /** What each checkpointed region keeps while it runs a second time. */
  readonly regions: readonly Kept[];
  /** Tensors that have a gradient at once while an op runs backward, op after op; -1 ends an op. */
  readonly gradients: readonly number[];
}

/** Parameters and buffers are not told: they are there all the time. */
export interface Kept {
  readonly storages: readonly number[];
  /** Bytes beside them: masks, statistics, indices. Those that a batch of any size has, and those that grow with it. */
  readonly extras: readonly Dim[];
  readonly growing: readonly Dim[];
}

const remembered = new WeakMap<Graph, Liveness>();

/** Remembered with the graph. */
export function livenessOf(graph: Graph): Liveness {
  const known = remembered.get(graph);
  if (known !== undefined) return known;
  const table = tensorTable(graph);
  const made = {
    events: eventsOf(graph, table),
    ...keptOf(graph, table),
    gradients: gradientsOf(graph, table),
  };
  remembered.set(graph, made);
  return made;
}

function eventsOf({ ops }: Graph, table: TensorTable): readonly number[] {
  const { accessed, starts, storages } = table;
  const dying = byLastUse(lastUses(ops, table), ops.length);
  const events: number[] = [];
  const alive = new Uint8Array(table.storageCount);
  const appear = (tensor: number): void => {
    const storage = storages[tensor] ?? -1;
    if (storage < 0 || alive[storage] === 1) return;
    alive[storage] = 1;
    events.push(storage);
  };
  for (const tensor of table.given) appear(tensor);
  for (let i = 0; i < ops.length; i++) {
    const end = starts[2 * i + 2] ?? 0;
    for (let at = starts[2 * i + 1] ?? 0; at < end; at++) appear(accessed[at] ?? 0);
    for (let storage = dying.first[i] ?? -1; storage >= 0; storage = dying.next[storage] ?? -1) {
      if (alive[storage] === 0) continue;
      alive[storage] = 0;
      events.push(-1 - storage);
    }
  }
  return events;
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
  const open: OpenCall[] = [];
  const around: ModuleCall[] = [];
  let call: ModuleCall | undefined;
  let at = 0;
  for (let i = 0; i < ops.length; i++) {
    const innermost = ops[i]?.site.call;
    if (innermost !== call) {
      call = innermost;
      around.length = 0;
      for (let each = innermost; each !== undefined; each = each.outer) around.push(each);
      enter(around, open, i, last);
    }
    const written = starts[2 * i + 1] ?? 0;
    const end = starts[2 * i + 2] ?? 0;
    for (; at < end; at++) {
      const storage = storages[accessed[at] ?? 0] ?? -1;
      if (storage < 0) continue;
      last[storage] = i;
      if (at < written) giveTo(open, storage, made[storage] ?? -1);
      else if (made[storage] === -1) made[storage] = i;
    }
  }
  while (open.length > 0) close(open.pop(), ops.length, last);
  for (const tensor of table.given) hold(storages[tensor] ?? -1, ops.length, last);
  for (const storage of table.returned) hold(storage, ops.length, last);
  return last;
}

function hold(storage: number, at: number, last: Int32Array): void {
  if (storage >= 0) last[storage] = at;
}

/** A call that has not returned, and the storages from outside of it that it uses, some of them more than once. */
interface OpenCall {
  readonly call: ModuleCall;
  readonly start: number;
  given: number[] | undefined;
}

/**
 * Calls that have returned before op `at` are closed, those that it is the first op of are opened.
 *
 * @param around those around the op, the innermost first
 */
function enter(around: readonly ModuleCall[], open: OpenCall[], at: number, last: Int32Array): void {
  const { length } = around;
  while (open.length > 0 && open[open.length - 1]?.call !== around[length - open.length])
    close(open.pop(), at, last);
  for (let i = length - 1 - open.length; i >= 0; i--) {
    const call = around[i];
    if (call !== undefined) open.push({ call, start: at, given: undefined });
  }
}

/** A storage that op `made` wrote first is given to the outermost call that began since. */
function giveTo(open: readonly OpenCall[], storage: number, made: number): void {
  for (let i = 0; i < open.length; i++) {
    const each = open[i];
    if (each === undefined || each.start <= made) continue;
    each.given ??= [];
    each.given.push(storage);
    return;
  }
}

function close(returned: OpenCall | undefined, next: number, last: Int32Array): void {
  for (const storage of returned?.given ?? none) last[storage] = Math.max(next - 1, last[storage] ?? 0);
}

const none: readonly number[] = [];

/** Kept from forward to backward; inside a checkpointed region only what enters it. */
function keptOf({ ops }: Graph, table: TensorTable): Pick<Liveness, "kept" | "regions"> {
  const { accessed, starts, storages } = table;
  const kept = emptyRegion(table);
  const regions = new Map<number, Region>();
  for (const [i, op] of ops.entries()) {
    const { checkpoint } = op.site;
    if (checkpoint === undefined) {
      keep(op, i, table, kept);
      continue;
    }
    const region = regions.get(checkpoint) ?? emptyRegion(table);
    regions.set(checkpoint, region);
    const written = starts[2 * i + 1] ?? 0;
    const end = starts[2 * i + 2] ?? 0;
    for (let at = starts[2 * i] ?? 0; at < end; at++) {
      const storage = storages[accessed[at] ?? 0] ?? -1;
      if (storage < 0) continue;
      if (at >= written) region.made[storage] = 1;
      else if (region.made[storage] === 0) kept.storages.add(storage);
    }
    keep(op, i, table, region);
  }
  return {
    kept: { storages: [...kept.storages], extras: kept.extras, growing: kept.growing },
    regions: [...regions.values()].map(({ storages: all, made, extras, growing }) => ({
      storages: [...all].filter((storage) => made[storage] === 1),
      extras,
      growing,
    })),
  };
}

interface Region {
  readonly storages: Set<number>;
  readonly extras: Dim[];
  readonly growing: Dim[];
  /** 1 for a storage that is written inside. */
  readonly made: Uint8Array;
}

const emptyRegion = ({ storageCount }: TensorTable): Region => ({
  storages: new Set(),
  extras: [],
  growing: [],
  made: new Uint8Array(storageCount),
});

function keep(op: OpRecord, index: number, table: TensorTable, into: Region): void {
  if (!needsGrad(op)) return;
  if (op.savedExtra !== 0) (keepsBySample(op) ? into.growing : into.extras).push(op.savedExtra);
  if (op.saved.length === 0) return;
  const end = table.starts[2 * index + 2] ?? 0;
  for (let at = table.starts[2 * index] ?? 0; at < end; at++) {
    const tensor = table.accessed[at] ?? 0;
    const storage = table.storages[tensor] ?? -1;
    if (storage >= 0 && op.saved.includes(table.refs[tensor]?.id ?? -1)) into.storages.add(storage);
  }
}

function needsGrad(op: OpRecord): boolean {
  for (const { meta } of op.inputs) if (meta.requiresGrad) return true;
  return false;
}

/** Its outputs and inputs at once. */
function gradientsOf({ ops }: Graph, { accessed, starts, refs }: TensorTable): readonly number[] {
  const all: number[] = [];
  for (const [i, op] of ops.entries()) {
    if (op.isView || !needsGrad(op)) continue;
    const written = starts[2 * i + 1] ?? 0;
    const end = starts[2 * i + 2] ?? 0;
    for (let at = starts[2 * i] ?? 0; at < end; at++) {
      const tensor = accessed[at] ?? 0;
      const meta = refs[tensor]?.meta;
      if (meta === undefined || !isFloatingOrComplex(meta.dtype)) continue;
      if (at >= written || (meta.requiresGrad && meta.role !== "parameter")) all.push(tensor);
    }
    all.push(-1);
  }
  return all;
}
