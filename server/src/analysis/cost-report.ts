import { costOf, type Scenario } from "../cost/estimate.ts";
import { peakBytes, storedShare } from "../cost/peak-memory.ts";
import { eightBit } from "../cost/precision.ts";
import type { Graph } from "../graph/ir.ts";
import { fitsOn } from "../hardware/fits-on.ts";
import type { ModelEstimate } from "../model/estimate-model.ts";
import { costByLine, costByModule, type LineCost, type ModuleTime } from "./cost-parts.ts";
import type { Lines } from "./estimate-report.ts";
import { type EstimateValue, inCurrency, shownValue, timesValue, unknownValue } from "./estimate-value.ts";
import type { Fit } from "./memory-report.ts";
import { memoryMargin } from "./memory-report.ts";
import { type OptimizerChoice, standardOptimizer } from "./optimizer-choice.ts";
import type { CostRequest, Parallel, Scene } from "./scenario.ts";
import { batchOf, cacheOnEach, type Workload, workloadOf } from "./workload.ts";

/** What some work costs. */
export interface Bill {
  readonly energy: EstimateValue;
  readonly cost: EstimateValue;
  readonly co2e: EstimateValue;
}

/** Bytes, and whether they fit into those available. */
export type MemoryValue = EstimateValue & { readonly fits: Fit; readonly available: number };

export interface CostJson {
  readonly scenario: {
    readonly accelerator: string;
    readonly acceleratorName: string;
    readonly precision: CostRequest["precision"];
    readonly mode: CostRequest["mode"];
    readonly compiled: boolean;
    readonly scope: CostRequest["scope"];
    readonly spot: boolean;
    readonly region: string | null;
    readonly count: number;
    /** What several accelerators share. */
    readonly parallel: Parallel | null;
    /** Samples of one call; latency and energy are those of all of them. */
    readonly batch: number;
    /** Cached positions before the token that is decoded. */
    readonly context: number | null;
  };
  /** Seconds per batch. */
  readonly latency: EstimateValue;
  /** Joules per batch, in the scope. */
  readonly energy: EstimateValue;
  /** Money per million inferences, samples or, in decoding, tokens. */
  readonly costPerMillion: EstimateValue;
  /** gCO2e per million. */
  readonly co2ePerMillion: EstimateValue;
  /** Peak bytes on each accelerator. */
  readonly memory: MemoryValue | (EstimateValue & { readonly fits: null; readonly available: null });
  /** Of a language model: tokens read, or in decoding written. */
  readonly perThousandTokens: Bill | null;
  /** At the volume that was asked for. */
  readonly perMonth: (Bill & { readonly inferences: number }) | null;
  /** Of the steps that were asked for. */
  readonly trainingRun: (Bill & { readonly steps: number; readonly time: EstimateValue }) | null;
  readonly byLine: readonly LineCost[];
  readonly byModule: readonly ModuleTime[];
}

/** What a model costs in a scenario. Pure; nothing of the model is run again. */
export function costJson(
  estimate: ModelEstimate,
  scene: Scene,
  lines: Lines,
  optimizer: OptimizerChoice = standardOptimizer,
): CostJson {
  const { request, notes } = scene;
  const workload = workloadOf(estimate, request);
  const head = { ...headOf(scene), context: null };
  if (workload.kind === "unknown")
    return unknownCost({ ...head, batch: request.batch ?? batchOf(estimate) }, workload.why);
  const scenario: Scenario = {
    ...scene.scenario,
    optimizer: optimizer.passes,
    samples: workload.batch,
  };
  const cost = costOf(workload.graph, scenario);
  const money = inCurrency(shownValue(cost.costPerMillion, "USD"), request.currency);
  const noted = { ...money, assumptions: [...money.assumptions, ...notes] };
  const known: Known = {
    latency: withMore(shownValue(cost.latency, "s"), [
      ...workload.assumptions,
      ...(scenario.mode === "train" ? [`the optimizer: ${optimizer.assumption ?? optimizer.name}`] : []),
    ]),
    energy: withMore(shownValue(cost.energy, "J"), scene.pueNotes),
    costPerMillion: noted,
    co2ePerMillion: withMore(shownValue(cost.co2ePerMillion, "gCO2e"), [
      ...scene.pueNotes,
      ...scene.gridNotes,
    ]),
  };
  return {
    scenario: { ...head, batch: workload.batch, context: workload.context ?? null },
    ...known,
    memory: memoryValue(workload, scenario, optimizer),
    perThousandTokens: perThousand(known, workload),
    perMonth:
      request.volume === undefined
        ? null
        : { inferences: request.volume, ...billOf(known, workload.batch, request.volume) },
    trainingRun: trainingRun(known, workload, request),
    byLine: costByLine(workload.graph, cost, lines),
    byModule: costByModule(workload.graph, cost),
  };
}

