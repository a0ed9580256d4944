import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { estimateJson, lineFinder, type OutputJson } from "../server/src/analysis/estimate-report.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { parseInputSpecs } from "../server/src/model/input-spec.ts";

/** Where Debian's python3-torchvision lies. */
const packages = "/usr/lib/python3/dist-packages";

interface Expected {
  readonly inputs: readonly string[];
  readonly parameters: number;
  readonly buffers: number;
  readonly macs: number;
  readonly output: unknown;
}

/** What test/models/record.py wrote: all classification, segmentation, video and optical-flow builders. */
const expected: Readonly<Record<string, Expected>> = JSON.parse(
  readFileSync("test/models/torchvision.json", "utf8"),
);

function nested(output: OutputJson): unknown {
  if (output === null || Array.isArray(output)) return output;
  if ("items" in output) return output.items.map(nested);
  if ("fields" in output)
    return Object.fromEntries(Object.entries(output.fields).map(([name, value]) => [name, nested(value)]));
  return output;
}

interface ExpectedDetector {
  readonly parameters: number;
  readonly buffers: number;
  /** MACs by submodule; heads of regions for the most regions there can be. */
  readonly parts: Readonly<Record<string, number>>;
}

/** Of an image of 480 x 640. */
const detectors: Readonly<Record<string, ExpectedDetector>> = JSON.parse(
  readFileSync("test/models/detection.json", "utf8"),
);

test("torchvision's builders are exact", async (t) => {
  const names = Object.entries(expected);
  assert.ok(names.length >= 90, `only ${names.length} models recorded`);
  if (!existsSync(`${packages}/torchvision`)) {
    t.diagnostic(`torchvision is not installed in ${packages}: its source cannot be read`);
    return;
  }
  const { interpreter, syntax, readText } = await createSession([packages], defaultLimits);
  const source = syntax.parse("import torchvision.models as models\n");
  const wrong: string[] = [];
  for (const [name, truth] of names) {
    const weights = name.startsWith("segmentation.") ? "weights_backbone=None" : "";
    const [made] = estimateModels(interpreter, {
      file: "torchvision-models.py",
      source,
      entry: `models.${name}(${weights})`,
      inputs: parseInputSpecs(truth.inputs.join(";")) ?? [],
    });
    assert.ok(made);
    const { parameters, buffers, macs, output, complete } = estimateJson(made, lineFinder(readText));
    const got = JSON.stringify([parameters, buffers, macs, nested(output), complete]);
    const want = JSON.stringify([truth.parameters, truth.buffers, truth.macs, truth.output, true]);
    if (got !== want) wrong.push(`${name}: ${got} instead of ${want}`);
  }
  assert.deepEqual(wrong, []);
});

test("torchvision's detectors: backbones and heads are exact, what the image decides is said", async (t) => {
  const names = Object.entries(detectors);
  assert.equal(names.length, 12);
  if (!existsSync(`${packages}/torchvision`)) {
    t.diagnostic(`torchvision is not installed in ${packages}: its source cannot be read`);
    return;
  }
  const { interpreter, syntax, readText } = await createSession([packages], defaultLimits);
  const source = syntax.parse("import torchvision.models.detection as detection\n");
  for (const [name, truth] of names) {
    const [made] = estimateModels(interpreter, {
      file: "detectors.py",
      source,
      entry: `detection.${name}(weights=None, weights_backbone=None)`,
      inputs: parseInputSpecs("float32[1, 3, 480, 640]") ?? [],
    });
    assert.ok(made);
    const { parameters, buffers, complete, failure, modules, notCounted } = estimateJson(
      made,
      lineFinder(readText),
    );
    assert.deepEqual(
      [parameters, buffers, failure, complete],
      [truth.parameters, truth.buffers, null, false],
      name,
    );
    const parts = Object.keys(truth.parts).map((path) => [path, modules.find((m) => m.path === path)?.macs]);
    assert.deepEqual(Object.fromEntries(parts), truth.parts, name);
    const said = notCounted.map((note) => `${note.what}: ${note.why}`).join("\n");
    assert.match(said, /batched_nms\(\): the number of boxes kept is known only at run time/, name);
    assert.match(said, /at most \d+ remain, and all \d+ are counted/, name);
  }
});
