import { fitWords, perWords, rangeWords, scenarioWords, shortName } from "../analysis/cost-words.ts";
import type { EstimateValue } from "../analysis/estimate-value.ts";
import type { ComparisonRow, ModelCost } from "../analysis/model-cost.ts";
import type { OptimizationJson } from "../analysis/optimization-report.ts";
import { uriOfPath } from "../host/paths.ts";
import type {
  AcceleratorRow,
  CostCard,
  CostRow,
  ModelCostSummary,
  OptimizationRow,
  ShownValue,
} from "../protocol/model-cost.ts";

/** Lines with the largest share are shown; the rest is in the JSON of the command line. */
const mostLines = 12;

/** The cost of a model as the report panel shows it. */
export function costSummary({ cost, isExplored, optimizations, comparison }: ModelCost): ModelCostSummary {
  return {
    scenario: scenarioWords(cost),
    accelerator: shortName(cost),
    cards: cardsOf(cost),
    modules: cost.byModule.map(({ path, ...part }) => ({ label: path, uri: null, line: null, ...part })),
    lines: [...cost.byLine]
      .sort((a, b) => b.share - a.share)
      .slice(0, mostLines)
      .map(
        ({ file, line, ...part }): CostRow => ({
          label: `${file.slice(file.lastIndexOf("/") + 1)}:${line}`,
          uri: uriOfPath(file),
          line: line - 1,
          ...part,
        }),
      ),
    isExplored,
    optimizations: optimizations?.map(optimizationRow) ?? null,
    accelerators: comparison?.map(acceleratorRow) ?? null,
  };
}

function cardsOf(cost: ModelCost["cost"]): readonly CostCard[] {
  const { batch, scope } = cost.scenario;
  const call = cost.scenario.mode === "train" ? "training step" : "call";
  const perBatch = batch === 1 ? `per ${call}` : `per ${call} of ${batch}`;
  const per = perWords(cost);
  return [
    { id: "energy", title: "Energy", value: shown(cost.energy), per: `${perBatch}, ${scope}` },
    { id: "latency", title: "Time", value: shown(cost.latency), per: perBatch },
    { id: "cost", title: "Cost", value: shown(cost.costPerMillion), per },
    { id: "co2e", title: "CO2e", value: shown(cost.co2ePerMillion), per },
    { id: "memory", title: "Memory", value: shown(cost.memory), per: fitWords(cost) },
  ];
}

const shown = ({ value, low, high, unit, basis, assumptions, sources = [] }: EstimateValue): ShownValue => ({
  sources,
  value,
  low,
  high,
  unit,
  basis,
  assumptions,
});

const optimizationRow = (each: OptimizationJson): OptimizationRow => ({
  id: each.id,
  title: each.title,
  verdict: each.verdict,
  why: each.why,
  risk: each.risk,
  before: shown(each.energyBefore),
  after: each.energyAfter === null ? null : shown(each.energyAfter),
  percent: each.saving?.percent ?? null,
  percentLow: each.saving?.percentLow ?? null,
  percentHigh: each.saving?.percentHigh ?? null,
  evidence: each.evidence,
  assumptions: each.assumptions,
});

const acceleratorRow = (row: ComparisonRow): AcceleratorRow => ({
  id: row.accelerator,
  name: row.name,
  latency: shown(row.latency),
  energy: shown(row.energy),
  costPerMillion: shown(row.costPerMillion),
  co2ePerMillion: shown(row.co2ePerMillion),
  fits: row.fits,
  description: [row.energy, row.latency].map(rangeWords).join(" · "),
  detail: `${row.costPerMillion.value === null ? "no price known" : `${rangeWords(row.costPerMillion)} per million`}${doubts[row.fits]}`,
});

const doubts: Readonly<Record<ComparisonRow["fits"], string>> = {
  fits: "",
  tight: " · tight in memory",
  "too-large": " · too large for its memory",
};
