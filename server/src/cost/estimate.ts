import type { Estimate, Fact } from "../base/fact.ts";
import { type Unknown, unknown } from "../base/known.ts";
import type { Graph } from "../graph/ir.ts";
import { type Accelerator, rateNames } from "../hardware/accelerator.ts";
import type { GridIntensity } from "../hardware/grid.ts";
import { gradientSeconds, shareOfBatch, splitsBatch, working } from "./batch-parallel.ts";
import type { Execution, TimeCalibration } from "./calibration.ts";
import { embodiedCarbon, operationalCarbon, totalCarbon } from "./carbon.ts";
import { calibration } from "./coefficients.gen.ts";
import { type Device, deviceOf } from "./device.ts";
import { type Doubt, doubtOf } from "./doubt.ts";
import { hostsDiffer, issueOf } from "./host-pace.ts";
import { combined, estimate, type Spread, scaled, spreadOfEstimate, within } from "./interval.ts";
import { classCode } from "./kernel.ts";
import { launchesOf } from "./launches.ts";
import { adjusted, factorFor, type LocalFactor } from "./local-factors.ts";
import { rent } from "./money.ts";
import { olderAttention } from "./older-attention.ts";
import {
  type OperationColumns,
  type OperationCost,
  operationColumns,
  operationsIn,
} from "./operation-cost.ts";
import type { Passes } from "./optimizer.ts";
import { boardPower } from "./power.ts";
import { eightBit, type Precision } from "./precision.ts";
import { type GraphTime, graphTime } from "./roofline.ts";
import { type Scope, widened } from "./scope.ts";
import type { Sizes } from "./sizes.ts";
import type { Kernels } from "./step-table.ts";
import { exchangeSeconds, splitKernels, withExchange } from "./tensor-parallel.ts";

/** Where and how a graph runs. */
export interface Scenario {
  readonly accelerator: Accelerator;
  readonly precision: Precision;
  readonly mode: "infer" | "train";
  /** Of a training step. */
  readonly optimizer: Passes;
  readonly isCompiled: boolean;
  readonly count: number;
  /** What several accelerators share: every product of the graph, which is what it means when left out, or the batch. */
  readonly parallel?: "tensor" | "batch";
  /** Inferences, or training samples, in one run of the graph: its batch. */
  readonly samples: number;
  readonly sizes: Sizes;
  readonly scope: Scope;
  readonly pue: Fact | undefined;
  /** USD per accelerator and hour. */
  readonly price: Fact | undefined;
  readonly grid: GridIntensity | undefined;
  /** From measurements of one's own. */
  readonly factors?: readonly LocalFactor[];
}

export interface GraphCost {
  /** Seconds per batch. */
  readonly latency: Estimate;
  /** Joules per batch, in the scenario's scope. */
  readonly energy: Estimate | Unknown;
  /** USD per million inferences or samples. */
  readonly costPerMillion: Estimate | Unknown;
  /** gCO2e per million, embodied share included. */
  readonly co2ePerMillion: Estimate | Unknown;
  readonly byOp: OperationColumns;
  /** By op, in graph order; ops without a launch of their own are not listed. Made when it is first asked for. */
  readonly operations: readonly OperationCost[];
}

