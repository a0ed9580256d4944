import assert from "node:assert/strict";
import { test } from "node:test";
import { costJson } from "../server/src/analysis/cost-report.ts";
import { costHeadline, costTable } from "../server/src/analysis/cost-words.ts";
import { type EstimateJson, estimateJson } from "../server/src/analysis/estimate-report.ts";
import { modelHeadline } from "../server/src/analysis/model-words.ts";
import { defaultRequest, resolveScenario } from "../server/src/analysis/scenario.ts";
import { renderAudit } from "../server/src/audit/render-markdown.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import { parseInputSpec } from "../server/src/model/input-spec.ts";
import { claim } from "./harness/claimed.ts";

const text = `
import torch.nn as nn
from somewhere import fancy

class Whole(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(64, 64)
    def forward(self, x):
        return self.a(x)

class Part(Whole):
    def forward(self, x):
        y = self.a(x)
        fancy(y)
        return y
`;

const nowhere = () => ({ file: null, line: null });

async function estimated(entry: string): Promise<ModelEstimate> {
  const { interpreter, syntax } = await createSession([], defaultLimits);
  const spec = parseInputSpec("x=float32[8, 64]");
  assert.ok(spec !== undefined);
  const request = { file: "/least.py", source: syntax.parse(text), entry, inputs: [spec] };
  const [model] = estimateModels(interpreter, request);
  assert.ok(model !== undefined);
  return model;
}

const [whole, part] = [await estimated("Whole()"), await estimated("Part()")];

const counted = (model: ModelEstimate): EstimateJson => estimateJson(model, nowhere, {});

function costOf(model: ModelEstimate): ReturnType<typeof costJson> {
  const scene = resolveScenario({ ...defaultRequest, accelerator: "h100" });
  assert.ok(scene.kind === "scenario");
  return costJson(model, scene, nowhere);
}

test("the lens tells the least of a model that is not counted in full, and what is counted of another one", () => {
  assert.deepEqual([whole.complete, part.complete], [true, false]);
  assert.match(modelHeadline(counted(whole), false), /^4\.16 k params · 32\.8 kMACs/);
  assert.match(
    modelHeadline(counted(part), false),
    /^at least 4\.16 k params · at least 32\.8 kMACs.* · 1 not counted$/,
  );
  assert.match(costHeadline(costOf(whole), true) ?? "", /^[\d.]+ [mµ]?J/);
  assert.match(costHeadline(costOf(part), false) ?? "", /^at least [\d.]+ [mµ]?J/);
});

test("the hover says that its figures are the least", () => {
  assert.match(costTable("Part", costOf(part), false), /at least: it is not counted in full/);
  assert.doesNotMatch(costTable("Whole", costOf(whole), true), /at least/);
});

test("what is not known is never at least something", () => {
  const json = { ...counted(part), macs: { formula: "N", value: null } };
  assert.match(modelHeadline(json, false), /^at least 4\.16 k params · unknown MACs/);
});

test("an audit tells the least in its figures, and unknown without it", () => {
  const report = claim({});
  const { original } = report;
  assert.ok(original !== null);
  const rowsOf = (complete: boolean): readonly string[] =>
    renderAudit({ ...report, original: { ...original, complete } })
      .split("\n")
      .filter((line) => /^\| (?:parameters|MACs|time|energy|cost|CO2e) /.test(line));
  assert.ok(rowsOf(true).every((row) => !row.includes("at least")));
  const rows = rowsOf(false);
  assert.equal(rows.length, 6);
  for (const row of rows) assert.ok(row.includes("| at least ") !== row.includes("| unknown "), row);
  assert.match(
    rows.join("\n"),
    /energy of a batch of \d+ \| at least [\d.]+ m?J \([\d.]+ m?J to [\d.]+ m?J\)/,
  );
});
