import { amount } from "../base/amount.ts";
import type { Estimate } from "../base/fact.ts";
import type { Unknown } from "../base/known.ts";
import { lineStarts, positionAt } from "../base/text.ts";
import { findModel, languageModelOf, type ModelConfig, nearestModel } from "../cost/language-models.ts";
import { type LlmCost, llmCost } from "../cost/llm-cost.ts";
import { measuredServing } from "../cost/measured-serving.ts";
import { printCount } from "../graph/print.ts";
import { fitsOn } from "../hardware/fits-on.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import { rangeWords, spreadWords } from "./cost-words.ts";
import { type EstimateValue, inCurrency, shownValue } from "./estimate-value.ts";
import { readHubConfig } from "./hub-config.ts";
import type { Fit } from "./memory-report.ts";
import { type PretrainedCall, pretrainedCalls } from "./pretrained.ts";
import { type CostRequest, resolveScenario, type Scene } from "./scenario.ts";

/** A language model that the code loads by its name. */
export interface LanguageModelJson {
  readonly name: string;
  /** Lines start at 1. */
  readonly line: number;
  /** Why nothing more is known; `null` when it is. */
  readonly unknown: string | null;
  readonly parameters: number | null;
  readonly activeParameters: number | null;
  readonly source: string | null;
  readonly serving: ServingCostJson | null;
}

export interface ServingCostJson {
  readonly accelerator: string;
  readonly count: number;
  readonly weights: NonNullable<PretrainedCall["weights"]>;
  readonly batch: number;
  readonly context: number;
  readonly weightBytes: number;
  readonly cacheBytes: number;
  readonly fits: Fit;
  /** Seconds and joules of all prompts of the batch. */
  readonly prefill: { readonly latency: EstimateValue; readonly energy: EstimateValue };
  /** Of one step: each sequence gets a token. */
  readonly decode: { readonly latency: EstimateValue; readonly energy: EstimateValue };
  readonly perThousandTokens: {
    readonly energy: EstimateValue;
    readonly cost: EstimateValue;
    readonly co2e: EstimateValue;
  };
  readonly assumptions: readonly string[];
}

/** Text of the `config.json` of a model in the local cache. */
export type HubCache = (name: string) => string | undefined;

/** What the language models that a file loads by name are and, where a scenario is known, what they cost. */
export function languageModels(
  path: string,
  source: SourceFile,
  request: CostRequest | undefined,
  hub: HubCache,
): readonly LanguageModelJson[] {
  const scene = request === undefined ? undefined : resolveScenario(request);
  const starts = lineStarts(source.text);
  return pretrainedCalls(path, source).map((call) => {
    const at = { name: call.name, line: positionAt(starts, call.offset).line + 1 };
    const config = configOf(call.name, hub);
    if (typeof config === "string")
      return {
        ...at,
        unknown: config,
        parameters: null,
        activeParameters: null,
        source: null,
        serving: null,
      };
    const { parameters, activeParameters } = languageModelOf(config);
    return {
      ...at,
      unknown: null,
      parameters,
      activeParameters,
      source: config.source,
      serving: scene?.kind === "scenario" ? servingOf(config, call, scene) : null,
    };
  });
}

/** The local cache knows best which model it is; then the table. */
function configOf(name: string, hub: HubCache): ModelConfig | string {
  const cached = hub(name);
  const read = cached === undefined ? undefined : readHubConfig(cached, name);
  if (typeof read === "object") return read;
  const listed = findModel(name);
  if (listed !== undefined) return listed;
  const nearest = nearestModel(name);
  const hint = nearest === undefined ? "" : ` (the table has \`${nearest}\`)`;
  return (
    read ?? `it is neither in the local Hugging Face cache nor among the models that are listed here${hint}`
  );
}

const widths: Readonly<Record<NonNullable<PretrainedCall["weights"]>, number>> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  nf4: 0.56,
};

/** Positions behind the token where the scenario says none. */
const standardContext = 1024;

