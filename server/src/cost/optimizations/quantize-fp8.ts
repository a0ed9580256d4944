/** Weights and the inputs of linear layers in FP8 (E4M3), products on FP8 tensor cores, the rest in bfloat16. */

import { changed, notApplicable, type Optimization } from "./_optimization.ts";
import { isLinear, weightStorages } from "./_state.ts";

export const optimization: Optimization = {
  title: "FP8 weights and activations",
  risk: "quality",
  stage: 3,
  limits:
    "It does not help on hardware without FP8 products, in layers so small that converting their inputs costs more than it saves, or where launches set the pace.",
  evidence: [
    "Micikevicius et al., FP8 Formats for Deep Learning, arXiv:2209.05433",
    "ML.ENERGY benchmark v3, bfloat16 against FP8 weights on H100",
  ],
  apply(graph, scenario) {
    const { accelerator, mode, precision } = scenario;
    if (mode === "train") return notApplicable("training in FP8 needs scaling that is not modeled");
    if (precision === "fp8" || precision === "int8") return notApplicable("its products have 8 bits already");
    if (accelerator.rates.fp8 === undefined) return notApplicable(`${accelerator.name} has no FP8 products`);
    const weights = weightStorages(graph);
    if (!graph.ops.some((op) => isLinear(op, weights))) return notApplicable("it has no linear layers");
    return changed(
      graph,
      { ...scenario, precision: "fp8" },
      "static scales; norms and attention stay in bfloat16",
    );
  },
};
