import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Command } from "commander";
import { estimateCommand } from "../server/src/cli/estimate.ts";

const model = `
import torch.nn as nn
import torch.nn.functional as F

class LM(nn.Module):
    def __init__(self, width=512, heads=8):
        super().__init__()
        self.heads = heads
        self.embed = nn.Embedding(32000, width)
        self.qkv = nn.Linear(width, 3 * width)
        self.head = nn.Linear(width, 32000, bias=False)

    def forward(self, ids):
        x = self.embed(ids)
        B, T, C = x.shape
        q, k, v = (t.view(B, T, self.heads, C // self.heads).transpose(1, 2) for t in self.qkv(x).split(C, dim=2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.head(y.transpose(1, 2).reshape(B, T, C))
`;

let folder: string;
let file: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "cost-"));
  file = join(folder, "lm.py");
  writeFileSync(file, model);
});
after(() => rmSync(folder, { recursive: true }));

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const silent = (command: Command): Command =>
  command.exitOverride().configureOutput({ writeErr: () => undefined });

async function run(...args: readonly string[]): Promise<Result> {
  let [out, err, code] = ["", "", 0];
  const console = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
  };
  const command = silent(
    estimateCommand(console, (result) => {
      code = result;
    }),
  );
  await command.parseAsync([
    "node",
    "estimate",
    file,
    "--model",
    "LM()",
    "--input",
    "int64[2, 128]",
    ...args,
  ]);
  return { code, out, err };
}

const json = async (...args: readonly string[]) =>
  JSON.parse((await run("--format", "json", "--accelerator", "h100", ...args)).out).models[0];

test("without an accelerator nothing is said of energy", async () => {
  const { out } = await run("--format", "json");
  assert.ok(!("energy" in JSON.parse(out).models[0]));
});

test("latency, energy, money, carbon and memory, each with interval, unit, basis and assumptions", async () => {
  const estimate = await json("--precision", "bf16", "--region", "SE1");
  const units = { latency: "s", energy: "J", costPerMillion: "USD", co2ePerMillion: "gCO2e", memory: "byte" };
  for (const [name, unit] of Object.entries(units)) {
    const { value, low, high, basis, assumptions, ...rest } = estimate[name];
    assert.ok(0 < low && low <= value && value <= high, name);
    assert.equal(rest.unit, unit);
    assert.ok(["computed", "calibrated"].includes(basis) && assumptions.length > 0, name);
  }
  assert.equal(estimate.scenario.batch, 2);
});

test("another batch: per call more, per inference less", async () => {
  const [two, many] = [await json(), await json("--batch", "64")];
  assert.equal(many.scenario.batch, 64);
  assert.ok(many.energy.value > two.energy.value);
  assert.ok(many.costPerMillion.value < two.costPerMillion.value);
});

test("tokens, months and training runs are multiples of one call", async () => {
  const estimate = await json("--volume", "3e6", "--region", "SE1");
  const close = (a: number, b: number): void => assert.ok(Math.abs(a / b - 1) < 1e-9, `${a} ${b}`);
  close(estimate.perThousandTokens.energy.value, (estimate.energy.value * 1000) / 256);
  close(estimate.perMonth.cost.value, 3 * estimate.costPerMillion.value);
  const run = await json("--mode", "train", "--tokens", "1e6");
  assert.equal(run.trainingRun.steps, Math.ceil(1e6 / 256));
  close(run.trainingRun.energy.value, run.trainingRun.steps * run.energy.value);
  const epochs = await json("--mode", "train", "--epochs", "3", "--samples", "1001");
  assert.equal(epochs.trainingRun.steps, 3 * 501);
});

test("money in another currency, at a price of one's own", async () => {
  const [dollars, euros] = [await json("--price", "2"), await json("--price", "2", "--currency", "EUR=0.5")];
  assert.equal(euros.costPerMillion.unit, "EUR");
  assert.equal(euros.costPerMillion.value, dollars.costPerMillion.value / 2);
  const seconds = dollars.latency.value * (1e6 / 2);
  assert.ok(Math.abs(dollars.costPerMillion.value - (2 * seconds) / 3600) < 1e-9);
});