/** Time, energy, money and carbon of one run of a graph. Pure: the same graph and scenario give the same numbers. */
export function costOf(graph: Graph, scenario: Scenario): GraphCost {
  const { accelerator } = scenario;
  const device = deviceOf(accelerator);
  const isBatch = splitsBatch(scenario);
  const part = isBatch ? shareOfBatch(graph, scenario) : graph;
  const launches = launchesOf(part, { ...scenario, isGpu: device.kind === "gpu" });
  const kernels = isBatch ? launches : splitKernels(launches, scenario.count);
  const execution = executionOf(device, scenario, kernels);
  const fitted = calibration.time[execution];
  const own = fitted.own[accelerator.id] ?? fitted.coefficients;
  const coefficients = { ...own, issue: issueOf(kernels, own.issue) };
  const alone = graphTime(kernels, device, coefficients);
  const exchange = isBatch ? gradientSeconds(graph, scenario) : exchangeSeconds(graph, scenario);
  const time = withExchange(alone, exchange);
  const doubt = doubtOf(accelerator.id, device, execution, kernels);
  const within90 = (residual: number): Estimate =>
    latencyOf(time, graph, kernels, scenario, device, execution, fitted, { ...doubt, time: residual });
  const computed = within90(doubt.time);
  const factorOf = (quantity: LocalFactor["quantity"]): LocalFactor | undefined =>
    factorFor(scenario.factors, accelerator.id, scenario.mode, quantity);
  const latency = adjusted(computed, factorOf("time"));
  // Where energy was measured, its factor holds for the energy that was computed with the computed time.
  const isOwn = factorOf("energy") === undefined && factorOf("time") !== undefined;
  const energy = isOwn
    ? energyOf(time, latency, scenario, doubt.measured)
    : energyOf(time, within90(doubt.base), scenario, doubt.power);
  const perMillion = 1e6 / scenario.samples;
  const byOp = operationColumns(time);
  let operations: readonly OperationCost[] | undefined;
  return {
    latency,
    energy,
    costPerMillion: moneyOf(latency, scenario, perMillion),
    co2ePerMillion: carbonOf(latency, energy, scenario, perMillion),
    byOp,
    get operations() {
      operations ??= operationsIn(byOp);
      return operations;
    },
  };
}

function executionOf(device: Device, scenario: Scenario, kernels: Kernels): Execution {
  if (device.kind === "cpu") return "cpu";
  if (!scenario.isCompiled && scenario.mode === "train" && scenario.precision.startsWith("amp"))
    return "gpu-train";
  const isHalf = scenario.precision === "as-written" ? isMostlyHalf(kernels) : scenario.precision !== "fp32";
  if (scenario.isCompiled) return isHalf ? "gpu-compiled" : "gpu-compiled-fp32";
  if (isHalf) return "gpu-eager";
  return scenario.mode === "train" ? "gpu-train-fp32" : "gpu-fp32";
}

/** By code of a rate. */
const isHalf = Uint8Array.from(rateNames, (rate) => (rate === "fp16" || rate === "bf16" ? 1 : 0));

/** Whether more of the products, or in a graph without any of the traffic, is in half precision than is not. */
function isMostlyHalf(kernels: Kernels): boolean {
  let [macs, bytes] = [0, 0];
  const { run } = kernels;
  for (let i = 0; i < (run?.kernels.length ?? kernels.length); i++) {
    const at = run?.kernels[i] ?? i;
    const sign = isHalf[kernels.rates[at] ?? 0] === 1 ? 1 : -1;
    macs += sign * (kernels.macs[at] ?? 0);
    bytes += sign * (kernels.bytes[at] ?? 0);
  }
  return macs === 0 ? bytes > 0 : macs > 0;
}

/** Coefficients of the compiled rows of an RTX 4090 predict its eager ones within x/÷ 1.17; a processor's libraries differ more. */
const otherExecution = 1.3;

function latencyOf(
  time: GraphTime,
  graph: Graph,
  kernels: Kernels,
  scenario: Scenario,
  device: Device,
  execution: Execution,
  fitted: TimeCalibration,
  { time: residual, assumption }: Doubt,
): Estimate {
  const isOther = execution === "cpu" && (!scenario.isCompiled || scenario.mode === "train");
  const isKnown = fitted.devices.includes(scenario.accelerator.id) && !isOther;
  const spreads: Spread[] = [{ below: residual, above: residual }];
  const assumptions = [...device.assumptions];
  if (device.kind === "other") spreads.push(within(2));
  if (isOther) {
    spreads.push(within(otherExecution));
    assumptions.push("processors were measured at inference, compiled: this way to run was not");
  }
  if (eightBit(scenario.precision) !== undefined) {
    spreads.push(within(1.4));
    assumptions.push("8-bit products take the 16-bit coefficients: they have not been calibrated");
  }
  if (time.hostBound) spreads.push(within(hostsDiffer));
  if (isRecurrent(kernels)) {
    spreads.push(within(2));
    assumptions.push("a time step of a recurrent layer takes 8 us: no measured row has such layers");
  }
  const slower = olderAttention(scenario.accelerator, kernels, time);
  if (slower > 1) {
    spreads.push({ below: 0, above: Math.log(slower) });
    assumptions.push(
      `no flash attention runs on ${scenario.accelerator.name}: its kernels may take five times as long`,
    );
  }
  if (scenario.count > 1) {
    spreads.push(within(1.4));
    assumptions.push(...sharing(scenario));
  }
  if (graph.unknowns.length > 0) {
    spreads.push({ below: 0, above: Math.log(1.5) });
    assumptions.push(`at least: ${graph.unknowns.length} operations are not counted`);
  }
  assumptions.push(
    `${execution} coefficients of ${fitted.rows} measured rows${fitted.devices.includes(scenario.accelerator.id) ? "" : `, none of them on ${scenario.accelerator.name}`}`,
  );
  if (assumption !== undefined) assumptions.push(assumption);
  if (time.hostBound)
    assumptions.push("issuing the launches takes longer than running them: the host sets the pace");
  return estimate(time.seconds, combined(spreads), {
    unit: "s",
    basis: isKnown ? "calibrated" : "computed",
    assumptions,
    facts: device.facts,
  });
}

