/** Weights and inputs of products in INT8 with static scales, as inference engines run it; the rest in 16 bits. */

import { changed, notApplicable, type Optimization } from "./_optimization.ts";
import { isLinear, weightStorages } from "./_state.ts";

export const optimization: Optimization = {
  title: "INT8 weights and activations in an inference engine",
  risk: "quality",
  stage: 3,
  limits:
    "It needs kernels with INT8 products (TensorRT, torchao, vLLM). bitsandbytes INT8 is another thing: it converts at run time, and every measurement of it costs energy.",
  evidence: ["Xiao et al., SmoothQuant, ICML 2023, arXiv:2211.10438", "https://docs.pytorch.org/ao/stable/"],
  apply(graph, scenario) {
    const { accelerator, mode, precision } = scenario;
    if (mode === "train") return notApplicable("INT8 is for inference");
    if (precision === "fp8" || precision === "int8") return notApplicable("its products have 8 bits already");
    if (accelerator.rates.int8 === undefined)
      return notApplicable(`${accelerator.name} has no INT8 products that are published`);
    const weights = weightStorages(graph);
    if (!graph.ops.some((op) => isLinear(op, weights) || op.name.startsWith("conv")))
      return notApplicable("it has neither linear layers nor convolutions");
    return changed(
      graph,
      { ...scenario, precision: "int8" },
      "static scales; norms and attention stay in 16 bits",
    );
  },
};
