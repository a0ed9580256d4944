import type { KernelClass } from "./kernel.ts";
import type { Step } from "./lower.ts";

/** Reads and writes per parameter of an optimizer's step, in units of the parameter's own bytes. */
export type Optimizer = "sgd" | "sgd-momentum" | "adam";

const optimizerPasses: Readonly<Record<Optimizer, number>> = {
  // Reads weight and gradient, writes weight; zeroing the gradient writes once more.
  sgd: 4,
  // The momentum is read and written as well.
  "sgd-momentum": 6,
  // Two moments.
  adam: 8,
};

/**
 * Traffic of a backward kernel by that of its forward one. Element-wise functions read the gradient and what was
 * saved and write one gradient; norms and softmax read both twice.
 */
const backwardTraffic: Readonly<Partial<Record<KernelClass, number>>> = {
  "batch-norm": 2.5,
  "layer-norm": 2.5,
  "group-norm": 2.5,
  softmax: 1.5,
  pointwise: 1.5,
  reduction: 1,
  pool: 1.5,
  copy: 1,
  cast: 1,
  gather: 2,
};

/**
 * A training step: forward, backward and the optimizer, if any. A product has two gradients, each with the multiply-accumulates
 * of the forward pass; a batch norm in training reads its input twice.
 *
 * @param again ids of ops in checkpointed regions, which run forward once more before their backward pass.
 */
export function trainingSteps(
  forward: readonly Step[],
  optimizer: Optimizer | undefined,
  again: ReadonlySet<number> = new Set(),
): readonly Step[] {
  const steps: Step[] = [];
  let parameterBytes = 0;
  const seen = new Set<number>();
  for (const step of forward) {
    steps.push(step.class === "batch-norm" ? scaled(step, 1.5) : step);
    for (const a of step.reads)
      if (a.isState && !seen.has(a.key)) {
        seen.add(a.key);
        parameterBytes += a.bytes;
      }
  }
  for (const step of forward.toReversed()) {
    if (again.has(step.op)) steps.push(step);
    steps.push(...backwardOf(step));
  }
  const last = forward.at(-1);
  if (last !== undefined && optimizer !== undefined && parameterBytes > 0)
    steps.push({
      ...last,
      class: "pointwise",
      macs: 0,
      rows: 0,
      columns: 0,
      inner: 0,
      batch: 0,
      flops: 0,
      bytes: parameterBytes * optimizerPasses[optimizer],
      fixedBytes: parameterBytes * optimizerPasses[optimizer],
      reads: [],
      writes: [],
      bytesRead: 0,
    });
  return steps;
}

function backwardOf(step: Step): readonly Step[] {
  const mirrored = { ...step, reads: step.writes, writes: step.reads };
  if (step.macs === 0) return [scaled(mirrored, backwardTraffic[step.class] ?? 1)];
  const { rows, columns, inner } = step;
  return [
    { ...mirrored, columns: inner, inner: columns },
    { ...mirrored, rows: inner, columns, inner: rows },
  ];
}

const scaled = (step: Step, by: number): Step => ({
  ...step,
  bytes: step.bytes * by,
  fixedBytes: step.fixedBytes * by,
  flops: step.flops * by,
});