function servingOf(config: ModelConfig, call: PretrainedCall, scene: Scene): ServingCostJson {
  const { request, scenario, notes, pueNotes, gridNotes } = scene;
  const weights = call.weights ?? precisionOf(request) ?? "bfloat16";
  const batch = request.batch ?? 1;
  const context = request.context ?? standardContext;
  const isQuantized = weights === "int8" || weights === "nf4";
  const cost: LlmCost = llmCost(
    languageModelOf(config),
    { batch, context, weightBytes: widths[weights], cacheBytes: weights === "float32" ? 4 : 2 },
    { ...scenario, samples: batch },
    measuredServing({
      model: config.name,
      hardware: scenario.accelerator.id,
      count: scenario.count,
      weightBytes: widths[weights],
      batch,
      context,
    }),
  );
  const verdict = fitsOn(scenario.accelerator, 1.1 * (cost.weights + cost.cache));
  return {
    accelerator: scenario.accelerator.name,
    count: scenario.count,
    weights,
    batch,
    context,
    weightBytes: cost.weights,
    cacheBytes: cost.cache,
    fits: verdict.kind,
    prefill: { latency: shownValue(cost.prefill.latency, "s"), energy: shownValue(cost.prefill.energy, "J") },
    decode: { latency: shownValue(cost.decode.latency, "s"), energy: shownValue(cost.decode.energy, "J") },
    perThousandTokens: {
      energy: shownValue(cost.perThousandTokens.energy, "J"),
      cost: inCurrency(shownValue(cost.perThousandTokens.cost, "USD"), request.currency),
      co2e: shownValue(cost.perThousandTokens.co2e, "gCO2e"),
    },
    assumptions: [
      ...new Set([
        ...cost.decode.latency.assumptions,
        ...knownAssumptions(cost.decode.energy),
        ...knownAssumptions(cost.perThousandTokens.cost),
        ...knownAssumptions(cost.perThousandTokens.co2e),
        ...(call.weights === undefined ? [`weights in ${weights}: the call does not say`] : []),
        ...(request.context === undefined ? [`${context} positions before each token`] : []),
        ...(isQuantized
          ? [
              "conversions of quantized weights are not counted: measured, they can cost more energy than 16 bits",
            ]
          : []),
        ...notes,
        ...pueNotes,
        ...gridNotes,
      ]),
    ],
  };
}

const knownAssumptions = (of: Estimate | Unknown): readonly string[] => ("kind" in of ? [] : of.assumptions);

function precisionOf({ precision }: CostRequest): PretrainedCall["weights"] {
  if (precision === "fp16") return "float16";
  if (precision === "bf16") return "bfloat16";
  return precision === "fp32" || precision === "tf32" ? "float32" : undefined;
}

/** `7.62 G params · 15.2 GB · 0.61 J per token, 9.8 ms on A100 (×÷ 1.7)`; `undefined` when the model is not known. */
export function languageModelHeadline({
  parameters,
  activeParameters,
  serving,
}: LanguageModelJson): string | undefined {
  if (parameters === null || activeParameters === null) return undefined;
  const active = activeParameters < parameters ? ` (${printCount(activeParameters)} active)` : "";
  const size = `${printCount(parameters)} params${active}`;
  if (serving === null) return size;
  const { perThousandTokens, decode, accelerator, count, fits, batch, weightBytes } = serving;
  const each = perThousandTokens.energy;
  const energy = each.value === null ? "energy not known" : `${amount(each.value / 1000, "J")} per token`;
  const where = `${count > 1 ? `${count} x ` : ""}${accelerator}${batch > 1 ? ` at batch ${batch}` : ""}`;
  const doubt = fits === "too-large" ? " · too large for its memory" : "";
  return `${size} · ${amount(weightBytes, "byte")} · ${energy}, ${amount(decode.latency.value ?? 0, "s")} a step on ${where} (${spreadWords(each.value === null ? decode.latency : each)})${doubt}`;
}

/** The hover of the line that loads it, as Markdown. */
export function languageModelTable(model: LanguageModelJson): string {
  if (model.unknown !== null) return `**${model.name}**: not known, because ${model.unknown}.`;
  const head = `**${model.name}**: ${printCount(model.parameters ?? 0)} parameters. Source: ${model.source ?? ""}.`;
  const { serving } = model;
  if (serving === null) return head;
  const { prefill, decode, perThousandTokens: tokens } = serving;
  const rows = [
    `| weights | ${amount(serving.weightBytes, "byte")} | ${serving.weights}, on each of ${serving.count} ${serving.accelerator}: ${serving.fits === "too-large" ? "too large" : serving.fits} |`,
    `| keys and values | ${amount(serving.cacheBytes, "byte")} | ${serving.batch} x ${serving.context} positions |`,
    `| prefill | ${rangeWords(prefill.latency)} | ${rangeWords(prefill.energy)} |`,
    `| one decoding step | ${rangeWords(decode.latency)} | ${rangeWords(decode.energy)} |`,
    `| 1,000 tokens | ${rangeWords(tokens.cost)} | ${rangeWords(tokens.energy)} |`,
    ...(tokens.co2e.value === null ? [] : [`| | ${rangeWords(tokens.co2e)} | |`]),
  ];
  return [
    head,
    "",
    "| | | |",
    "| --- | --- | --- |",
    ...rows,
    "",
    `Rests on: ${serving.assumptions.join("; ")}.`,
  ].join("\n");
}
