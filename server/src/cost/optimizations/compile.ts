/** `torch.compile`: element-wise work between two products becomes one loop, launches become few. */
import { changed, notApplicable, type Optimization } from "./_optimization.ts";

export const optimization: Optimization = {
  title: "Operator fusion with torch.compile",
  risk: "rounding",
  stage: 4,
  limits:
    "It does not help where large products are all the work, where shapes change with every call, where graph breaks cut the model into pieces, or where the time to compile outweighs the runs.",
  evidence: [
    "Ansel et al., PyTorch 2, ASPLOS 2024, doi:10.1145/3620665.3640366",
    "timm benchmarks, RTX 4090, torch 2.9, the same models eager and compiled",
    "https://docs.pytorch.org/docs/stable/generated/torch.compile.html",
  ],
  apply(graph, scenario) {
    if (scenario.isCompiled) return notApplicable("it is compiled already");
    if (scenario.accelerator.kind !== "gpu")
      return notApplicable("only compiled runs on GPUs are calibrated");
    return changed(
      graph,
      { ...scenario, isCompiled: true },
      "no graph breaks, shapes stay the same, compile time not counted",
    );
  },
};
