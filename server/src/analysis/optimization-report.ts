import { meant } from "../base/did-you-mean.ts";
import type { Estimate } from "../base/fact.ts";
import type { Unknown } from "../base/known.ts";
import type { Scenario } from "../cost/estimate.ts";
import { type NamedOptimization, notApplicable } from "../cost/optimizations/_optimization.ts";
import { optimizations } from "../cost/optimizations/registry.gen.ts";
import { type Verdict, type WhatIf, whatIf } from "../cost/what-if.ts";
import type { ModelEstimate } from "../model/estimate-model.ts";
import { type EstimateValue, inCurrency, shownValue } from "./estimate-value.ts";
import { type OptimizerChoice, standardOptimizer } from "./optimizer-choice.ts";
import type { Currency, Scene } from "./scenario.ts";
import { cacheOnEach, workloadOf } from "./workload.ts";

/** Energy that is saved per inference or training sample; negative numbers cost. */
export interface SavingJson {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly unit: "J";
  readonly percent: number;
  readonly percentLow: number;
  readonly percentHigh: number;
  readonly basis: Estimate["basis"];
}

export interface OptimizationJson {
  /** `together` for all of them that save. */
  readonly id: string;
  readonly title: string;
  readonly risk: WhatIf["risk"];
  readonly verdict: Verdict;
  /** Why it does not apply; otherwise when it would not help. */
  readonly why: string;
  readonly parts: readonly string[];
  readonly evidence: readonly string[];
  readonly assumptions: readonly string[];
  readonly saving: SavingJson | null;
  /** Joules per inference or training sample. */
  readonly energyBefore: EstimateValue;
  readonly energyAfter: EstimateValue | null;
  /** Seconds per batch. */
  readonly latencyBefore: EstimateValue;
  readonly latencyAfter: EstimateValue | null;
  readonly costPerMillionAfter: EstimateValue | null;
  readonly co2ePerMillionAfter: EstimateValue | null;
  /** Peak bytes on each accelerator. */
  readonly memoryBefore: number;
  readonly memoryAfter: number | null;
}

/** All that can be asked for by name. */
const optimizationIds: readonly string[] = optimizations.map(({ id }) => id);

export type Chosen =
  | { readonly kind: "chosen"; readonly named: boolean; readonly optimizations: readonly NamedOptimization[] }
  | { readonly kind: "error"; readonly message: string };

/** `all`, or names. */
export function chooseOptimizations(names: readonly string[]): Chosen {
  if (names.includes("all")) return { kind: "chosen", named: false, optimizations };
  const unknown = names.find((name) => !optimizationIds.includes(name));
  if (unknown !== undefined)
    return {
      kind: "error",
      message: `no optimization is called \`${unknown}\`.${meant(unknown, optimizationIds)} They are: all, ${optimizationIds.join(", ")}`,
    };
  return { kind: "chosen", named: true, optimizations: optimizations.filter(({ id }) => names.includes(id)) };
}

/** Each alone, and last all together that save; empty where nothing can be told of the model in this mode. */
export function optimizationsJson(
  estimate: ModelEstimate,
  scene: Scene,
  chosen: Extract<Chosen, { readonly kind: "chosen" }>,
  optimizer: OptimizerChoice = standardOptimizer,
): readonly OptimizationJson[] {
  const workload = workloadOf(estimate, scene.request);
  if (workload.kind === "unknown") return [];
  const scenario: Scenario = {
    ...scene.scenario,
    optimizer: optimizer.passes,
    samples: workload.batch,
  };
  const { alone, together } = whatIf(
    scene.request.mode === "prefill" ? chosen.optimizations.map(ofPrompt) : chosen.optimizations,
    workload.graph,
    scenario,
    chosen.named,
    { optimizer: optimizer.state, cacheBytes: cacheOnEach(workload, scenario) },
  );
  const all = together === undefined ? alone : [...alone, together];
  return all.map((each) => optimizationJson(each, scene.request.currency));
}

const ofPrompt = (each: NamedOptimization): NamedOptimization =>
  each.id === "kv-cache"
    ? { ...each, apply: () => notApplicable("a prompt is read once, whatever is kept of it") }
    : each;

function optimizationJson(each: WhatIf, currency: Currency | undefined): OptimizationJson {
  const { saving, energyBefore, energyAfter, latencyBefore, latencyAfter } = each;
  return {
    id: each.id,
    title: each.title,
    risk: each.risk,
    verdict: each.verdict,
    why: saving?.kind === "unknown" ? saving.why : each.why,
    parts: each.parts,
    evidence: each.evidence,
    assumptions: each.assumptions,
    saving: saving?.kind === "saving" ? savingJson(saving) : null,
    energyBefore: shownValue(energyBefore, "J"),
    energyAfter: optional(energyAfter, "J"),
    latencyBefore: shownValue(latencyBefore, "s"),
    latencyAfter: optional(latencyAfter, "s"),
    costPerMillionAfter: inMoney(each.costPerMillionAfter, currency),
    co2ePerMillionAfter: optional(each.co2ePerMillionAfter, "gCO2e"),
    memoryBefore: each.memoryBefore,
    memoryAfter: each.memoryAfter ?? null,
  };
}

const savingJson = (saving: SavingJson): SavingJson => ({
  value: saving.value,
  low: saving.low,
  high: saving.high,
  unit: saving.unit,
  percent: saving.percent,
  percentLow: saving.percentLow,
  percentHigh: saving.percentHigh,
  basis: saving.basis,
});

const optional = (of: Estimate | Unknown | undefined, unit: Estimate["unit"]): EstimateValue | null =>
  of === undefined ? null : shownValue(of, unit);

const inMoney = (of: Estimate | Unknown | undefined, currency: Currency | undefined): EstimateValue | null =>
  of === undefined ? null : inCurrency(shownValue(of, "USD"), currency);
