import type { Bill, CostJson } from "../analysis/cost-report.ts";
import type { EstimateValue } from "../analysis/estimate-value.ts";
import type { LanguageModelJson } from "../analysis/language-model-report.ts";
import type { Fit } from "../analysis/memory-report.ts";
import type { OptimizationJson } from "../analysis/optimization-report.ts";
import type { Bound } from "../analysis/why-unknown.ts";
import { amount } from "../base/amount.ts";
import { printBytes, printCount } from "../graph/print.ts";

/**
 * The lines about time, energy, money, carbon and memory, each with its 90 % interval.
 *
 * @param bound what they are of a model of which not all was counted: what was not is in none of these numbers
 */
export function costText(cost: CostJson, bound: Bound): readonly string[] {
  const { memory, perThousandTokens, perMonth, trainingRun } = cost;
  const least = (each: EstimateValue): string => `${each.value === null ? "" : bound}${range(each)}`;
  const per = `per million ${unitWord(cost)}`;
  const lines = [
    `  on           ${scenarioText(cost)}`,
    `  latency      ${least(cost.latency)}`,
    `  energy       ${least(cost.energy)}${cost.energy.value === null ? "" : ` (${cost.scenario.scope})`}`,
    `  cost         ${least(cost.costPerMillion)}${cost.costPerMillion.value === null ? "" : ` ${per}`}`,
    `  CO2e         ${least(cost.co2ePerMillion)}${cost.co2ePerMillion.value === null ? "" : ` ${per}`}`,
    `  memory       ${least(memory)}${memory.fits === null ? "" : `, of ${printBytes(memory.available)} to use: ${verdicts[memory.fits]}`}`,
    ...(perThousandTokens === null ? [] : [`  1k tokens    ${billText(perThousandTokens)}`]),
    ...(perMonth === null
      ? []
      : [
          `  a month      ${billText(perMonth)} for ${perMonth.inferences.toLocaleString("en-US")} ${unitWord(cost)}`,
        ]),
    ...(trainingRun === null
      ? []
      : [
          `  training     ${range(trainingRun.time)}; ${billText(trainingRun)} for ${trainingRun.steps.toLocaleString("en-US")} steps`,
        ]),
  ];
  const known = [cost.latency, cost.energy, cost.costPerMillion, cost.co2ePerMillion, memory].filter(
    (each) => each.value !== null,
  );
  const listed = (title: string, texts: readonly string[]): readonly string[] =>
    [...new Set(texts)].map((text) => `  ${title.padEnd(12)} ${text}`);
  return [
    ...lines,
    ...listed(
      "assumed",
      known.flatMap((each) => each.assumptions),
    ),
    ...listed(
      "source",
      known.flatMap((each) => each.sources ?? []),
    ),
  ];
}

const billText = ({ energy, cost, co2e }: Bill): string =>
  [energy, cost, co2e]
    .map((each) => (each.value === null ? "" : range(each)))
    .filter((text) => text !== "")
    .join("; ");

const unitWord = ({ scenario }: CostJson): string =>
  scenario.mode === "train"
    ? "samples"
    : scenario.mode === "decode"
      ? "tokens"
      : scenario.mode === "prefill"
        ? "prompts"
        : "inferences";

const modeWords: Readonly<Record<CostJson["scenario"]["mode"], string>> = {
  infer: "inference",
  train: "training step",
  prefill: "prefill",
  decode: "decoding",
};

function scenarioText({ scenario }: CostJson): string {
  const { accelerator, count, precision, mode, compiled, batch, context } = scenario;
  return [
    count > 1 ? `${count} x ${accelerator}` : accelerator,
    precision,
    context === null
      ? modeWords[mode]
      : `${mode === "decode" ? "decoding behind" : "prefill of"} ${context} tokens`,
    compiled ? "compiled" : "eager",
    `batch ${batch}`,
  ].join(", ");
}

const verdicts: Readonly<Record<Fit, string>> = {
  fits: "fits",
  tight: "fits only if less is kept free",
  "too-large": "too large",
};

function range({ value, low, high, unit, assumptions }: EstimateValue): string {
  if (value === null || low === null || high === null) return `not known: ${assumptions.join("; ")}`;
  const shown = (each: number): string => (unit === "byte" ? printBytes(each) : amount(each, unit));
  return `${shown(value)} (${shown(low)} to ${shown(high)})`;
}

