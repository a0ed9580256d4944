import assert from "node:assert/strict";
import { test } from "node:test";
import { costJson } from "../server/src/analysis/cost-report.ts";
import { costHeadline, costTable } from "../server/src/analysis/cost-words.ts";
import { type EstimateJson, estimateJson } from "../server/src/analysis/estimate-report.ts";
import { modelHeadline } from "../server/src/analysis/model-words.ts";
import { defaultRequest, resolveScenario } from "../server/src/analysis/scenario.ts";
import { renderAudit } from "../server/src/audit/render-markdown.ts";
import { estimateText } from "../server/src/cli/estimate-text.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import { parseInputSpec } from "../server/src/model/input-spec.ts";
import { claim } from "./harness/claimed.ts";

const text = `
import random
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

class Grows(Part):
    def forward(self, x):
        self.b = nn.Linear(64, 64)
        return super().forward(x)

class Chosen(Whole):
    def __init__(self):
        super().__init__()
        if random.random() < 0.5:
            self.b = nn.Linear(64, 64)
        else:
            self.b = nn.Sequential(nn.Linear(64, 8), nn.Linear(8, 64))

class Left(Whole):
    def __init__(self):
        super().__init__()
        for name in fancy():
            setattr(self, name, nn.Linear(64, 64))

class Either(Whole):
    def forward(self, x):
        return self.a(x) if x.sum() > 0 else self.a(self.a(x))

class Rounds(Whole):
    def forward(self, x):
        n = 0
        while n < 3 and x.norm() > 1:
            x = self.a(x)
            n += 1
        return x

class Lengths(Whole):
    def forward(self, x):
        kept = nn.utils.rnn.pack_padded_sequence(x[None], (x[:1, 0] > 0).sum()[None].cpu(), batch_first=True)
        return nn.LSTM(64, 4, batch_first=True)(kept)[1][0]

class Nothing(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = fancy(64)
    def forward(self, x):
        return self.body(x)

class Dropped(Whole):
    def forward(self, x):
        for _ in range(3):
            if random.random() > 0.1:
                x = self.a(x)
        return x

class Perhaps(Whole):
    def forward(self, x):
        x = self.a(x) if random.random() > 0.1 else x
        return self.a(x)

class Sized(Whole):
    def forward(self, x):
        if random.random() > 0.1:
            x = self.a(x)[:4]
        return self.a(x)

class Stops(Whole):
    def forward(self, x):
        return self.a(x.reshape(7, 7))
`;

const nowhere = () => ({ file: null, line: null });

async function estimated(entry: string, decoding = false): Promise<ModelEstimate> {
  const { interpreter, syntax } = await createSession([], defaultLimits);
  const spec = parseInputSpec("x=float32[8, 64]");
  assert.ok(spec !== undefined);
  const serving = decoding ? { serving: { phase: "decode" as const, context: 16 } } : {};
  const request = { file: "/least.py", source: syntax.parse(text), entry, inputs: [spec], ...serving };
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
    /^4\.16 k params · at least 32\.8 kMACs.* · 1 not counted$/,
  );
  assert.match(costHeadline(costOf(whole), "") ?? "", /^[\d.]+ [mµ]?J/);
  assert.match(costHeadline(costOf(part), "at least ") ?? "", /^at least [\d.]+ [mµ]?J/);
});

for (const name of ["Either", "Rounds", "Lengths"])
  test(`what is counted in one of several ways is not said to be the least: ${name}`, async () => {
    const model = counted(await estimated(`${name}()`));
    assert.deepEqual([model.complete, model.lowerBound], [false, false]);
    const headline = modelHeadline(model, false);
    assert.match(headline, /params · about [\d.]+ [kM]MACs/);
    assert.doesNotMatch(headline, /at least [\d.]+ [kM]MACs/);
    const told = estimateText({
      schema: "ecocompute.estimate/1",
      file: "least.py",
      models: [model],
      languageModels: [],
    });
    assert.match(told, /MACs {9}about \d/);
    assert.match(told, /memory {7}about \d/);
  });