test("two accelerators: each does half, both draw power and cost money", async () => {
  const big = ["--batch", "512"];
  const [one, two] = [await json(...big), await json(...big, "--count", "2")];
  assert.ok(two.latency.value < one.latency.value && two.latency.value > one.latency.value / 2);
  assert.ok(two.costPerMillion.value > one.costPerMillion.value);
  assert.ok(two.memory.value < one.memory.value);
});

test("eight bits halve the weights and are said to be uncalibrated", async () => {
  const eight = await json("--precision", "fp8", "--batch", "256");
  assert.match(eight.latency.assumptions.join("; "), /not been calibrated/);
});

test("lines and modules share the whole between them", async () => {
  const { byLine, byModule, energy } = await json();
  const share = byLine.reduce((sum: number, line: { share: number }) => sum + line.share, 0);
  assert.ok(Math.abs(share - 1) < 1e-9);
  assert.ok(
    Math.abs(byModule.find(({ path }: { path: string }) => path === "").joules - energy.value) < 1e-9,
  );
  for (const { bound } of byLine) assert.ok(["compute", "memory", "overhead"].includes(bound));
});

test("optimizations by name, with before, after and why not", async () => {
  const { optimizations } = await json("--optimize", "last-position-logits,channels-last");
  const [layout, logits] = optimizations;
  assert.deepEqual([layout.id, layout.verdict, layout.saving], ["channels-last", "not-applicable", null]);
  assert.equal(logits.id, "last-position-logits");
  assert.ok(logits.energyAfter.value < logits.energyBefore.value);
  assert.ok(
    logits.saving.percentLow < logits.saving.percent && logits.saving.percent < logits.saving.percentHigh,
  );
  const { out } = await run("--accelerator", "h100", "--optimize", "all");
  assert.match(out, /Logits of the last position only: (?:may save|saves)\. .* -> .*: saves .* %/);
  assert.match(out, / {6}evidence: .*arXiv:/);
  assert.match(out, /Channels-last memory format: does not apply\. It has no 2-D convolution/);
});

test("a price that was negotiated is that of its accelerator", async () => {
  const config = join(folder, "ecocompute.toml");
  writeFileSync(
    config,
    '[scenario]\naccelerator = "a100"\nprice = 1.5\n[accelerators.l4]\nprice = 0.25\n[accelerators.mine]\ntflops = { fp32 = 20 }\nmemory = 24\nbandwidth = 800\nprice = 0.5\n',
  );
  const paid = async (...options: readonly string[]): Promise<string> => {
    const { costPerMillion } = JSON.parse((await run("--format", "json", ...options)).out).models[0];
    const said = costPerMillion.assumptions.find((each: string) =>
      /per accelerator and hour|list/.test(each),
    );
    return said.replace(/^.* in .*(on-demand)/, "$1");
  };
  try {
    assert.equal(await paid(), "1.5 USD per accelerator and hour, as you say");
    assert.equal(await paid("--accelerator", "l4"), "0.25 USD per accelerator and hour, as you say");
    assert.equal(await paid("--accelerator", "mine"), "0.5 USD per accelerator and hour, as you say");
    assert.equal(await paid("--accelerator", "h100"), "on-demand, list price");
    assert.equal(
      await paid("--accelerator", "h100", "--price", "2"),
      "2 USD per accelerator and hour, as you say",
    );
  } finally {
    rmSync(config);
  }
});

