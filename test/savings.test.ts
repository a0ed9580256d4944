import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type CostedModel, type CostedText, withSavings } from "../server/src/analysis/finding-savings.ts";
import { lineStarts, type Span } from "../server/src/base/text.ts";
import { optimizations } from "../server/src/cost/optimizations/registry.gen.ts";
import { savingText } from "../server/src/report/saving.ts";
import { rules } from "../server/src/rules/registry.gen.ts";
import { built } from "./harness/built.ts";
import { runCli } from "./harness/cli.ts";
import { lint } from "./harness/lint.ts";
import { testFolder } from "./harness/workspace.ts";

const attention = [
  "import torch",
  "import torch.nn as nn",
  "import torch.nn.functional as F",
  "",
  "",
  "class Attention(nn.Module):",
  "    def forward(self, q, k, v):",
  "        scores = q @ k.transpose(-2, -1) * 0.125",
  "        return F.softmax(scores, dim=-1) @ v, q",
  "",
  "",
  "class Unused(nn.Module):",
  "    def forward(self, q, k, v):",
  "        scores = q @ k.transpose(-2, -1) * 0.125",
  "        return F.softmax(scores, dim=-1) @ v, q",
  "",
  "",
  "x = torch.randn(8, 16, 1024, 64)",
  "Attention()(x, x, x)",
  "",
].join("\n");

let cli: string;
before(() => {
  cli = built("cli.js");
});

test("optimizations that rules name exist", () => {
  const ids = new Set(optimizations.map(({ id }) => id));
  const named = rules.flatMap((rule) => (rule.optimization === undefined ? [] : [rule.optimization.id]));
  assert.ok(named.length >= 5, `only ${named.length} rules name an optimization`);
  assert.deepEqual(
    named.filter((id) => !ids.has(id)),
    [],
  );
});

test("a saving reads as value, share, interval and where", () => {
  const saving = {
    value: 0.0008,
    low: 0.0005,
    high: 0.0011,
    unit: "J",
    percent: 21.2,
    percentLow: 12.4,
    percentHigh: 28,
    accelerator: "H100",
    per: "inference",
    model: "GPT",
  } as const;
  assert.equal(savingText(saving), "saves 800 µJ, 21 % (12 to 28 %) per inference of GPT on H100");
});

test("it stands with findings whose lines a model runs, in text and JSON, and only there", async () => {
  const folder = testFolder({ "a.py": attention });
  try {
    const run = (...args: readonly string[]) =>
      runCli(cli, ["check", "a.py", "--select", "manual-attention", ...args], { cwd: folder.path });
    const { stdout } = await run("--accelerator", "h100-sxm");
    const lines = stdout.split("\n").filter((line) => line.startsWith("a.py"));
    assert.match(lines[0] ?? "", /saves [\d.]+ \w?J, \d+ % \(\d+ to \d+ %\) per inference of Attention on /);
    assert.doesNotMatch(lines[1] ?? "saves", /saves/, "nothing runs this one");
    assert.doesNotMatch((await run("--models")).stdout, /saves/, "no accelerator, no joules");
    const json = JSON.parse((await run("--accelerator", "h100-sxm", "--format", "json")).stdout);
    const { saving } = json.findings[0];
    assert.equal(saving.unit, "J");
    assert.ok(saving.low <= saving.value && saving.value <= saving.high && saving.value > 0);
  } finally {
    folder.remove();
  }
});

test("what was edited since, or is still being computed, has no saving", () => {
  const findings = lint(attention).filter(({ rule }) => rule.id === "manual-attention");
  assert.equal(findings.length, 2);
  const saving = {
    value: 1,
    low: 0.5,
    high: 1.5,
    unit: "J",
    percent: 10,
    percentLow: 5,
    percentHigh: 15,
    basis: "computed",
  } as const;
  const model = (percent: number): CostedModel => ({
    estimate: { name: "Attention", lines: [8, 9].map((line) => ({ file: "a.py", line })) },
    optimizations: [{ id: "fused-attention", saving: { ...saving, percent } }],
    accelerator: "H100",
    per: "inference",
  });
  const text = { file: "a.py", starts: lineStarts(attention), spanIn: (span: Span) => span };
  const percents = (models: readonly CostedModel[], at: CostedText = text): readonly (number | undefined)[] =>
    withSavings(findings, models, at).map((finding) => finding.saving?.percent);
  assert.deepEqual(
    percents([model(10), model(20)]),
    [20, undefined],
    "the model that gains most, where it runs",
  );
  assert.deepEqual(percents([{ ...model(10), optimizations: null }]), [undefined, undefined]);
  assert.deepEqual(percents([model(-5)]), [undefined, undefined], "what costs is no saving");
  assert.deepEqual(percents([model(10)], { ...text, spanIn: () => undefined }), [undefined, undefined]);
});
