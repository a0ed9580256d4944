import { type Access, type Step, type StepTable, stepsOf, tableOf } from "./step-table.ts";
import { isCall, sumsPlanes, type Value, valuesOf } from "./stored-values.ts";

/**
 * What a compiler that fuses loops (TorchInductor) makes of the steps: products, convolutions and attention stay
 * calls into libraries; everything between two of them becomes one loop nest, whose intermediate tensors never
 * reach memory. A nest that sums over more than a row is one of its own kind: it reads with strides.
 */
export function fusedKernels(steps: StepTable): StepTable {
  const plain = stepsOf(steps).flatMap(withStatistics);
  const values = valuesOf(plain);
  const kernels: Step[] = [];
  const nests = new Map<number, Nest>();
  for (const [i, step] of plain.entries()) {
    if (isCall(step)) {
      kernels.push(step);
      continue;
    }
    if (!values.isNeeded[i]) continue;
    const level = values.levels[i] ?? 0;
    const nest = nests.get(level) ?? {
      first: step,
      flops: 0,
      bytes: 0,
      fixedBytes: 0,
      sums: false,
      seen: new Set(),
    };
    nests.set(level, nest);
    nest.flops += step.flops;
    nest.sums ||= sumsPlanes(step);
    addTraffic(nest, step, level, values.read[i] ?? [], values.written[i] ?? []);
  }
  for (const nest of nests.values())
    kernels.push({
      ...nest.first,
      class: nest.sums ? "fused-sums" : "fused",
      flops: nest.flops,
      bytes: nest.bytes,
      fixedBytes: nest.fixedBytes,
    });
  return tableOf(kernels);
}

interface Nest {
  readonly first: Step;
  flops: number;
  bytes: number;
  fixedBytes: number;
  sums: boolean;
  /** Values that this nest has read already. */
  readonly seen: Set<Value>;
}

/** A norm over more than rows is two passes: sums, and what is done with them. */
function withStatistics(step: Step, index: number): readonly Step[] {
  if (step.class !== "group-norm") return [step];
  const sums: Access = { key: statisticsKey - index, bytes: 0, isState: false, isFixed: false };
  return [
    {
      ...step,
      class: "reduction",
      isRowWise: false,
      flops: 0,
      reads: step.reads.slice(0, 1),
      writes: [sums],
    },
    { ...step, class: "pointwise", reads: [...step.reads, sums] },
  ];
}

/** Keys below those that `lower` gives. */
const statisticsKey = -1e9;

function addTraffic(
  nest: Nest,
  step: Step,
  level: number,
  inputs: readonly Value[],
  outputs: readonly Value[],
): void {
  const scale = step.class === "gather" ? gatherShare(step) : 1;
  for (const value of inputs) {
    if (value.level === level) continue;
    for (const source of value.isStored ? [value] : value.sources) {
      if (nest.seen.has(source)) continue;
      nest.seen.add(source);
      nest.bytes += source.bytes * scale;
      if (source.isFixed) nest.fixedBytes += source.bytes * scale;
    }
  }
  for (const value of outputs)
    if (value.isStored) {
      nest.bytes += value.bytes;
      if (value.isFixed) nest.fixedBytes += value.bytes;
    }
}

/** A gather reads only the rows it takes. */
function gatherShare(step: Step): number {
  const whole = step.reads.reduce((sum: number, a: Access) => sum + a.bytes, 0);
  return whole === 0 ? 1 : Math.min(1, step.bytesRead / whole);
}