test("a price that stands in for another region says so and is less certain; the PUE is that of the region", async () => {
  const there = await json("--region", "us-east-1", "--scope", "wall");
  const stands = await json("--region", "us-east-1", "--scope", "wall", "--spot");
  const says = ({ costPerMillion }: typeof stands): readonly string[] =>
    costPerMillion.assumptions.filter((each: string) => each.includes("stands for it"));
  assert.deepEqual(says(there), []);
  assert.match(says(stands)[0] ?? "", /^no spot price of H100 SXM5 80GB in us-east-1 is listed: that of gcp/);
  const width = ({ costPerMillion }: typeof stands): number => costPerMillion.high / costPerMillion.value;
  assert.ok(width(stands) > width(there));
  assert.deepEqual(stands.energy, there.energy);
  const azure = await json("--region", "East US");
  assert.match(azure.costPerMillion.assumptions.join(), /Standard_ND96isr_H100_v5 in eastus/);
});

test("a broken configuration is told, and the estimate without it is no success", async () => {
  const config = join(folder, "ecocompute.toml");
  writeFileSync(config, '[scenario]\naccelerator = "h100"\nregion = "us-esat-1"\n');
  try {
    const { code, out, err } = await run();
    assert.equal(code, 2);
    assert.match(err, /:3: No region is called `us-esat-1`\. Did you mean `us-east-1`/);
    assert.match(out, /H100|h100/);
  } finally {
    rmSync(config);
  }
});

test("wrong usage is answered with what was meant", async () => {
  await assert.rejects(run("--optimize", "fused-atention"), /Did you mean `fused-attention`/);
  await assert.rejects(run("--precision", "fp61"), /choices/);
  await assert.rejects(run("--batch", "0"), /above 0/);
  await assert.rejects(run("--currency", "euro"), /EUR=0.86/);
  await assert.rejects(run("--pue", "0.5"), /from 1 on/);
  assert.match((await run("--accelerator", "h10")).err, /did you mean/);
  const { code, err } = await run("--optimize", "all");
  assert.equal(code, 2);
  assert.match(err, /need an accelerator/);
});

test("the configuration beside the file says where; the command line says it better", async () => {
  const config = join(folder, "ecocompute.toml");
  writeFileSync(
    config,
    '[scenario]\naccelerator = "mine"\nbatch = 16\n[accelerators.mine]\ntflops = { bf16 = 100, fp32 = 20 }\nmemory = 24\nbandwidth = 800\nboard-limit = 300\n',
  );
  try {
    const configured = JSON.parse((await run("--format", "json")).out).models[0];
    assert.deepEqual([configured.scenario.accelerator, configured.scenario.batch], ["mine", 16]);
    assert.ok(configured.energy.value > 0);
    const told = await json("--batch", "4");
    assert.deepEqual([told.scenario.accelerator, told.scenario.batch], ["h100-sxm", 4]);
  } finally {
    rmSync(config);
  }
});

test("options that nothing comes of say why", async () => {
  const said = async (...args: readonly string[]): Promise<string> => (await run(...args)).err;
  const on = ["--accelerator", "h100"];
  assert.match(await said("--volume", "1e6"), /--volume tells nothing without an accelerator/);
  assert.match(
    await said(...on, "--steps", "10"),
    /--steps is the length of a training run: it needs --mode train/,
  );
  assert.match(await said(...on, "--mode", "train", "--epochs", "3"), /--epochs needs --samples/);
  assert.match(await said(...on, "--mode", "train", "--samples", "3"), /need --epochs/);
  assert.match(await said(...on, "--mode", "train", "--steps", "3", "--tokens", "1e6"), /one length/);
  assert.match(await said(...on, "--parallel", "batch"), /--parallel needs --count/);
  assert.match(await said(...on, "--price", "1", "--spot"), /--price replaces them/);
  assert.match(await said(...on, "--pue", "1.2"), /--scope wall/);
  assert.match(await said(...on, "--context", "64"), /--mode decode or --mode prefill/);
  const useful = [
    "--mode",
    "train",
    "--epochs",
    "3",
    "--samples",
    "100",
    "--count",
    "2",
    "--parallel",
    "batch",
  ];
  assert.equal(await said(...on, ...useful, "--scope", "wall", "--pue", "1.2", "--spot"), "");
  assert.equal(await said("--mode", "decode", "--context", "64"), "");
});
