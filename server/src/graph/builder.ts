import type { Unknown } from "../base/known.ts";
import { add, type Dim, type Partition, type Poly, printDim, product, symbol } from "./dim.ts";
import type { DType } from "./dtype.ts";
import type { Guard, GuardSink } from "./guard.ts";
import type { Attribute, Graph, GuardRecord, OpRecord, Site, StateRecord, Uncounted, Work } from "./ir.ts";
import {
  contiguousStrides,
  isKnownShape,
  positionsOf,
  refOf,
  type Shape,
  type Sparse,
  Storage,
  Tensor,
  type TensorMeta,
  type TensorRef,
} from "./tensor.ts";

export interface Emission {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly work: Work;
  readonly factors?: readonly number[] | undefined;
  readonly saved?: readonly Tensor[] | undefined;
  readonly savedExtra?: Dim | undefined;
  readonly isView?: boolean | undefined;
  readonly inPlace?: boolean | undefined;
  readonly attributes?: Readonly<Record<string, Attribute>> | undefined;
}

export interface NewTensor {
  readonly shape: Shape | Unknown;
  readonly dtype: DType;
  /** Row-major when left out. */
  readonly strides?: readonly Dim[] | undefined;
  readonly offset?: Dim;
  readonly device?: string;
  readonly requiresGrad?: boolean;
  readonly role?: TensorMeta["role"];
  readonly varies?: boolean;
  /** Shared by views; a new one when left out. */
  readonly storage?: Storage;
  /** Elements of a new storage in row-major order of `shape`, when known. */
  readonly data?: readonly number[] | undefined;
  /** How a new storage lies, when not densely. */
  readonly sparse?: Sparse | undefined;
  readonly producer?: number;
  readonly name?: string;
  readonly place?: TensorMeta["place"];
}

/** The elements in the order in which the strides lay them. */
function laidOut({ shape, strides, data }: NewTensor): readonly number[] | undefined {
  if (data === undefined || strides === undefined || !isKnownShape(shape)) return data;
  const at = positionsOf(shape, strides, 0);
  if (at === undefined || at.length !== data.length) return undefined;
  const placed = new Array<number>(data.length).fill(0);
  for (const [i, p] of at.entries()) placed[p] = data[i] ?? 0;
  return placed;
}

function sizeOf(shape: Shape | Unknown): number | undefined {
  const size = isKnownShape(shape) ? product(shape) : undefined;
  return typeof size === "number" ? size : undefined;
}

/** Dimensions of a tensor that none of torch's own has, and how many of them all such tensors may have together. */
const manyDimensions = 64;
const mostDimensions = 500_000;

/** Thrown when a limit on the number of ops is reached: the interpreter ends with a partial result. */
export class OpLimitReached extends Error {}

/** How many tensors, storages and ops there are so far: numbers from these on are new. */
export interface GraphIds {
  readonly tensors: number;
  readonly storages: number;
  readonly ops: number;
}

/** Collects what a run of the model does. One per run; `graph()` is what is left of it. */
export class GraphBuilder implements GuardSink {
  readonly #site: () => Site;
  readonly #maxOps: number;
  #ops: OpRecord[] = [];
  /** What ops have made or written so far; `undefined` after `startOver`. */
  #made: Set<Tensor> | undefined = new Set();
  readonly #unknowns: Uncounted[] = [];
  readonly #guards = new Map<string, GuardRecord>();
  #nextTensor = 0;
  #nextStorage = 0;
  #nextUnbacked = 0;
  #nextPartition = 0;
  #choiceCount = 0;
  readonly #choices = new WeakMap<object, Map<string, Partition>>();
  /** How many functions with a backward pass of their own are going on inside each other. */
  #ownBackward = 0;
  #occupied = 0;
  #events = 0;
  /** Dimensions of tensors that have many, in all. */
  #dimensions = 0;
  /** How many computations of the host are going on inside each other. */
  #onHost = 0;
  readonly #sizes = new WeakMap<Unknown, Poly>();

  constructor(site: () => Site, maxOps = 1_000_000) {
    this.#site = site;
    this.#maxOps = maxOps;
  }

  get opCount(): number {
    return this.#ops.length;
  }

