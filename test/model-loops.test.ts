import assert from "node:assert/strict";
import { test } from "node:test";
import { hintOf, sum } from "../server/src/graph/dim.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { parseInputSpecs } from "../server/src/model/input-spec.ts";

const { interpreter, syntax } = await createSession([], { ...defaultLimits, steps: 300_000 });

/** A forward pass of which each round is one product of 128 multiply-accumulates. */
interface Loop {
  readonly name: string;
  readonly forward: string;
  readonly rounds: number;
  readonly complete?: true;
}

const loops: readonly Loop[] = [
  {
    name: "counted in its test",
    forward: "i = 0\nwhile i < 5 and not (x.sum() > 9).all():\n    x = self.fc(x)\n    i += 1",
    rounds: 5,
  },
  {
    name: "counted behind `&`",
    forward: "n = 0\nwhile ((x < 9) & (n < 4)).byte().any():\n    x = self.fc(x)\n    n = n + 1",
    rounds: 4,
  },
  {
    name: "counted by its list",
    forward:
      "seq = [0]\nwhile seq[-1] != 5 and len(seq) < 6:\n    x = self.fc(x)\n    seq.append(x.argmax().item())",
    rounds: 5,
  },
  {
    name: "bounded by a setting",
    forward: "self.most = 3\nn = 0\nwhile n < self.most and x.norm() > 1:\n    x = self.fc(x)\n    n += 1",
    rounds: 3,
  },
  {
    name: "left by a value or at a count",
    forward:
      "i = 0\nwhile True:\n    x = self.fc(x)\n    i += 1\n    if x.norm() < 1:\n        break\n    if i == 4:\n        break",
    rounds: 4,
  },
  {
    name: "over what chance keeps",
    forward:
      "drops = torch.rand(4) < 0.5\nfor _ in [i for i in range(4) if not drops[i]]:\n    x = self.fc(x)",
    rounds: 4,
  },
  {
    name: "left by a value alone",
    forward: "while True:\n    x = self.fc(x)\n    if x.norm() < 1:\n        break",
    rounds: 1,
  },
  {
    name: "returns by a value alone",
    forward: "while True:\n    x = self.fc(x)\n    if x.norm() < 1:\n        return x",
    rounds: 1,
  },
  {
    name: "a count that is no bound",
    forward: "n = 0\nwhile x.norm() > 1 or n < 3:\n    x = self.fc(x)\n    n += 1",
    rounds: 3,
  },
  {
    name: "a comparison that no round changes",
    forward: "n = 0\nwhile n < 3 and x.norm() > 1:\n    x = self.fc(x)",
    rounds: 0,
  },
  {
    name: "a bound of a tensor",
    forward: "n = 0\nwhile n < x.argmax() and x.norm() > 1:\n    x = self.fc(x)\n    n += 1",
    rounds: 0,
  },
  {
    name: "known after all",
    forward: "n = 0\nwhile n < 3:\n    x = self.fc(x)\n    n += 1",
    rounds: 3,
    complete: true,
  },
  {
    name: "never",
    forward: "n = 3\nwhile (x.norm() > 1) & (n < 3):\n    x = self.fc(x)\n    n += 1",
    rounds: 0,
    complete: true,
  },
  {
    name: "as many rounds as a tensor says",
    forward:
      "out = []\nfor t in range(int(x.argmax())):\n    out.append(self.fc(x) * x[:, t])\nx = torch.cat(out)",
    rounds: 1,
  },
  {
    name: "one round for each item of a list that is not known",
    forward: "x = torch.stack([self.fc(x)[:, :n].mean() for n in x[0].nonzero()[:, 0].tolist()])",
    rounds: 1,
  },
  {
    name: "one round for each of as many numbers as a tensor has",
    forward: "x = torch.stack([self.fc(x)[:, :n].mean() for n in x[0].long().tolist()])",
    rounds: 8,
    complete: true,
  },
  {
    name: "as many rounds as numbers that the run knows differ",
    forward: "for _ in range(len(set(x[0].long().tolist()))):\n    x = self.fc(x)",
    rounds: 1,
  },
  {
    name: "as many rounds as a set comprehension of such numbers has",
    forward: "for _ in {round(n) for n in x[0].tolist()}:\n    x = self.fc(x)",
    rounds: 1,
  },
  {
    name: "as many rounds as a counter of such numbers has",
    forward: "from collections import Counter\nfor _ in Counter(x[0].long().tolist()):\n    x = self.fc(x)",
    rounds: 0,
  },
];

const indent = (text: string): string => text.replace(/^/gm, "        ");

for (const { name, forward, rounds, complete } of loops)
  test(`a loop that a value may end: ${name}`, () => {
    const text = `import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)
    def forward(self, x):
${indent(forward)}
        return x
`;
    const [made] = estimateModels(interpreter, {
      file: "net.py",
      source: syntax.parse(text),
      entry: "Net()",
      inputs: parseInputSpecs("float32[2, 8]") ?? [],
    });
    assert.ok(made);
    assert.equal(made.complete, complete === true, JSON.stringify(made.notCounted));
    assert.equal(made.failure, undefined);
    assert.equal(hintOf(sum(made.graph.ops.map((op) => op.work.macs))), rounds * 128);
    assert.ok(made.notCounted.every(({ why }) => !/takes longer|steps/.test(why)));
  });

/** Programs around a layer, with settings that cannot be seen. */
const estimated = (before: string, entry: string) => {
  const [made] = estimateModels(interpreter, {
    file: "net.py",
    source: syntax.parse(`import torch
from torch import nn
${before}`),
    entry,
    inputs: parseInputSpecs("float32[2, 8]") ?? [],
  });
  assert.ok(made);
  return made;
};

test("what a loop binds in rounds that only the run knows is unknown after it, not missing", () => {
  const made = estimated(
    `import unheard_of
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)
        for size in unheard_of.sizes:
            wide = size
        self.out_dim = wide * size
    def forward(self, x):
        return self.fc(x)
net = Net()
`,
    "net",
  );
  assert.ok(!made.complete);
  assert.equal(made.failure, undefined);
  const told = JSON.stringify(made.notCounted);
  assert.ok(told.includes("unheard_of") && !told.includes("NameError"), told);
});

test("a folder named by the time of day leaves a model whole", () => {
  const made = estimated(
    `import datetime
import pathlib
class Settings:
    def __init__(self):
        now = datetime.datetime.now().strftime("%Y-%m-%d")
        self.results = pathlib.Path("runs").resolve() / "net" / now / "best"
        self.wide = 8
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.settings = Settings()
        self.fc = nn.Linear(self.settings.wide, 8)
    def forward(self, x):
        return self.fc(x)
`,
    "Net()",
  );
  assert.ok(made.complete, JSON.stringify(made.notCounted));
  assert.equal(hintOf(sum(made.graph.ops.map((op) => op.work.macs))), 128);
});
