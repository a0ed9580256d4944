/**
 * Checks for language models that are loaded in 8 bit with bitsandbytes to generate text.
 *
 * ## Why is this bad?
 * `load_in_8bit=True` halves the memory of the weights. It does not save energy: in all 13 of EcoCompute's measurements the
 * 8-bit model took more energy per generated token than the same model in FP16.
 *
 * | method | GPU | parameters | energy per token against FP16 |
 * | --- | --- | --- | --- |
 * | INT8 | RTX 4090 | 0.5 B | +242 %, +595 % |
 * | INT8 | RTX 4090 | 1.1 B | +146 %, +302 % |
 * | INT8 | RTX 4090 | 1.5 B | +181 %, +365 % |
 * | INT8 | RTX 4090 | 3 B | +135 %, +273 % |
 * | INT8 | RTX 4090 | 7 B | +50 %, +106 % |
 * | INT8 | A800 | 7 to 14 B | +107 % to +131 % |
 * | INT8, `llm_int8_threshold=0.0` | A800 | 7 to 14 B | +33 % to +56 % |
 *
 * The two figures of a row are two sessions. All of them are for one sequence at a time (batch 1), where the 8-bit
 * kernels leave most of the GPU waiting; other batch sizes, GPUs and versions of bitsandbytes were not measured.
 *
 * 4-bit NF4 (`load_in_4bit=True`) is another matter, and depends on the size: at 7 B it took 4 % to 39 % less energy
 * than FP16 on all five GPUs and sessions measured; at 0.5 and 1.1 B it took 5 % to 56 % more; at 3 B between 15 % less
 * and 25 % more. NF4 changes what a model says more than INT8 does: in the RTX 4090 session that measured both,
 * perplexity rose by 5 % to 28 %.
 *
 * ## Example
 * ```py
 * from transformers import AutoModelForCausalLM, BitsAndBytesConfig
 *
 * model = AutoModelForCausalLM.from_pretrained(
 *     "Qwen/Qwen2-7B", quantization_config=BitsAndBytesConfig(load_in_8bit=True)
 * )
 * ```
 *
 * Use instead, where 16 bits per parameter fit in memory:
 * ```py
 * import torch
 * from transformers import AutoModelForCausalLM
 *
 * model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen2-7B", torch_dtype=torch.float16)
 * ```
 *
 * ## Fix safety
 * No automatic fix: which precision fits, and is good enough, is for you to measure.
 *
 * ## When not to use it
 * When the model does not fit in 16 bits, 8 bits are what makes it run. The rule is silent in files that train (LoRA on an
 * 8-bit base saves memory on purpose), with offloading to the CPU or a memory limit, for models named as larger than 20 B, and for
 * other libraries: nothing here was measured for torchao, TensorRT-LLM, vLLM or GPTQ.
 *
 * ## References
 * - EcoCompute's measurements: [quant-energy](https://github.com/hongping-zh/quant-energy) (Zenodo
 *   [10.5281/zenodo.22037483](https://doi.org/10.5281/zenodo.22037483), data CC BY 4.0) and
 *   [ecocompute-ai](https://github.com/hongping-zh/ecocompute-ai) (MIT); NVML at 10 Hz, one author, not reviewed
 * - [LLM.int8()](https://arxiv.org/abs/2208.07339)
 */
import { type BnbMethod, energyChange, measurementsNear, measurementsOf } from "../cost/bnb-energy.ts";
import type { Binding } from "../semantic/bindings.ts";
import type { Module } from "../semantic/module.ts";
import { bindingsOf } from "../semantic/names.ts";
import type { Call, Keyword } from "../syntax/ast.ts";
import { nodesOf } from "../syntax/visit.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

/** What a file mentions that generates text with a language model. */
const generates = [
  "AutoModelForCausalLM",
  "LlamaForCausalLM",
  "MistralForCausalLM",
  "Qwen2ForCausalLM",
  "GPT2LMHeadModel",
];
/** What a file mentions that trains one: there 8 bits are for memory. */
const trains = [
  "prepare_model_for_kbit_training",
  "prepare_model_for_int8_training",
  "get_peft_model",
  "LoraConfig",
  "Trainer",
  "SFTTrainer",
  "Seq2SeqTrainer",
  "TrainingArguments",
  "backward",
];
const limitsMemory = ["max_memory", "llm_int8_enable_fp32_cpu_offload", "offload_folder"];
/** Beyond what was measured, and where 16 bits need more than one GPU. */
const largestBillions = 20;