  get ids(): GraphIds {
    return { tensors: this.#nextTensor, storages: this.#nextStorage, ops: this.#ops.length };
  }

  /** How often something was told beside ops: a doubt, a guard, a size that only the run knows. */
  get events(): number {
    return this.#events;
  }

  /** How many of these were totals of which only the run knows how much is chosen. */
  get choices(): number {
    return this.#choiceCount;
  }

  /** Whether the run splits some total over classes, or chooses out of it. */
  get isRouted(): boolean {
    return this.#nextPartition > 0 || this.#choiceCount > 0;
  }

  /** Ops from one on, up to but not including another. */
  between(from: number, to: number): readonly OpRecord[] {
    return this.#ops.slice(from, to);
  }

  /** To be told before ops so far are read: what comes of that is not told by what a call is given. */
  lookBack(): void {
    this.#events += 1;
  }

  /** The program says itself what the backward pass of what `body` does is. */
  withOwnBackward<T>(body: () => T): T {
    this.#ownBackward += 1;
    try {
      return body();
    } finally {
      this.#ownBackward -= 1;
    }
  }

  /** Leaves out ops from one on: what they computed did not happen. */
  takeBack(from: number): void {
    this.#ops.length = from;
  }

  mayHold(ops: number): boolean {
    return this.#ops.length + ops <= this.#maxOps;
  }

  /** Ops that are told by another run, as they would be told by this one: tensors and storages are theirs from now on. */
  append(ops: readonly OpRecord[], tensors: number, storages: number): void {
    for (const op of ops) this.#ops.push(op);
    this.#nextTensor += tensors;
    this.#nextStorage += storages;
  }

  /** To be told when a tensor takes the `producer` of another. */
  wrote(tensor: Tensor): void {
    this.#made?.add(tensor);
  }

  /** Until `startOver`: what happens only makes what the model runs on. */
  get isPreparing(): boolean {
    return this.#made !== undefined;
  }

  /** A tensor like another one that was made while preparing, with memory of its own. */
  copy({ meta }: Tensor): Tensor {
    const storage = meta.storage.copy(this.#nextStorage++);
    return new Tensor(this.#nextTensor++, { ...meta, storage, producer: undefined });
  }

  /** Leaves out the ops so far, which only made what the model runs on. To be called once. */
  startOver(): void {
    for (const tensor of this.#made ?? []) tensor.become({ producer: undefined });
    this.#made = undefined;
    this.#ops = [];
  }

  /** What `body` computes is computed by the host, as numpy does: its tensors are made, and no op is told. */
  onHost<T>(body: () => T): T {
    this.#onHost += 1;
    try {
      return body();
    } finally {
      this.#onHost -= 1;
    }
  }

  /** Id of the next op: give it as `producer` to the tensors that it will output. */
  get nextOp(): number {
    return this.#ops.length;
  }

  /** @throws OpLimitReached when tensors of very many dimensions have too many of them. */
  tensor(from: NewTensor): Tensor {
    if (isKnownShape(from.shape) && from.shape.length > manyDimensions) {
      this.#dimensions += from.shape.length;
      if (this.#dimensions > mostDimensions)
        throw new OpLimitReached(`tensors of more than ${mostDimensions} dimensions together`);
    }
    const strides = from.strides ?? (isKnownShape(from.shape) ? contiguousStrides(from.shape) : undefined);
    return new Tensor(this.#nextTensor++, {
      shape: from.shape,
      dtype: from.dtype,
      strides,
      offset: from.offset ?? 0,
      device: from.device ?? "cpu",
      requiresGrad: from.requiresGrad ?? false,
      role: from.role ?? "activation",
      varies: from.varies ?? false,
      storage:
        from.storage ?? new Storage(this.#nextStorage++, laidOut(from), sizeOf(from.shape), from.sparse),
      producer: this.#onHost > 0 ? undefined : from.producer,
      name: from.name,
      place: from.place,
    });
  }

  /** A size that only the run knows, `u0`: recorded as not counted, since all that depends on it is a lower bound. */
  unbacked(what: string, why: string): Poly {
    this.#events += 1;
    this.uncounted(what, why);
    return symbol(`u${this.#nextUnbacked++}`, undefined);
  }

  /** The size that comes of a whole number which only the run knows: the same one each time. */
  sizeOf(number: Unknown, what: string): Poly {
    const known = this.#sizes.get(number);
    if (known !== undefined) return known;
    const made = this.unbacked(what, number.why);
    this.#sizes.set(number, made);
    return made;
  }

  /** A total that the run splits over classes. */
  partition(classes: number, total: Dim): Partition {
    this.#events += 1;
    return { key: `r${this.#nextPartition++}`, classes, total };
  }

  /**
   * A total of which only the run knows how much is chosen: the first class. What depends on it is told at the end.
   * @param same the choice is the same wherever the same object makes it under that key
   */
  choice(
    total: Dim,
    what: string,
    why: string,
    same?: { readonly by: object; readonly key: string },
  ): Partition {
    const known = same === undefined ? undefined : this.#choices.get(same.by)?.get(same.key);
    if (known !== undefined) return known;
    this.#events += 1;
    this.#choiceCount += 1;
    const made = { key: `u${this.#nextUnbacked++}`, classes: 2, total, chosenBy: { what, why } };
    if (same !== undefined) {
      const others = this.#choices.get(same.by) ?? new Map<string, Partition>();
      this.#choices.set(same.by, others.set(same.key, made));
    }
    return made;
  }

  /** @throws OpLimitReached when so many more are too many. */
  expectOps(count: number): void {
    if (this.#onHost === 0 && !this.mayHold(count)) throw new OpLimitReached(`more than ${this.#maxOps} ops`);
  }

  emit(emission: Emission): OpRecord {
    this.expectOps(1);
    const record: OpRecord = {
      id: this.#ops.length,
      name: emission.name,
      inputs: emission.inputs.map(refOf),
      outputs: emission.outputs.map(refOf),
      work: emission.work,
      factors: emission.factors ?? [],
      saved: emission.saved?.map((t) => t.id) ?? [],
      savedExtra: emission.savedExtra ?? 0,
      isView: emission.isView ?? false,
      inPlace: emission.inPlace ?? false,
      attributes:
        this.#ownBackward > 0 ? { ...emission.attributes, ownBackward: true } : (emission.attributes ?? {}),
      site: this.#site(),
    };
    if (this.#onHost > 0) return record;
    this.#ops.push(record);
    if (this.#made !== undefined) for (const output of emission.outputs) this.#made.add(output);
    return record;
  }

  /** Bytes that ops from this one on write in place out of what varies, by storage. */
  writtenSince(op: number): ReadonlyMap<number, Dim> {
    const written = new Map<number, Dim>();
    for (const { inPlace, inputs, outputs, work } of this.#ops.slice(op)) {
      if (!inPlace || !inputs.some((t) => t.meta.varies)) continue;
      for (const { meta } of outputs)
        written.set(meta.storage.id, add(written.get(meta.storage.id) ?? 0, work.bytesWritten));
    }
    return written;
  }

  uncounted(what: string, why: string): void {
    this.#events += 1;
    const { place } = this.#site();
    const seen = this.#unknowns.some(
      (u) =>
        u.what === what &&
        u.why === why &&
        u.place?.span.start === place?.span.start &&
        u.place?.file === place?.file,
    );
    if (!seen) this.#unknowns.push({ what, why, place });
  }

  get occupied(): number {
    return this.#occupied;
  }

  occupy(): void {
    this.#events += 1;
    this.#occupied += 1;
  }

  guard(guard: Guard): void {
    this.#events += 1;
    const key = `${printDim(guard.left)} ${guard.relation} ${printDim(guard.right)}`;
    if (!this.#guards.has(key)) this.#guards.set(key, { ...guard, place: this.#site().place });
  }

  graph(state: readonly StateRecord[], inputs: readonly TensorRef[], outputs: readonly TensorRef[]): Graph {
    return {
      ops: this.#ops,
      parameters: state.filter((s) => s.role === "parameter"),
      buffers: state.filter((s) => s.role === "buffer"),
      inputs,
      outputs,
      unknowns: this.#unknowns,
      guards: [...this.#guards.values()],
    };
  }
}
