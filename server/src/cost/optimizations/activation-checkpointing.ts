/** Activations of each block are computed again in the backward pass in place of being kept: memory for energy. */
import type { OpRecord } from "../../graph/ir.ts";
import { withOps } from "./_edit.ts";
import { changed, notApplicable, type Optimization } from "./_optimization.ts";

export const optimization: Optimization = {
  title: "Activation checkpointing",
  risk: "none",
  stage: 4,
  limits:
    "It saves memory, not energy: every block runs forward twice. It pays only where the memory buys a larger batch, or makes training fit at all.",
  evidence: [
    "Chen et al., Training Deep Nets with Sublinear Memory Cost, arXiv:1604.06174",
    "https://docs.pytorch.org/docs/stable/checkpoint.html",
  ],
  apply(graph, scenario) {
    if (scenario.mode !== "train") return notApplicable("nothing is kept for a backward pass");
    if (graph.ops.some((op) => op.site.checkpoint !== undefined))
      return notApplicable("parts are checkpointed already");
    const blocks = new Map<string, number>();
    const replaced = new Map<number, OpRecord>();
    for (const op of graph.ops) {
      const block = blockOf(op.site.modulePath);
      if (block === undefined) continue;
      const region = blocks.get(block) ?? blocks.size;
      blocks.set(block, region);
      replaced.set(op.id, { ...op, site: { ...op.site, checkpoint: region } });
    }
    if (blocks.size < 2) return notApplicable("no repeated blocks were found");
    return changed(withOps(graph, replaced), scenario, `${blocks.size} blocks are checkpointed`);
  },
};

/** The module up to its first number: `layers.3` of `layers.3.attention.wq`. */
const blockOf = (path: string): string | undefined => /^(?:[^.]*\.)*?\d+(?=\.|$)/.exec(path)?.[0];