type Known = Pick<CostJson, "latency" | "energy" | "costPerMillion" | "co2ePerMillion">;

const headOf = ({ scenario, request }: Scene): Omit<CostJson["scenario"], "batch" | "context"> => ({
  accelerator: scenario.accelerator.id,
  acceleratorName: scenario.accelerator.name,
  precision: request.precision,
  mode: request.mode,
  compiled: request.compiled,
  scope: request.scope,
  spot: request.spot,
  region: request.region ?? null,
  count: scenario.count,
  parallel: scenario.count > 1 ? (scenario.parallel ?? "tensor") : null,
});

/** What is not known has a reason, and rests on nothing. */
const withMore = (of: EstimateValue, more: readonly string[]): EstimateValue =>
  of.value === null ? of : { ...of, assumptions: [...of.assumptions, ...more] };

function unknownCost(scenario: CostJson["scenario"], why: string): CostJson {
  return {
    scenario,
    latency: unknownValue("s", why),
    energy: unknownValue("J", why),
    costPerMillion: unknownValue("USD", why),
    co2ePerMillion: unknownValue("gCO2e", why),
    memory: { ...unknownValue("byte", why), fits: null, available: null },
    perThousandTokens: null,
    perMonth: null,
    trainingRun: null,
    byLine: [],
    byModule: [],
  };
}

/** Of so many samples. */
const billOf = ({ energy, costPerMillion, co2ePerMillion }: Known, batch: number, samples: number): Bill => ({
  energy: timesValue(energy, samples / batch),
  cost: timesValue(costPerMillion, samples / 1e6),
  co2e: timesValue(co2ePerMillion, samples / 1e6),
});

function perThousand(known: Known, { tokens, batch }: Workload): Bill | null {
  return tokens === undefined ? null : billOf(known, batch, (1000 * batch) / tokens);
}

function trainingRun(
  known: Known,
  { tokens, batch }: Workload,
  request: CostRequest,
): CostJson["trainingRun"] {
  if (request.mode !== "train") return null;
  const { steps, epochs, samples } = request;
  const wanted =
    steps ??
    (request.tokens !== undefined && tokens !== undefined ? Math.ceil(request.tokens / tokens) : undefined) ??
    (epochs !== undefined && samples !== undefined ? epochs * Math.ceil(samples / batch) : undefined);
  return wanted === undefined
    ? null
    : { steps: wanted, time: timesValue(known.latency, wanted), ...billOf(known, batch, wanted * batch) };
}

function storedIn(graph: Graph, scenario: Scenario): string {
  const { precision } = scenario;
  if (eightBit(precision) !== undefined) return `weights of products in ${precision}, the rest in bfloat16`;
  return storedShare(graph, scenario) === 1 ? "dtypes as the code says" : `all of it in ${precision}`;
}

export function memoryValue(workload: Workload, scenario: Scenario, optimizer: OptimizerChoice): MemoryValue {
  const { graph } = workload;
  const cacheBytes = cacheOnEach(workload, scenario);
  const peak = (of: Graph): number => peakBytes(of, scenario, { optimizer: optimizer.state, cacheBytes });
  const value = peak(graph);
  const isAutocast = scenario.precision.startsWith("amp");
  // Before anything runs: weights, what is trained on them, and inputs, which autocast leaves as they are.
  const kept = isAutocast ? peak({ ...graph, ops: [] }) : value;
  const high = value * memoryMargin;
  const { kind, available, assumptions } = fitsOn(scenario.accelerator, high);
  return {
    value,
    low: kept + (value - kept) / 2,
    high,
    unit: "byte",
    basis: "computed",
    assumptions: [
      isAutocast
        ? "dtypes as the code says; autocast halves some of what a run keeps, all of it at the lower end"
        : storedIn(graph, scenario),
      "peak of what is alive at once",
      ...(workload.cacheBytes > 0 ? ["keys and values of the whole context included"] : []),
      ...assumptions,
    ],
    fits: kind,
    available,
  };
}
