import type { Estimate } from "../base/fact.ts";
import type { Unknown } from "../base/known.ts";
import type { Graph } from "../graph/ir.ts";
import { costOf, type Scenario } from "./estimate.ts";
import type { AccuracyRisk, Change, NamedOptimization } from "./optimizations/_optimization.ts";
import { type PeakOptions, peakBytes } from "./peak-memory.ts";
import { afterOf, type Costed, type Saving, savingBetween } from "./saving.ts";

export type Verdict =
  /** The whole interval saves. */
  | "saves"
  /** It saves at best estimate; the interval reaches beyond zero. */
  | "may-save"
  /** At best estimate nothing is saved. */
  | "costs"
  | "not-applicable"
  /** Energy is not known. */
  | "unknown";

/** What one optimization, or several together, do to one model in one scenario. */
export interface WhatIf {
  /** `together` for several. */
  readonly id: string;
  readonly title: string;
  readonly risk: AccuracyRisk;
  readonly verdict: Verdict;
  /** Why it does not apply or does not help; else when it would not. */
  readonly why: string;
  readonly evidence: readonly string[];
  readonly assumptions: readonly string[];
  readonly saving: Saving | Unknown | undefined;
  /** Joules per inference, or per training sample. */
  readonly energyBefore: Estimate | Unknown;
  readonly energyAfter: Estimate | Unknown | undefined;
  /** Per batch. */
  readonly latencyBefore: Estimate;
  readonly latencyAfter: Estimate | undefined;
  readonly costPerMillionAfter: Estimate | Unknown | undefined;
  readonly co2ePerMillionAfter: Estimate | Unknown | undefined;
  /** Peak bytes on each accelerator. */
  readonly memoryBefore: number;
  readonly memoryAfter: number | undefined;
  /** Which were combined. */
  readonly parts: readonly string[];
}

/**
 * Each alone, and all that save together: stage by stage, first what the code computes, then how.
 *
 * @param named the user asked for these by name: then those that change the workload are combined as well.
 * @param held beside what the graph shows: of a training step its optimizer, Adam's when left out; cached keys and values
 */
export function whatIf(
  optimizations: readonly NamedOptimization[],
  graph: Graph,
  scenario: Scenario,
  named = false,
  held: Pick<PeakOptions, "optimizer" | "cacheBytes"> = {},
): { readonly alone: readonly WhatIf[]; readonly together: WhatIf | undefined } {
  const before: Before = { graph, scenario, cost: costOf(graph, scenario), held };
  const alone = optimizations.map((each) => tried(each, each.apply(graph, scenario), before));
  const helpful = optimizations
    .filter((each, i) => {
      const verdict = alone[i]?.verdict;
      return (verdict === "saves" || verdict === "may-save") && (named || each.isOtherWorkload !== true);
    })
    .toSorted((a, b) => a.stage - b.stage);
  return { alone, together: helpful.length < 2 ? undefined : combined(helpful, before) };
}

interface Before extends Costed {
  readonly held: Pick<PeakOptions, "optimizer" | "cacheBytes">;
}

function tried(optimization: NamedOptimization, change: Change, before: Before): WhatIf {
  const { id, title, risk, evidence, limits } = optimization;
  const named = { id, title, risk, evidence, parts: [id] };
  if (change.kind === "not-applicable") return { ...named, ...untouched(before), why: change.why };
  return { ...named, ...compared(before, change, limits) };
}

function combined(optimizations: readonly NamedOptimization[], before: Before): WhatIf {
  let { graph, scenario } = before;
  let [weightRatio, cacheRatio] = [1, 1];
  const assumptions: string[] = [];
  const parts: NamedOptimization[] = [];
  for (const each of optimizations) {
    const change = each.apply(graph, scenario);
    // What was measured as a whole says nothing about parts that were changed as well.
    if (change.kind === "not-applicable" || change.measured !== undefined) continue;
    parts.push(each);
    ({ graph, scenario } = change);
    weightRatio *= change.weightRatio ?? 1;
    cacheRatio *= change.cacheRatio ?? 1;
    assumptions.push(...change.assumptions);
  }
  const risks: readonly AccuracyRisk[] = ["quality", "rounding", "none"];
  return {
    id: "together",
    title: "Together",
    risk: risks.find((risk) => parts.some((each) => each.risk === risk)) ?? "none",
    evidence: [],
    parts: parts.map(({ id }) => id),
    ...compared(
      before,
      { kind: "changed", graph, scenario, assumptions, weightRatio, cacheRatio },
      `combines ${parts.map(({ title }) => title).join(", ")}`,
    ),
  };
}

type Compared = Omit<WhatIf, "id" | "title" | "risk" | "evidence" | "parts">;

function untouched(before: Before): Omit<Compared, "why"> {
  return {
    verdict: "not-applicable",
    assumptions: [],
    saving: undefined,
    energyBefore: perSample(before.cost.energy, before.scenario.samples),
    energyAfter: undefined,
    latencyBefore: before.cost.latency,
    latencyAfter: undefined,
    costPerMillionAfter: undefined,
    co2ePerMillionAfter: undefined,
    memoryBefore: peakBytes(before.graph, before.scenario, before.held),
    memoryAfter: undefined,
  };
}

function compared(
  before: Before,
  change: Extract<Change, { readonly kind: "changed" }>,
  limits: string,
): Compared {
  const after = afterOf(change);
  const saving = savingBetween(before, after, change);
  const verdict = verdictOf(saving);
  const energyBefore = perSample(before.cost.energy, before.scenario.samples);
  const isMeasured = change.measured !== undefined && saving.kind === "saving";
  return {
    ...untouched(before),
    verdict,
    why: limits,
    assumptions: saving.kind === "saving" ? saving.assumptions : change.assumptions,
    saving,
    energyAfter:
      isMeasured && !("kind" in energyBefore)
        ? {
            ...energyBefore,
            value: energyBefore.value - saving.value,
            low: energyBefore.low * (1 - saving.percentHigh / 100),
            high: energyBefore.high * (1 - saving.percentLow / 100),
            basis: saving.basis,
          }
        : perSample(after.cost.energy, after.scenario.samples),
    // Only energy was measured.
    latencyAfter: isMeasured ? undefined : after.cost.latency,
    costPerMillionAfter: isMeasured ? undefined : after.cost.costPerMillion,
    co2ePerMillionAfter: isMeasured ? undefined : after.cost.co2ePerMillion,
    memoryAfter: peakBytes(after.graph, after.scenario, {
      ...before.held,
      cacheBytes: (before.held.cacheBytes ?? 0) * (change.cacheRatio ?? 1),
      weightRatio: change.weightRatio ?? 1,
    }),
  };
}

function verdictOf(saving: Saving | Unknown): Verdict {
  if (saving.kind === "unknown") return "unknown";
  if (saving.percentLow > 0) return "saves";
  // Less than a thousandth is what rounding makes of nothing.
  return saving.percent > 0.1 ? "may-save" : "costs";
}

const perSample = (energy: Estimate | Unknown, samples: number): Estimate | Unknown =>
  "kind" in energy
    ? energy
    : { ...energy, value: energy.value / samples, low: energy.low / samples, high: energy.high / samples };
