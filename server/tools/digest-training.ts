/**
 * Interprets the convolutional networks whose training energy Zeus measured and writes what a step launches, as numbers, for
 * `npm run calibrate`:
 *
 *   npm run digest:training -- CHECKOUT OUTPUT-FOLDER
 *
 * CHECKOUT is ml-energy/zeus@9703b31; the ResNet-50 is torchvision's. A step is forward, backward and Adadelta in a loop over parameters,
 * as torch 1.10 runs it.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Kernel } from "../src/cost/kernel.ts";
import { lower } from "../src/cost/lower.ts";
import { keptGradientPasses } from "../src/cost/optimizer.ts";
import { stepsOf } from "../src/cost/step.ts";
import { trainedBytes } from "../src/cost/trained-parameters.ts";
import { trainingSteps } from "../src/cost/training.ts";
import type { Graph } from "../src/graph/ir.ts";
import { createSession } from "../src/host/model-session.ts";
import { estimateModels } from "../src/model/estimate-model.ts";
import { tensorInput } from "../src/model/input-spec.ts";
import { digestColumns, digestLine } from "./calibrate/digest.ts";
import { packagesBeside } from "./packages-beside.ts";

const batch = 4;
const sizes: ReadonlyMap<string, number> = new Map();
const limits = { steps: 80_000_000, depth: 200, ops: 1_000_000, milliseconds: 60_000 };

const models = [
  { model: "resnet50", from: "torchvision.models", entry: "resnet50", size: 224 },
  { model: "shufflenetv2", from: "models.shufflenetv2", entry: "ShuffleNetV2", size: 32 },
] as const;

/**
 * Passes over the memory of a parameter that the launches of Adadelta make, with those of its gradient. Source: the loop over
 * parameters in `torch/optim/_functional.py` of torch 1.10.
 */
const adadelta = [...keptGradientPasses, 2, 3, 2, 2, 2, 2, 3, 3, 2, 3, 3];

const update: Omit<Kernel, "bytes" | "fixedBytes"> = {
  class: "pointwise",
  rate: "fp32",
  macs: 0,
  flops: 0,
  rows: 0,
  columns: 0,
  inner: 0,
  batch: 1,
  window: 1,
  channelsFirst: false,
  serial: 0,
  op: 0,
};

function updates(graph: Graph): readonly Kernel[] {
  return trainedBytes(graph, "as-written", sizes).flatMap((bytes) =>
    adadelta.map((passes) => ({ ...update, bytes: passes * bytes, fixedBytes: passes * bytes })),
  );
}

const [checkout = "", output = ""] = process.argv.slice(2);
const root = join(checkout, "examples/cifar100");
const session = await createSession([root, ...packagesBeside(1)], limits);
const lines = models.flatMap(({ model, from, entry, size }) => {
  const [found] = estimateModels(session.interpreter, {
    file: join(root, "__digest__.py"),
    source: session.syntax.parse(`from ${from} import ${entry}\n`),
    entry: `${entry}()`,
    training: true,
    inputs: [tensorInput({ name: undefined, dtype: "float32", shape: [batch, 3, size, size] })],
  });
  if (found?.complete !== true) throw new Error(`${model}: ${found?.failure?.message ?? "no result"}`);
  const forward = lower(found.graph, {
    precision: "as-written",
    sizes,
    isHalfNorm: () => false,
    addsBiasApart: true,
    upcastsAttention: true,
    channelsLast: false,
  });
  const step = trainingSteps(forward);
  const kernels = [...stepsOf(step), ...updates(found.graph)];
  return digestLine({ model, imageSize: size, macs: 0 }, kernels, batch);
});
writeFileSync(
  join(output, "training-digests.csv.gz"),
  gzipSync(`${[digestColumns.join(","), ...lines].join("\n")}\n`, { level: 9 }),
);
