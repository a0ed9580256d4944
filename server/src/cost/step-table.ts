import { moved } from "../graph/columns.ts";

/** Accesses as columns. */
export class AccessTable {
  length = 0;
  keys: Int32Array;
  bytes: Float64Array;
  isFixed: Uint8Array;
  /** Whose memory it is, as an index into the table of tensors, and bytes by those of that tensor; -1 where `add` is not told. */
  tensors: Int32Array;
  widths: Float64Array;

  constructor(capacity: number) {
    const size = Math.max(16, Math.ceil(capacity));
    this.keys = new Int32Array(size);
    this.bytes = new Float64Array(size);
    this.isFixed = new Uint8Array(size);
    this.tensors = new Int32Array(size);
    this.widths = new Float64Array(size);
  }

  add(key: number, bytes: number, isFixed: boolean, tensor = -1, width = 1): number {
    const index = this.length++;
    if (index === this.keys.length) this.#grow(2 * index);
    this.keys[index] = key;
    this.bytes[index] = bytes;
    this.isFixed[index] = isFixed ? 1 : 0;
    this.tensors[index] = tensor;
    this.widths[index] = width;
    return index;
  }

  #grow(size: number): void {
    this.keys = moved(this.keys, new Int32Array(size));
    this.bytes = moved(this.bytes, new Float64Array(size));
    this.isFixed = moved(this.isFixed, new Uint8Array(size));
    this.tensors = moved(this.tensors, new Int32Array(size));
    this.widths = moved(this.widths, new Float64Array(size));
  }
}

/** Launches in order: the kernel of each, and the op that it is charged to. */
export interface Run {
  readonly kernels: Int32Array;
  readonly ops: Int32Array;
}

/** Kernels in the order of the run, as columns: entry `i` of each is one of `length`. What they say is told by `Kernel`. */
export interface Kernels {
  readonly length: number;
  /** Kernels that repeat are listed once. Each is launched once, in order, when left out. */
  readonly run: Run | undefined;
  /** By code, as `kernel.ts` and the rates of accelerators number them. */
  readonly classes: Uint8Array;
  readonly rates: Uint8Array;
  readonly macs: Float64Array;
  readonly flops: Float64Array;
  readonly bytes: Float64Array;
  readonly fixedBytes: Float64Array;
  readonly rows: Float64Array;
  readonly columns: Float64Array;
  readonly inner: Float64Array;
  readonly batch: Float64Array;
  readonly window: Float64Array;
  readonly channelsFirst: Uint8Array;
  readonly serial: Float64Array;
  readonly ops: Int32Array;
}

/** The numbers of so many steps, in one piece of memory. */
function slab(size: number) {
  const [floats, integers, small] = [11, 6, 6];
  const buffer = new ArrayBuffer(size * (8 * floats + 4 * integers + small));
  const float = (i: number): Float64Array => new Float64Array(buffer, 8 * size * i, size);
  const integer = (i: number): Int32Array => new Int32Array(buffer, size * (8 * floats + 4 * i), size);
  const tiny = (i: number): Uint8Array =>
    new Uint8Array(buffer, size * (8 * floats + 4 * integers + i), size);
  return {
    macs: float(0),
    flops: float(1),
    bytes: float(2),
    fixedBytes: float(3),
    rows: float(4),
    columns: float(5),
    inner: float(6),
    batch: float(7),
    window: float(8),
    serial: float(9),
    bytesRead: float(10),
    ops: integer(0),
    readFrom: integer(1),
    readTo: integer(2),
    writeFrom: integer(3),
    writeTo: integer(4),
    sources: integer(5),
    channelsFirst: tiny(0),
    gradients: tiny(1),
    isRowWise: tiny(2),
    origins: tiny(3),
    classes: tiny(4),
    rates: tiny(5),
  };
}

