import type { Estimate, Fact } from "../base/fact.ts";
import { combined, estimate, type Spread, scaled, spreadOf, spreadOfEstimate, within } from "./interval.ts";

/** What energy is counted of: the board, the node it sits in, all the building draws for it. */
export type Scope = "board" | "node" | "wall";

/**
 * Host power per accelerator. MLPerf wall power less the limits of boards that were not capped: L40S +97 W, A100 PCIe
 * +105 W, A30 +135 W, RTX 4090 +150 W.
 */
export const hostWatts = { value: 115, spread: within(1.7) } as const;

export interface ScopeInput {
  readonly scope: Scope;
  /** Accelerators that run, for the host's share. */
  readonly count: number;
  readonly pue: Fact | undefined;
  /** Accelerator and host are one chip, whose power has both, on somebody's desk. */
  readonly isOwnHost?: boolean;
}

/** Energy in a wider scope than the board's; never narrower. A wall without a known PUE, or without a data center, is left at the node. */
export function widened(board: Estimate, seconds: Estimate, input: ScopeInput): Estimate {
  if (input.scope === "board") return board;
  const node = input.isOwnHost === true ? withoutHost(board) : plusHost(board, seconds, input.count);
  if (input.scope === "node" || input.pue === undefined || input.isOwnHost === true) return node;
  return scaled(node, input.pue.value, spreadOf(input.pue), {
    unit: "J",
    assumptions: [`PUE ${input.pue.value}`],
    facts: [input.pue],
  });
}

const withoutHost = (board: Estimate): Estimate => ({
  ...board,
  assumptions: [
    ...board.assumptions,
    "host and accelerator are one chip, in no data center: nothing is added for a host or a building",
  ],
});

function plusHost(board: Estimate, seconds: Estimate, count: number): Estimate {
  const host = hostWatts.value * count * seconds.value;
  const value = board.value + host;
  const hostSpread: Spread = combined([spreadOfEstimate(seconds), hostWatts.spread]);
  const boardShare = value === 0 ? 1 : board.value / value;
  const boardSpread = spreadOfEstimate(board);
  const mixed: Spread = {
    below: boardShare * boardSpread.below + (1 - boardShare) * hostSpread.below,
    above: boardShare * boardSpread.above + (1 - boardShare) * hostSpread.above,
  };
  return estimate(value, mixed, {
    unit: "J",
    basis: board.basis,
    assumptions: [
      ...board.assumptions,
      `host at ${hostWatts.value} W per accelerator (68 to 196 W), from MLPerf wall power`,
    ],
    facts: board.facts,
  });
}
