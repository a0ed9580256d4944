import { findAccelerator } from "../hardware/find-accelerator.ts";
import { type BnbMethod, bnbMeasurements } from "./bnb-energy.ts";
import type { MeasuredRatio } from "./optimizations/_optimization.ts";

/** What was changed between two measurements. */
export type Pattern = "bnb-int8" | "bnb-int8-threshold-0" | "bnb-nf4";

/** Energy with a pattern by energy without it, everything else being the same: one row of the knowledge base. */
export interface KnowledgeRow {
  readonly pattern: Pattern;
  /** Id of an accelerator, or what the source calls it where the table has none. */
  readonly hardware: string;
  readonly configuration: {
    readonly model: string;
    readonly billions: number;
    readonly batch: number;
  };
  /** J per token of the board, without and with the pattern. */
  readonly before: number;
  readonly after: number;
  readonly source: string;
}

const patternOf: Readonly<Record<BnbMethod, Pattern>> = {
  int8: "bnb-int8",
  "int8-threshold-0": "bnb-int8-threshold-0",
  nf4: "bnb-nf4",
};

const source =
  "hongping-zh/quant-energy (CC BY 4.0) and hongping-zh/ecocompute-ai (MIT), one author, not reviewed";

let made: readonly KnowledgeRow[] | undefined;

/** All rows; made when somebody asks, which most programs never do. */
export function knowledge(): readonly KnowledgeRow[] {
  made ??= bnbMeasurements.map(({ method, gpu, model, billions, fp16, quantized }) => {
    const found = findAccelerator(gpu);
    return {
      pattern: patternOf[method],
      hardware: found.kind === "found" ? found.value.id : gpu,
      configuration: { model, billions, batch: 1 },
      before: fp16 / 1000,
      after: quantized / 1000,
      source,
    };
  });
  return made;
}

export interface RatioQuery {
  readonly pattern: Pattern;
  readonly hardware: string;
  readonly billions: number;
}

/** A model this many times smaller or larger than any that was measured is not spoken of. */
const reach = 1.5;
/** Rows that the mean of a board counts as, before it has any of its own: none, so far from the line of all boards. */
const shrinkage = 1;
/** 90 % of a normal distribution, with some room for few rows. */
const z90 = 1.8;

/**
 * What rows of that pattern say of a model of that size: a line of the logarithm of the ratio over that of the size, through all
 * boards, moved by what the rows of the same board lie off it. `undefined` where no row is near.
 */
export function measuredRatio(
  query: RatioQuery,
  rows: readonly KnowledgeRow[] = knowledge(),
): MeasuredRatio | undefined {
  const used = rows.filter(({ pattern }) => pattern === query.pattern);
  const sizes = used.map(({ configuration }) => configuration.billions);
  if (used.length === 0) return undefined;
  if (query.billions < Math.min(...sizes) / reach || query.billions > Math.max(...sizes) * reach)
    return undefined;
  const points = used.map(({ hardware, configuration, before, after }) => ({
    hardware,
    x: Math.log(configuration.billions),
    y: Math.log(after / before),
  }));
  const line = lineThrough(points);
  const off = points.map(({ hardware, x, y }) => ({ hardware, by: y - line(x) }));
  const own = off.filter(({ hardware }) => hardware === query.hardware);
  const shift = own.reduce((sum, { by }) => sum + by, 0) / (own.length + shrinkage);
  const rest = off.map(({ hardware, by }) => (hardware === query.hardware ? by - shift : by));
  const scatter = Math.sqrt(rest.reduce((sum, by) => sum + by * by, 0) / Math.max(1, rest.length - 2));
  const center = line(Math.log(query.billions)) + shift;
  const half = z90 * scatter * Math.sqrt(1 + 1 / (own.length + shrinkage));
  const boards = [...new Set(used.map(({ hardware }) => hardware))];
  return {
    value: Math.exp(center),
    low: Math.exp(center - half),
    high: Math.exp(center + half),
    source: `${used.length} runs of models from ${Math.min(...sizes)} to ${Math.max(...sizes)} billion parameters on ${boards.join(", ")}; ${own.length} of them on this board. ${used[0]?.source ?? source}`,
    rows: used.length,
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Least squares; the mean where points are too few for a slope. */
function lineThrough(points: readonly Point[]): (x: number) => number {
  const mean = (of: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x0, y0] = [mean(({ x }) => x), mean(({ y }) => y)];
  const spread = points.reduce((sum, { x }) => sum + (x - x0) ** 2, 0);
  const slope =
    points.length < 5 || spread === 0
      ? 0
      : points.reduce((sum, { x, y }) => sum + (x - x0) * (y - y0), 0) / spread;
  return (x) => y0 + slope * (x - x0);
}
