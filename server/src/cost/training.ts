import type { KernelClass } from "./kernel.ts";
import { StepTable } from "./step-table.ts";

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
  forward: StepTable,
  { optimizer, isForeach, again }: TrainingOptions,
): StepTable {
  const steps = new StepTable(launchesIn(forward), forward);
  steps.addAll(forward);
  for (let i = 0; i < forward.length; i++) if (forward.classes[i] === "batch-norm") scale(steps, i, 1.5);
  for (let i = forward.length - 1; i >= 0; i--) {
    if (again?.has(forward.ops[i] ?? -1) === true) steps.addLike(forward, i);
    addBackward(forward, i, steps);
  }
  const last = forward.length - 1;
  if (last < 0 || optimizer === undefined) return steps;
  const sizes = parameterBytes(forward);
  const launches = isForeach ? [sizes.reduce((sum, bytes) => sum + bytes, 0)] : sizes;
  for (const passes of optimizerPasses[optimizer])
    for (const bytes of launches) addOptimizerStep(steps, forward, last, passes * bytes);
  return steps;
}

/** Forward and backward, and room for the optimizer's. */
function launchesIn({ length, gradients, macs }: StepTable): number {
  let count = length + 16;
  for (let i = 0; i < length; i++)
    count += macs[i] === 0 ? Math.min(1, gradients[i] ?? 0) : (gradients[i] ?? 0);
  return count;
}

/** Of each memory that is the model's own, as it was read last. */
function parameterBytes({ length, links, readFrom, readTo, accesses }: StepTable): readonly number[] {
  const bytes = new Map<number, number>();
  for (let i = 0; i < length; i++)
    for (let at = readFrom[i] ?? 0, end = readTo[i] ?? 0; at < end; at++) {
      const access = links[at] ?? 0;
      if (accesses.isState[access] === 1) bytes.set(accesses.keys[access] ?? 0, accesses.bytes[access] ?? 0);
    }
  return [...bytes.values()];
}

function addOptimizerStep(steps: StepTable, forward: StepTable, last: number, bytes: number): void {
  const row = steps.add(forward.ops[last] ?? 0, forward.names[last] ?? "", "pointwise", "fp32");
  steps.gradients[row] = forward.gradients[last] ?? 0;
  steps.isRowWise[row] = forward.isRowWise[last] ?? 0;
  steps.window[row] = forward.window[last] ?? 1;
  steps.channelsFirst[row] = forward.channelsFirst[last] ?? 0;
  steps.bytes[row] = bytes;
  steps.fixedBytes[row] = bytes;
}

function addBackward(forward: StepTable, i: number, steps: StepTable): void {
  const gradients = forward.gradients[i] ?? 0;
  if (gradients === 0) return;
  if (forward.macs[i] === 0) {
    scale(steps, addMirrored(steps, forward, i), trafficOf(forward, i));
    return;
  }
  const [rows, columns, inner] = [forward.rows[i] ?? 0, forward.columns[i] ?? 0, forward.inner[i] ?? 0];
  if (gradients > 1) {
    const ofInputs = addMirrored(steps, forward, i);
    steps.columns[ofInputs] = inner;
    steps.inner[ofInputs] = columns;
  }
  const ofWeights = addMirrored(steps, forward, i);
  steps.rows[ofWeights] = inner;
  steps.inner[ofWeights] = rows;
}

/** Reads what the other one writes, and the other way round. */
function addMirrored(steps: StepTable, forward: StepTable, i: number): number {
  const row = steps.addLike(forward, i);
  steps.readFrom[row] = forward.writeFrom[i] ?? 0;
  steps.readTo[row] = forward.writeTo[i] ?? 0;
  steps.writeFrom[row] = forward.readFrom[i] ?? 0;
  steps.writeTo[row] = forward.readTo[i] ?? 0;
  return row;
}

function trafficOf({ names, gradients, classes }: StepTable, i: number): number {
  const name = names[i] ?? "";
  if (sums.has(name)) return 1;
  if (products.has(name)) return (gradients[i] ?? 0) > 1 ? 2.2 : 1;
  return backwardTraffic[classes[i] ?? "pointwise"] ?? 1;
}

function scale({ bytes, fixedBytes, flops }: StepTable, row: number, by: number): void {
  bytes[row] = (bytes[row] ?? 0) * by;
  fixedBytes[row] = (fixedBytes[row] ?? 0) * by;
  flops[row] = (flops[row] ?? 0) * by;
}
