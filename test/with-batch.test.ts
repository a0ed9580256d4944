import assert from "node:assert/strict";
import { test } from "node:test";
import { launchesOf } from "../server/src/cost/launches.ts";
import { lower } from "../server/src/cost/lower.ts";
import type { Precision } from "../server/src/cost/precision.ts";
import type { Kernels } from "../server/src/cost/step-table.ts";
import { trainingSteps } from "../server/src/cost/training.ts";
import { withBatch } from "../server/src/cost/with-batch.ts";
import type { Graph } from "../server/src/graph/ir.ts";
import { memoryOf } from "../server/src/graph/memory.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { parseInputSpec } from "../server/src/model/input-spec.ts";

const { interpreter, syntax } = await createSession([], defaultLimits);

const text = `
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint

class Images(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.norm = nn.BatchNorm2d(16)
        self.pool = nn.MaxPool2d(2)
        self.groups = nn.GroupNorm(4, 16)
        self.spatial = nn.Dropout2d(0.2)
        self.head = nn.Linear(16, 10)
        self.drop = nn.Dropout(0.5)
    def forward(self, x):
        x = self.pool(F.relu(self.norm(self.stem(x)), inplace=True))
        x = self.spatial(self.groups(x)).mean((2, 3))
        return F.cross_entropy(self.head(self.drop(x)), x.argmax(1) % 10)

class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(100, 32)
        self.attend = nn.Linear(32, 96)
        self.norm = nn.LayerNorm(32)
        self.drop = nn.Dropout(0.1)
        self.cells = nn.GRU(32, 32, batch_first=True)
    def attention(self, x):
        q, k, v = self.attend(x).chunk(3, -1)
        heads = lambda t: t.unflatten(-1, (4, 8)).transpose(1, 2)
        y = F.scaled_dot_product_attention(heads(q), heads(k), heads(v), is_causal=True)
        return self.drop(y.transpose(1, 2).flatten(2))
    def forward(self, x):
        x = self.embed(x)
        x = x + checkpoint(self.attention, self.norm(x), use_reentrant=False)
        return self.cells(self.drop(x))[0]

class Block(nn.Module):
    def __init__(self, width, affine):
        super().__init__()
        self.wide = nn.Conv2d(width, 2 * width, 3, padding=1, groups=4)
        self.narrow = nn.Conv2d(2 * width, width, 1, bias=False)
        self.norm = nn.BatchNorm2d(width, affine=affine)
        self.scale = nn.Parameter(torch.ones(width, 1, 1))
    def forward(self, x):
        return x + self.scale * self.norm(self.narrow(F.silu(self.wide(x))))

class Blocks(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.blocks = nn.ModuleList([Block(16, i % 3 > 0) for i in range(9)])
        self.norm = nn.LayerNorm(16)
        self.register_buffer("shift", torch.zeros(16))
    def forward(self, x):
        x = self.stem(x)
        for i, block in enumerate(self.blocks):
            x = checkpoint(block, x, use_reentrant=False) if i == 4 else block(x)
        x = F.interpolate(x, scale_factor=2, mode="bilinear")
        x = self.norm(x.flatten(2).transpose(1, 2)) - self.shift
        return x.mean() * x.double().softmax(-1)
`;

function graphOf(entry: string, input: string): Graph {
  const spec = parseInputSpec(input);
  assert.ok(spec !== undefined);
  const request = { file: "/batch.py", source: syntax.parse(text), entry, inputs: [spec], training: true };
  const [model] = estimateModels(interpreter, request);
  assert.ok(model?.complete === true, model?.failure?.message ?? model?.notCounted[0]?.why);
  return model.graph;
}

const sizes: ReadonlyMap<string, number> = new Map();

const all: readonly Launched[] = (["fp32", "bf16", "amp-bf16", "fp8"] as const).flatMap((precision) =>
  (["infer", "train"] as const).map((mode) => ({ precision, mode })),
);

interface Launched {
  readonly precision: Precision;
  readonly mode: "infer" | "train";
}

const columns = ["macs", "flops", "bytes", "fixedBytes", "columns", "inner", "window", "serial"] as const;

/** All that a launch costs depends on. */
const told = (kernels: Kernels, i: number): readonly unknown[] => [
  kernels.classes[i],
  kernels.rates[i],
  kernels.channelsFirst[i],
  ...columns.map((column) => kernels[column][i]),
];

/** What `launchesOf` makes of what it knows of the graph at its own batch, against all of it made anew. */
function assertSame(grown: Graph, { precision, mode }: Launched): void {
  const options = { precision, mode, sizes, isGpu: true };
  const kernels = launchesOf(grown, { ...options, optimizer: [1], isCompiled: false });
  const forward = lower(grown, {
    ...options,
    isHalfNorm: () => false,
    addsBiasApart: true,
    upcastsAttention: true,
    channelsLast: false,
  });
  const again = new Set(grown.ops.filter((op) => op.site.checkpoint !== undefined).map((op) => op.id));
  const expected = mode === "train" ? trainingSteps(forward, again) : forward;
  const run = kernels.run ?? { kernels: Int32Array.from(kernels.ops.keys()), ops: kernels.ops };
  const isUpdated = mode === "train";
  assert.equal(run.kernels.length, expected.length + (isUpdated ? 1 : 0));
  for (let i = 0; i < expected.length; i++) {
    assert.equal(run.ops[i], expected.ops[i], `${precision}, ${mode}: op of launch ${i}`);
    assert.deepEqual(
      told(kernels, run.kernels[i] ?? -1),
      told(expected, i),
      `${precision}, ${mode}: launch ${i}`,
    );
  }
}

for (const [entry, input] of [
  ["Images()", "x=float32[2, 3, 32, 32]"],
  ["Words()", "x=int64[2, 16]"],
  ["Blocks()", "x=float32[2, 3, 16, 16]"],
] as const)
  test(`${entry}: launches at another batch are those of its ops at that batch`, () => {
    const graph = graphOf(entry, input);
    for (const times of [0.5, 1.5, 3, 50])
      for (const each of all) assertSame(withBatch(graph, times, { sizes }), each);
  });

test("blocks that repeat are costed once", () => {
  const grown = withBatch(graphOf("Blocks()", "x=float32[2, 3, 16, 16]"), 3, { sizes });
  const options = { precision: "bf16", optimizer: [1], isCompiled: false, sizes, isGpu: true } as const;
  for (const mode of ["infer", "train"] as const) {
    const { length, run } = launchesOf(grown, { ...options, mode });
    assert.ok(run !== undefined && 2.5 * length < run.kernels.length, `${length} of ${run?.kernels.length}`);
  }
});

for (const [entry, input] of [
  ["Images()", (batch: number) => `x=float32[${batch}, 3, 32, 32]`],
  ["Words()", (batch: number) => `x=int64[${batch}, 16]`],
] as const)
  test(`${entry}: memory at another batch is that of a run at that batch, masks and statistics included`, () => {
    const two = graphOf(entry, input(2));
    const six = memoryOf(graphOf(entry, input(6)), sizes);
    const grown = withBatch(two, 3, { sizes });
    assert.deepEqual(memoryOf(grown, sizes), six);
    assert.deepEqual(memoryOf({ ...grown }, sizes), six, "by its ops");
    assert.ok(memoryOf(two, sizes).savedActivations < six.savedActivations);
  });
