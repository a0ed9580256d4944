import assert from "node:assert/strict";
import { test } from "node:test";
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
