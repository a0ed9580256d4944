/**
 * Checks for layers and parameters that a model makes and never uses.
 *
 * ## Why is this bad?
 * Their weights take memory on the device, in checkpoints and, with Adam, three times more while training; with
 * `DistributedDataParallel` the first backward pass ends with an error about parameters that took no part in the loss.
 * Often the layer was meant to be used: a norm that no line applies is a bug, not only waste.
 *
 * ## Example
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Block(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.norm = nn.LayerNorm(512)
 *         self.linear = nn.Linear(512, 512)
 *
 *     def forward(self, x):
 *         return self.linear(x)
 *
 *
 * Block()(torch.randn(4, 512))
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * import torch.nn as nn
 *
 *
 * class Block(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.norm = nn.LayerNorm(512)
 *         self.linear = nn.Linear(512, 512)
 *
 *     def forward(self, x):
 *         return self.linear(self.norm(x))
 *
 *
 * Block()(torch.randn(4, 512))
 * ```
 *
 * ## Fix safety
 * None: to use the layer and to delete it both change what checkpoints hold or what the model computes.
 *
 * ## When not to use it
 * Where a layer stays so that old checkpoints load. It speaks only when the model was interpreted completely, no op read
 * the weights, and nothing else in the file mentions the name; a subclass in another file may still use it.
 *
 * ## References
 * - [DistributedDataParallel](https://docs.pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html): `find_unused_parameters`
 */
import { amount } from "../base/amount.ts";
import { evaluate } from "../graph/dim.ts";
import type { Graph, StateRecord } from "../graph/ir.ts";
import { bytesOf } from "../graph/tensor.ts";
import { elementsOf } from "../graph/work.ts";
import { assignmentsOf, mentionsOf } from "./_module-text.ts";
import { defineModelRule } from "./_rule.ts";

export const rule = defineModelRule({
  category: "memory",
  topic: "layers",
  severity: { certain: "warning", likely: "info", possible: "off" },
  fix: "none",
  since: "0.1.0",
  onModel({ graph, isComplete, name, inputs }, ctx) {
    if (!isComplete || inputs.length === 0 || graph.ops.length === 0) return;
    const unused = unusedByAttribute(graph);
    if (unused.size === 0) return;
    const usesNames = ctx.ask((source) =>
      /\b(?:getattr|__dict__|named_children|named_modules|_modules|vars)\b/.test(source),
    );
    for (const [attribute, states] of unused) {
      const isMentioned = ctx.ask(
        (source) => mentionsOf(attribute, source).length > assignmentsOf(attribute, source).length,
      );
      const [first] = assignmentsOf(attribute, ctx.source);
      if (first === undefined || isMentioned) continue;
      const elements = total(states, elementsOf);
      const bytes = total(states, ({ tensor }) => bytesOf(tensor.meta));
      ctx.report({
        at: { file: ctx.file, span: first },
        certainty: usesNames ? "likely" : "certain",
        message: `\`${name}\` never uses \`self.${attribute}\`: ${elements.toLocaleString("en-US")} parameters (${amount(bytes, "byte")}, and ${amount(3 * bytes, "byte")} more to train with Adam) take no part in its output. Use it, or delete it.`,
        manual: "Whether it should be used or deleted is for you to say.",
      });
    }
  },
});

/** Parameters that no op reads, by the attribute that holds the whole of what is unused. */
function unusedByAttribute(graph: Graph): ReadonlyMap<string, readonly StateRecord[]> {
  const read = new Set<number>();
  for (const { inputs } of graph.ops) for (const { meta } of inputs) read.add(meta.storage.id);
  for (const { meta } of graph.outputs) read.add(meta.storage.id);
  const isUnused = ({ tensor }: StateRecord): boolean => !read.has(tensor.meta.storage.id);
  const unused = graph.parameters.filter(isUnused);
  if (unused.length === 0) return new Map();
  const usedPaths = new Set(
    graph.parameters.filter((state) => !isUnused(state)).flatMap(({ names }) => names.flatMap(pathsAbove)),
  );
  const found = new Map<string, StateRecord[]>();
  for (const state of unused) {
    const [name] = state.names;
    if (name === undefined || state.names.length > 1) continue;
    const path = pathsAbove(name).find((each) => !usedPaths.has(each)) ?? name;
    const attribute = path.split(".").findLast((part) => !/^\d+$/.test(part));
    if (attribute === undefined || attribute === "weight" || attribute === "bias") continue;
    const same = found.get(attribute);
    if (same === undefined) found.set(attribute, [state]);
    else same.push(state);
  }
  return found;
}

/** `a.b.c`: `a`, `a.b` and itself. */
const pathsAbove = (name: string): readonly string[] =>
  name.split(".").map((_, i, parts) => parts.slice(0, i + 1).join("."));

const total = (
  states: readonly StateRecord[],
  of: (state: StateRecord) => Parameters<typeof evaluate>[0],
): number => states.reduce((sum, state) => sum + (evaluate(of(state), new Map()) ?? 0), 0);
