/**
 * Checks for tokenizers that pad every text to a fixed, large length.
 *
 * ## Why is this bad?
 * Padding is computed like text: a batch of 40 tokens padded to 512 costs more than ten times its work, and attention grows with the square. In
 * [transformers#14125](https://github.com/huggingface/transformers/issues/14125) the same job took 3 minutes padded to 512 and 35 s unpadded.
 *
 * ## Example
 * ```py
 * from transformers import AutoTokenizer
 *
 * tokenizer = AutoTokenizer.from_pretrained("org/model")
 *
 *
 * def encode(texts):
 *     return tokenizer(texts, padding="max_length", max_length=512, truncation=True, return_tensors="pt")
 * ```
 *
 * Use instead:
 * ```py
 * from transformers import AutoTokenizer
 *
 * tokenizer = AutoTokenizer.from_pretrained("org/model")
 *
 *
 * def encode(texts):
 *     return tokenizer(texts, padding="longest", max_length=512, truncation=True, return_tensors="pt")
 * ```
 *
 * Reported for a `max_length` of 256 or more that is written in the call. Silent in files that speak of TPUs, compilation, export or diffusion models, which need fixed
 * shapes or were trained with them.
 *
 * ## Fix safety
 * Suggestion: shapes differ from batch to batch. Offered where the call makes tensors; a dataset that is tokenized beforehand also needs a collator that
 * pads, such as `DataCollatorWithPadding`.
 *
 * ## When not to use it
 * With compiled or exported models, and for texts that fill the length anyway.
 *
 * ## References
 * - [Padding and truncation](https://huggingface.co/docs/transformers/main/en/pad_truncation)
 */
import { mentionsAny } from "../semantic/device-evidence.ts";
import { bindingsOf } from "../semantic/names.ts";
import { lastName } from "../semantic/paths.ts";
import { argumentOf } from "../semantic/structure.ts";
import type { Call } from "../syntax/ast.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "energy",
  topic: "data-loading",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Keyword(keyword, ctx) {
      const { name, value } = keyword;
      const isFixed = name === "padding" && value.kind === "Str" && value.value === "max_length";
      const isOld = name === "pad_to_max_length" && value.kind === "Bool" && value.value;
      const call = keyword.parent;
      if ((!isFixed && !isOld) || call?.kind !== "Call" || ctx.isTestFile) return;
      if (!/tok|encode_plus|processor/i.test(lastName(call.func) ?? "")) return;
      const length = lengthOf(call, ctx);
      if (length === undefined || length < 256 || mentionsAny(fixedShapes, ctx.module)) return;
      const makesTensors = argumentOf(call, "return_tensors", undefined) !== undefined;
      ctx.report({
        at: keyword,
        certainty: "likely",
        message: `Every text is padded to ${length} tokens, and padding is computed like text. Pad to the longest of the batch: \`padding="longest"\`.`,
        ...(makesTensors
          ? {
              fixes: [
                {
                  title: "Pad to the longest text of the batch (shapes differ between batches)",
                  safety: "suggestion",
                  edits: [{ span: keyword, text: 'padding="longest"' }],
                },
              ],
            }
          : { manual: "Leave the padding to the collator of the batch: `DataCollatorWithPadding`." }),
      });
    },
  },
});

const fixedShapes = [
  "xla",
  "torch_xla",
  "xm",
  "compile",
  "onnx",
  "export",
  "diffusers",
  "CUDAGraph",
  "unet",
  "vae",
  "jax",
  "tf",
  "T5EncoderModel",
  "text_encoder",
];

/** A length as it is written, also through a name that has one value. */
function lengthOf(call: Call, ctx: RuleContext): number | undefined {
  const length = argumentOf(call, "max_length", undefined);
  if (length === undefined || length === "unknown") return undefined;
  if (length.kind === "Int") return length.value;
  if (length.kind !== "Name") return undefined;
  const [binding, ...others] = bindingsOf(length, ctx.module);
  return binding?.kind === "assign" && others.length === 0 && binding.value.kind === "Int"
    ? binding.value.value
    : undefined;
}
