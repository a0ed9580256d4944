/** Keys and values of earlier positions are kept: a new token is one position, not the whole sequence once more. */
import { decodeStep, positionsOf } from "../decode-step.ts";
import { changed, notApplicable, type Optimization } from "./_optimization.ts";

export const optimization: Optimization = {
  title: "Key-value cache",
  risk: "none",
  stage: 2,
  isOtherWorkload: true,
  limits:
    "It does not help where the sequence is run once: prefill, scoring, training, encoders. It needs memory for every sequence that is kept.",
  evidence: ["Pope et al., Efficiently Scaling Transformer Inference, MLSys 2023, arXiv:2211.05102"],
  apply(graph, scenario) {
    if (scenario.mode === "train") return notApplicable("training runs every position anyway");
    const positions = positionsOf(graph, scenario);
    if (positions === undefined) return notApplicable("no attention of a sequence to itself was found");
    if (!positions.isCausal)
      return notApplicable("attention is not causal: earlier positions change when the sequence grows");
    const after = decodeStep(graph, positions.count, scenario);
    if (after === undefined) return notApplicable("no attention of a sequence to itself was found");
    return changed(
      after,
      scenario,
      `generation: without the cache every new token runs all ${positions.count} positions, with it one`,
    );
  },
};
