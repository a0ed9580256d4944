import { amount, percentOf, spread } from "../base/amount.ts";
import type { PartCost } from "./cost-parts.ts";
import type { Bill, CostJson } from "./cost-report.ts";
import type { EstimateValue } from "./estimate-value.ts";
import { type CostRequest, resolveScenario } from "./scenario.ts";
import type { Bound } from "./why-unknown.ts";

/**
 * `0.42 J, 1.9 ms, $0.61 per million on A100 (±18 %)`, the interval being that of the energy; what is not known is left out.
 * @param bound what that is of a model that is not counted in full
 */
export function costHeadline(cost: CostJson, bound: Bound): string | undefined {
  const { energy, latency, costPerMillion, scenario } = cost;
  if (latency.value === null) return undefined;
  const parts = [
    energy.value === null ? "energy not known" : amount(energy.value, "J"),
    amount(latency.value, "s"),
    ...(costPerMillion.value === null
      ? []
      : [`${amount(costPerMillion.value, costPerMillion.unit)} per million`]),
  ];
  const widest = energy.value === null ? latency : energy;
  const batch = scenario.batch === 1 ? "" : ` at batch ${scenario.batch}`;
  return `${bound}${parts.join(", ")} on ${shortName(cost)}${batch}${modeNote(cost)} (${spreadWords(widest)})`;
}

/** `0.42 J (0.35 J to 0.5 J)` */
export const rangeWords = ({ value, low, high, unit }: EstimateValue): string =>
  value === null || low === null || high === null
    ? "not known"
    : `${amount(value, unit)} (${amount(low, unit)} to ${amount(high, unit)})`;

export const spreadWords = ({ value, low, high }: EstimateValue): string =>
  value === null || low === null || high === null ? "?" : spread(value, low, high);

/** `A100` of `A100 SXM4 80GB`: what people say. */
export const shortName = ({ scenario }: CostJson): string =>
  `${scenario.count > 1 ? `${scenario.count} x ` : ""}${scenario.acceleratorName.replace(/ (?:SXM\d?|PCIe|NVL|OAM)\b.*$/, "")}`;

const modeNote = ({ scenario }: CostJson): string => {
  switch (scenario.mode) {
    case "infer":
      return "";
    case "train":
      return ", per training step";
    case "prefill":
      return ", prefill";
    case "decode":
      return `, per token behind ${scenario.context ?? 0}`;
  }
};

const modeWords: Readonly<Record<CostJson["scenario"]["mode"], string>> = {
  infer: "inference",
  train: "training step",
  prefill: "prefill",
  decode: "decoding",
};

/** `2 x A100 SXM4 80GB, bf16, training step, eager, batch 8`. */
export function scenarioWords({ scenario }: CostJson): string {
  const { acceleratorName, count, precision, mode, compiled, batch, context, region } = scenario;
  return [
    count > 1 ? `${count} x ${acceleratorName}` : acceleratorName,
    precision === "as-written" ? "precision as written" : precision,
    context === null
      ? modeWords[mode]
      : `${mode === "decode" ? "decoding behind" : "prefill of"} ${context} tokens`,
    compiled ? "compiled" : "eager",
    `batch ${batch}`,
    ...(region === null ? [] : [region]),
  ].join(", ");
}

/** `a100-80-sxm, bf16, decode`: a request before anything is known of a model. */
export function shortScenario(request: CostRequest): string {
  const resolved = resolveScenario(request);
  if (resolved.kind === "error") return resolved.message;
  const { name } = resolved.scenario.accelerator;
  const { precision, mode, batch, compiled, count = 1 } = request;
  return [
    count > 1 ? `${count} x ${name}` : name,
    ...(precision === "as-written" ? [] : [precision]),
    modeWords[mode],
    ...(batch === undefined ? [] : [`batch ${batch}`]),
    ...(compiled ? ["compiled"] : []),
  ].join(", ");
}

