import type { Fact } from "../base/fact.ts";
import type { Accelerator } from "../hardware/accelerator.ts";

/** Power of a busy board, as shares of its limit. */
export interface PowerCoefficients {
  readonly active: number;
  readonly compute: number;
  readonly memory: number;
}

export interface Use {
  /** Shares of the time at full rate and bandwidth. */
  readonly compute: number;
  readonly memory: number;
  /** Share of the time that any kernel runs. */
  readonly busy: number;
}

export interface BoardPower {
  readonly watts: number;
  readonly isAtLimit: boolean;
  readonly facts: readonly Fact[];
  readonly assumptions: readonly string[];
}

/** Of the limit, where no idle power is known: between those of A100 (15 %), H100 (10 %) and RTX 4090 (4 %). */
const idleShare = 0.1;

/**
 * Power of the board alone:
 *
 *   busy  = limit * min(1, active + compute * u_c + memory * u_m),   u_c and u_m while it is busy
 *   watts = idle + share of busy time * (busy - idle)
 *
 * `undefined` where the vendor states no limit.
 */
export function boardPower(accelerator: Accelerator, use: Use, c: PowerCoefficients): BoardPower | undefined {
  const { boardLimit, idle } = accelerator;
  if (boardLimit === undefined) return undefined;
  const idleWatts = idle?.value ?? idleShare * boardLimit.value;
  const busyTime = Math.min(1, Math.max(use.busy, 1e-9));
  const share = c.active + (c.compute * use.compute + c.memory * use.memory) / busyTime;
  const busyWatts = Math.max(idleWatts, boardLimit.value * Math.min(1, share));
  return {
    watts: idleWatts + busyTime * (busyWatts - idleWatts),
    isAtLimit: share >= 1 && busyTime > 0.95,
    facts: idle === undefined ? [boardLimit] : [boardLimit, idle],
    assumptions:
      idle === undefined
        ? [`idle power taken as ${idleShare * 100} % of the board limit: none is published`]
        : [],
  };
}
