import type { Decision, Levels } from "../analysis/gate-config.ts";
import { amount } from "../base/amount.ts";
import type { Quantity, Reason } from "./gate-result.ts";

/** How budgets are held against intervals and against what is not known. */
export interface Rules {
  readonly decide: Decision;
  /** What comes of a figure, or a model, that is not known in full. */
  readonly incomplete: "warn" | "block" | "allow";
}

interface Exceeded {
  readonly level: Reason["level"];
  readonly limit: number;
  readonly why: (unit: string) => string;
}

/** Whether a quantity exceeds its limits: at most one answer, the graver one. */
export function decideOn(
  levels: Levels<number> | undefined,
  value: Quantity,
  { decide, incomplete }: Rules,
): readonly Exceeded[] {
  const [block, warn] = [levels?.block, levels?.warn];
  const limit = block ?? warn;
  if (limit === undefined) return [];
  if (value.value === null || value.low === null || value.high === null) {
    const why = (unit: string): string =>
      `it cannot be held against the limit of ${amount(limit, unit)} (${value.why ?? "unknown"}).`;
    return incomplete === "allow" ? [] : [{ level: incomplete, limit, why }];
  }
  if (block !== undefined) {
    const how = exceeds(value, block, decide);
    if (how !== undefined) return [{ level: how.surely ? "block" : "warn", limit: block, why: how.why }];
  }
  if (warn === undefined) return [];
  const how = exceeds(value, warn, decide);
  return how === undefined ? [] : [{ level: "warn", limit: warn, why: how.why }];
}

interface How {
  readonly surely: boolean;
  readonly why: (unit: string) => string;
}

function exceeds({ value, low, high, atLeast }: Quantity, limit: number, decide: Decision): How | undefined {
  const over = (end: number | null, words: string, surely = true): How | undefined =>
    end !== null && end > limit
      ? {
          surely,
          why: (unit) =>
            `${words} above the limit of ${amount(limit, unit)}.${atLeast ? " Something was not counted: the figure is a lower bound." : ""}`,
        }
      : undefined;
  switch (decide) {
    case "interval":
      return (
        over(low, "even the lower end of the interval is") ??
        over(high, "the upper end of the interval is", false)
      );
    case "lower":
      return over(low, "the lower end of the interval, which decides, is");
    case "value":
      return over(value, "the best estimate, which decides, is");
    case "upper":
      return over(high, "the upper end of the interval, which decides, is");
  }
}
