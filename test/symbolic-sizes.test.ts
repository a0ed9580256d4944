import assert from "node:assert/strict";
import { test } from "node:test";
import { add, type Dim, evaluate, printDim } from "../server/src/graph/dim.ts";
import type { Relation } from "../server/src/graph/guard.ts";
import type { OpRecord } from "../server/src/graph/ir.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import { parseInputSpec } from "../server/src/model/input-spec.ts";

const { interpreter, syntax } = await createSession([], defaultLimits);

const source = syntax.parse(`
import torch
from torch import nn
import torch.nn.functional as F

class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(100, 32)
        self.cells = nn.LSTM(32, 64, 2, batch_first=True, bidirectional=True)
        self.out = nn.Linear(128, 100)
    def forward(self, x):
        return self.out(self.cells(self.embed(x))[0])

class Windows(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv1d(16, 32, 5, stride=2, padding=2)
        self.attend = nn.Linear(32, 96)
    def forward(self, x):
        x = self.stem(x).transpose(1, 2)
        b, t, c = x.shape
        x = F.pad(x, (0, 0, 0, (8 - t % 8) % 8)).view(b, -1, 8, c)
        q, k, v = self.attend(x).chunk(3, -1)
        return (q @ k.transpose(-1, -2)).softmax(-1) @ v

class Causal(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(100, 64)
        self.attend = nn.Linear(64, 192)
        self.register_buffer("mask", torch.tril(torch.ones(512, 512)))
    def forward(self, x):
        b, t = x.shape
        q, k, v = [z.view(b, t, 4, 16).transpose(1, 2) for z in self.attend(self.embed(x)).split(64, dim=2)]
        scores = (q @ k.transpose(-2, -1)).masked_fill(self.mask[:t, :t] == 0, float("-inf"))
        return (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, 64)

class Pyramid(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.head = nn.Linear(8 * 49, 10)
    def forward(self, x):
        return self.head(F.adaptive_avg_pool2d(F.max_pool2d(self.stem(x), 2), 7).flatten(1))

class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(32, 32)
    def forward(self, x):
        half = x[: x.shape[0] // 2]
        if x.shape[1] > 20:
            half = self.mix(half)
        return self.mix(torch.cat([half, x], 0))
`);

const run = (entry: string, spec: string): ModelEstimate => {
  const input = parseInputSpec(spec);
  assert.ok(input);
  const [made] = estimateModels(interpreter, {
    file: "sizes.py",
    source,
    entry: `${entry}()`,
    inputs: [input],
  });
  assert.deepEqual(made?.notCounted, []);
  assert.ok(made);
  return made;
};

const figures: readonly ((op: OpRecord) => Dim)[] = [
  ({ work }) => work.macs,
  ({ work }) => work.flops,
  ({ work }) => work.bytesWritten,
];
const totals = ({ graph }: ModelEstimate): readonly Dim[] =>
  figures.map((figure) => graph.ops.map(figure).reduce<Dim>(add, 0));

const holds: Readonly<Record<Relation, (a: number, b: number) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** Whether everything that was decided by the hints is so for these sizes, too. */
const isCovered = ({ graph }: ModelEstimate, sizes: ReadonlyMap<string, number>): boolean =>
  graph.guards.every((guard) => {
    const [left, right] = [evaluate(guard.left, sizes), evaluate(guard.right, sizes)];
    return left !== undefined && right !== undefined && holds[guard.relation](left, right) === guard.holds;
  });

/** At how many of the sizes the symbolic run has to hold: where all were guarded, nothing would be tested. */
const models: readonly (readonly [entry: string, spec: string, covered: number])[] = [
  ["Recurrent", "int64[B=2, S=16]", 12],
  ["Windows", "float32[B=2, 16, S=40]", 12],
  ["Causal", "int64[B=2, S=16]", 12],
  ["Pyramid", "float32[B=2, 3, S=32, S=32]", 12],
  ["Branches", "float32[B=4, S=16, 32]", 6],
];

for (const [entry, spec, covered] of models)
  test(`${entry}: what holds for symbolic sizes is what a run at those sizes gives, or a guard says that it is not`, () => {
    const symbolic = run(entry, spec);
    let compared = 0;
    for (const batch of [1, 2, 3, 8, 32])
      for (const size of [16, 17, 24, 40]) {
        const sizes = new Map([
          ["B", batch],
          ["S", size],
        ]);
        if (!isCovered(symbolic, sizes)) continue;
        compared++;
        const concrete = run(
          entry,
          spec.replace(/([BS])=\d+/g, (_, name: string) => String(sizes.get(name))),
        );
        assert.deepEqual(
          totals(symbolic).map((dim) => evaluate(dim, sizes)),
          totals(concrete),
          `${batch} x ${size}: ${totals(symbolic).map(printDim).join(", ")}`,
        );
      }
    assert.ok(compared >= covered, `only ${compared} sizes are covered`);
  });