/** Steps as columns that grow. A table that is made from another one shares its accesses, and its steps' lists of them hold here too. */
export class StepTable implements Kernels {
  length = 0;
  run: Run | undefined = undefined;
  names: string[];
  classes: Uint8Array;
  rates: Uint8Array;
  macs: Float64Array;
  flops: Float64Array;
  bytes: Float64Array;
  fixedBytes: Float64Array;
  rows: Float64Array;
  columns: Float64Array;
  inner: Float64Array;
  batch: Float64Array;
  window: Float64Array;
  channelsFirst: Uint8Array;
  serial: Float64Array;
  ops: Int32Array;
  /** Places of the ops in their graph, and what the steps are to them, as `origins.ts` numbers it. */
  sources: Int32Array;
  origins: Uint8Array;
  gradients: Uint8Array;
  isRowWise: Uint8Array;
  bytesRead: Float64Array;
  /** What step `i` reads is the accesses `links[readFrom[i]]` to before `links[readTo[i]]`; the same of what it writes. */
  readFrom: Int32Array;
  readTo: Int32Array;
  writeFrom: Int32Array;
  writeTo: Int32Array;
  links: Int32Array;
  readonly accesses: AccessTable;
  #linked: number;

  /** @param accesses so many of its own, or those of the table that it is made from */
  constructor(capacity: number, accesses: number | StepTable = 2 * capacity) {
    const size = Math.max(16, Math.ceil(capacity));
    const made = slab(size);
    this.names = new Array<string>(size);
    this.classes = made.classes;
    this.rates = made.rates;
    this.macs = made.macs;
    this.flops = made.flops;
    this.bytes = made.bytes;
    this.fixedBytes = made.fixedBytes;
    this.rows = made.rows;
    this.columns = made.columns;
    this.inner = made.inner;
    this.batch = made.batch;
    this.window = made.window;
    this.serial = made.serial;
    this.bytesRead = made.bytesRead;
    this.ops = made.ops;
    this.readFrom = made.readFrom;
    this.readTo = made.readTo;
    this.writeFrom = made.writeFrom;
    this.writeTo = made.writeTo;
    this.channelsFirst = made.channelsFirst;
    this.gradients = made.gradients;
    this.isRowWise = made.isRowWise;
    this.sources = made.sources;
    this.origins = made.origins;
    if (typeof accesses === "number") {
      this.links = new Int32Array(2 * accesses);
      this.accesses = new AccessTable(accesses);
      this.#linked = 0;
    } else {
      this.links = accesses.links.slice();
      this.accesses = accesses.accesses;
      this.#linked = accesses.#linked;
    }
  }

  /** A step without work, traffic, product or accesses; its number. */
  add(op: number, name: string, kind: number, rate: number): number {
    const row = this.length++;
    if (row === this.macs.length) this.#grow(Math.ceil(1.5 * row));
    this.ops[row] = op;
    this.names[row] = name;
    this.classes[row] = kind;
    this.rates[row] = rate;
    this.window[row] = 1;
    return row;
  }

  /** Another step like that of a table which this one was made from, or of this one. */
  addLike(of: StepTable, at: number): number {
    const row = this.add(of.ops[at] ?? 0, of.names[at] ?? "", of.classes[at] ?? 0, of.rates[at] ?? 0);
    this.macs[row] = of.macs[at] ?? 0;
    this.flops[row] = of.flops[at] ?? 0;
    this.bytes[row] = of.bytes[at] ?? 0;
    this.fixedBytes[row] = of.fixedBytes[at] ?? 0;
    this.rows[row] = of.rows[at] ?? 0;
    this.columns[row] = of.columns[at] ?? 0;
    this.inner[row] = of.inner[at] ?? 0;
    this.batch[row] = of.batch[at] ?? 0;
    this.window[row] = of.window[at] ?? 1;
    this.channelsFirst[row] = of.channelsFirst[at] ?? 0;
    this.serial[row] = of.serial[at] ?? 0;
    this.gradients[row] = of.gradients[at] ?? 0;
    this.isRowWise[row] = of.isRowWise[at] ?? 0;
    this.bytesRead[row] = of.bytesRead[at] ?? 0;
    this.readFrom[row] = of.readFrom[at] ?? 0;
    this.readTo[row] = of.readTo[at] ?? 0;
    this.writeFrom[row] = of.writeFrom[at] ?? 0;
    this.writeTo[row] = of.writeTo[at] ?? 0;
    return row;
  }

