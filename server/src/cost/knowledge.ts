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

export const knowledge: readonly KnowledgeRow[] = bnbMeasurements.map(
  ({ method, gpu, model, billions, fp16, quantized }) => {
    const found = findAccelerator(gpu);
    return {
      pattern: patternOf[method],
      hardware: found.kind === "found" ? found.value.id : gpu,
      configuration: { model, billions, batch: 1 },
      before: fp16 / 1000,
      after: quantized / 1000,
      source,
    };
  },
);

export interface RatioQuery {
  readonly pattern: Pattern;
  readonly hardware: string;
  readonly billions: number;
}

/** Models whose size differs by no more than this factor say something about each other. */
const nearness = 1.5;
/** One run of one author: what another run of the same would differ by; and another board. */
const sameBoard = 1.15;
const otherBoard = 1.35;

/** What rows of that pattern and size say, those of the same hardware first; `undefined` when there are none. */
export function measuredRatio(
  query: RatioQuery,
  rows: readonly KnowledgeRow[] = knowledge,
): MeasuredRatio | undefined {
  const near = rows.filter(
    ({ pattern, configuration: { billions } }) =>
      pattern === query.pattern && Math.max(billions / query.billions, query.billions / billions) <= nearness,
  );
  const own = near.filter((row) => row.hardware === query.hardware);
  const used = own.length > 0 ? own : near;
  if (used.length === 0) return undefined;
  const logs = used.map((row) => Math.log(row.after / row.before));
  const margin = Math.log(own.length > 0 ? sameBoard : otherBoard);
  const models = [...new Set(used.map((row) => row.configuration.model))].join(", ");
  return {
    value: Math.exp(logs.reduce((sum, each) => sum + each, 0) / logs.length),
    low: Math.exp(Math.min(...logs) - margin),
    high: Math.exp(Math.max(...logs) + margin),
    source: `${models} on ${[...new Set(used.map((row) => row.hardware))].join(", ")}: ${used[0]?.source ?? source}`,
    rows: used.length,
  };
}
