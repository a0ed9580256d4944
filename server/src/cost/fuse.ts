import type { Kernel } from "./kernel.ts";
import type { Access, Step } from "./lower.ts";

/**
 * What a compiler that fuses loops (TorchInductor) makes of the steps: products, convolutions and attention stay
 * calls into libraries; everything between two of them becomes one loop nest, whose intermediate tensors never
 * reach memory.
 *
 * The level of a step is the number of library calls on the longest path to it. A tensor that is read only by loops
 * of its own level is free; otherwise it is written once, and read once by each later level and by each library call.
 */
export function fusedKernels(steps: readonly Step[]): readonly Kernel[] {
  const values = valuesOf(steps);
  const kernels: Kernel[] = [];
  const nests = new Map<number, Nest>();
  for (const [i, step] of steps.entries()) {
    if (isCall(step)) {
      kernels.push(step);
      continue;
    }
    const level = values.levels[i] ?? 0;
    const nest = nests.get(level) ?? { first: step, flops: 0, bytes: 0, fixedBytes: 0, seen: new Set() };
    nests.set(level, nest);
    nest.flops += step.flops;
    addTraffic(nest, step, i, level, values);
  }
  for (const nest of nests.values())
    kernels.push({
      ...nest.first,
      class: "fused",
      flops: nest.flops,
      bytes: nest.bytes,
      fixedBytes: nest.fixedBytes,
    });
  return kernels;
}

interface Nest {
  readonly first: Step;
  flops: number;
  bytes: number;
  fixedBytes: number;
  /** Values that this nest has read already. */
  readonly seen: Set<Value>;
}

/** What a memory holds between two writes to it. */
interface Value {
  /** Level of the loops that made it; `undefined` when a call, or nothing in the graph, did. */
  readonly level: number | undefined;
  leaves: boolean;
  wasRead: boolean;
}

interface Values {
  readonly levels: readonly number[];
  readonly read: readonly (readonly Value[])[];
  readonly written: readonly (readonly Value[])[];
}

const isCall = (step: Step): boolean => step.macs > 0 || step.class === "attention";

/** Too long to be held on chip between the passes over it: its input has to be in memory. */
const readsTwice = (step: Step): boolean => step.class === "group-norm" || step.class === "pool";

function addTraffic(nest: Nest, step: Step, index: number, level: number, values: Values): void {
  const { seen } = nest;
  const scale = step.class === "gather" ? gatherShare(step) : 1;
  for (const [j, access] of step.reads.entries()) {
    const value = values.read[index]?.[j];
    if (value === undefined || seen.has(value) || (value.level === level && !value.leaves)) continue;
    seen.add(value);
    nest.bytes += access.bytes * scale;
    if (access.isFixed) nest.fixedBytes += access.bytes * scale;
  }
  for (const [j, access] of step.writes.entries()) {
    const value = values.written[index]?.[j];
    if (value?.leaves === true || value?.wasRead === false) {
      nest.bytes += access.bytes;
      if (access.isFixed) nest.fixedBytes += access.bytes;
    }
    if (value !== undefined && !readsTwice(step)) seen.add(value);
  }
}

/** A gather reads only the rows it takes. */
function gatherShare(step: Step): number {
  const whole = step.reads.reduce((sum: number, a: Access) => sum + a.bytes, 0);
  return whole === 0 ? 1 : Math.min(1, step.bytesRead / whole);
}

function valuesOf(steps: readonly Step[]): Values {
  const current = new Map<number, Value & { readonly at: number }>();
  const levels: number[] = [];
  const read: Value[][] = [];
  const written: Value[][] = [];
  for (const step of steps) {
    const inputs = step.reads.map((a) => current.get(a.key) ?? enter(a.key, current));
    const below = inputs.reduce((level, v) => Math.max(level, v.at), 0);
    const level = isCall(step) ? below + 1 : below;
    for (const value of inputs) {
      value.wasRead = true;
      if (isCall(step) || readsTwice(step) || value.level !== level) value.leaves = true;
    }
    const outputs = step.writes.map((a) => {
      const value = { level: isCall(step) ? undefined : level, at: level, leaves: false, wasRead: false };
      current.set(a.key, value);
      return value;
    });
    levels.push(level);
    read.push(inputs);
    written.push(outputs);
  }
  return { levels, read, written };
}

function enter(key: number, current: Map<number, Value & { readonly at: number }>): Value & { at: number } {
  const value = { level: undefined, at: 0, leaves: true, wasRead: false };
  current.set(key, value);
  return value;
}
