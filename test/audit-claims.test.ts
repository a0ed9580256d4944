import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelReport, Recommendation } from "../server/src/audit/model-report.ts";
import { renderAudit } from "../server/src/audit/render-markdown.ts";
import {
  advice,
  check,
  claim,
  edit,
  energy,
  honest,
  latency,
  noClaims,
  propose,
  truth,
  verdictOf,
} from "./harness/claimed.ts";

test("what is true passes", () => {
  const report = claim({
    parameters: truth.parameters,
    macs: truth.macs,
    originalEnergyJoules: energy * 1.05,
    latencySeconds: latency,
  });
  assert.deepEqual(
    report.claims.map(({ verdict }) => verdict),
    ["agrees", "agrees", "agrees", "agrees"],
  );
  const saved = propose({ ...honest, gainPercent: 90, gainSource: "own" });
  assert.equal(verdictOf(saved), "holds");
  assert.equal(saved.recommendations[0]?.gainBasis, "computed");
  assert.ok(
    saved.saving !== null && saved.saving.percent > 10 && saved.saving.percent < 60,
    JSON.stringify(saved.saving),
  );
  assert.ok(saved.optimizedText?.includes("return self.down(hidden)\n"));
  assert.equal(
    check({ citations: [{ title: "x", uri: "https://example.org/real", supports: "it" }] }).citations[0]
      ?.isGrounded,
    true,
  );
});

/** Lies about figures: each must stand as `disagrees`. */
const falseClaims: Readonly<Record<string, Partial<ModelReport["claims"]>>> = {
  "parameters off by one layer": { parameters: (truth.parameters ?? 0) - 1024 * 8192 },
  "parameters in millions": { parameters: 25.2 },
  "half of the MACs": { macs: (truth.macs ?? 0) / 2 },
  "FLOPs as MACs": { macs: (truth.macs ?? 0) * 2 },
  "MACs of one sample": { macs: (truth.macs ?? 0) / 256 },
  "energy ten times too low": { originalEnergyJoules: energy / 10 },
  "energy in millijoules": { originalEnergyJoules: energy * 1000 },
  "negative energy": { originalEnergyJoules: -energy },
  "no energy": { originalEnergyJoules: 0 },
  "energy of the design's story": { originalEnergyJoules: 12.5 },
  "time in milliseconds": { latencySeconds: latency * 1000 },
  "time a third": { latencySeconds: latency / 3 },
};

for (const [name, claims] of Object.entries(falseClaims)) {
  test(`a lie about figures is told: ${name}`, () => {
    const report = claim(claims);
    assert.deepEqual(
      report.claims.map(({ verdict }) => verdict),
      ["disagrees"],
    );
    assert.ok(report.claims[0]?.comment !== "");
    assert.match(renderAudit(report), /disagrees/);
  });
}

/** Figures that nothing backs: none may come out as the report's own. */
test("a claimed saving without a change that holds is nobody's saving", () => {
  const report = claim({
    savingPercent: 40,
    optimizedEnergyJoules: energy * 0.6,
    costSavedUsdPerMillion: 12.5,
    carbonSavedGrams: 3,
  });
  assert.ok(report.claims.every(({ verdict }) => verdict === "not computed"));
  assert.equal(report.saving, null);
  assert.match(renderAudit(report), /No change was found that the engine computes a saving from/);
});

test("a claimed saving that the change does not have is told", () => {
  const report = check({
    claims: { ...noClaims, savingPercent: 90, optimizedEnergyJoules: energy / 20 },
    recommendations: [{ ...advice, ...honest }],
  });
  assert.deepEqual(
    report.claims.map(({ verdict }) => verdict),
    ["disagrees", "disagrees"],
  );
  assert.ok((report.saving?.percent ?? 0) < 60);
});

