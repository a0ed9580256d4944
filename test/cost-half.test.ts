import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceOf } from "../server/src/cost/device.ts";
import { costOf, type GraphCost, type Scenario } from "../server/src/cost/estimate.ts";
import type { Step } from "../server/src/cost/step.ts";
import type { Graph } from "../server/src/graph/ir.ts";
import { accelerator, graphOf as graphIn, loweringIn, scenarioOn } from "./harness/costed.ts";
import { loweredOf } from "./harness/steps.ts";

const text = `
import torch
import torch.nn as nn

class Timed(nn.Module):
    def __init__(self):
        super().__init__()
        self.time = nn.Linear(64, 64)
        self.layer = nn.Linear(64, 64)

    def forward(self, x):
        waves = torch.sin(torch.arange(64, dtype=torch.float32)).to(x.dtype)
        return self.layer(x + self.time(waves))

class Rotated(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(512, 1536)

    def forward(self, x):
        q, k, v = (t.view(2, 256, 8, 64).transpose(1, 2) for t in self.qkv(x).chunk(3, dim=-1))
        angles = torch.arange(256, dtype=torch.float32)[:, None] / torch.arange(1, 65, dtype=torch.float32)
        q, k = ((t.float() * torch.cos(angles)).to(t.dtype) for t in (q, k))
        return nn.functional.scaled_dot_product_attention(q, k, v)

class Convolved(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(128, 128, 3, padding=1), nn.Conv2d(128, 128, 3, padding=1))
        self.head = nn.Linear(128, 10)

    def forward(self, x):
        return self.head(self.layers(x).mean((2, 3)))
`;

const graphOf = (entry: string, input: string): Graph => graphIn(text, entry, input);

const graph = graphOf("Timed()", "x=float32[512, 64]");

const cost = (of: Graph, precision: Scenario["precision"], name = "a100"): GraphCost =>
  costOf(of, scenarioOn(name, { precision, price: undefined }));

const loweredAs = (of: Graph, precision: Scenario["precision"]): readonly Step[] =>
  loweredOf(of, loweringIn(precision));

test("attention whose queries and keys were rotated in float32 is computed in half precision", () => {
  const rotated = graphOf("Rotated()", "x=float32[2, 256, 512]");
  const steps = loweredAs(rotated, "bf16").filter((step) => step.class === "attention");
  assert.deepEqual(
    steps.map(({ rate }) => rate),
    ["bf16"],
  );
});

test("convolutions in float32 use TF32 as torch allows them to, unless float32 is asked for", () => {
  const convolved = graphOf("Convolved()", "x=float32[64, 128, 56, 56]");
  const rates = (precision: Scenario["precision"]): readonly string[] =>
    loweredAs(convolved, precision)
      .filter((step) => step.macs > 0)
      .map((step) => `${step.class} ${step.rate}`);
  assert.deepEqual(rates("as-written"), ["convolution tf32", "convolution tf32", "matmul fp32"]);
  assert.deepEqual(rates("fp32"), ["convolution fp32", "convolution fp32", "matmul fp32"]);
  const seconds = (precision: Scenario["precision"], name: string): number =>
    cost(convolved, precision, name).latency.value;
  assert.ok(seconds("as-written", "a100") < 0.7 * seconds("fp32", "a100"));
  assert.equal(seconds("as-written", "v100"), seconds("fp32", "v100"));
});

test("few small launches take as long as Python needs to issue them, on any board", () => {
  const { latency } = cost(graph, "as-written", "h100");
  assert.match(latency.assumptions.join("; "), /the host sets the pace/);
  const slower = cost(graph, "as-written", "a100").latency.value;
  assert.ok(Math.abs(slower / latency.value - 1) < 1e-4);
});

test("a capped board that was not measured is told with more doubt than one that holds its clock", () => {
  const convolved = graphOf("Convolved()", "x=float32[64, 128, 56, 56]");
  const width = (name: string): number => {
    const { low, high } = cost(convolved, "amp-fp16", name).latency;
    return high / low;
  };
  assert.ok(deviceOf(accelerator("l4")).isCapped && !deviceOf(accelerator("rtx5090")).isCapped);
  assert.ok(width("l4") > 1.5 * width("rtx5090"));
});

