/** `model.to(memory_format=torch.channels_last)`: convolutions on tensor cores read channels innermost. */
import type { OpRecord } from "../../graph/ir.ts";
import { isContiguous, isKnownShape, type TensorRef } from "../../graph/tensor.ts";
import { withOps } from "./_edit.ts";
import { changed, notApplicable, type Optimization } from "./_optimization.ts";
import { isFloat32 } from "./_state.ts";

export const optimization: Optimization = {
  title: "Channels-last memory format",
  risk: "rounding",
  stage: 4,
  limits:
    "It does not help in float32, under torch.compile, which chooses layouts itself, or where reshapes between convolutions force a copy back. Depthwise and grouped convolutions gain or lose by it, models with them are to be measured.",
  evidence: [
    "https://docs.pytorch.org/tutorials/intermediate/memory_format_tutorial.html",
    "timm benchmarks, RTX 3090 and RTX 4090, torch 2.4, the same models in both layouts",
  ],
  apply(graph, scenario) {
    if (!graph.ops.some((op) => op.name === "conv2d")) return notApplicable("it has no 2-D convolution");
    if (scenario.isCompiled) return notApplicable("torch.compile chooses layouts itself");
    if (scenario.accelerator.kind !== "gpu") return notApplicable("only GPUs are calibrated for layouts");
    if (isFloat32(graph, scenario))
      return notApplicable("in float32 the layout makes no difference that was measured");
    if (graph.ops.some(isGrouped))
      return notApplicable(
        "with depthwise or grouped convolutions nobody knows before measuring: 366 such models of timm took from 20 % less to 14 % more time",
      );
    const replaced = new Map<number, OpRecord>();
    for (const op of graph.ops) {
      const [input, ...others] = op.inputs;
      if (op.name !== "conv2d" || input === undefined || !isContiguous(input.meta)) continue;
      replaced.set(op.id, { ...op, inputs: [channelsLast(input), ...others] });
    }
    if (replaced.size === 0) return notApplicable("no 2-D convolution has its channels outermost");
    return changed(
      withOps(graph, replaced),
      scenario,
      `${replaced.size} convolutions read channels-last tensors`,
    );
  },
};

/** What the equations say of these had the wrong sign in half of the timm models, which were measured in both layouts. */
const isGrouped = (op: OpRecord): boolean =>
  op.name === "conv2d" && typeof op.attributes["groups"] === "number" && op.attributes["groups"] > 1;

function channelsLast(ref: TensorRef): TensorRef {
  const { shape } = ref.meta;
  if (!isKnownShape(shape) || shape.length !== 4) return ref;
  const [, channels = 1, height = 1, width = 1] = shape.map((size) =>
    typeof size === "number" ? size : (size.hint ?? 1),
  );
  return {
    ...ref,
    meta: { ...ref.meta, strides: [channels * height * width, 1, width * channels, channels] },
  };
}
