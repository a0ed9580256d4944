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