test("a model in half precision stays in it behind what its code computes in float32 and converts", () => {
  for (const precision of ["fp16", "bf16"] as const) {
    const steps = loweredAs(graph, precision);
    const products = steps.filter((step) => step.macs > 0);
    assert.deepEqual(
      products.map((step) => step.rate),
      [precision, precision],
    );
    const sum = steps.find((step) => step.name === "add" && step.bytes > 512 * 64);
    assert.equal(sum?.writes[0]?.bytes, 512 * 64 * 2);
  }
});

test("code that says half precision itself is costed as such", () => {
  const half = graphOf("Timed().half()", "x=float16[512, 64]");
  assert.match(cost(half, "as-written").latency.assumptions.join("; "), /gpu-eager coefficients/);
  assert.match(cost(graph, "as-written").latency.assumptions.join("; "), /gpu-fp32 coefficients/);
});

test("matrix units that outrun the rest of a board are kept less fed, and that widens the interval", () => {
  const fed = (name: string): number => deviceOf(accelerator(name)).feed;
  assert.equal(fed("rtx3090"), 1);
  assert.equal(fed("rtx4090"), 1);
  assert.ok(fed("h100") < fed("a100") && fed("a100") < 1);
  const width = (name: string): number => {
    const { latency } = cost(graph, "fp16", name);
    return latency.high / latency.low;
  };
  assert.ok(width("h100") > width("rtx5090"));
});

test("convolutions with 3 x 3 windows in float32 take Winograd's four ninths where no matrix units take them", () => {
  const at = (kernel: number, name: string): number => {
    const text = `import torch.nn as nn\nclass N(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Conv2d(${kernel === 3 ? 256 : 2304}, 256, ${kernel}, padding=${kernel === 3 ? 1 : 0}, bias=False)\n    def forward(self, x):\n        return self.a(x)\n`;
    const graph = graphIn(text, "N()", `x=float32[64, ${kernel === 3 ? 256 : 2304}, 28, 28]`);
    return cost(graph, "as-written", name).latency.value;
  };
  assert.ok(at(3, "v100") < 0.5 * at(1, "v100"));
  assert.ok(at(3, "a100") > 0.6 * at(1, "a100"));
});

test("heads that do not fill the tiles of fused attention take as long as those that do", () => {
  const at = (heads: number, size: number): number => {
    const text = `import torch.nn as nn, torch.nn.functional as F\nclass N(nn.Module):\n    def forward(self, q):\n        return F.scaled_dot_product_attention(q, q, q)\n`;
    const graph = graphIn(text, "N()", `q=float16[4, ${heads}, 4096, ${size}]`);
    return cost(graph, "as-written", "a100").latency.value;
  };
  assert.ok(Math.abs(at(8, 40) / at(8, 64) - 1) < 0.05);
  assert.ok(at(8, 96) > 1.4 * at(8, 64));
});

test("fused attention in half precision is told with more doubt where no flash attention runs", () => {
  const text = `import torch.nn as nn, torch.nn.functional as F\nclass N(nn.Module):\n    def forward(self, q):\n        return F.scaled_dot_product_attention(q, q, q)\n`;
  const above = (dtype: string, name: string): number => {
    const graph = graphIn(text, "N()", `q=${dtype}[4, 8, 4096, 64]`);
    const { latency } = cost(graph, "as-written", name);
    return latency.high / latency.value;
  };
  assert.ok(above("float16", "v100") > 4.5 && above("float16", "t4") > 4.5);
  assert.ok(above("float32", "v100") < 2 && above("float16", "a100") < 2);
});

test("no other window of nine elements takes Winograd's four ninths", () => {
  const at = (layer: string, input: string): number => {
    const text = `import torch.nn as nn\nclass N(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.${layer}\n    def forward(self, x):\n        return self.a(x)\n`;
    return cost(graphIn(text, "N()", input), "as-written", "v100").latency.value;
  };
  const square = at("Conv2d(256, 256, 3, padding=1, bias=False)", "x=float32[64, 256, 28, 28]");
  for (const [layer, input] of [
    ["Conv2d(256, 256, (1, 9), padding=(0, 4), bias=False)", "x=float32[64, 256, 28, 28]"],
    ["Conv1d(256, 256, 9, padding=4, bias=False)", "x=float32[64, 256, 784]"],
    ["Conv3d(256, 256, (1, 3, 3), padding=(0, 1, 1), bias=False)", "x=float32[64, 256, 1, 28, 28]"],
  ] as const)
    assert.ok(at(layer, input) > 1.8 * square, layer);
});
