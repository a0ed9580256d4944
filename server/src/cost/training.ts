import { rateCode } from "../hardware/accelerator.ts";
import { classCode, type KernelClass, kernelClasses } from "./kernel.ts";
import type { Passes } from "./optimizer.ts";
import { type Run, StepTable } from "./step-table.ts";

export interface Update {
  readonly passes: Passes;
  /** Bytes of each parameter that takes gradients. */
  readonly parameters: readonly number[];
  /** One launch serves all parameters. */
  readonly isForeach: boolean;
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

/** By code of a class. */
const trafficByClass = Float64Array.from(kernelClasses, (kind) => backwardTraffic[kind] ?? 1);

const batchNorm = classCode("batch-norm");
const pointwise = classCode("pointwise");
const fp32 = rateCode("fp32");

/** Both factors have a gradient. */
const products: ReadonlySet<string> = new Set(["mul", "mul_", "div", "div_", "addcmul"]);

/** Their gradients are the one that came; where a tensor was used twice, two are added. */
const sums: ReadonlySet<string> = new Set(["add", "add_", "sub", "sub_"]);

/**
 * Forward and backward. A product has up to two gradients, each with the multiply-accumulates of the forward pass; a batch norm in
 * training reads its input twice.
 *
 * @param again ids of ops in checkpointed regions, which run forward once more before their backward pass
 */
export function trainingSteps(forward: StepTable, again?: ReadonlySet<number>): StepTable {
  const steps = new StepTable(launchesIn(forward), forward);
  steps.addAll(forward);
  for (let i = 0; i < forward.length; i++) if (forward.classes[i] === batchNorm) scale(steps, i, 1.5);
  for (let i = forward.length - 1; i >= 0; i--) {
    if (again?.has(forward.ops[i] ?? -1) === true) steps.addLike(forward, i);
    addBackward(forward, i, steps);
  }
  return steps;
}

/** Adds what the optimizer launches, in the name of the last op. */
export function addUpdate(steps: StepTable, { passes, parameters, isForeach }: Update): void {
  if (steps.length === 0 || parameters.length === 0) return;
  let last = 0;
  for (let i = 0; i < steps.length; i++) last = Math.max(last, steps.ops[i] ?? 0);
  const launches = isForeach ? [parameters.reduce((sum, bytes) => sum + bytes, 0)] : parameters;
  for (const pass of passes)
    for (const bytes of launches) {
      const row = steps.add(last, "update", pointwise, fp32);
      steps.bytes[row] = pass * bytes;
      steps.fixedBytes[row] = pass * bytes;
    }
}

/** Forward and backward, and room for the optimizer's. */
function launchesIn(forward: StepTable): number {
  let count = forward.length + 16;
  for (let i = 0; i < forward.length; i++) count += backwardLaunches(forward, i);
  return count;
}

const backwardLaunches = ({ gradients, macs }: StepTable, i: number): number =>
  Math.min(macs[i] === 0 ? 1 : 2, gradients[i] ?? 0);

/**
 * The launches of a training step, in order, where steps of the forward pass repeat.
 *
 * @param forward each of its steps once
 * @param run of the forward pass
 * @param further launches of the optimizer
 * @returns by what `trainingSteps` makes of `forward`
 */
export function trainingRun(forward: StepTable, run: Run, again: ReadonlySet<number>, further: number): Run {
  const { length } = forward;
  const [starts, counts] = [new Int32Array(length), new Int32Array(length)];
  let end = length;
  for (let i = length - 1; i >= 0; i--) {
    const count = backwardLaunches(forward, i) + (again.has(forward.ops[i] ?? -1) ? 1 : 0);
    starts[i] = end;
    counts[i] = count;
    end += count;
  }
  let launches = run.kernels.length;
  for (let i = 0; i < run.kernels.length; i++) launches += counts[run.kernels[i] ?? 0] ?? 0;
  const [kernels, ops] = [new Int32Array(launches + further), new Int32Array(launches + further)];
  kernels.set(run.kernels);
  ops.set(run.ops);
  let [launch, last] = [run.kernels.length, 0];
  for (let i = run.kernels.length - 1; i >= 0; i--) {
    const step = run.kernels[i] ?? 0;
    const op = run.ops[i] ?? 0;
    last = Math.max(last, op);
    for (let at = 0; at < (counts[step] ?? 0); at++) {
      kernels[launch] = (starts[step] ?? 0) + at;
      ops[launch++] = op;
    }
  }
  for (let at = 0; at < further; at++) {
    kernels[launch] = end + at;
    ops[launch++] = last;
  }
  return { kernels, ops };
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
  // One product of all time steps.
  steps.serial[ofWeights] = 0;
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
  return trafficByClass[classes[i] ?? 0] ?? 1;
}

function scale({ bytes, fixedBytes, flops }: StepTable, row: number, by: number): void {
  bytes[row] = (bytes[row] ?? 0) * by;
  fixedBytes[row] = (fixedBytes[row] ?? 0) * by;
  flops[row] = (flops[row] ?? 0) * by;
}
