import type { Count, Total } from "../analysis/count.ts";
import type { EstimateReport, OutputJson } from "../analysis/estimate-report.ts";
import type { Fit, MemoryJson } from "../analysis/memory-report.ts";
import { inputWords } from "../analysis/model-words.ts";
import { type Bound, boundOf, boundOfState } from "../analysis/why-unknown.ts";
import { printBytes, printCount } from "../graph/print.ts";
import { costText, languageModelText, optimizationText } from "./cost-text.ts";

const short = (count: Count): string => (typeof count === "number" ? printCount(count) : count.formula);

/** @param least what goes before a sum of which not all was counted */
const sum = (total: Total, least: string): string =>
  typeof total === "object" && "unknown" in total ? "unknown" : `${least}${short(total)}`;

function shape(output: OutputJson): string {
  if (output === null) return "no tensor";
  if ("unknown" in output) return `unknown: ${output.unknown}`;
  if ("items" in output) return `(${output.items.map(shape).join(", ")})`;
  if ("fields" in output)
    return `{${Object.entries(output.fields)
      .map(([name, value]) => `${name}: ${shape(value)}`)
      .join(", ")}}`;
  return `[${output.map((size) => (typeof size === "number" ? size : size.formula)).join(", ")}]`;
}

/** What a person reads in a terminal. */
export function estimateText(report: EstimateReport): string {
  const { models, languageModels } = report;
  if (models.length + languageModels.length === 0)
    return `${report.file}: no model found; name one with --model\n`;
  return [...models.map(modelText), ...languageModels.map(languageModelText)].join("\n");
}

function modelText(model: EstimateReport["models"][number]): string {
  const least = boundOf(model);
  const lines = [
    model.name === model.entry ? model.name : `${model.name} (${model.entry})`,
    `  parameters   ${sum(model.parameters, boundOfState(model))}`,
    `  MACs         ${sum(model.macs, least)}${whyOf(model.macs)}`,
    `  other FLOPs  ${sum(model.flops, least)}`,
    `  bytes        ${sum(model.bytesRead, least)} read, ${sum(model.bytesWritten, least)} written`,
    `  output       ${shape(model.output)}`,
    ...inputText(model),
    ...memoryText(model.memory, least),
    ...cacheText(model.serving),
    ...model.assumptions.map((text) => `  assumed      ${text}`),
  ];
  if ("latency" in model) {
    lines.push(...costText(model, least));
    lines.push(...optimizationText(model.optimizations ?? [], model.scenario.mode));
  }
  if (model.failure !== null) lines.push(`  fails        ${at(model.failure)}${model.failure.message}`);
  for (const each of model.notCounted) lines.push(`  not counted  ${at(each)}${each.what}: ${each.why}`);
  return `${lines.join("\n")}\n`;
}

const whyOf = (total: Total): string =>
  typeof total === "object" && "unknown" in total ? `: ${total.unknown}` : "";

const inputText = (model: EstimateReport["models"][number]): readonly string[] => {
  const words = inputWords(model);
  if (words === undefined) return [];
  return [`  inputs       ${words}${model.inputSource === "guess" ? "; say them with --input" : ""}`];
};

/** Inference and a training step at the sizes in the code, and where both fit. */
function memoryText(memory: MemoryJson, bound: Bound): readonly string[] {
  const { peakInferenceBytes, peakTrainingBytes, optimizer, unsized } = memory;
  if (peakInferenceBytes === null || peakTrainingBytes === null) return [];
  const least = unsized > 0 && bound === "" ? "at least " : bound;
  const verdicts = memory.fitsOn ?? [];
  return [
    `  memory       ${least}${printBytes(peakInferenceBytes)} for inference, ${least}${printBytes(peakTrainingBytes)} for training with ${optimizer.name}`,
    ...(optimizer.assumption === null ? [] : [`  assumed      ${optimizer.assumption}`]),
    ...verdicts.map(
      ({ accelerator, inference, training }) =>
        `  on ${accelerator}: inference ${verdict(inference)}, training ${verdict(training)}`,
    ),
  ];
}

const cacheText = (serving: EstimateReport["models"][number]["serving"]): readonly string[] => {
  if (serving === null || serving.kvCacheBytes === null) return [];
  const { context, kvCacheBytes: all, kvCacheBytesPerToken: each } = serving;
  const more = each === null ? "" : `, ${bytesText(each)} more for each token`;
  return [
    `  KV cache     ${bytesText(all)} for ${typeof context === "number" ? context : context.formula} positions${more}`,
  ];
};

const bytesText = (count: Count): string =>
  typeof count === "number" ? printBytes(count) : `${count.formula} bytes`;

const verdict = (fit: Fit | null): string => {
  if (fit === null) return "not known";
  return fit === "too-large" ? "too large" : fit;
};

const at = ({ file, line }: { readonly file: string | null; readonly line: number | null }): string =>
  file === null ? "" : `${file}:${line ?? "?"}: `;
