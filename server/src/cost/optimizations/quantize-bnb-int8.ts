/** LLM.int8() of bitsandbytes: weights in INT8, outliers in 16 bits, conversions at run time. Measured rows decide. */
import { measuredRatio } from "../knowledge.ts";
import { changed, notApplicable, type Optimization } from "./_optimization.ts";
import { isLanguageModel, parametersAt, weightStorages } from "./_state.ts";

export const optimization: Optimization = {
  title: "bitsandbytes INT8 weights",
  risk: "quality",
  stage: 3,
  limits:
    "It saves memory, not energy: in every measurement that is known it costs more energy than FP16, because weights and inputs are converted in launches of their own.",
  evidence: [
    "hongping-zh/quant-energy, Zenodo 10.5281/zenodo.22037483, CC BY 4.0",
    "hongping-zh/ecocompute-ai, MIT",
  ],
  apply(graph, scenario) {
    if (scenario.mode === "train") return notApplicable("measured for inference only");
    if (["fp8", "int8"].includes(scenario.precision))
      return notApplicable("its products have 8 bits already");
    if (scenario.samples > 1) return notApplicable("measured with one sequence at a time, not with several");
    if (!isLanguageModel(graph, weightStorages(graph)))
      return notApplicable("measured for language models only");
    const billions = parametersAt(graph, scenario) / 1e9;
    const measured = measuredRatio({ pattern: "bnb-int8", hardware: scenario.accelerator.id, billions });
    if (measured === undefined)
      return notApplicable(
        `no measurement of bitsandbytes INT8 is near ${billions.toPrecision(2)} billion parameters, so its effect is not known`,
      );
    const half = ["fp16", "bf16"].includes(scenario.precision) ? scenario.precision : "fp16";
    return {
      ...changed(
        graph,
        { ...scenario, precision: half },
        "measured while text is generated, one sequence at a time, against FP16",
      ),
      measured,
      weightRatio: 0.5,
    };
  },
};
