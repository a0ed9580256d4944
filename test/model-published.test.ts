import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { estimateJson, lineFinder } from "../server/src/analysis/estimate-report.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { parseInputSpecs } from "../server/src/model/input-spec.ts";
import { type CsvRow, cell, readCsv, requiredNumber } from "../server/tools/csv.ts";

/** Where Debian's python3-torchvision lies. */
const packages = "/usr/lib/python3/dist-packages";

/**
 * What torchvision 0.29.1 says of its weights (`_ops` in GMACs to three decimals, `num_params`; BSD-3-Clause). What it counts
 * for detectors that look at regions depends on how many boxes noise happens to give: of those the parameters are compared.
 */
const published = readCsv("test/models/torchvision-ops.csv");

/** The arguments that the published weights were trained with. */
function argumentsOf(builder: string, size: string): string {
  if (builder === "googlenet") return "aux_logits=False, init_weights=False";
  if (builder === "inception_v3") return "init_weights=False";
  if (builder.startsWith("vit_")) return `image_size=${size}`;
  return "";
}

function entryOf(row: CsvRow): string {
  const builder = cell(row, "builder");
  const size = cell(row, "input").split("x").at(-1) ?? "";
  switch (cell(row, "task")) {
    case "quantized_classification":
      return `models.quantization.${builder}(${argumentsOf(builder, size)})`;
    case "segmentation":
      return `models.segmentation.${builder}(weights_backbone=None, aux_loss=True)`;
    case "detection":
      // With weights of its backbone a detector keeps their batch norms frozen: those hold buffers and no parameters.
      return `models.detection.${builder}(weights_backbone="${builder.endsWith("_v2") ? "IMAGENET1K_V2" : "IMAGENET1K_V1"}")`;
    case "video":
      return `models.video.${builder}()`;
    case "optical_flow":
      return `models.optical_flow.${builder}()`;
    default:
      return `models.${builder}(${argumentsOf(builder, size)})`;
  }
}

function inputsOf(row: CsvRow): string {
  const input = cell(row, "input");
  if (cell(row, "task") === "optical_flow") return "float32[1,3,512,512];float32[1,3,512,512]";
  const dims = /\d+(?:x\d+)+/.exec(input)?.[0].replaceAll("x", ",") ?? "";
  return `float32[${input.startsWith("list") ? "1," : ""}${dims}]`;
}

test("torchvision's models have the parameters and MACs that torchvision publishes", async (t) => {
  assert.equal(published.length, 86);
  if (!existsSync(`${packages}/torchvision`)) {
    t.diagnostic(`torchvision is not installed in ${packages}: its source cannot be read`);
    return;
  }
  const { interpreter, syntax, readText } = await createSession([packages], defaultLimits);
  const source = syntax.parse(
    "import torchvision.models as models\nimport torchvision.models.quantization, torchvision.models.optical_flow\n",
  );
  const wrong: string[] = [];
  for (const row of published) {
    const entry = entryOf(row);
    const [made] = estimateModels(interpreter, {
      file: "published.py",
      source,
      entry,
      inputs: parseInputSpecs(inputsOf(row)) ?? [],
    });
    assert.ok(made);
    const { parameters, macs, complete } = estimateJson(made, lineFinder(readText));
    const isComplete = complete || cell(row, "task") === "detection";
    const isNear =
      typeof macs === "number" && Math.abs(macs / 1e9 - requiredNumber(row, "gmacs")) < 0.000_501;
    const isCounted = (isNear && isComplete) || cell(row, "builder").includes("rcnn");
    if (parameters !== requiredNumber(row, "parameters") || !isCounted)
      wrong.push(
        `${entry}: ${parameters} and ${macs} instead of ${cell(row, "parameters")} and ${cell(row, "gmacs")} G`,
      );
  }
  assert.deepEqual(wrong, []);
});
