/**
 * Checks for training on a GPU in float32 throughout.
 *
 * ## Why is this bad?
 * Tensor cores multiply 16-bit matrices several times as fast as float32 ones, and activations take half the memory. Under
 * `torch.autocast` weights and their updates stay in float32. The
 * [tuning guide](https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html#use-mixed-precision-and-amp) speaks of up to 3x on Volta and later;
 * a step that is limited by memory, by the loader or by launches gains little, hence a hint.
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * def main(loader):
 *     model = nn.Sequential(nn.Conv2d(3, 64, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(10)).cuda()
 *     optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
 *     for x, y in loader:
 *         optimizer.zero_grad()
 *         nn.functional.cross_entropy(model(x.cuda(non_blocking=True)), y.cuda(non_blocking=True)).backward()
 *         optimizer.step()
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * def main(loader):
 *     model = nn.Sequential(nn.Conv2d(3, 64, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(10)).cuda()
 *     optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
 *     for x, y in loader:
 *         optimizer.zero_grad()
 *         with torch.autocast("cuda", dtype=torch.bfloat16):
 *             loss = nn.functional.cross_entropy(model(x.cuda(non_blocking=True)), y.cuda(non_blocking=True))
 *         loss.backward()
 *         optimizer.step()
 * ```
 *
 * One hint per file, at the backward pass, and only where the file itself names CUDA, makes the optimizer and speaks of layers that tensor cores
 * run (convolutions, transformers, models of timm, torchvision or transformers). Silent when anything in it speaks of another precision, a
 * flag for one included, and where a framework trains. A smaller step is TF32: `torch.set_float32_matmul_precision("high")`.
 *
 * `transformers.TrainingArguments` and Lightning's `Trainer` on a GPU are reported when they are called without a precision.
 *
 * ## Fix safety
 * Suggestion, for the two frameworks: numerics change, and `bfloat16` needs Ampere or later. Loops are changed by hand.
 *
 * ## When not to use it
 * For small models, on GPUs before Volta, and where float32 is needed, as in physics.
 *
 * ## References
 * - [Automatic mixed precision](https://docs.pytorch.org/docs/stable/notes/amp_examples.html)
 */
import { isManagedByFramework, mentionsAny, speaksOfCuda } from "../semantic/device-evidence.ts";
import { isBackward } from "../semantic/loops.ts";
import { lastName } from "../semantic/paths.ts";
import { argumentOf, enclosingLoop } from "../semantic/structure.ts";
import type { Call } from "../syntax/ast.ts";
import { nodesOf } from "../syntax/visit.ts";
import { appendArgument } from "./_edits.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "precision",
  severity: { certain: "hint", likely: "hint", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  optimization: { id: "mixed-precision", of: "program" },
  torch: { from: [1, 10] },
  on: {
    Call(call, ctx) {
      if (ctx.isTestFile) return;
      const name = lastName(call.func);
      if (name === "TrainingArguments" || name === "Trainer") reportFramework(call, ctx);
      else if (isBackward(call)) reportLoop(call, ctx);
    },
  },
});

/** Names that say that some precision was thought of. */
const precisions = [
  "autocast",
  "GradScaler",
  "amp",
  "half",
  "bfloat16",
  "float16",
  "use_amp",
  "fp16",
  "bf16",
  "half_precision",
  "mixed_precision",
  "use_fp16",
  "precision",
  "dtype",
  "double",
  "float64",
  "scaler",
];

/** Layers and makers of models that spend their time in matrix products and convolutions. */
const heavy = [
  "Conv2d",
  "Conv3d",
  "ConvTranspose2d",
  "TransformerEncoderLayer",
  "TransformerEncoder",
  "Transformer",
  "MultiheadAttention",
  "resnet18",
  "resnet50",
  "resnet101",
  "create_model",
  "from_pretrained",
];

function reportLoop(backward: Call, ctx: RuleContext): void {
  const { module } = ctx;
  if (enclosingLoop(backward) === undefined || module.mentions("backward")[0] !== ctx.chunk) return;
  const first = nodesOf(ctx.chunk.nodes, "Call").find(
    (call) => isBackward(call) && enclosingLoop(call) !== undefined,
  );
  if (first !== backward || !mentionsAny(heavy, module) || !speaksOfCuda(module)) return;
  if (mentionsAny(precisions, module) || isManagedByFramework(module) || !makesOptimizer(ctx)) return;
  ctx.report({
    at: backward,
    certainty: "likely",
    message:
      'This trains in float32 throughout: tensor cores run 16-bit products several times as fast, and activations take half the memory. Run the forward pass and the loss under `torch.autocast("cuda", dtype=torch.bfloat16)`.',
    manual:
      "Put the forward pass and the loss under `torch.autocast`; with `float16` scale the loss by a `GradScaler`. On Ampere and later TF32 is the smaller step.",
  });
}

const optimizers = ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "NAdam"];

const makesOptimizer = (ctx: RuleContext): boolean =>
  optimizers.some((name) =>
    ctx.module
      .mentions(name)
      .some((chunk) =>
        nodesOf(chunk.nodes, "Call").some(
          (call) => lastName(call.func) === name && /^torch\.optim\./.test(ctx.qualified(call.func) ?? ""),
        ),
      ),
  );

const argumentsOfFrameworks: Readonly<Record<string, readonly string[]>> = {
  "transformers.TrainingArguments": ["fp16", "bf16", "use_cpu", "no_cuda", "tf32", "half_precision_backend"],
  "transformers.Seq2SeqTrainingArguments": ["fp16", "bf16", "use_cpu", "no_cuda", "tf32"],
  "lightning.pytorch.Trainer": ["precision", "plugins"],
};

function reportFramework(call: Call, ctx: RuleContext): void {
  const name = ctx.qualified(call.func) ?? "";
  const known = argumentsOfFrameworks[name];
  if (known === undefined || call.args.some((arg) => arg.kind === "Starred")) return;
  if (known.some((each) => argumentOf(call, each, undefined) !== undefined)) return;
  const isLightning = name.startsWith("lightning");
  if (isLightning && !isOnGpu(call)) return;
  if (!isLightning && (mentionsAny(["bfloat16", "float16", "half"], ctx.module) || loadsWithDtype(ctx)))
    return;
  const text = isLightning ? 'precision="bf16-mixed"' : "bf16=True";
  ctx.report({
    at: call.func,
    certainty: "likely",
    message: `Without a precision this trains in float32 throughout: tensor cores run 16-bit products several times as fast. Pass \`${text}\` on Ampere and later.`,
    fixes: [
      {
        title: `Train with ${text} (changes numerics, needs Ampere or later)`,
        safety: "suggestion",
        edits: [appendArgument(call, text, ctx.chunk.text)],
      },
    ],
  });
}

/** `from_pretrained(..., torch_dtype="auto")`: the weights have the precision they were published in. */
const loadsWithDtype = (ctx: RuleContext): boolean =>
  ctx.module
    .mentions("from_pretrained")
    .some((chunk) =>
      nodesOf(chunk.nodes, "Keyword").some((each) => /^(?:torch_)?dtype$/.test(each.name ?? "")),
    );

const isOnGpu = (call: Call): boolean => {
  const accelerator = argumentOf(call, "accelerator", undefined);
  const gpus = argumentOf(call, "gpus", undefined);
  const isNamed = accelerator !== undefined && accelerator !== "unknown" && accelerator.kind === "Str";
  return (
    (isNamed && /^(?:gpu|cuda)$/.test(accelerator.value)) ||
    (gpus !== undefined && gpus !== "unknown" && gpus.kind === "Int" && gpus.value > 0)
  );
};
