import { rateCode, rateNames } from "../hardware/accelerator.ts";
import { classCode, type Kernel, kernelClasses } from "./kernel.ts";
import { StepTable } from "./step-table.ts";

/** A tensor that a step reads or writes. `key` is one for all views of a memory. */
export interface Access {
  readonly key: number;
  readonly bytes: number;
  /** The same for any batch. */
  readonly isFixed: boolean;
}

/** An op, or a cast before it, with every size a number and every dtype what the precision makes of it. */
export interface Step extends Kernel {
  /** torch's name of the op. */
  readonly name: string;
  /** Inputs, at most two, that have a gradient: weights and what is computed from weights. */
  readonly gradients: number;
  /** A reduction over the last dimension alone. */
  readonly isRowWise: boolean;
  readonly reads: readonly Access[];
  readonly writes: readonly Access[];
  /** Of its traffic, what it reads: less than its tensors for a gather. */
  readonly bytesRead: number;
}

/** Step `i` as an object, for what looks at single ones. */
function stepAt(table: StepTable, i: number, accesses: readonly Access[]): Step {
  const of = (from: Int32Array, to: Int32Array): readonly Access[] =>
    [...table.links.subarray(from[i], to[i])].flatMap((at) => accesses[at] ?? []);
  return {
    op: table.ops[i] ?? 0,
    name: table.names[i] ?? "",
    gradients: table.gradients[i] ?? 0,
    isRowWise: table.isRowWise[i] === 1,
    class: kernelClasses[table.classes[i] ?? 0] ?? "pointwise",
    rate: rateNames[table.rates[i] ?? 0] ?? "fp32",
    macs: table.macs[i] ?? 0,
    flops: table.flops[i] ?? 0,
    bytes: table.bytes[i] ?? 0,
    fixedBytes: table.fixedBytes[i] ?? 0,
    rows: table.rows[i] ?? 0,
    columns: table.columns[i] ?? 0,
    inner: table.inner[i] ?? 0,
    batch: table.batch[i] ?? 0,
    window: table.window[i] ?? 1,
    channelsFirst: table.channelsFirst[i] === 1,
    serial: table.serial[i] ?? 0,
    reads: of(table.readFrom, table.readTo),
    writes: of(table.writeFrom, table.writeTo),
    bytesRead: table.bytesRead[i] ?? 0,
  };
}

export function stepsOf(table: StepTable): readonly Step[] {
  const { keys, bytes, isFixed, length } = table.accesses;
  const accesses = Array.from({ length }, (_, i) => ({
    key: keys[i] ?? 0,
    bytes: bytes[i] ?? 0,
    isFixed: isFixed[i] === 1,
  }));
  return Array.from({ length: table.length }, (_, i) => stepAt(table, i, accesses));
}

/** One access for each object. */
export function tableOf(steps: readonly Step[]): StepTable {
  const table = new StepTable(steps.length);
  const numbers = new Map<Access, number>();
  const numbersOf = (all: readonly Access[]): readonly number[] =>
    all.map((each) => {
      const known = numbers.get(each) ?? table.accesses.add(each.key, each.bytes, each.isFixed);
      numbers.set(each, known);
      return known;
    });
  for (const step of steps) {
    const row = table.add(step.op, step.name, classCode(step.class), rateCode(step.rate));
    table.macs[row] = step.macs;
    table.flops[row] = step.flops;
    table.bytes[row] = step.bytes;
    table.fixedBytes[row] = step.fixedBytes;
    table.rows[row] = step.rows;
    table.columns[row] = step.columns;
    table.inner[row] = step.inner;
    table.batch[row] = step.batch;
    table.window[row] = step.window;
    table.channelsFirst[row] = step.channelsFirst ? 1 : 0;
    table.serial[row] = step.serial;
    table.gradients[row] = step.gradients;
    table.isRowWise[row] = step.isRowWise ? 1 : 0;
    table.bytesRead[row] = step.bytesRead;
    table.setReads(row, numbersOf(step.reads));
    table.setWrites(row, numbersOf(step.writes));
  }
  return table;
}