/** Changes that must not be offered. */
const falseChanges: Readonly<Record<string, readonly [Partial<Recommendation>, RegExp]>> = {
  "lines that are not there": [edit("self.attention(x)", "x"), /not in the file/],
  "lines that stand there twice": [edit("torch.relu(self.wide(x))", "x"), /more than once/],
  "no change at all": [edit("model = Net()", "model = Net()"), /changes nothing/],
  "code that does not parse": [
    edit("return self.down(hidden + 0 * again)", "return self.down((hidden"),
    /does not parse/,
  ],
  "a shape that fails": [edit("nn.Linear(8192, 1024)", "nn.Linear(4096, 1024)"), /parameters|would fail/],
  "a shape that fails, parameters declared": [
    {
      ...edit("nn.Linear(8192, 1024)", "nn.Linear(4096, 1024)"),
      changesParameters: true,
      changesOutput: true,
    },
    /would fail/,
  ],
  "a smaller output": [
    { ...edit("nn.Linear(8192, 1024)", "nn.Linear(8192, 10)"), changesParameters: true },
    /changes the output/,
  ],
  "fewer parameters without a word": [
    {
      edits: [
        { find: "        self.spare = nn.Linear(1024, 8192)\n", replace: "" },
        { find: " + torch.relu(self.spare(x))", replace: "" },
      ],
    },
    /changes the parameters/,
  ],
  "a narrower layer without a word": [
    {
      edits: [
        {
          find: "self.wide = nn.Linear(1024, 8192)",
          replace: "self.wide = nn.Linear(1024, 8192, bias=False)",
        },
      ],
    },
    /changes the parameters/,
  ],
  "an optimisation that costs more": [
    edit(
      "return self.down(hidden + 0 * again)",
      "return self.down(hidden + 0 * again + 0 * torch.relu(self.spare(x)))",
    ),
    /more energy/,
  ],
  "a loop that costs much more": [
    edit(
      "return self.down(hidden + 0 * again)",
      "for _ in range(4):\n            again = again + torch.relu(self.wide(x))\n        return self.down(hidden + 0 * again)",
    ),
    /more energy/,
  ],
  "the model is gone": [
    edit("model = Net()\ny = model(torch.randn(256, 1024))\n", ""),
    /cannot be built|changes the output/,
  ],
  "another model of another name": [
    {
      edits: [
        { find: "class Net(nn.Module):", replace: "class Fast(nn.Module):" },
        { find: "model = Net()", replace: "model = Fast()" },
      ],
    },
    /cannot be built/,
  ],
  "a name that does not exist": [
    edit("return self.down(hidden + 0 * again)", "return self.down(undefined_name)"),
    /would fail|output/,
  ],
  "an attribute that does not exist": [
    edit("return self.down(hidden + 0 * again)", "return self.bottom(hidden)"),
    /would fail|output/,
  ],
  "dropout that stays on": [
    edit(
      "return self.down(hidden + 0 * again)",
      "return torch.nn.functional.dropout(self.down(hidden), 0.1)",
    ),
    /brings a finding/,
  ],
  "a smaller batch sold as a saving": [
    { ...edit("torch.randn(256, 1024)", "torch.randn(1, 1024)"), changesOutput: true },
    /more energy/,
  ],
  "a batch that is smaller": [edit("torch.randn(256, 1024)", "torch.randn(1, 1024)"), /changes the output/],
};

for (const [name, [change, why]] of Object.entries(falseChanges)) {
  test(`a bad change is not offered: ${name}`, () => {
    const report = propose({ gainPercent: 40, ...change });
    const verdict = verdictOf(report);
    assert.match(verdict, /^dropped: /, `verdict: ${verdict}`);
    assert.match(verdict, why);
    assert.equal(report.optimizedText, null);
    assert.equal(report.saving, null);
    assert.ok(!renderAudit(report).includes("````diff"));
  });
}

/** Changes that save nothing by the engine: shown as not proven, never as a saving. */
const emptyChanges: Readonly<Record<string, Partial<Recommendation>>> = {
  "a comment": edit("model = Net()", "model = Net()  # saves 40 %"),
  "another name": edit(
    "        again = torch.relu(self.wide(x))\n        return self.down(hidden + 0 * again)",
    "        other = torch.relu(self.wide(x))\n        return self.down(hidden + 0 * other)",
  ),
};

for (const [name, change] of Object.entries(emptyChanges)) {
  test(`a change that saves nothing is no saving: ${name}`, () => {
    const report = propose({ gainPercent: 40, ...change });
    assert.match(verdictOf(report), /^unproven: /);
    assert.equal(report.recommendations[0]?.gainBasis, "claimed");
    assert.equal(report.saving, null);
  });
}

/** Sources that nobody found. */
const falseSources: Readonly<Record<string, string>> = {
  "an invented paper": "https://arxiv.org/abs/2401.99999",
  "a real host with another path": "https://example.org/real/other",
  "another scheme": "http://example.org/real",
  "no address": "NVIDIA whitepaper, 2024",
  "a script": "javascript:alert(1)",
};

for (const [name, uri] of Object.entries(falseSources)) {
  test(`a source that no search returned is uncited: ${name}`, () => {
    const report = check({
      citations: [{ title: "A paper", uri, supports: "40 %" }],
      recommendations: [{ ...advice, gainPercent: 40, gainSource: "search", citation: uri }],
      benchmark: { name: "MLPerf", figure: "3 ms", citation: uri },
    });
    assert.equal(report.citations[0]?.isGrounded, false);
    assert.equal(report.recommendations[0]?.gainBasis, "claimed");
    assert.equal(report.benchmark?.citation?.isGrounded, false);
    const markdown = renderAudit(report);
    assert.match(markdown, /uncited/);
    assert.ok(!/\]\(/.test(markdown), markdown);
  });
}
