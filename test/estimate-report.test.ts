import assert from "node:assert/strict";
import { test } from "node:test";
import { type EstimateJson, estimateJson, lineFinder } from "../server/src/analysis/estimate-report.ts";
import { inputWords } from "../server/src/analysis/model-words.ts";
import { optimizerOf } from "../server/src/analysis/optimizer-choice.ts";
import { findAccelerator } from "../server/src/hardware/find-accelerator.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";

const { interpreter, syntax } = await createSession([], defaultLimits);

const model = `import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

def twice(layer, x):
    x = layer(x)
    return layer(x)

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 16, bias=False)
    def forward(self, x):
        return twice(self.fc, x).relu()

class Net(nn.Module):
    def __init__(self, saving):
        super().__init__()
        self.block = Block()
        self.head = nn.Linear(16, 2)
        self.saving = saving
    def forward(self, x):
        x = checkpoint(self.block, x) if self.saving else self.block(x)
        return self.head(x)

# ecocompute: input x = float32[8, 16]
`;

function estimate(entry: string, training = ""): EstimateJson {
  const text = `${model}\n${training}`;
  const source = syntax.parse(text);
  const [made] = estimateModels(interpreter, { file: "net.py", source, entry });
  const h100 = findAccelerator("h100");
  assert.ok(made !== undefined && h100.kind === "found");
  return estimateJson(
    made,
    lineFinder((file) => (file === "net.py" ? text : undefined)),
    { optimizer: optimizerOf("net.py", source), accelerators: [h100.value] },
  );
}