/** By the products of one layer: what is skipped by chance is counted as run, and nothing behind it where sizes differ. */
const perhapsRun = { Dropped: 3, Perhaps: 2, Sized: 1 };

for (const [name, layers] of Object.entries(perhapsRun))
  test(`layers that chance skips are counted as run, and not said to be for sure: ${name}`, async () => {
    const model = counted(await estimated(`${name}()`));
    assert.deepEqual([model.complete, model.lowerBound], [false, false]);
    assert.equal(model.macs, layers * 8 * 64 * 64);
  });

/** What is said of parameters: a forward pass that is not counted in full takes none of them away. */
const states = {
  Whole: /^4\.16 k params/,
  Part: /^4\.16 k params · at least/,
  Grows: /^at least 8\.32 k params/,
  Chosen: /^about [\d.]+ k params/,
  Left: /^at least 4\.16 k params/,
};

for (const [name, wanted] of Object.entries(states))
  test(`the lens tells how much is known of the parameters: ${name}`, async () => {
    assert.match(modelHeadline(counted(await estimated(`${name}()`)), false), wanted);
  });

test("the hover says that its figures are the least", () => {
  assert.match(costTable("Part", costOf(part), "at least "), /at least: it is not counted in full/);
  assert.doesNotMatch(costTable("Whole", costOf(whole), ""), /at least/);
});

test("what is not known is never at least something", () => {
  const json = { ...counted(part), macs: { formula: "N", value: null } };
  assert.match(modelHeadline(json, false), /^4\.16 k params · unknown MACs/);
});

/** Figures that a model without any counted work must not show as 0. */
const nothing = { parameters: "Nothing()", fails: "Stops()", decoding: "Whole()" };

for (const [what, entry] of Object.entries(nothing))
  test(`where nothing was counted, all is unknown and says why: ${what}`, async () => {
    const model = await estimated(entry, what === "decoding");
    const json = counted(model);
    assert.equal(json.complete, false);
    const root = json.modules[0];
    for (const total of [json, root, root?.self])
      for (const figure of [total?.macs, total?.flops, total?.bytesRead, total?.bytesWritten])
        assert.ok(
          typeof figure === "object" && "unknown" in figure && figure.unknown !== "",
          JSON.stringify(figure),
        );
    assert.equal(json.parameters === 4160, what !== "parameters");
    assert.equal(json.memory.peakInferenceBytes, null);
    assert.match(modelHeadline(json, false), what === "fails" ? /fails: / : /unknown MACs at 8×64: /);
    const cost = costOf(model);
    for (const { value, assumptions } of [cost.latency, cost.energy, cost.costPerMillion, cost.memory])
      assert.deepEqual([value, assumptions.length], [null, 1]);
    assert.deepEqual([cost.memory.fits, cost.memory.available, cost.scenario.batch], [null, null, 8]);
    const printed = estimateText({
      schema: "ecocompute.estimate/1",
      file: "least.py",
      models: [{ ...json, ...cost, memory: { ...json.memory, ...cost.memory } }],
      languageModels: [],
    });
    assert.doesNotMatch(printed, /(?:at least|MACs +|FLOPs +|for training|latency +|energy +) ?0\b/);
    assert.match(printed, /MACs +unknown: \w+/);
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

test("what was not counted widens the interval upwards", () => {
  const [all, some] = [costOf(whole).latency, costOf(part).latency];
  const up = ({ value, high }: typeof all): number => (high ?? 0) / (value ?? 1);
  assert.ok(up(some) > 1.1 * up(all), `${up(some)} against ${up(all)}`);
  assert.match(some.assumptions.join("; "), /at least: 1 /);
  assert.doesNotMatch(all.assumptions.join("; "), /at least/);
});