const countedWords: Readonly<Record<CostJson["scenario"]["mode"], string>> = {
  infer: "inferences",
  train: "samples",
  prefill: "prompts",
  decode: "tokens",
};

/** What one costs: `per million inferences`. */
export const perWords = ({ scenario }: CostJson): string => `per million ${countedWords[scenario.mode]}`;

const boundWords: Readonly<Record<PartCost["bound"], string>> = {
  compute: "compute-bound",
  memory: "memory-bound",
  overhead: "bound by the overhead of launches",
};

/** `12 % of the energy, 3.4 ms, memory-bound`. */
export function partWords({ share, seconds, joules, bound }: PartCost): string {
  const percent = `${percentOf(share)} of ${joules === null ? "the time" : "the energy"}`;
  return [
    percent,
    ...(joules === null ? [] : [amount(joules, "J")]),
    amount(seconds, "s"),
    boundWords[bound],
  ].join(", ");
}

/** The hover of a model: each number with interval, basis and what it rests on. */
export function costTable(name: string, cost: CostJson, bound: Bound): string {
  const { memory, scenario } = cost;
  const batch = `per batch of ${scenario.batch}`;
  const rows: readonly (readonly [string, EstimateValue, string])[] = [
    ["energy", cost.energy, `${batch}, ${scenario.scope}`],
    ["time", cost.latency, batch],
    ["cost", cost.costPerMillion, perWords(cost)],
    ["CO2e", cost.co2ePerMillion, perWords(cost)],
    ["memory", memory, fitWords(cost)],
    ...billRows("1k tokens", cost.perThousandTokens, ""),
    ...billRows(
      "a month",
      cost.perMonth,
      `${count(cost.perMonth?.inferences)} ${countedWords[scenario.mode]}`,
    ),
    ...billRows("training", cost.trainingRun, `${count(cost.trainingRun?.steps)} steps`),
  ];
  const known = [cost.latency, cost.energy, cost.costPerMillion, cost.co2ePerMillion, memory].filter(
    (each) => each.value !== null,
  );
  const assumptions = new Set(known.flatMap((each) => each.assumptions));
  const sources = new Set(known.flatMap((each) => each.sources ?? []));
  return [
    `**${name}** on ${scenarioWords(cost)}${bound === "" ? "" : `, ${bound.trim()}: it is not counted in full`}`,
    "",
    "| | | 90 % interval | | basis |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map(([title, value, per]) => tableRow(title, value, per)),
    "",
    `Rests on: ${[...assumptions].join("; ")}.`,
    ...(sources.size === 0 ? [] : ["", `Sources: ${[...sources].join("; ")}.`]),
  ].join("\n");
}

const count = (of: number | undefined): string => (of ?? 0).toLocaleString("en-US");

/** Energy, money and carbon of some work; what is not known is told of money alone. */
function billRows(
  title: string,
  bill: Bill | null,
  of: string,
): readonly (readonly [string, EstimateValue, string])[] {
  if (bill === null) return [];
  const { energy, cost, co2e } = bill;
  const said = (what: string): string => (of === "" ? what : `${what} of ${of}`);
  return [
    ...(energy.value === null ? [] : [[title, energy, said("energy")] as const]),
    [title, cost, said("cost")],
    ...(co2e.value === null ? [] : [[title, co2e, said("CO2e")] as const]),
  ];
}

const tableRow = (
  title: string,
  { value, low, high, unit, basis, assumptions }: EstimateValue,
  per: string,
): string =>
  value === null || low === null || high === null
    ? `| ${title} | not known | | ${assumptions.join("; ")} | |`
    : `| ${title} | ${amount(value, unit)} | ${amount(low, unit)} to ${amount(high, unit)} | ${per} | ${basis} |`;

export function fitWords({ memory }: CostJson): string {
  if (memory.fits === null) return "";
  const available = `${amount(memory.available, "byte")} to use`;
  return { fits: `fits, ${available}`, tight: `tight, ${available}`, "too-large": `too large, ${available}` }[
    memory.fits
  ];
}
