import { costOf, type GraphCost, type Scenario } from "../cost/estimate.ts";
import { type NamedOptimization, notApplicable } from "../cost/optimizations/_optimization.ts";
import { accelerators } from "../hardware/find-accelerator.ts";
import type { ModelEstimate } from "../model/estimate-model.ts";
import { type CostJson, costJson, memoryValue } from "./cost-report.ts";
import type { Lines } from "./estimate-report.ts";
import { type EstimateValue, inCurrency, shownValue } from "./estimate-value.ts";
import type { Fit } from "./memory-report.ts";
import { chooseOptimizations, type OptimizationJson, optimizationsJson } from "./optimization-report.ts";
import { type OptimizerChoice, standardOptimizer } from "./optimizer-choice.ts";
import { type CostRequest, resolveScenario, type Scene } from "./scenario.ts";
import { workloadOf } from "./workload.ts";

/** The same work on another accelerator; list prices and its own fit into memory. */
export interface ComparisonRow {
  readonly accelerator: string;
  readonly name: string;
  readonly latency: EstimateValue;
  /** Joules per batch. */
  readonly energy: EstimateValue;
  readonly costPerMillion: EstimateValue;
  readonly co2ePerMillion: EstimateValue;
  readonly fits: Fit;
}

/** All that an editor shows of the cost of a model in a scenario. */
export interface ModelCost {
  readonly cost: CostJson;
  /** Whether the following was tried; it takes longer than people wait for a shape. */
  readonly isExplored: boolean;
  /** `null` when it was not tried, or the model is too large to try everything while somebody types. */
  readonly optimizations: readonly OptimizationJson[] | null;
  readonly comparison: readonly ComparisonRow[] | null;
}

/** Operations up to which everything is tried: about half a second of work. */
const tryUpTo = 4000;

export const modelCost = (
  estimate: ModelEstimate,
  scene: Scene,
  lines: Lines,
  optimizer?: OptimizerChoice,
): ModelCost => ({
  cost: costJson(estimate, scene, lines, optimizer),
  isExplored: estimate.graph.ops.length > tryUpTo,
  optimizations: null,
  comparison: null,
});

/**
 * The same with every optimization and other accelerators tried.
 *
 * @param isOver asked before each of them: nobody waits for the answer any more, and it comes back `undefined`
 */
export function exploreCost(
  known: ModelCost,
  estimate: ModelEstimate,
  scene: Scene,
  optimizer: OptimizerChoice | undefined,
  isOver: () => boolean,
): ModelCost | undefined {
  if (known.isExplored) return known;
  const all = chooseOptimizations(["all"]);
  const optimizations =
    all.kind === "chosen"
      ? optimizationsJson(
          estimate,
          scene,
          { ...all, optimizations: unlessOver(all.optimizations, isOver) },
          optimizer,
        )
      : null;
  const comparison = compareAccelerators(estimate, scene, isOver, optimizer);
  return isOver() ? undefined : { ...known, isExplored: true, optimizations, comparison };
}

const unlessOver = (
  optimizations: readonly NamedOptimization[],
  isOver: () => boolean,
): readonly NamedOptimization[] =>
  optimizations.map((each) => ({
    ...each,
    apply: (graph, scenario) =>
      isOver() ? notApplicable("nobody waits for it") : each.apply(graph, scenario),
  }));

/** What one could choose from: GPUs of the last decade with a board limit, and the user's own. */
function candidates(request: CostRequest): readonly string[] {
  const own = (request.accelerators ?? []).map(({ name }) => name);
  const listed = accelerators.filter(
    (each) => each.kind === "gpu" && each.year >= 2017 && each.boardLimit !== undefined,
  );
  return [...new Set([request.accelerator, ...own, ...listed.map(({ id }) => id)])];
}

/** Cheapest per million first, then by energy; what does not fit comes last. */
function compareAccelerators(
  estimate: ModelEstimate,
  scene: Scene,
  isOver: () => boolean,
  optimizer: OptimizerChoice = standardOptimizer,
): readonly ComparisonRow[] {
  const { request } = scene;
  const workload = workloadOf(estimate, request);
  if (workload.kind === "unknown") return [];
  const seen = new Set<string>();
  const rows = candidates(request).flatMap((name): readonly ComparisonRow[] => {
    if (isOver()) return [];
    // A negotiated price is for one accelerator only.
    const isChosen = name === request.accelerator;
    const resolved = resolveScenario({
      ...request,
      accelerator: name,
      price: isChosen ? request.price : undefined,
    });
    if (resolved.kind === "error" || seen.has(resolved.scenario.accelerator.id)) return [];
    const { accelerator } = resolved.scenario;
    seen.add(accelerator.id);
    const scenario: Scenario = {
      ...resolved.scenario,
      optimizer: optimizer.passes,
      samples: workload.batch,
    };
    const cost = costOf(workload.graph, scenario);
    return [rowOf(accelerator, cost, request, memoryValue(workload, scenario, optimizer).fits)];
  });
  return rows.sort(
    (a, b) =>
      Number(a.fits === "too-large") - Number(b.fits === "too-large") ||
      (a.costPerMillion.value ?? Number.POSITIVE_INFINITY) -
        (b.costPerMillion.value ?? Number.POSITIVE_INFINITY) ||
      (a.energy.value ?? Number.POSITIVE_INFINITY) - (b.energy.value ?? Number.POSITIVE_INFINITY),
  );
}

const rowOf = (
  { id, name }: Scenario["accelerator"],
  cost: GraphCost,
  { currency }: CostRequest,
  fits: ComparisonRow["fits"],
): ComparisonRow => ({
  accelerator: id,
  name,
  latency: shownValue(cost.latency, "s"),
  energy: shownValue(cost.energy, "J"),
  costPerMillion: inCurrency(shownValue(cost.costPerMillion, "USD"), currency),
  co2ePerMillion: shownValue(cost.co2ePerMillion, "gCO2e"),
  fits,
});
