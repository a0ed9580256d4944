import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceOf } from "../server/src/cost/device.ts";
import { costOf, type GraphCost, type Scenario } from "../server/src/cost/estimate.ts";
import { lower } from "../server/src/cost/lower.ts";
import type { Graph } from "../server/src/graph/ir.ts";
import type { Accelerator } from "../server/src/hardware/accelerator.ts";
import { findAccelerator } from "../server/src/hardware/find-accelerator.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { parseInputSpec } from "../server/src/model/input-spec.ts";

const { interpreter, syntax } = await createSession([], defaultLimits);
const source = syntax.parse(`
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
`);

function graphOf(entry: string, input: string): Graph {
  const spec = parseInputSpec(input);
  assert.ok(spec !== undefined);
  const [model] = estimateModels(interpreter, { file: "/timed.py", source, entry, inputs: [spec] });
  assert.ok(model?.complete === true, model?.failure?.message ?? model?.notCounted[0]?.why);
  return model.graph;
}

function accelerator(name: string): Accelerator {
  const found = findAccelerator(name);
  assert.ok(found.kind === "found");
  return found.value;
}

const graph = graphOf("Timed()", "x=float32[512, 64]");

const cost = (of: Graph, precision: Scenario["precision"], name = "a100"): GraphCost =>
  costOf(of, {
    accelerator: accelerator(name),
    precision,
    mode: "infer",
    optimizer: "adam",
    isCompiled: false,
    count: 1,
    samples: 1,
    sizes: new Map(),
    scope: "board",
    pue: undefined,
    price: undefined,
    grid: undefined,
  });

test("a model in half precision stays in it behind what its code computes in float32 and converts", () => {
  for (const precision of ["fp16", "bf16"] as const) {
    const steps = lower(graph, {
      precision,
      sizes: new Map(),
      isHalfNorm: () => false,
      addsBiasApart: true,
      upcastsAttention: true,
      channelsLast: false,
    });
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
