import * as z from "zod";

const entry = z.object({
  /** ISO date and time. */
  at: z.string(),
  level: z.literal([1, 2, 3]),
  task: z.string(),
  model: z.string().optional(),
  usd: z.number().min(0),
  /** The audit was cut off before the API said what it used: `usd` is what it can have cost at most. */
  isUpperBound: z.boolean(),
});

/** What was spent. The store keeps it as it is. */
export const ledgerFile = z.object({ version: z.literal(1), entries: z.array(entry) });

export type LedgerEntry = z.infer<typeof entry>;
export type LedgerFile = z.infer<typeof ledgerFile>;

export interface Caps {
  readonly perAuditUsd: number;
  readonly perDayUsd: number;
}

/** Money set aside for a request that is under way. */
export interface Reservation {
  readonly usd: number;
  /** Puts what was really spent in its place. */
  settle(entry: LedgerEntry): void;
}

export interface Ledger {
  readonly entries: readonly LedgerEntry[];
  /** `refused` says which cap would be passed and what to do. */
  reserve(
    usd: number,
    day: string,
  ):
    | { readonly kind: "reserved"; readonly reservation: Reservation }
    | { readonly kind: "refused"; readonly why: string };
  /** Level 1 costs nothing and counts all the same: the share of each level is part of the record. */
  note(entry: LedgerEntry): void;
}

/** @param save told the whole ledger after each change. */
export function createLedger(before: LedgerFile, caps: Caps, save: (file: LedgerFile) => void): Ledger {
  let entries: readonly LedgerEntry[] = before.entries;
  const open = new Map<object, { readonly usd: number; readonly day: string }>();
  const add = (added: LedgerEntry): void => {
    entries = [...entries, added];
    save({ version: 1, entries: [...entries] });
  };
  const spentOn = (day: string): number =>
    sum(entries.filter(({ at }) => at.startsWith(day)).map(({ usd }) => usd)) +
    sum([...open.values()].filter((each) => each.day === day).map(({ usd }) => usd));
  return {
    get entries() {
      return entries;
    },
    reserve(usd, day) {
      if (usd > caps.perAuditUsd)
        return {
          kind: "refused",
          why: `this audit can cost up to ${dollars(usd)} and the cap for one audit is ${dollars(caps.perAuditUsd)}. Select less, choose a lower level, or raise the cap.`,
        };
      const spent = spentOn(day);
      if (spent + usd > caps.perDayUsd)
        return {
          kind: "refused",
          why: `this audit can cost up to ${dollars(usd)}; ${dollars(spent)} of the ${dollars(caps.perDayUsd)} for today are spent or set aside. Wait until tomorrow, choose a lower level, or raise the cap.`,
        };
      const key = {};
      open.set(key, { usd, day });
      return {
        kind: "reserved",
        reservation: {
          usd,
          settle(settled) {
            if (open.delete(key)) add(settled);
          },
        },
      };
    },
    note: add,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

export const dollars = (usd: number): string => `$${usd < 0.1 ? usd.toFixed(4) : usd.toFixed(2)}`;

/** The share of requests that each level took, in percent. */
export function sharesByLevel(entries: readonly LedgerEntry[]): ReadonlyMap<1 | 2 | 3, number> {
  const share = (level: number): number =>
    entries.length === 0 ? 0 : (entries.filter((each) => each.level === level).length / entries.length) * 100;
  return new Map([
    [1, share(1)],
    [2, share(2)],
    [3, share(3)],
  ]);
}