const recurrent = classCode("recurrent");

const isRecurrent = ({ classes, length }: Kernels): boolean => {
  for (let i = 0; i < length; i++) if (classes[i] === recurrent) return true;
  return false;
};

function sharing(scenario: Scenario): readonly string[] {
  const { count, samples, mode } = scenario;
  const fitted = "as fitted on language models on H100";
  if (!splitsBatch(scenario))
    return [`${count} accelerators share every product; exchanges between them ${fitted}`];
  return [
    `${count} accelerators, each with the whole model and ${Math.ceil(samples / count)} of ${samples} samples`,
    ...(mode === "train" ? [`gradients are summed after the backward pass, exchanges ${fitted}`] : []),
    ...(samples < count ? [withoutSample(count - samples)] : []),
  ];
}

const withoutSample = (idle: number): string =>
  idle === 1
    ? "1 of them has no sample and counts in money alone"
    : `${idle} of them have no sample and count in money alone`;

function energyOf(time: GraphTime, latency: Estimate, scenario: Scenario, half: number): Estimate | Unknown {
  const { accelerator, scope, pue } = scenario;
  const busy = time.seconds === 0 ? 0 : time.busy / time.seconds;
  const use = { compute: time.computeUse, memory: time.memoryUse, busy };
  const power = boardPower(accelerator, use, calibration.power.coefficients);
  if (power === undefined) return unknown(`no board power of ${accelerator.name} is published`);
  const spread: Spread = power.isAtLimit
    ? { below: half, above: Math.min(half, Math.log(1.05)) }
    : { below: half, above: half };
  const boards = splitsBatch(scenario) ? working(scenario) : scenario.count;
  const board = scaled(latency, boards * power.watts, spread, {
    unit: "J",
    assumptions: [
      ...power.assumptions,
      `${boards > 1 ? `${boards} x ` : ""}${accelerator.name} at ${Math.round(power.watts)} W${power.isAtLimit ? ", at its limit while it works" : ""}`,
      scope === "board" ? "the board alone, without host and cooling" : `${scope} scope`,
    ],
    facts: power.facts,
  });
  const own = adjusted(board, factorFor(scenario.factors, accelerator.id, scenario.mode, "energy"));
  return widened(own, latency, {
    scope,
    count: boards,
    pue,
    isOwnHost: accelerator.kind === "soc",
  });
}

function moneyOf(latency: Estimate, scenario: Scenario, perMillion: number): Estimate | Unknown {
  const { price, accelerator } = scenario;
  if (price === undefined) return unknown(`no price of ${accelerator.name} is known`);
  return rent(multiplied(latency, perMillion), scenario.count, price);
}

function carbonOf(
  latency: Estimate,
  energy: Estimate | Unknown,
  scenario: Scenario,
  perMillion: number,
): Estimate | Unknown {
  if ("kind" in energy) return energy;
  if (scenario.grid === undefined) return unknown("no region or grid intensity is given");
  return totalCarbon(
    operationalCarbon(multiplied(energy, perMillion), scenario.grid),
    embodiedCarbon(multiplied(latency, perMillion), scenario.count),
  );
}

const multiplied = (of: Estimate, by: number): Estimate => estimate(of.value * by, spreadOfEstimate(of), of);
