import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Estimate } from "../server/src/base/fact.ts";
import { costOf, type GraphCost, type Scenario } from "../server/src/cost/estimate.ts";
import { passesOf } from "../server/src/cost/optimizer.ts";
import { exchangeSeconds } from "../server/src/cost/tensor-parallel.ts";
import { withBatch } from "../server/src/cost/with-batch.ts";
import { findAccelerator } from "../server/src/hardware/find-accelerator.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { parseInputSpec } from "../server/src/model/input-spec.ts";

const a100 = findAccelerator("a100-40-sxm");
assert.ok(a100.kind === "found");

const file = "test/models/gpt.py";
const { interpreter, syntax } = await createSession([], { ...defaultLimits, milliseconds: 60_000 });
const input = parseInputSpec("idx=int64[4, 1024]");
assert.ok(input !== undefined);
const [gpt2] = estimateModels(interpreter, {
  file,
  source: syntax.parse(readFileSync(file, "utf8")),
  entry: "GPT(GPTConfig(n_layer=36, n_head=20, n_embd=1280, block_size=1024, vocab_size=50257))",
  inputs: [input],
  training: true,
});
assert.ok(gpt2?.complete === true, gpt2?.failure?.message);
const { graph } = gpt2;

const scenario: Scenario = {
  accelerator: a100.value,
  precision: "fp32",
  mode: "train",
  optimizer: passesOf.adam,
  isCompiled: false,
  count: 1,
  samples: 4,
  sizes: new Map(),
  scope: "board",
  pue: undefined,
  price: { value: 2, unit: "USD/h", source: "test", readOn: "2026-11-22", confidence: "high" },
  grid: undefined,
};

const cost = (change: Partial<Scenario>): GraphCost => costOf(graph, { ...scenario, ...change });

const known = (value: GraphCost["energy"]): Estimate => {
  assert.ok(!("kind" in value));
  return value;
};

/** GPT-2 large, 4 x 1,024 tokens, float32. Source: sitar-lab/NeuSight@6945927d scripts/asplos/summary (MIT). */
const measured: readonly (readonly [Scenario["parallel"], milliseconds: number])[] = [
  ["tensor", 484.8684],
  ["batch", 452.2998],
];

for (const [parallel, milliseconds] of measured)
  test(`a training step on four A100 that share the ${parallel === "batch" ? "batch" : "products"} takes what was measured`, () => {
    const { latency } = cost({ count: 4, ...(parallel === undefined ? {} : { parallel }) });
    const text = `${(latency.value * 1e3).toFixed(1)} ms against ${milliseconds}`;
    assert.ok(Math.abs(latency.value * 1e3 - milliseconds) < 0.15 * milliseconds, text);
    assert.ok(latency.low * 1e3 < milliseconds && milliseconds < latency.high * 1e3, text);
  });

test("batch parallelism: a part of the samples each, nothing exchanged in inference, and gradients in training", () => {
  const alone = cost({ mode: "infer", samples: 4 });
  const shared = cost({ mode: "infer", count: 4, parallel: "batch" });
  assert.ok(shared.latency.value > alone.latency.value / 4);
  assert.ok(shared.latency.value < alone.latency.value / 2);
  assert.match(
    shared.latency.assumptions.join("; "),
    /4 accelerators, each with the whole model and 1 of 4 samples/,
  );
  assert.ok(known(shared.energy).value > known(alone.energy).value);
  const step = cost({ count: 4, parallel: "batch" });
  assert.match(step.latency.assumptions.join("; "), /gradients are summed/);
});

test("accelerators without a sample cost money and no energy", () => {
  const four = cost({ count: 4, parallel: "batch" });
  const eight = cost({ count: 8, parallel: "batch" });
  assert.equal(eight.latency.value, four.latency.value);
  assert.equal(known(eight.energy).value, known(four.energy).value);
  assert.ok(known(eight.costPerMillion).value > 1.9 * known(four.costPerMillion).value);
  assert.match(eight.latency.assumptions.join("; "), /4 of them have no sample/);
});

test("tensor parallelism: what is exchanged grows with the batch, attention fused or not; convolutions exchange, too", () => {
  const sizes = new Map<string, number>();
  const seconds = (of: typeof graph, count = 4): number =>
    exchangeSeconds(of, { count, sizes, mode: "infer" });
  const growth = seconds(withBatch(graph, 3, { sizes })) - seconds(graph);
  const next = seconds(withBatch(graph, 5, { sizes })) - seconds(withBatch(graph, 3, { sizes }));
  assert.ok(growth > 0 && Math.abs(next / growth - 1) < 0.01, `${growth} and ${next} s`);
  const source = syntax.parse(`
import torch
import torch.nn as nn
import torch.nn.functional as F
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 64, 3), nn.ReLU(), nn.Conv2d(64, 64, 3))
    def forward(self, x):
        return self.body(x).mean((2, 3)).softmax(-1)
class Attention(nn.Module):
    def __init__(self, fused):
        super().__init__()
        self.fused = fused
        self.qkv = nn.Linear(64, 192)
    def forward(self, x):
        q, k, v = self.qkv(x).view(2, 16, 3, 4, 16).permute(2, 0, 3, 1, 4)
        if self.fused:
            return F.scaled_dot_product_attention(q, k, v)
        return (q @ k.transpose(-2, -1) / 4.0).softmax(-1) @ v
`);
  const secondsOf = (entry: string, shape: string): number => {
    const spec = parseInputSpec(shape);
    assert.ok(spec !== undefined);
    const [model] = estimateModels(interpreter, {
      file: "net.py",
      source,
      entry,
      inputs: [spec],
      training: false,
    });
    assert.ok(model?.complete === true, model?.failure?.message);
    return seconds(model.graph);
  };
  assert.ok(secondsOf("Net()", "float32[32, 3, 64, 64]") > 2 * secondsOf("Net()", "float32[2, 3, 64, 64]"));
  const fused = secondsOf("Attention(True)", "float32[2, 16, 64]");
  assert.ok(fused > 0);
  assert.equal(secondsOf("Attention(False)", "float32[2, 16, 64]"), fused);
});