export const rule = defineRule({
  category: "energy",
  topic: "inference",
  // "possible" is `llm_int8_threshold=0.0`, which was measured on one GPU.
  severity: { certain: "warning", likely: "warning", possible: "info" },
  fix: "none",
  since: "0.1.0",
  libraries: ["transformers with bitsandbytes"],
  on: {
    Keyword(keyword, ctx) {
      if (keyword.name !== "load_in_8bit" || keyword.value.kind !== "Bool" || !keyword.value.value) return;
      const call = keyword.parent;
      if (call?.kind !== "Call" || ctx.isTestFile || !isTransformers(call, ctx)) return;
      if (!mentionsAny(generates, ctx.module) || mentionsAny(trains, ctx.module)) return;
      const loading = loadingCall(call);
      const keywords = [...call.keywords, ...loading.keywords];
      if (keywords.some(isMemoryLimit)) return;
      const sizes = sizesNamed(ctx.module);
      if (sizes.some((each) => each > largestBillions)) return;
      const billions = sizeOf(loading, ctx.module) ?? onlyOne(sizes);
      const method = methodOf(call);
      if (method === undefined) return;
      ctx.report({
        at: keyword,
        certainty: method === "int8" ? "likely" : "possible",
        message: `\`load_in_8bit=True\` saves memory, not energy: ${evidence(method, billions)}. Load the model in float16 or bfloat16 if it fits.`,
        manual:
          "Load the model in float16 or bfloat16 if it fits, and measure: no precision is right for every GPU.",
      });
    },
  },
});

/** `BitsAndBytesConfig(...)` of transformers, or `X.from_pretrained(...)` of one of its language models. */
function isTransformers(call: Call, ctx: RuleContext): boolean {
  const name = ctx.qualified(call.func);
  if (name === "transformers.BitsAndBytesConfig") return true;
  return name !== undefined && /^transformers\.\w*(?:ForCausalLM|LMHeadModel)\.from_pretrained$/.test(name);
}

const mentionsAny = (names: readonly string[], module: Module): boolean =>
  names.some((name) => module.isMentioned(name));

/** The call that loads the model, when the configuration is made inside of it; the call itself otherwise. */
const loadingCall = (call: Call): Call =>
  call.parent?.kind === "Keyword" && call.parent.parent?.kind === "Call" ? call.parent.parent : call;

function isMemoryLimit({ name, value }: Keyword): boolean {
  // What `**options` brings is unknown.
  if (name === undefined || limitsMemory.includes(name)) return true;
  return name === "device_map" && (value.kind === "Dict" || (value.kind === "Str" && value.value === "cpu"));
}

/** `undefined` when the threshold is not a literal: which method runs is unknown. */
function methodOf(call: Call): BnbMethod | undefined {
  const threshold = call.keywords.find((keyword) => keyword.name === "llm_int8_threshold")?.value;
  if (threshold === undefined) return "int8";
  if (threshold.kind !== "Float" && threshold.kind !== "Int") return undefined;
  return threshold.value === 0 ? "int8-threshold-0" : "int8";
}

const isLoading = (call: Call): boolean =>
  call.func.kind === "Attribute" && call.func.attr === "from_pretrained";

/** The sizes of the models that the file loads, as their names tell, through names given once. */
const sizesNamed = (module: Module): readonly number[] =>
  module
    .mentions("from_pretrained")
    .flatMap((chunk) => nodesOf(chunk.nodes, "Call").filter(isLoading))
    .flatMap((call) => sizeOf(call, module) ?? []);

const onlyOne = (sizes: readonly number[]): number | undefined =>
  sizes.every((size) => size === sizes[0]) ? sizes[0] : undefined;

/** Billions of parameters as the name of the model says: `Qwen/Qwen2-7B`, `opt-350m`. */
function sizeOf(loading: Call, module: Module): number | undefined {
  const [model] = loading.args;
  const names =
    model?.kind === "Name"
      ? bindingsOf(model, module).map(givenText)
      : [model?.kind === "Str" ? model.value : undefined];
  const sizes = names.map((name) => {
    const match = name === undefined ? null : /(?:^|[-_/x])(\d+(?:\.\d+)?)(b|m)(?![a-z])/i.exec(name);
    if (match?.[1] === undefined) return undefined;
    return Number(match[1]) / (match[2]?.toLowerCase() === "m" ? 1000 : 1);
  });
  return sizes.length === 1 ? sizes[0] : undefined;
}

function givenText(binding: Binding): string | undefined {
  const value =
    binding.kind === "assign" ? binding.value : binding.kind === "param" ? binding.node.default : undefined;
  return value?.kind === "Str" ? value.value : undefined;
}

/** The measurements nearest to the model's size; all of them when its size is not known. */
function evidence(method: BnbMethod, billions: number | undefined): string {
  const near = billions === undefined ? undefined : measurementsNear(method, billions);
  const rows = near ?? measurementsOf(method);
  const changes = rows.map(energyChange);
  const [least, most] = [Math.min(...changes), Math.max(...changes)];
  const gpus = [...new Set(rows.map((row) => row.gpu))].sort().join(" and ");
  const models = [...new Set(rows.map((row) => row.model))];
  const of =
    near === undefined ? `${rows.length} measurements` : `the measurements of ${models.join(" and ")}`;
  const setting = method === "int8" ? "bitsandbytes INT8" : "bitsandbytes INT8 without outliers";
  return `in EcoCompute's ${of.replace(/^the /, "")} (${gpus}, batch 1) ${setting} took ${least === most ? most : `${least} % to ${most}`} % more energy per token than FP16`;
}
