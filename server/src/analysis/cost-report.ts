import type { Basis, Estimate, Unit } from "../base/fact.ts";
import type { Unknown } from "../base/known.ts";
import { costOf, type Scenario } from "../cost/estimate.ts";
import { type Precision, precisions } from "../cost/precision.ts";
import type { Scope } from "../cost/scope.ts";
import { evaluate } from "../graph/dim.ts";
import { memoryOf } from "../graph/memory.ts";
import { isKnownShape } from "../graph/tensor.ts";
import { findAccelerator } from "../hardware/find-accelerator.ts";
import { fitsOn } from "../hardware/fits-on.ts";
import { findGrid } from "../hardware/grid.ts";
import { pricesOf } from "../hardware/prices.ts";
import { pueOf } from "../hardware/pue.ts";
import type { ModelEstimate } from "../model/estimate-model.ts";
import { memoryMargin } from "./memory-report.ts";
import { type OptimizerChoice, standardOptimizer } from "./optimizer-choice.ts";

export const precisionChoices: readonly Precision[] = precisions;

/** Where and how the user runs the model, in the user's words. */
export interface CostRequest {
  readonly accelerator: string;
  readonly precision: Precision;
  readonly mode: Scenario["mode"];
  readonly compiled: boolean;
  readonly scope: Scope;
  readonly spot: boolean;
  /** A cloud region, a country or a state; without it no CO2e is told. */
  readonly region?: string | undefined;
}

/** A number with its 90 % interval; `value` is `null` where it is not known, and `assumptions` say why. */
export interface EstimateValue {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly unit: Unit;
  readonly basis: Basis;
  readonly assumptions: readonly string[];
}

export interface CostJson {
  readonly scenario: {
    readonly accelerator: string;
    readonly precision: Precision;
    readonly mode: Scenario["mode"];
    readonly compiled: boolean;
    readonly scope: Scope;
    /** First size of the first input: the inferences, or training samples, of one call. */
    readonly batch: number;
  };
  /** Seconds per batch. */
  readonly latency: EstimateValue;
  /** Joules per batch, in the scope. */
  readonly energy: EstimateValue;
  /** USD per million inferences or samples. */
  readonly costPerMillion: EstimateValue;
  /** gCO2e per million. */
  readonly co2ePerMillion: EstimateValue;
  /** Peak bytes on the accelerator. */
  readonly memory: EstimateValue & {
    readonly fits: "fits" | "tight" | "too-large";
    readonly available: number;
  };
}

export type Resolved =
  | { readonly kind: "scenario"; readonly scenario: Omit<Scenario, "samples">; readonly request: CostRequest }
  | { readonly kind: "error"; readonly message: string };

/** The tables' answer to a request; an unknown name comes back as a message that names the nearest one. */
export function resolveScenario(request: CostRequest): Resolved {
  const found = findAccelerator(request.accelerator);
  if (found.kind === "not-found")
    return failed(`no accelerator is called \`${request.accelerator}\``, found.didYouMean);
  const grid = request.region === undefined ? undefined : findGrid(request.region);
  if (grid?.kind === "not-found") return failed(`no region is called \`${request.region}\``, grid.didYouMean);
  const accelerator = found.value;
  const purchase = request.spot ? "spot" : "on-demand";
  const nearby = pricesOf(accelerator, { purchase, region: grid?.value.code });
  const price = nearby[0] ?? pricesOf(accelerator, { purchase })[0];
  return {
    kind: "scenario",
    request,
    scenario: {
      accelerator,
      precision: request.precision,
      mode: request.mode,
      optimizer: "adam",
      isCompiled: request.compiled,
      sizes: new Map(),
      scope: request.scope,
      pue: pueOf(price?.cloud, price?.region),
      price: price?.perAccelerator,
      grid: grid?.value,
    },
  };
}

function failed(what: string, nearest: string | undefined): Resolved {
  return { kind: "error", message: nearest === undefined ? what : `${what}; did you mean \`${nearest}\`?` };
}

export function costJson(
  estimate: ModelEstimate,
  resolved: Extract<Resolved, { readonly kind: "scenario" }>,
  optimizer: OptimizerChoice = standardOptimizer,
): CostJson {
  const { request } = resolved;
  const batch = batchOf(estimate);
  const scenario: Scenario = { ...resolved.scenario, samples: batch };
  const { graph } = estimate;
  const cost = costOf(graph, scenario);
  return {
    scenario: {
      accelerator: scenario.accelerator.id,
      precision: request.precision,
      mode: request.mode,
      compiled: request.compiled,
      scope: request.scope,
      batch,
    },
    latency: shown(cost.latency),
    energy: known(cost.energy, "J"),
    costPerMillion: known(cost.costPerMillion, "USD"),
    co2ePerMillion: known(cost.co2ePerMillion, "gCO2e"),
    memory: memoryJson(estimate, scenario, optimizer),
  };
}

function memoryJson(
  estimate: ModelEstimate,
  scenario: Scenario,
  optimizer: OptimizerChoice,
): CostJson["memory"] {
  const memory = memoryOf(estimate.graph, scenario.sizes, optimizer.state);
  const value = scenario.mode === "train" ? memory.trainingPeak : memory.inferencePeak;
  const high = value * memoryMargin;
  const { kind, available, assumptions } = fitsOn(scenario.accelerator, high);
  return {
    value,
    low: value,
    high,
    unit: "byte",
    basis: "computed",
    assumptions: ["dtypes as the code says", "peak of what is alive at once", ...assumptions],
    fits: kind,
    available,
  };
}

function batchOf(estimate: ModelEstimate): number {
  const shape = estimate.inputs[0]?.meta.shape;
  const first = shape !== undefined && isKnownShape(shape) ? shape[0] : undefined;
  return first === undefined ? 1 : (evaluate(first, new Map()) ?? 1);
}

const shown = ({ value, low, high, unit, basis, assumptions }: Estimate): EstimateValue => ({
  value,
  low,
  high,
  unit,
  basis,
  assumptions,
});

const known = (from: Estimate | Unknown, unit: Unit): EstimateValue =>
  "kind" in from
    ? { value: null, low: null, high: null, unit, basis: "computed", assumptions: [from.why] }
    : shown(from);
