import type { EngineModel, Figure } from "./engine.ts";

/** A number with a unit, as prose has it: `25.2 M parameters`, `40 %`, `3.1 mJ`, `2x faster`. */
const figure =
  /(?<![\w.])(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(?:([kKMGTmµμun])\s?)?(%|percent\b|joules?\b|J\b|kWh\b|Wh\b|seconds?\b|s\b|(?:G|M|T)?FLOPs?\b|MACs?\b|param(?:eter)?s?\b|million parameters\b|billion parameters\b|grams?\b|g\b|USD\b|dollars?\b|x\b|times\b|\u00d7)|(?<![\w.])\$\s?(\d+(?:\.\d+)?)/g;

const prefixes: Readonly<Record<string, number>> = {
  k: 1e3,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  m: 1e-3,
  µ: 1e-6,
  μ: 1e-6,
  u: 1e-6,
  n: 1e-9,
};

/** What the engine says of the models and of the saving: prose may name these. */
export interface Backing {
  readonly models: readonly EngineModel[];
  /** Percent, each with its interval. */
  readonly savings: readonly { readonly value: number; readonly low: number; readonly high: number }[];
}

interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Figures of the model's prose that the engine does not confirm, as they stand there, each once. */
export function unconfirmedFigures(prose: readonly string[], backing: Backing): readonly string[] {
  const known = intervalsOf(backing);
  const found = prose
    .flatMap((text) => [...text.matchAll(figure)])
    .flatMap((match) => {
      const [whole, digits, prefix, unit, dollars] = match;
      const sort = dollars === undefined ? sortOf(unit ?? "") : "USD";
      const scale = dollars === undefined ? (prefixes[prefix ?? ""] ?? 1) * scaleOf(unit ?? "") : 1;
      const value = Number((digits ?? dollars ?? "").replaceAll(",", "")) * scale;
      const isConfirmed = (known.get(sort) ?? []).some(({ low, high }) => value >= low && value <= high);
      return isConfirmed ? [] : [whole.trim()];
    });
  return [...new Set(found)];
}

function sortOf(unit: string): string {
  if (/^(?:%|percent)/.test(unit)) return "%";
  if (/^(?:J|joule|k?Wh)/.test(unit)) return "J";
  if (/^s/.test(unit)) return "s";
  if (/FLOP/.test(unit)) return "FLOP";
  if (/MAC/.test(unit)) return "MAC";
  if (/param/.test(unit)) return "parameters";
  if (/^g/.test(unit)) return "g";
  return /^(?:USD|dollar)/.test(unit) ? "USD" : "ratio";
}

function scaleOf(unit: string): number {
  if (unit.startsWith("billion")) return 1e9;
  if (unit.startsWith("million")) return 1e6;
  if (unit === "kWh") return 3.6e6;
  if (unit === "Wh") return 3600;
  return /^[GMT]FLOP/.test(unit) ? (prefixes[unit.slice(0, 1)] ?? 1) : 1;
}

/** Two figures of a number are right within half of the last: 3 % off at most counts as the same. */
const rounding = 0.03;

function intervalsOf({ models, savings }: Backing): ReadonlyMap<string, readonly Interval[]> {
  const around = (value: number | null): readonly Interval[] =>
    value === null ? [] : [{ low: value * (1 - rounding), high: value * (1 + rounding) }];
  const of = ({ low, high }: Figure): readonly Interval[] =>
    low === null || high === null ? [] : [{ low, high }];
  const each = (pick: (model: EngineModel) => readonly Interval[]): readonly Interval[] =>
    models.flatMap(pick);
  return new Map([
    [
      "%",
      [
        ...savings.map(({ low, high }) => ({ low, high })),
        ...each(({ breakdown }) => breakdown.flatMap(({ share }) => around(share * 100))),
      ],
    ],
    ["J", each(({ energy }) => of(energy))],
    ["s", each(({ latency }) => of(latency))],
    ["FLOP", each(({ flops }) => around(flops))],
    ["MAC", each(({ macs }) => around(macs))],
    ["parameters", each(({ parameters }) => around(parameters))],
    ["g", each(({ co2ePerMillion }) => of(co2ePerMillion))],
    ["USD", each(({ costPerMillion }) => of(costPerMillion))],
    ["ratio", savings.map(({ low, high }) => ({ low: 1 / (1 - low / 100), high: 1 / (1 - high / 100) }))],
  ]);
}
