import { type LedgerEntry, sharesByLevel } from "./ledger.ts";

/** What was spent, in total and by level. */
export interface SpendingSummary {
  readonly todayUsd: number;
  readonly totalUsd: number;
  readonly levels: readonly {
    readonly level: 1 | 2 | 3;
    readonly requests: number;
    /** Of all requests. */
    readonly percent: number;
    readonly usd: number;
  }[];
  /** Some entries are what their audit can have cost at most. */
  readonly isUpperBound: boolean;
}

/** @param day ISO date of today. */
export function spendingSummary(entries: readonly LedgerEntry[], day: string): SpendingSummary {
  const usdOf = (some: readonly LedgerEntry[]): number => some.reduce((sum, { usd }) => sum + usd, 0);
  return {
    todayUsd: usdOf(entries.filter(({ at }) => at.startsWith(day))),
    totalUsd: usdOf(entries),
    levels: [...sharesByLevel(entries)].map(([level, percent]) => {
      const own = entries.filter((entry) => entry.level === level);
      return { level, requests: own.length, percent, usd: usdOf(own) };
    }),
    isUpperBound: entries.some((entry) => entry.isUpperBound),
  };
}