test("inputs are told with who says them", () => {
  const made = estimate("Net(False)");
  assert.deepEqual(made.inputs, [[8, 16]]);
  assert.deepEqual(made.inputSources, [{ name: "x", dtype: "float32", source: "directive", from: null }]);
  assert.equal(inputWords(made), "8×16, as a directive in the file says");
  const source = syntax.parse(model.replace(/# ecocompute.*/, ""));
  const [guessed] = estimateModels(interpreter, { file: "net.py", source, entry: "Net(False)" });
  assert.ok(guessed !== undefined);
  const json = estimateJson(guessed, () => ({ file: null, line: null }));
  assert.deepEqual(json.inputSources, [
    { name: "input0", dtype: "float32", source: "layer", from: "the first layer" },
  ]);
  assert.equal(inputWords(json), "1×16, a guess after the first layer");
});

test("inputs of a phase of generation are not told as the file's own", () => {
  const text = `
import torch, torch.nn as nn
class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(100, 8)
        self.attend = nn.MultiheadAttention(8, 2, batch_first=True)
    def forward(self, tokens):
        x = self.embed(tokens)
        return self.attend(x, x, x, need_weights=False)[0]
Tiny()(torch.zeros(1, 16, dtype=torch.long))
`;
  const serving = { phase: "prefill", context: 64 } as const;
  const source = syntax.parse(text);
  const [made] = estimateModels(interpreter, { file: "tiny.py", source, entry: "Tiny()", serving });
  assert.ok(made !== undefined);
  const json = estimateJson(made, () => ({ file: null, line: null }));
  assert.equal(inputWords(json), "1×64, as the file calls it, with as many positions as prefill reads");
});

test("a line tells what it does by itself and with all that it calls", () => {
  const { lines, macs, ops } = estimate("Net(False)");
  const product = 8 * 16 * 16;
  assert.deepEqual(
    lines.map(({ line, macs: self, total }) => [line, self, total.macs]),
    [
      [23, 0, 2 * product],
      [14, 0, 2 * product],
      [6, product, product],
      [7, product, product],
      [24, 8 * 16 * 2, 8 * 16 * 2],
    ],
  );
  assert.equal(macs, 2 * product + 8 * 16 * 2);
  // What lines do by themselves is the whole model.
  assert.equal(
    lines.reduce((all, line) => all + line.ops, 0),
    ops,
  );
});

test("modules form a tree with self and total", () => {
  const { modules } = estimate("Net(False)");
  assert.deepEqual(
    modules.map(({ path, macs, self, parameters, line }) => [path, macs, self.macs, parameters, line]),
    [
      ["", 4352, 0, 290, 6],
      ["block", 4096, 0, 256, 14],
      ["block.fc", 4096, 4096, 256, 6],
      ["head", 256, 256, 34, 24],
    ],
  );
  assert.deepEqual(
    modules.map(({ self }) => self.parameters),
    [0, 0, 256, 34],
  );
});

test("memory of inference and training, with the optimizer of the file and checkpointing", () => {
  const state = 4 * 290;
  const x = 8 * 16 * 4;
  const sgd = estimate("Net(False)", "optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)").memory;
  assert.deepEqual(
    [sgd.parameterBytes, sgd.gradientBytes, sgd.optimizer.name, sgd.optimizerBytes],
    [state, state, "SGD", 0],
  );
  // Input, first and second product's results: what the weight's gradients need, and the ReLU's result.
  assert.equal(sgd.activationsForBackwardBytes, 3 * x);
  assert.equal(sgd.recomputedBytes, 0);
  const saving = estimate("Net(True)").memory;
  // What enters the region and what leaves it for the head.
  assert.equal(saving.activationsForBackwardBytes, 2 * x);
  assert.equal(saving.recomputedBytes, 2 * x);
  assert.equal(saving.optimizer.name, "AdamW");
  assert.match(saving.optimizer.assumption ?? "", /builds no optimizer/);
  assert.equal(saving.optimizerBytes, 2 * state);
  assert.deepEqual(
    saving.fitsOn?.map(({ accelerator, inference, training }) => [accelerator, inference, training]),
    [["h100-sxm", "fits", "fits"]],
  );
});

const adam = 18;

const sumOf = (passes: readonly number[]): number => passes.reduce((sum, each) => sum + each, 0);

/** Copies of the parameter that it keeps, and bytes that its update passes over by those of the parameter. */
const optimizers: Readonly<
  Record<string, readonly [name: string, copies: number, passes: number, assumed: boolean]>
> = {
  "torch.optim.SGD(p, lr=0.1, momentum=0.9)": ["SGD", 1, 8, false],
  "torch.optim.SGD(p, 0.1, 0.9)": ["SGD", 1, 8, false],
  "torch.optim.SGD(p, lr=0.1, momentum=0)": ["SGD", 0, 3, false],
  "torch.optim.SGD(p, 0.1, 0.9, weight_decay=1e-4, nesterov=True)": ["SGD", 1, 3 + 11, false],
  "torch.optim.Adam(p, amsgrad=True)": ["Adam", 3, adam + 3, false],
  "torch.optim.Adam(p, weight_decay=0.1)": ["Adam", 2, adam + 3, false],
  "torch.optim.AdamW(p)": ["AdamW", 2, adam + 2, false],
  "torch.optim.AdamW(p, weight_decay=0)": ["AdamW", 2, adam, false],
  "torch.optim.AdamW(p, fused=True)": ["AdamW", 2, 7, false],
  "torch.optim.RMSprop(p, centered=True)": ["RMSprop", 2, 13, false],
  "torch.optim.Adamax(p)": ["Adamax", 2, adam + 2, true],
  "torch.optim.LBFGS(p)": ["AdamW", 2, adam + 2, true],
  "torch.optim.lr_scheduler.StepLR(torch.optim.SGD(p), 1)": ["SGD", 0, 3, false],
  "(torch.optim.SGD(p), torch.optim.AdamW(p))": ["AdamW", 2, adam + 2, true],
  "print(p)": ["AdamW", 2, adam + 2, true],
};

for (const [code, [name, copies, passes, assumed]] of Object.entries(optimizers))
  test(`the optimizer of \`${code}\``, () => {
    const choice = optimizerOf("t.py", syntax.parse(`import torch\n\ndef train(p):\n    ${code}\n`));
    assert.deepEqual(
      [choice.name, choice.state.copies, sumOf(choice.passes), choice.assumption !== undefined],
      [name, copies, passes, assumed],
    );
  });

test("the output of a model that could not be built is not known for the same reason as its MACs", () => {
  const source = syntax.parse('import torch, zoo\nnet = zoo.create("net")\nnet(torch.randn(2, 4))\n');
  const [made] = estimateModels(interpreter, { file: "net.py", source });
  assert.ok(made !== undefined);
  const json = estimateJson(made, () => ({ file: null, line: null }));
  assert.deepEqual(json.output, { unknown: "package `zoo` was not found" });
  assert.deepEqual(json.macs, json.output);
});
