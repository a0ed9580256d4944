import type { GraphTime } from "./roofline.ts";

/** What sets the time of an op: arithmetic, memory traffic, or the overhead of launches. */
export type Bound = "compute" | "memory" | "overhead";

export interface OperationCost {
  /** Index into the graph's ops. */
  readonly op: number;
  readonly seconds: number;
  /** Of the whole time. */
  readonly share: number;
  readonly bound: Bound;
}

/** The costs of ops as columns, by index of the op. */
export interface OperationColumns {
  readonly seconds: Float64Array;
  readonly share: Float64Array;
  /** Index into `bounds`. */
  readonly bound: Uint8Array;
  /** 0 for ops without a launch of their own, which cost nothing. */
  readonly isLaunched: Uint8Array;
}

const bounds: readonly Bound[] = ["compute", "memory", "overhead"];

export function operationColumns({ byOp, busy }: GraphTime): OperationColumns {
  const { seconds, idealCompute, idealMemory, isLaunched } = byOp;
  const { length } = seconds;
  const share = new Float64Array(length);
  const bound = new Uint8Array(length);
  for (let op = 0; op < length; op++) {
    const taken = seconds[op] ?? 0;
    share[op] = busy === 0 ? 0 : taken / busy;
    bound[op] = boundOf(taken, idealCompute[op] ?? 0, idealMemory[op] ?? 0);
  }
  return { seconds, share, bound, isLaunched };
}

/** One by one, in graph order; ops without a launch are left out. */
export function operationsIn({
  seconds,
  share,
  bound,
  isLaunched,
}: OperationColumns): readonly OperationCost[] {
  const operations: OperationCost[] = [];
  for (let op = 0; op < seconds.length; op++) {
    if (isLaunched[op] === 0) continue;
    const set = bounds[bound[op] ?? 0] ?? "overhead";
    operations.push({ op, seconds: seconds[op] ?? 0, share: share[op] ?? 0, bound: set });
  }
  return operations;
}

/** Below this share of its time at full rate and bandwidth, an op waits for something else. */
const idleBelow = 0.1;

const boundOf = (seconds: number, compute: number, memory: number): number =>
  Math.max(compute, memory) < idleBelow * seconds ? 2 : compute > memory ? 0 : 1;
