import assert from "node:assert/strict";
import { test } from "node:test";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { shapes } from "./harness/model-shapes.ts";

const { interpreter, syntax } = await createSession([], { ...defaultLimits, steps: 1_000_000 });

const head = `
import math
from dataclasses import dataclass
from typing import Optional
import torch
from torch import nn

@dataclass
class Part:
    hidden: torch.Tensor
    extra: Optional[torch.Tensor] = None

@dataclass
class Whole:
    logits: torch.Tensor
    part: Part
    parts: list
    name: str = "whole"
    loss: Optional[torch.Tensor] = None
`;

function estimated(forward: string) {
  const source = syntax.parse(`${head}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
${forward.replace(/^/gm, "        ")}

Net()(torch.zeros(2, 8))
`);
  const [made] = estimateModels(interpreter, { file: "/p/net.py", source });
  assert.ok(made);
  return made;
}

test("an output that holds the outputs of parts tells them too", () => {
  const made = estimated("y = self.fc(x)\nreturn Whole(y, Part(y[:, :2]), [Part(y[:1])])");
  assert.equal(made.complete, true);
  assert.deepEqual(shapes(made.output), {
    logits: [2, 8],
    part: { hidden: [2, 2] },
    parts: [{ hidden: [1, 8] }],
  });
});

test("a cache beside the results is none of them", () => {
  const made = estimated(`
class Cache:
    def __init__(self, keys):
        self.keys = keys
y = self.fc(x)
return Whole(y, Cache(y), [Cache(y)])`);
  assert.equal(made.complete, true);
  assert.deepEqual(shapes(made.output), { logits: [2, 8] });
});

test("a field of an output that is not known makes the estimate incomplete", () => {
  const made = estimated("import nowhere\ny = self.fc(x)\nreturn Whole(y, Part(nowhere.of(y)), [])");
  assert.equal(made.complete, false);
});

test("math of elements is a number: what is scaled by it keeps its sizes", () => {
  const made = estimated(`
y = self.fc(x / (1e-3 + math.sqrt((x.mean(0) ** 2).mean())))
return y[:, : int(math.sqrt(torch.tensor(4.0)))]`);
  assert.equal(made.complete, true);
  assert.deepEqual(shapes(made.output), [2, 2]);
});
