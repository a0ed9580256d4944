/** Sixteen-bit floating point: the whole model for inference, autocast over float32 weights for training. */

import { changed, notApplicable, type Optimization } from "./_optimization.ts";
import { isFloat32 } from "./_state.ts";

export const optimization: Optimization = {
  title: "Mixed precision",
  risk: "rounding",
  stage: 3,
  limits:
    "It does not help on hardware without fast 16-bit products, where launches set the pace, or where the model is so small that conversions cost more than they save.",
  evidence: [
    "Micikevicius et al., Mixed Precision Training, ICLR 2018, arXiv:1710.03740",
    "https://docs.pytorch.org/docs/stable/amp.html",
  ],
  apply(graph, scenario) {
    const { accelerator, mode } = scenario;
    if (!isFloat32(graph, scenario)) return notApplicable("it runs in 16 bits already");
    const { rates } = accelerator;
    const half = rates.bf16 !== undefined ? "bf16" : rates.fp16 !== undefined ? "fp16" : undefined;
    if (half === undefined) return notApplicable(`${accelerator.name} has no known 16-bit rate`);
    const precision = mode === "train" ? (half === "bf16" ? "amp-bf16" : "amp-fp16") : half;
    return changed(graph, { ...scenario, precision }, `precision ${precision}`);
  },
};
