/**
 * Checks for models that cannot be trained on the chosen accelerator: weights, gradients, optimizer state and activations
 * together exceed its memory.
 *
 * Computed on `rtx4090`, the examples below differ in the depth of the model alone.
 *
 * ## Why is this bad?
 * With Adam in float32 each parameter takes 16 bytes: weight, gradient and two moments, before the first activation. A
 * run that does not fit ends with an out-of-memory error, often only in its first optimizer step, after the data has been
 * prepared and the machine rented.
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Net(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.layers = nn.Sequential(*[nn.Linear(8192, 8192) for _ in range(32)])
 *
 *     def forward(self, x):
 *         return self.layers(x)
 *
 *
 * model = Net()
 * optimizer = torch.optim.AdamW(model.parameters())
 * loss = model(torch.randn(8, 8192)).sum()
 * loss.backward()
 * optimizer.step()
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Net(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.layers = nn.Sequential(*[nn.Linear(8192, 8192) for _ in range(16)])
 *
 *     def forward(self, x):
 *         return self.layers(x)
 *
 *
 * model = Net()
 * optimizer = torch.optim.AdamW(model.parameters())
 * loss = model(torch.randn(8, 8192)).sum()
 * loss.backward()
 * optimizer.step()
 * ```
 *
 * ## Fix safety
 * None: activation checkpointing, an 8-bit optimizer, sharding, a smaller batch or a larger board each change the run.
 *
 * ## When not to use it
 * It speaks only when an accelerator is chosen, the model was interpreted completely, and the file trains. Where the file
 * names sharding, offloading, adapters or quantization, it is silent: then less is held than the model alone says.
 *
 * ## References
 * - [huggingface/transformers: methods and tools for efficient training](https://huggingface.co/docs/transformers/perf_train_gpu_one)
 * - Rajbhandari et al. 2020, [ZeRO](https://arxiv.org/abs/1910.02054), section 3: where the memory goes
 */
import { amount } from "../base/amount.ts";
import { type Memory, memoryOf } from "../graph/memory.ts";
import { fitsOn } from "../hardware/fits-on.ts";
import { nameAt } from "./_module-text.ts";
import { defineModelRule } from "./_rule.ts";

const trains = /\.backward\(|\bTrainer\(/;
/** Whatever keeps part of the state elsewhere, or smaller. */
const savesMemory =
  /fsdp|deepspeed|zero_redundancy|zeroredundancy|\bpeft\b|\blora\b|bitsandbytes|\bbnb\b|8bit|offload|adafactor|galore|tensor_parallel|pipeline_parallel|DTensor|fully_shard|meta_device|checkpoint_sequential/i;

export const rule = defineModelRule({
  category: "memory",
  topic: "training",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "none",
  since: "0.1.0",
  onModel({ graph, isComplete, assumptions, place, name, inputs }, ctx) {
    const { accelerator, source, file } = ctx;
    if (accelerator === undefined || !isComplete || inputs.length === 0) return;
    if (!ctx.ask((text) => trains.test(text) && !savesMemory.test(text))) return;
    const copies = ctx.ask((text) => /\bAdam/.test(text)) ? 2 : 0;
    const memory = memoryOf(graph, new Map(), { copies });
    // Without a batch of its own the file says nothing of activations.
    const needed = assumptions.length === 0 ? memory.trainingPeak : stateOf(memory);
    const at =
      place?.file === file
        ? nameAt(place, source)
        : graph.ops.find((op) => op.site.place?.file === file)?.site.place;
    if (memory.unsized > 0 || at === undefined || fitsOn(accelerator, needed).kind !== "too-large") return;
    const parts = [
      `weights and buffers ${amount(memory.parameters + memory.buffers, "byte")}`,
      `gradients ${amount(memory.gradients, "byte")}`,
      ...(copies > 0 ? [`Adam's moments ${amount(memory.optimizer, "byte")}`] : []),
      ...(assumptions.length === 0 ? [`activations ${amount(memory.savedActivations, "byte")}`] : []),
    ];
    ctx.report({
      at,
      certainty: needed > 1.2 * accelerator.memory.value ? "certain" : "likely",
      message: `Training \`${name}\` takes at least ${amount(needed, "byte")} (${parts.join(", ")}), more than the ${amount(accelerator.memory.value, "byte")} of ${accelerator.name}. Shard it, checkpoint activations, take an 8-bit optimizer or smaller batches.`,
    });
  },
});

const stateOf = ({ parameters, buffers, gradients, optimizer }: Memory): number =>
  parameters + buffers + gradients + optimizer;
