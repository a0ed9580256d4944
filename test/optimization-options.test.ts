import assert from "node:assert/strict";
import { test } from "node:test";
import { costOf, type Scenario } from "../server/src/cost/estimate.ts";
import { optimizations } from "../server/src/cost/optimizations/registry.gen.ts";
import { peakBytes } from "../server/src/cost/peak-memory.ts";
import { type WhatIf, whatIf } from "../server/src/cost/what-if.ts";
import { withBatch } from "../server/src/cost/with-batch.ts";
import type { Graph } from "../server/src/graph/ir.ts";
import { graphOf, scenarioOn } from "./harness/costed.ts";

const file = `
import torch
import torch.nn as nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 64, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.Conv2d(64, 64, 3))
        self.fc = nn.Linear(64, 1000)
    def forward(self, x):
        return self.fc(self.body(x).mean((2, 3)))

class Tokens(nn.Module):
    def __init__(self, heads=16, kv=4, width=64, vocab=8000):
        super().__init__()
        self.heads, self.kv, self.width = heads, kv, width
        dim = heads * width
        self.embed = nn.Embedding(vocab, dim)
        self.q, self.k, self.v = nn.Linear(dim, dim), nn.Linear(dim, kv * width), nn.Linear(dim, kv * width)
        self.head = nn.Linear(dim, vocab, bias=False)
    def forward(self, ids):
        x = self.embed(ids)
        B, T, C = x.shape
        q = self.q(x).view(B, T, self.heads, self.width).transpose(1, 2)
        k = self.k(x).view(B, T, self.kv, self.width).transpose(1, 2)
        v = self.v(x).view(B, T, self.kv, self.width).transpose(1, 2)
        kept = (k, v)
        k, v = (t.repeat_interleave(self.heads // self.kv, dim=1) for t in (k, v))
        y = F.softmax(q @ k.transpose(-2, -1) / 8 + torch.full((T, T), float("-inf")).triu(1), dim=-1) @ v
        return self.head(y.transpose(1, 2).reshape(B, T, C)), kept
`;

const graphs = {
  images: graphOf(file, "Net()", "x=float32[8, 3, 128, 128]"),
  tokens: graphOf(file, "Tokens()", "ids=int64[2, 256]"),
} as const;

const tried = (id: string, graph: Graph, scenario: Scenario): WhatIf => {
  const [one] = whatIf(
    optimizations.filter((each) => each.id === id),
    graph,
    scenario,
  ).alone;
  assert.ok(one !== undefined, id);
  return one;
};

/** The option of the scenario that asks for the same, as the optimization itself words it. */
const options: Readonly<Record<string, (said: string) => Partial<Scenario> & { readonly batch?: number }>> = {
  "mixed-precision": () => ({ precision: "bf16" }),
  "quantize-fp8": () => ({ precision: "fp8" }),
  "quantize-int8": () => ({ precision: "int8" }),
  compile: () => ({ isCompiled: true }),
  "larger-batch": (said) => ({ batch: Number(/batch (\d+) in place/.exec(said)?.[1]) }),
};

for (const [name, graph] of Object.entries(graphs))
  for (const [id, optionOf] of Object.entries(options))
    test(`${id} says of ${name} what the scenario says with the same option`, () => {
      const before = scenarioOn("h100", { samples: name === "images" ? 8 : 2, precision: "as-written" });
      const after = tried(id, graph, before);
      const { batch = before.samples, ...change } = optionOf(after.assumptions.join("; "));
      const scenario = { ...before, ...change, samples: batch };
      const same = batch === before.samples ? graph : withBatch(graph, batch / before.samples, scenario);
      const cost = costOf(same, scenario);
      const { energy, latency } = cost;
      assert.ok(!("kind" in energy));
      const told = after.energyAfter;
      assert.ok(told !== undefined && !("kind" in told));
      assert.ok(
        Math.abs((told.value * batch) / energy.value - 1) < 1e-9,
        `${told.value * batch} and ${energy.value} J`,
      );
      assert.equal(after.latencyAfter?.value, latency.value);
      assert.equal(after.memoryAfter, peakBytes(same, scenario));
    });

