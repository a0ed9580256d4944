import { servingRows } from "./measured-serving.gen.ts";

/**
 * One line of the table: a language model as it was served, and what that took. Energy is that of the boards, per token
 * that was written, the prompt's share included.
 */
export type ServingRow = readonly [
  model: string,
  /** Id of the accelerator. */
  hardware: string,
  count: number,
  weightBytes: number,
  /** Sequences at once, on average. */
  batch: number,
  /** Positions behind a token on average, prompts as the calibration takes them. */
  context: number,
  joulesPerToken: number,
  tokensPerSecond: number,
  source: number,
];

const sources: readonly string[] = [
  "ML.ENERGY v3, vLLM of 2025: ml-energy/leaderboard@0cd52dab (Apache-2.0)",
  "ML.ENERGY v2, vLLM of 2024: ml-energy/leaderboard-v2@c3af7f31 (Apache-2.0)",
];

export interface ServingQuery {
  /** Name on the Hugging Face hub; case does not matter. */
  readonly model: string;
  readonly hardware: string;
  readonly count: number;
  readonly weightBytes: number;
  readonly batch: number;
  readonly context: number;
}

export interface MeasuredServing {
  readonly joulesPerToken: number;
  readonly tokensPerSecond: number;
  /** Joules per token of the lowest and the highest row, where several are of one configuration. */
  readonly low: number;
  readonly high: number;
  readonly rows: number;
  readonly source: string;
}

/** Batches and contexts are averages of a run: so far off they still are the one that is asked for. */
const nearBatch = 1.1;
const nearContext = 1.5;

/**
 * What was measured of exactly this: model, accelerator, how many of them, width of the weights, batch and context.
 * `undefined` where nothing was; a neighbor is no answer.
 */
export function measuredServing(
  query: ServingQuery,
  rows: readonly ServingRow[] = servingRows,
): MeasuredServing | undefined {
  const name = query.model.toLowerCase();
  const found = rows.filter(
    ([model, hardware, count, weightBytes, batch, context]) =>
      model.toLowerCase() === name &&
      hardware === query.hardware &&
      count === query.count &&
      weightBytes === query.weightBytes &&
      isWithin(batch, query.batch, nearBatch) &&
      isWithin(context, query.context, nearContext),
  );
  const newest = Math.min(...found.map((row) => row[8]));
  const used = found.filter((row) => row[8] === newest).sort((a, b) => a[6] - b[6]);
  const [first, middle, last] = [used[0], used[Math.floor(used.length / 2)], used.at(-1)];
  if (first === undefined || middle === undefined || last === undefined) return undefined;
  return {
    joulesPerToken: middle[6],
    tokensPerSecond: middle[7],
    low: first[6],
    high: last[6],
    rows: used.length,
    source: sources[newest] ?? "",
  };
}

const isWithin = (a: number, b: number, factor: number): boolean => Math.max(a / b, b / a) <= factor;