  /** All steps of the table which this one was made from, as its first. */
  addAll(of: StepTable): void {
    const { length } = of;
    while (length > this.macs.length) this.#grow(2 * this.macs.length);
    const first = <C extends Float64Array | Int32Array | Uint8Array>(column: C) => column.subarray(0, length);
    this.classes.set(first(of.classes));
    this.rates.set(first(of.rates));
    this.macs.set(first(of.macs));
    this.flops.set(first(of.flops));
    this.bytes.set(first(of.bytes));
    this.fixedBytes.set(first(of.fixedBytes));
    this.rows.set(first(of.rows));
    this.columns.set(first(of.columns));
    this.inner.set(first(of.inner));
    this.batch.set(first(of.batch));
    this.window.set(first(of.window));
    this.serial.set(first(of.serial));
    this.bytesRead.set(first(of.bytesRead));
    this.ops.set(first(of.ops));
    this.readFrom.set(first(of.readFrom));
    this.readTo.set(first(of.readTo));
    this.writeFrom.set(first(of.writeFrom));
    this.writeTo.set(first(of.writeTo));
    this.channelsFirst.set(first(of.channelsFirst));
    this.gradients.set(first(of.gradients));
    this.isRowWise.set(first(of.isRowWise));
    for (let i = 0; i < length; i++) this.names[i] = of.names[i] ?? "";
    this.length = length;
  }

  setOrigin(row: number, source: number, origin: number): void {
    this.sources[row] = source;
    this.origins[row] = origin;
  }

  /** Reads and writes nothing that is told. */
  unlink(row: number): void {
    this.readTo[row] = this.readFrom[row] ?? 0;
    this.writeTo[row] = this.writeFrom[row] ?? 0;
  }

  /** @param count the first so many of them */
  setReads(row: number, accesses: readonly number[], count = accesses.length): void {
    this.readFrom[row] = this.#linked;
    this.readTo[row] = this.#link(accesses, count);
  }

  setWrites(row: number, accesses: readonly number[], count = accesses.length): void {
    this.writeFrom[row] = this.#linked;
    this.writeTo[row] = this.#link(accesses, count);
  }

  #link(accesses: readonly number[], count: number): number {
    const end = this.#linked + count;
    if (end > this.links.length) this.links = moved(this.links, new Int32Array(2 * end));
    for (let i = 0; i < count; i++) this.links[this.#linked++] = accesses[i] ?? 0;
    return end;
  }

  #grow(size: number): void {
    const made = slab(size);
    this.classes = moved(this.classes, made.classes);
    this.rates = moved(this.rates, made.rates);
    this.macs = moved(this.macs, made.macs);
    this.flops = moved(this.flops, made.flops);
    this.bytes = moved(this.bytes, made.bytes);
    this.fixedBytes = moved(this.fixedBytes, made.fixedBytes);
    this.rows = moved(this.rows, made.rows);
    this.columns = moved(this.columns, made.columns);
    this.inner = moved(this.inner, made.inner);
    this.batch = moved(this.batch, made.batch);
    this.window = moved(this.window, made.window);
    this.serial = moved(this.serial, made.serial);
    this.bytesRead = moved(this.bytesRead, made.bytesRead);
    this.ops = moved(this.ops, made.ops);
    this.readFrom = moved(this.readFrom, made.readFrom);
    this.readTo = moved(this.readTo, made.readTo);
    this.writeFrom = moved(this.writeFrom, made.writeFrom);
    this.writeTo = moved(this.writeTo, made.writeTo);
    this.channelsFirst = moved(this.channelsFirst, made.channelsFirst);
    this.gradients = moved(this.gradients, made.gradients);
    this.isRowWise = moved(this.isRowWise, made.isRowWise);
    this.sources = moved(this.sources, made.sources);
    this.origins = moved(this.origins, made.origins);
  }
}
