import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeStep } from "../server/src/cost/decode-step.ts";
import type { Scenario } from "../server/src/cost/estimate.ts";
import { optimizations } from "../server/src/cost/optimizations/registry.gen.ts";
import { type WhatIf, whatIf } from "../server/src/cost/what-if.ts";
import type { Graph } from "../server/src/graph/ir.ts";
import { graphOf as graphIn, scenarioOn } from "./harness/costed.ts";

const text = `
import torch.nn as nn
import torch.nn.functional as F

class Attention(nn.Module):
    def __init__(self, dim=512, heads=8, returns=False, causal=True, fused=False):
        super().__init__()
        self.heads, self.returns, self.causal, self.fused = heads, returns, causal, fused
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (t.view(B, T, self.heads, -1).transpose(1, 2) for t in self.qkv(x).chunk(3, dim=-1))
        if self.fused:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
            return self.out(y.transpose(1, 2).reshape(B, T, C))
        weights = F.softmax(q @ k.transpose(2, 3) / 8, dim=-1)
        y = self.out((weights @ v).transpose(1, 2).reshape(B, T, C))
        return (y, weights) if self.returns else y

class Product(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8192, 8192, bias=False)

    def forward(self, x):
        return self.linear(x)

class Blocks(nn.Module):
    def __init__(self, groups=1):
        super().__init__()
        self.layers = nn.Sequential(*[nn.Conv2d(256, 256, 3, padding=1, groups=groups) for _ in range(4)])

    def forward(self, x):
        return self.layers(x)

class Language(nn.Module):
    def __init__(self, width=64, depth=2):
        super().__init__()
        self.embed = nn.Embedding(32000, width)
        self.layers = nn.Sequential(*[nn.Sequential(nn.Linear(width, 4 * width), nn.Linear(4 * width, width)) for _ in range(depth)])
        self.head = nn.Linear(width, 32000, bias=False)

    def forward(self, ids):
        return self.head(self.layers(self.embed(ids)))
`;

const graphOf = (entry: string, input: string, training = false): Graph =>
  graphIn(text, entry, input, training);

const scenario = (change: Partial<Scenario> = {}, name = "h100"): Scenario => scenarioOn(name, change);

const images = graphOf("Blocks()", "x=float32[32, 256, 56, 56]");
const tiny = graphOf("Language()", "ids=int64[1, 8]");
const short = graphOf("Attention(fused=True)", "x=float32[1, 64, 512]");
/** As many parameters as models that bitsandbytes was measured on: 0.5 and 1.1 billion. */
const half = graphOf("Language(width=1024, depth=52)", "ids=int64[1, 8]");

const shortStep = decodeStep(short, 32, scenario());
assert.ok(shortStep !== undefined);

interface Case {
  readonly id: string;
  readonly graph: Graph;
  readonly of: Scenario;
  /** `little`: less than 4 % is saved. */
  readonly outcome: "costs" | "little" | RegExp;
}

/** For each optimization what it does not help, by its own account of its limits. */
const cases: readonly Case[] = [
  {
    id: "activation-checkpointing",
    graph: graphOf("Blocks()", "x=float32[32, 256, 56, 56]", true),
    of: scenario({ mode: "train", samples: 32 }),
    outcome: "costs",
  },
  {
    id: "channels-last",
    graph: graphOf("Blocks(groups=256)", "x=float32[32, 256, 56, 56]"),
    of: scenario(),
    outcome: /20 % less to 14 % more time/,
  },
  { id: "channels-last", graph: images, of: scenario({ precision: "fp32" }), outcome: /float32/ },
  {
    id: "compile",
    graph: graphOf("Product()", "x=float32[8192, 8192]"),
    of: scenario(),
    outcome: "little",
  },
  {
    id: "fused-attention",
    graph: graphOf("Attention(returns=True)", "x=float32[4, 512, 512]"),
    of: scenario(),
    outcome: /used elsewhere/,
  },
  {
    id: "grouped-kv-without-repetition",
    graph: graphOf("Attention()", "x=float32[4, 512, 512]"),
    of: scenario(),
    outcome: /no keys or values are repeated/,
  },
  {
    id: "kv-cache",
    graph: graphOf("Attention(fused=True, causal=False)", "x=float32[1, 512, 512]"),
    of: scenario(),
    outcome: /not causal/,
  },
  { id: "kv-cache-quantization", graph: shortStep, of: scenario(), outcome: "little" },
  { id: "larger-batch", graph: images, of: scenario({ samples: 32 }), outcome: "little" },
  {
    id: "last-position-logits",
    graph: graphOf("Language()", "ids=int64[8, 1]"),
    of: scenario(),
    outcome: /one position/,
  },
  { id: "mixed-precision", graph: images, of: scenario({ precision: "fp32" }, "p4"), outcome: /16-bit/ },
  { id: "quantize-bnb-int8", graph: half, of: scenario({}, "rtx4090"), outcome: "costs" },
  { id: "quantize-bnb-nf4", graph: half, of: scenario({}, "rtx4090"), outcome: "costs" },
  { id: "quantize-fp8", graph: tiny, of: scenario(), outcome: "little" },
  { id: "quantize-fp8", graph: tiny, of: scenario({}, "a100"), outcome: /no FP8/ },
  { id: "quantize-int8", graph: tiny, of: scenario(), outcome: "little" },
];

function tried({ id, graph, of }: Case): WhatIf {
  const named = optimizations.filter((each) => each.id === id);
  const [one] = whatIf(named, graph, of).alone;
  assert.ok(one !== undefined, id);
  return one;
}

for (const each of cases)
  test(`${each.id} does not help: ${each.outcome}`, () => {
    const { verdict, why, saving } = tried(each);
    if (each.outcome instanceof RegExp) {
      assert.equal(verdict, "not-applicable");
      assert.match(why, each.outcome);
      return;
    }
    assert.ok(saving?.kind === "saving", why);
    if (each.outcome === "costs") assert.equal(verdict, "costs");
    else assert.ok(saving.percent < 4, `${saving.percent} %`);
  });

test("every optimization has a case that it does not help", () => {
  const tested = new Set(cases.map(({ id }) => id));
  assert.deepEqual(
    optimizations.map(({ id }) => id).filter((id) => !tested.has(id)),
    [],
  );
});
