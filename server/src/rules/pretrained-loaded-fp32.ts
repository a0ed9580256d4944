/**
 * Checks for large pretrained models that are loaded in float32 to run on a GPU.
 *
 * ## Why is this bad?
 * Before transformers 5, `from_pretrained` makes float32 weights whatever the checkpoint holds, and diffusers does so still: twice the memory, and
 * twice the bytes to read for every generated token, which is what decoding waits for. The
 * [transformers guide](https://huggingface.co/docs/transformers/main/en/llm_tutorial_optimization) counts 256 GB for 70 billion parameters in float32 and 128 GB in 16 bits.
 *
 * ## Example
 * ```py
 * from transformers import AutoModelForCausalLM
 *
 * model = AutoModelForCausalLM.from_pretrained("mistralai/Mistral-7B-v0.1").to("cuda")
 * ```
 *
 * Use instead:
 * ```py
 * from transformers import AutoModelForCausalLM
 *
 * model = AutoModelForCausalLM.from_pretrained("mistralai/Mistral-7B-v0.1", torch_dtype="auto").to("cuda")
 * ```
 *
 * Reported for models that generate text and for pipelines of diffusers, in files that name CUDA and do not train. Silent where any type,
 * quantization or device map is given, where the model is converted afterwards, and for small models by name.
 *
 * ## Fix safety
 * Suggestion: numerics change. `torch_dtype` is understood by all versions; from transformers 4.56 on it is also called `dtype`.
 *
 * ## When not to use it
 * With transformers 5, whose default follows the checkpoint, and on the CPU.
 *
 * ## References
 * - [Loading models in transformers](https://huggingface.co/docs/transformers/main/en/models#model-data-type)
 */
import { mentionsAny, speaksOfCuda } from "../semantic/device-evidence.ts";
import type { Call } from "../syntax/ast.ts";
import { nodesOf } from "../syntax/visit.ts";
import { appendArgument } from "./_edits.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "memory",
  topic: "inference",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  optimization: { id: "mixed-precision", of: "program" },
  libraries: ["transformers before 5", "diffusers"],
  on: {
    Call(call, ctx) {
      if (call.func.kind !== "Attribute" || call.func.attr !== "from_pretrained" || ctx.isTestFile) return;
      const name = ctx.qualified(call.func.value) ?? "";
      const isText =
        /^transformers\.(?:\w*ForCausalLM|AutoModelForSeq2SeqLM|\w*ForConditionalGeneration)$/.test(name);
      const isImages = /^diffusers\.\w*Pipeline\w*$/.test(name);
      if ((!isText && !isImages) || isTold(call) || isSmall(call, ctx)) return;
      if (!speaksOfCuda(ctx.module) || mentionsAny(trains, ctx.module) || isConverted(ctx)) return;
      const dtype = isText ? '"auto"' : isPlainTorch(ctx) ? "torch.float16" : undefined;
      ctx.report({
        at: call,
        certainty: "likely",
        message: `${isText ? "Before transformers 5 this" : "This"} loads float32 weights whatever the checkpoint holds: twice the memory, and twice the bytes to read in every step. Pass \`torch_dtype=${dtype ?? "torch.float16"}\`.`,
        ...(dtype === undefined
          ? { manual: "Import `torch` and pass `torch_dtype=torch.float16`." }
          : {
              fixes: [
                {
                  title: `Load with torch_dtype=${dtype} (16-bit numerics)`,
                  safety: "suggestion",
                  edits: [appendArgument(call, `torch_dtype=${dtype}`, ctx.chunk.text)],
                },
              ],
            }),
      });
    },
  },
});

const told =
  /^(?:torch_)?dtype$|quant|load_in_|device_map|variant|revision|^config$|gguf|text_encoder|transformer|^unet$/;

const isTold = (call: Call): boolean =>
  call.keywords.some((each) => each.name === undefined || told.test(each.name)) ||
  call.args.some((arg) => arg.kind === "Starred");

/** Half a billion parameters or less run as well in float32. */
function isSmall(call: Call, ctx: RuleContext): boolean {
  const [id] = call.args;
  if (id === undefined) return true;
  const text = id.kind === "Str" ? id.value : ctx.text(id);
  return /gpt-?2|distil|tiny|small|mini|bert|base|nano|debug|dummy|opt-1|opt-3|\b\d{2,3}m\b|t5-/i.test(text);
}

const trains = [
  "backward",
  "Trainer",
  "TrainingArguments",
  "SFTTrainer",
  "optimizer",
  "train",
  "get_peft_model",
];

/** `.half()`, `.to(torch.float16)`, `autocast` and the like, anywhere in the file. */
const isConverted = (ctx: RuleContext): boolean =>
  mentionsAny(["half", "bfloat16", "float16", "autocast", "quantize"], ctx.module) ||
  nodesOf(ctx.chunk.nodes, "Str").some((text) => /^(?:b?float16|fp16|bf16)$/.test(text.value));

const isPlainTorch = (ctx: RuleContext): boolean => {
  const bindings = ctx.module.bindings("torch");
  return (
    bindings.length > 0 &&
    bindings.every(({ binding }) => binding.kind === "import" && binding.qualified === "torch")
  );
};
