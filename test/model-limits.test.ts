import assert from "node:assert/strict";
import { test } from "node:test";
import { createInterpreter, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import type { Limits } from "../server/src/model/machine.ts";
import { syntax } from "./harness/syntax.ts";

const model = `
import torch
from torch import nn

def deep(x, n):
    return x if n == 0 else deep(x.relu(), n - 1)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.second = nn.Linear(4, 2)

    # ecocompute: input x = float32[2, 4]
    def forward(self, x):
        x = self.first(x)
        LOOP
        return self.second(x)
`;

const steps = "for _ in range(1_000_000):\n            pass";
const ops = "for _ in range(1_000_000):\n            x = x.relu()";

function estimate(
  text: string,
  limits: Partial<Limits>,
  now: () => number = () => 0,
): readonly ModelEstimate[] {
  const interpreter = createInterpreter({
    syntax,
    files: { isFile: () => false, readText: () => undefined },
    roots: [],
    limits: { ...defaultLimits, ...limits },
    now,
  });
  return estimateModels(interpreter, { file: "net.py", source: syntax.parse(text) });
}

/** Says what stopped it, keeps what was counted before, and is not taken for whole. */
function assertPartial([made, ...others]: readonly ModelEstimate[], why: RegExp): void {
  assert.ok(made);
  assert.equal(others.length, 0);
  assert.equal(made.complete, false);
  assert.equal(made.failure, undefined);
  const told = made.notCounted.find((each) => each.what === "the rest of the model");
  assert.match(told?.why ?? "", why);
  assert.equal(told?.where?.file, "net.py");
  assert.equal(made.graph.parameters.length, 4);
  assert.equal(
    made.graph.ops.filter((op) => op.work.macs === 2 * 4 * 4).length,
    1,
    "the first layer is counted",
  );
  assert.equal(made.output, undefined);
}

test("too many steps end in a partial result", () => {
  assertPartial(estimate(model.replace("LOOP", steps), { steps: 20_000 }), /^more than 20000 steps$/);
});

test("calls that are too deep end in a partial result", () => {
  const text = model.replace("LOOP", "x = deep(x, 1000)");
  assertPartial(estimate(text, { depth: 60 }), /^calls are nested deeper than 60$/);
});

test("too many ops end in a partial result", () => {
  assertPartial(estimate(model.replace("LOOP", ops), { ops: 100 }), /^more than 100 ops$/);
});

test("the time limit ends in a partial result", () => {
  let time = 0;
  // The clock stands still until the first layer has run, as far as steps tell.
  const looks = () => time++;
  assertPartial(
    estimate(model.replace("LOOP", steps), { milliseconds: 20 }, looks),
    /^it takes longer than 20 ms$/,
  );
});

const endless = `${model.replace("LOOP", "pass")}\nwhile True:\n    pass\n`;

test("a file whose own statements reach a limit says so instead of having no models", () => {
  const [made] = estimate(endless, { steps: 20_000 });
  assert.equal(made?.complete, false);
  assert.match(made.notCounted.map((each) => each.why).join("; "), /more than 20000 steps/);
});

test("an endless statement beside a model does not keep the model from being counted", () => {
  let time = 0;
  const [made] = estimate(endless, { milliseconds: 50 }, () => time++);
  assert.equal(made?.complete, true);
  assert.equal(made.graph.ops.filter((op) => op.work.macs !== 0).length, 2);
});