test("eight bits take a byte for each weight of a product; embeddings stay in bfloat16", () => {
  const bytes = (precision: Scenario["precision"]): number =>
    peakBytes(graphs.tokens, scenarioOn("h100", { samples: 2, precision }));
  const products = 1024 * (1024 + 2 * 256 + 8000);
  assert.equal(bytes("bf16") - bytes("fp8"), products);
});

test("keys and values that are not copied take no more memory than those that are", () => {
  const { memoryBefore, memoryAfter } = tried(
    "grouped-kv-without-repetition",
    graphs.tokens,
    scenarioOn("h100", { samples: 2, precision: "bf16" }),
  );
  assert.ok(memoryAfter !== undefined && memoryAfter <= memoryBefore, `${memoryBefore} -> ${memoryAfter}`);
});

test("what was measured against 16 bits ends at the same energy from 32 bits, and is then computed", () => {
  const large = graphOf(file, "Tokens(32, 4, 64, 200_000)", "ids=int64[1, 64]");
  const from = (precision: Scenario["precision"], samples = 1): WhatIf =>
    tried("quantize-bnb-int8", large, scenarioOn("h100", { precision, samples }));
  const energy = ({ energyAfter }: WhatIf): number => {
    assert.ok(energyAfter !== undefined && !("kind" in energyAfter));
    return energyAfter.value;
  };
  const [half, full] = [from("fp16"), from("as-written")];
  assert.ok(Math.abs(energy(full) / energy(half) - 1) < 1e-9, `${energy(full)} and ${energy(half)} J`);
  assert.ok(half.saving?.kind === "saving" && half.saving.basis === "measured");
  assert.ok(full.saving?.kind === "saving" && full.saving.basis === "computed");
  assert.match(from("fp16", 4).why, /one sequence at a time/);
});

test("a cache in eight bits takes half the memory of one in 16, in the graph or beside it", () => {
  const generating = `
import torch
import torch.nn as nn
import torch.nn.functional as F

class Step(nn.Module):
    def __init__(self, heads=8, width=64):
        super().__init__()
        self.heads, self.width = heads, width
        self.qkv = nn.Linear(heads * width, 3 * heads * width)
    def forward(self, cache):
        keys, values = cache[0], cache[1]
        x = torch.ones(4, 1, 512)
        B, T, C = x.shape
        q, k, v = (t.view(B, T, self.heads, self.width).transpose(1, 2) for t in self.qkv(x).chunk(3, dim=-1))
        keys, values = torch.cat([keys, k], dim=2), torch.cat([values, v], dim=2)
        return F.scaled_dot_product_attention(q, keys, values), keys, values

`;
  const graph = graphOf(generating, "Step()", "float32[2, 4, 8, 2047, 64]");
  const scenario = scenarioOn("h100", { samples: 4 });
  const { memoryBefore, memoryAfter = 0 } = tried("kv-cache-quantization", graph, scenario);
  // Old keys and values, and new ones: each 4 x 8 x 64 numbers for every position.
  const cached = 2 * (2047 + 2048) * 4 * 8 * 64 * 2;
  assert.ok(
    Math.abs((memoryBefore - memoryAfter) / (cached / 2) - 1) < 0.01,
    `${memoryBefore} -> ${memoryAfter}`,
  );
  const [beside] = whatIf(
    optimizations.filter(({ id }) => id === "kv-cache-quantization"),
    graph,
    scenario,
    false,
    { cacheBytes: 1e9 },
  ).alone;
  // In float32, as the code says: the whole model is in bfloat16.
  assert.ok(Math.abs((beside?.memoryBefore ?? 0) - memoryBefore - 0.5e9) < 1);
  assert.ok(Math.abs((beside?.memoryAfter ?? 0) - memoryAfter - 0.25e9) < 1);
});
