import assert from "node:assert/strict";
import { test } from "node:test";
import { hintOf, sum } from "../server/src/graph/dim.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import { parseInputSpecs } from "../server/src/model/input-spec.ts";
import { shapes } from "./harness/model-shapes.ts";

const { interpreter, syntax } = await createSession([], { ...defaultLimits, steps: 300_000 });

/** A model whose forward pass these lines are, with a bound `n` that only the run knows. */
function estimate(lines: string): ModelEstimate {
  const text = `
import random
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 3)

    def forward(self, x):
        n = random.randint(1, 5)
${lines
  .split("\n")
  .map((line) => `        ${line}`)
  .join("\n")}
`;
  const inputs = parseInputSpecs("float32[2, 16]");
  assert.ok(inputs);
  const [made] = estimateModels(interpreter, {
    file: "net.py",
    source: syntax.parse(text),
    entry: "Net()",
    inputs,
  });
  assert.ok(made);
  return made;
}

/** Slices that together are the whole again. */
const whole = [
  "return self.fc(torch.cat([x[:, n:], x[:, :n]], 1))",
  "return self.fc(torch.cat([x[:, -n:], x[:, :-n]], 1))",
  "left, right = x[:, 0:n], x[:, n:]\nreturn self.fc(torch.cat([right, left], dim=-1))",
  "if random.random() > 0.5:\n    x = torch.cat([x[:, -n:], x[:, :-n]], 1)\nelse:\n    x = torch.cat([x[:, n:], x[:, :n]], 1)\nreturn self.fc(x)",
];

for (const lines of whole)
  test(`rolled by a bound that only the run knows: ${lines.replaceAll("\n", "; ")}`, () => {
    const made = estimate(lines);
    assert.equal(made.failure, undefined);
    assert.deepEqual(shapes(made.output), [2, 3]);
    assert.ok(made.complete, JSON.stringify(made.notCounted));
  });

/** Slices that are of other sizes than they look at first sight. */
const open = [
  "return torch.cat([x[:, :n], x[:, -n:]], 1)",
  "return torch.cat([x[:, n:], x[:, :-n]], 1)",
  "return torch.cat([x[:, :n], x[:, ~n:]], 1)",
  "return torch.cat([x[:, :n], x[:, n + 1 :]], 1)",
  "return torch.cat([x[:, 1:n], x[:, n:]], 1)",
];

for (const lines of open)
  test(`of a size that only the run knows: ${lines}`, () => {
    const made = estimate(lines);
    assert.equal(made.failure, undefined);
    assert.notDeepEqual(shapes(made.output), [2, 16]);
    assert.ok(!made.complete);
  });

/** What a mask chooses and what it leaves, asked for in any order: rows of the layer that are all of them together. */
const parted = [
  "keep = x[:, 0] > 0\nreturn self.fc(x[~keep]).sum() + self.fc(x[keep]).sum()",
  "keep = x[:, 0] > 0\nrest = torch.logical_not(keep)\nreturn self.fc(x[keep]).sum() + self.fc(x[rest]).sum()",
  "rest = ~(x[:, 0] > 0)\nreturn self.fc(x[~rest]).sum() + self.fc(x[rest]).sum()",
];

for (const lines of parted)
  test(`parted by a mask: ${lines.replaceAll("\n", "; ")}`, () => {
    const made = estimate(lines);
    assert.ok(made.complete, JSON.stringify(made.notCounted));
    assert.equal(hintOf(sum(made.graph.ops.map(({ work }) => work.macs))), 2 * 16 * 3);
  });

test("what a mask leaves is counted for all where nothing asks for what it chooses", () => {
  const made = estimate("return self.fc(x)[~(x[:, 0] > 0)].relu().sum()");
  const relu = made.graph.ops.find(({ name }) => name === "relu");
  assert.deepEqual(relu?.outputs[0]?.meta.shape, [2, 3]);
});

test("a mask that is written to no longer has what was left", () => {
  const lines =
    "keep = x[:, 0] > 0\nrest = ~keep\nkeep[0] = True\nreturn self.fc(x[rest]).sum() + self.fc(x[keep]).sum()";
  assert.ok(!estimate(lines).complete);
});