const verdictWords: Readonly<Record<OptimizationJson["verdict"], string>> = {
  saves: "saves",
  "may-save": "may save",
  costs: "does not help",
  "not-applicable": "does not apply",
  unknown: "not known",
};

const riskWords: Readonly<Record<OptimizationJson["risk"], string>> = {
  none: "same results",
  rounding: "rounding differs",
  quality: "answers change: test the quality",
};

/** What each optimization would do, those that save most first, and all together. */
export function optimizationText(all: readonly OptimizationJson[], mode: string): readonly string[] {
  if (all.length === 0) return [];
  const of = mode === "train" ? "training sample" : mode === "decode" ? "token" : "inference";
  const alone = all.filter(({ id }) => id !== "together");
  const together = all.filter(({ id }) => id === "together");
  const sorted = [...alone].sort(
    (a, b) => (b.saving?.percent ?? -Infinity) - (a.saving?.percent ?? -Infinity),
  );
  return [`  optimizations, energy per ${of}`, ...[...sorted, ...together].flatMap(oneText)];
}

function oneText(each: OptimizationJson): readonly string[] {
  const { saving, energyBefore, energyAfter } = each;
  const head = `    ${each.title}: ${verdictWords[each.verdict]}`;
  if (saving === null || energyAfter?.value == null || energyBefore.value === null)
    return [`${head}. ${sentence(each.why)}`];
  const percent = `${signed(saving.percent)} % (${signed(saving.percentLow)} to ${signed(saving.percentHigh)} %)`;
  const money = each.costPerMillionAfter;
  const carbon = each.co2ePerMillionAfter;
  const after = [
    money?.value == null ? "" : `${range(money)} per million`,
    carbon?.value == null ? "" : `${range(carbon)} per million`,
    each.memoryAfter === null || Math.abs(each.memoryAfter / each.memoryBefore - 1) < 0.005
      ? ""
      : `memory ${printBytes(each.memoryBefore)} -> ${printBytes(each.memoryAfter)}`,
  ].filter((text) => text !== "");
  return [
    `${head}. ${amount(energyBefore.value, "J")} -> ${range(energyAfter)}: ${saving.value >= 0 ? "saves" : "costs"} ${amount(Math.abs(saving.value), "J")}, ${percent}, ${saving.basis}`,
    ...(after.length === 0 ? [] : [`      ${after.join("; ")}`]),
    `      ${riskWords[each.risk]}. ${sentence(each.verdict === "saves" && each.id !== "together" ? (each.assumptions[0] ?? each.why) : each.why)}`,
    ...(each.evidence.length === 0 ? [] : [`      evidence: ${each.evidence.join("; ")}`]),
  ];
}

/** A saving as it is, a cost with its sign. */
const signed = (percent: number): string =>
  Math.abs(percent) >= 10 ? String(Math.round(percent)) : String(Number(percent.toPrecision(2)));

const sentence = (text: string): string =>
  text === "" ? "" : `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;

/** A language model that the file loads by name. */
export function languageModelText(model: LanguageModelJson): string {
  const head = `${model.name} (line ${model.line})`;
  if (model.unknown !== null) return `${head}\n  not known    ${model.unknown}\n`;
  const { parameters, activeParameters, source, serving } = model;
  const active =
    parameters === activeParameters ? "" : `, ${printCount(activeParameters ?? 0)} of them for each token`;
  const lines = [
    head,
    `  parameters   ${printCount(parameters ?? 0)}${active}`,
    `  source       ${source ?? ""}`,
  ];
  if (serving !== null) {
    const { prefill, decode, perThousandTokens: tokens } = serving;
    lines.push(
      `  on           ${serving.count > 1 ? `${serving.count} x ` : ""}${serving.accelerator}, ${serving.weights}, batch ${serving.batch}, ${serving.context} positions`,
      `  memory       ${amount(serving.weightBytes, "byte")} weights, ${amount(serving.cacheBytes, "byte")} keys and values: ${verdicts[serving.fits]}`,
      `  prefill      ${range(prefill.latency)}; ${range(prefill.energy)}`,
      `  decode       ${range(decode.latency)}; ${range(decode.energy)} a step`,
      `  1k tokens    ${range(tokens.energy)}; ${range(tokens.cost)}${tokens.co2e.value === null ? "" : `; ${range(tokens.co2e)}`}`,
      ...serving.assumptions.map((text) => `  assumed      ${text}`),
    );
  }
  return `${lines.join("\n")}\n`;
}
