import { deviceOf } from "../../src/cost/device.ts";
import {
  type LanguageModel,
  type Serving,
  type ServingCoefficients,
  type ServingCost,
  servingCost,
} from "../../src/cost/serving.ts";
import { findAccelerator } from "../../src/hardware/find-accelerator.ts";
import { type CsvRow, cell, readCsv, requiredNumber } from "../csv.ts";
import { leastSquares, type Parameter } from "./least-squares.ts";
import { softL1 } from "./robust.ts";

const dir = "server/data/calibration";

export interface ServingRow {
  readonly family: string;
  readonly model: LanguageModel;
  readonly serving: Serving;
  readonly accelerator: string;
  readonly joulesPerToken: number;
  readonly watts: number;
  readonly tokensPerSecond: number;
}

/** Of the tasks of ML.ENERGY, which states output tokens only: typical prompts, images and frames included. */
export const promptTokens: Readonly<Record<string, number>> = {
  chat: 200,
  code: 180,
  gpqa: 250,
  "lm-arena-chat": 100,
  "sourcegraph-fim": 1800,
  "image-chat": 650,
  "video-chat": 1600,
};

/** ML.ENERGY v3, of 2025; or v2, of 2024, under an older vLLM, with the same models on two generations. */
export function readServingRows(
  file: "llm-serving" | "llm-serving-2024" = "llm-serving",
): readonly ServingRow[] {
  const architectures = new Map(
    readCsv(`${dir}/llm-architectures.csv`).map((row) => [cell(row, "model"), row] as const),
  );
  return readCsv(`${dir}/${file}.csv`).map((row) => {
    const architecture = architectures.get(cell(row, "model"));
    if (architecture === undefined) throw new Error(`no architecture of ${cell(row, "model")}`);
    const prompt = promptTokens[cell(row, "task")];
    if (prompt === undefined) throw new Error(`no prompt length of ${cell(row, "task")}`);
    return {
      family: cell(architecture, "family"),
      model: languageModel(architecture),
      serving: {
        count: requiredNumber(row, "count"),
        split: splitOf(cell(row, "split")),
        batch: requiredNumber(row, "batch"),
        promptTokens: prompt,
        outputTokens: requiredNumber(row, "output_tokens"),
        weightBytes: requiredNumber(row, "weight_bytes"),
        cacheBytes: 2,
      },
      accelerator: cell(row, "accelerator"),
      joulesPerToken: requiredNumber(row, "joules_per_token"),
      watts: requiredNumber(row, "watts"),
      tokensPerSecond: requiredNumber(row, "tokens_per_s"),
    };
  });
}

const languageModel = (row: CsvRow): LanguageModel => ({
  layers: requiredNumber(row, "layers"),
  attentionLayers: requiredNumber(row, "attention_layers"),
  hidden: requiredNumber(row, "hidden"),
  keyValueHeads: requiredNumber(row, "kv_heads"),
  headSize: requiredNumber(row, "head_size"),
  parameters: requiredNumber(row, "parameters_b") * 1e9,
  activeParameters: requiredNumber(row, "active_parameters_b") * 1e9,
  experts: requiredNumber(row, "experts"),
  activeExperts: requiredNumber(row, "active_experts"),
  isStateSpace: requiredNumber(row, "state_space") === 1,
});

function splitOf(text: string): Serving["split"] {
  if (text === "tensor" || text === "expert" || text === "none") return text;
  throw new Error(`${text} is no way to split a model`);
}

const names: readonly (keyof ServingCoefficients)[] = [
  "compute",
  "weights",
  "expertWeights",
  "cache",
  "expert8Bit",
  "layer",
  "tensorSplit",
  "expertSplit",
  "sequence",
  "exchange",
  "state",
  "powerActive",
  "powerCompute",
  "powerMemory",
];

const starts: ServingCoefficients = {
  compute: 0.5,
  weights: 0.75,
  expertWeights: 0.6,
  cache: 0.6,
  expert8Bit: 0.8,
  layer: 20e-6,
  tensorSplit: 15e-6,
  expertSplit: 30e-6,
  sequence: 40e-6,
  exchange: 2e-11,
  state: 1e-6,
  powerActive: 0.3,
  powerCompute: 0.5,
  powerMemory: 0.4,
};

const parameters: readonly Parameter[] = names.map((name) => ({ name, start: starts[name], spread: 2 }));

export function fitServing(rows: readonly ServingRow[]): ServingCoefficients {
  const costs = rows.map(costOf);
  const fit = leastSquares(parameters, (values) => {
    const c = coefficientsOf(values);
    const residuals = new Float64Array(2 * rows.length);
    for (const [i, row] of rows.entries()) {
      const cost = costs[i]?.(c);
      if (cost === undefined) continue;
      residuals[2 * i] = softL1(Math.log(row.tokensPerSecond / cost.tokensPerSecond), 0.15);
      residuals[2 * i + 1] = softL1(1.5 * Math.log(cost.watts / row.watts), 0.15);
    }
    return residuals;
  });
  return coefficientsOf(fit.values);
}

/** The model's answer for a row, as a function of the coefficients. */
export function costOf(row: ServingRow): (c: ServingCoefficients) => ServingCost {
  const found = findAccelerator(row.accelerator);
  if (found.kind !== "found" || found.value.boardLimit === undefined)
    throw new Error(`no board limit of ${row.accelerator}`);
  const [device, limit] = [deviceOf(found.value), found.value.boardLimit.value];
  return (c) => servingCost(row.model, row.serving, device, limit, c);
}

function coefficientsOf(values: readonly number[]): ServingCoefficients {
  const result = { ...starts };
  for (const [i, name] of names.entries()) result[name] = values[i] ?? starts[name];
  return result;
}

export interface HeldOut {
  readonly row: ServingRow;
  readonly cost: ServingCost;
}

/** Every row as a fit without its group sees it. */
export function leaveGroupOut(
  rows: readonly ServingRow[],
  groupOf: (row: ServingRow) => string,
): readonly HeldOut[] {
  const groups = [...new Set(rows.map(groupOf))].sort();
  return groups.flatMap((group) => {
    const c = fitServing(rows.filter((r) => groupOf(r) !== group));
    return rows.filter((r) => groupOf(r) === group).map((row) => ({ row, cost: costOf(row)(c) }));
  });
}
