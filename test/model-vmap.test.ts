import assert from "node:assert/strict";
import { test } from "node:test";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";

const { interpreter, syntax } = await createSession([], defaultLimits);

function estimate(forward: string, samples: number): ModelEstimate {
  const text = `
import torch
from torch import nn
from torch.func import jacrev, vmap

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        return ${forward}

Net()(torch.randn(${samples}, 8))
`;
  const [made] = estimateModels(interpreter, { file: "net.py", source: syntax.parse(text) });
  if (made === undefined) throw new Error("no model found");
  return made;
}

const oneByOne = /as one op for each sample/;

for (const [forward, samples, isTold] of [
  ["vmap(self.fc)(x)", 4, true],
  ["vmap(self.fc)(x)", 1, false],
  ["jacrev(self.fc)(x[0])", 4, true],
  ["self.fc(x)", 4, false],
] as const)
  test(`${forward} of ${samples} samples ${isTold ? "says" : "does not say"} that samples are counted one by one`, () => {
    const { complete, assumptions } = estimate(forward, samples);
    assert.ok(complete);
    assert.equal(
      assumptions.some((each) => oneByOne.test(each)),
      isTold,
    );
  });
