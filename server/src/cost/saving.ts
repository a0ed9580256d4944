import type { Estimate } from "../base/fact.ts";
import { type Unknown, unknown } from "../base/known.ts";
import type { Graph } from "../graph/ir.ts";
import { calibration } from "./coefficients.gen.ts";
import { costOf, type GraphCost, type Scenario } from "./estimate.ts";
import type { Change, MeasuredRatio, Optimization } from "./optimizations/_optimization.ts";

/** Energy that a change saves, with its 90 % interval; negative numbers cost. */
export interface Saving {
  readonly kind: "saving";
  /** Joules per inference, or per training sample, in the scenario's scope. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly unit: "J";
  /** Of the energy before. */
  readonly percent: number;
  readonly percentLow: number;
  readonly percentHigh: number;
  readonly basis: Estimate["basis"];
  readonly assumptions: readonly string[];
}

/**
 * What an optimization saves on a graph in a scenario. Unknown, with the reason, where it does not apply or energy
 * is not known.
 */
export function savingOf(optimization: Optimization, graph: Graph, scenario: Scenario): Saving | Unknown {
  const change = optimization.apply(graph, scenario);
  if (change.kind === "not-applicable") return unknown(change.why);
  return savingBetween({ graph, scenario, cost: costOf(graph, scenario) }, afterOf(change), change);
}

/** A graph in a scenario with what it costs. */
export interface Costed {
  readonly graph: Graph;
  readonly scenario: Scenario;
  readonly cost: GraphCost;
}

/** What the changed graph costs in its scenario. */
export const afterOf = ({ graph, scenario }: Extract<Change, { readonly kind: "changed" }>): Costed => ({
  graph,
  scenario,
  cost: costOf(graph, scenario),
});

/**
 * The saving between two costs of one model on one device.
 *
 * What both runs have in common errs the same way and cancels in the ratio. Of the parts that differ each errs by itself
 * with the residual of the time model, and the ratio of powers with that of the power model, in proportion to its logarithm.
 */
export function savingBetween(
  before: Costed,
  after: Costed,
  { measured, assumptions }: { readonly measured?: MeasuredRatio; readonly assumptions: readonly string[] },
): Saving | Unknown {
  const [old, now] = [before.cost.energy, after.cost.energy];
  if ("kind" in old) return old;
  if ("kind" in now) return now;
  const perSample = 1 / before.scenario.samples;
  const energy = old.value * perSample;
  if (!(energy > 0)) return unknown("no energy was counted");
  const computed = computedRatio(before, after, old, now);
  const ratio = measured === undefined ? computed : onTop(measured, computed);
  // What was measured was compared with 16 bits: from a model in 32 the way there is computed.
  const isMeasured = measured !== undefined && Math.abs(computed.value - 1) < 1e-3;
  const percent = (r: number): number => 100 * (1 - r);
  const scale = { below: 1 - old.low / old.value, above: old.high / old.value - 1 };
  const value = energy * (1 - ratio.value);
  const bound = (r: number, by: number): number =>
    Math.sign(r - ratio.value) * Math.hypot(energy * (r - ratio.value), value * by);
  return {
    kind: "saving",
    value,
    low: value - bound(ratio.high, scale.below),
    high: value - bound(ratio.low, scale.above),
    unit: "J",
    percent: percent(ratio.value),
    percentLow: percent(ratio.high),
    percentHigh: percent(ratio.low),
    basis: isMeasured ? "measured" : "computed",
    assumptions: measured === undefined ? assumptions : [...assumptions, `measured: ${measured.source}`],
  };
}

/** The product of two ratios that err independently. */
function onTop(measured: Ratio, computed: Ratio): Ratio {
  const value = measured.value * computed.value;
  const off = (bound: keyof Ratio): number =>
    Math.hypot(Math.log(measured[bound] / measured.value), Math.log(computed[bound] / computed.value));
  return { value, low: value * Math.exp(-off("low")), high: value * Math.exp(off("high")) };
}

/** Energy per sample after by before. */
export interface Ratio {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

function computedRatio(before: Costed, after: Costed, old: Estimate, now: Estimate): Ratio {
  const value = now.value / after.scenario.samples / (old.value / before.scenario.samples);
  const watts = now.value / after.cost.latency.value / (old.value / before.cost.latency.value);
  const spread = ratioSpread(before.scenario.accelerator, {
    before: changedShare(before.cost, after.cost),
    after: changedShare(after.cost, before.cost),
    watts,
  });
  return { value, low: value * Math.exp(-spread), high: value * Math.exp(spread) };
}

/** What two runs on one device do not have in common. */
export interface Contrast {
  /** Shares of the time of each that the other does not spend the same way. */
  readonly before: number;
  readonly after: number;
  /** Power after by power before; 1 for a ratio of times. */
  readonly watts: number;
}

/** How far off the ratio of two costs may be: the logarithm of the factor either way, with 90 % confidence. */
export function ratioSpread(
  { id, kind }: Pick<Scenario["accelerator"], "id" | "kind">,
  { before, after, watts }: Contrast,
): number {
  const isKnown = Object.values(calibration.time).some((each) => each.devices.includes(id));
  const fitted = calibration.time[kind === "cpu" ? "cpu" : "gpu-eager"];
  const time = isKnown ? fitted.residual.newFamily : fitted.residual.newDevice;
  const power = calibration.power.residual.newDevice * Math.min(1, Math.abs(Math.log(watts)));
  return Math.hypot(time * before, time * after, power);
}

/** Share of the time of `of` in ops that take another time in `other`, or are not there. */
function changedShare(of: GraphCost, other: GraphCost): number {
  const seconds = new Map(other.operations.map((each) => [each.op, each.seconds]));
  let share = 0;
  for (const each of of.operations) if (seconds.get(each.op) !== each.seconds) share += each.share;
  return share;
}
