import type { KernelClass } from "./kernel.ts";
import type { Step } from "./lower.ts";

export type Optimizer = "sgd" | "sgd-momentum" | "adam";

/**
 * Passes over the memory of a parameter that the kernels of an optimizer make, launch by launch, zeroing the gradient
 * included. Source: `torch/optim`, the loops over parameters of `sgd` (Nesterov) and `adam`.
 */
const optimizerPasses: Readonly<Record<Optimizer, readonly number[]>> = {
  sgd: [1, 3],
  "sgd-momentum": [1, 2, 3, 3, 3],
  adam: [1, 3, 2, 4, 2, 2, 1, 4],
};

export interface TrainingOptions {
  /** `undefined`: forward and backward alone. */
  readonly optimizer: Optimizer | undefined;
  /** Whether one launch serves many parameters (`foreach`, the default on GPUs since torch 2.0). */
  readonly isForeach: boolean;
  /** Ids of ops in checkpointed regions, which run forward once more before their backward pass. */
  readonly again?: ReadonlySet<number>;
}

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
  "in-place": 1.5,
  reduction: 1,
  pool: 1.5,
  copy: 1,
  concatenation: 1,
  cast: 1,
  gather: 2,
};

/** Both factors have a gradient. */
const products: ReadonlySet<string> = new Set(["mul", "mul_", "div", "div_", "addcmul"]);

/** Their gradients are the one that came; where a tensor was used twice, two are added. */
const sums: ReadonlySet<string> = new Set(["add", "add_", "sub", "sub_"]);

/**
 * A training step: forward, backward and the optimizer. A product has up to two gradients, each with the
 * multiply-accumulates of the forward pass; a batch norm in training reads its input twice.
 */
export function trainingSteps(
  forward: readonly Step[],
  { optimizer, isForeach, again }: TrainingOptions,
): readonly Step[] {
  const steps: Step[] = [];
  const parameters = new Map<number, number>();
  for (const step of forward) {
    steps.push(step.class === "batch-norm" ? scaled(step, 1.5) : step);
    for (const a of step.reads) if (a.isState) parameters.set(a.key, a.bytes);
  }
  for (const step of forward.toReversed()) {
    if (again?.has(step.op) === true) steps.push(step);
    steps.push(...backwardOf(step));
  }
  const last = forward.at(-1);
  if (last === undefined || optimizer === undefined) return steps;
  const sizes = [...parameters.values()];
  const launches = isForeach ? [sizes.reduce((sum, bytes) => sum + bytes, 0)] : sizes;
  for (const passes of optimizerPasses[optimizer])
    for (const bytes of launches) steps.push(optimizerStep(last, passes * bytes));
  return steps;
}

const optimizerStep = (like: Step, bytes: number): Step => ({
  ...like,
  class: "pointwise",
  rate: "fp32",
  macs: 0,
  rows: 0,
  columns: 0,
  inner: 0,
  batch: 0,
  flops: 0,
  bytes,
  fixedBytes: bytes,
  serial: 0,
  reads: [],
  writes: [],
  bytesRead: 0,
});

function backwardOf(step: Step): readonly Step[] {
  const { gradients } = step;
  if (gradients === 0) return [];
  const mirrored = { ...step, reads: step.writes, writes: step.reads };
  if (step.macs === 0) return [scaled(mirrored, trafficOf(step))];
  const { rows, columns, inner } = step;
  const ofWeights = { ...mirrored, rows: inner, columns, inner: rows };
  return gradients === 1 ? [ofWeights] : [{ ...mirrored, columns: inner, inner: columns }, ofWeights];
}

function trafficOf(step: Step): number {
  if (sums.has(step.name)) return 1;
  if (products.has(step.name)) return step.gradients > 1 ? 2.2 : 1;
  return backwardTraffic[step.class] ?? 1;
}

const scaled = (step: Step, by: number): Step => ({
  ...step,
  bytes: step.bytes * by,
  fixedBytes: step.fixedBytes * by,
  flops: step.flops * by,
});
