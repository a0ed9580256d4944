import assert from "node:assert/strict";
import { test } from "node:test";
import { hintOf, sum } from "../server/src/graph/dim.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";

const { interpreter, syntax } = await createSession([], defaultLimits);

/** A statement of the program goes on for longer than anybody waits, in the middle of what it does. */
const head = `import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.first = nn.Linear(8, width)
        self.rest = nn.ModuleList()

    def forward(self, x):
        x = self.first(x)
        for each in self.rest:
            x = each(x)
        return x

def grow(net, i):
    if i % 100_000 == 99_999:
        net.rest.append(nn.Linear(8, 8))

def deep():
    grow(shared, 99_999)

x = torch.randn(1, 8)
`;

const endless = "for i in range(10**9):\n";

interface Case {
  readonly text: string;
  /** MACs of the models that are listed, or why they are not whole. */
  readonly models: readonly (number | RegExp)[];
}

const cases: Readonly<Record<string, Case>> = {
  "what stands behind it is listed": {
    text: `Net()(x)\n${endless}    x.sum()\nNet(16)(x)\nNet(24)(x)\n`,
    models: [64, 128, 192],
  },
  "what it was changing is not known": {
    text: `Net(16)(x)\nnet = Net()\n${endless}    grow(net, i)\nnet(x)\n`,
    models: [128],
  },
  "nor is what holds it under another name": {
    text: `Net(16)(x)\nnet = Net()\nboth = nn.Sequential(net, nn.Linear(8, 4))\n${endless}    grow(net, i)\nboth(x)\n`,
    models: [128],
  },
  "nor what a function that it calls reads": {
    text: `Net(16)(x)\nshared = Net()\n${endless}    deep()\nshared(x)\n`,
    models: [128],
  },
  "before the first call, too": {
    text: `net = Net()\n${endless}    grow(net, i)\nnet(x)\nNet(16)(x)\n`,
    models: [128],
  },
  "settings that it only reads are what they were": {
    text: `sizes = {'small': {'width': 16}, 'large': {'width': 24}}\nwidths = [16]\n${endless}    for name in sizes: Net(**sizes[name]); print(max(widths), sizes['small']['width'] + widths[0])\nNet(**sizes['large'])(x)\nNet(widths[0])(x)\n`,
    models: [192, 128],
  },
  "nor is a row of settings that is handed on": {
    text: `sizes = {'small': {'width': 16}}\n${endless}    row = sizes['small']; row['width'] = i\nNet(**sizes['small'])(x)\nNet(16)(x)\n`,
    models: [/follow/, 128],
  },
  "nor one that a loop goes through": {
    text: `sizes = {'small': {'width': 16}}\n${endless}    for row in sizes.values(): row['width'] = i\nNet(**sizes['small'])(x)\nNet(16)(x)\n`,
    models: [/follow/, 128],
  },
  "nor an item that is set": {
    text: `sizes = {'small': {'width': 16}}\n${endless}    sizes['small']['width'] = i\nNet(**sizes['small'])(x)\nNet(16)(x)\n`,
    models: [/follow/, 128],
  },
  "nor one that is set as a part of several": {
    text: `sizes = {'width': 16}\n${endless}    sizes['width'], k = i, 3\nNet(**sizes)(x)\nNet(16)(x)\n`,
    models: [/follow/, 128],
  },
  "nor a list that is emptied": {
    text: `sizes = [16, 24]\n${endless}    sizes.clear()\nNet(sizes[0])(x)\nNet(16)(x)\n`,
    models: [/follow|known/, 128],
  },
  "settings that it fills decide nothing": {
    text: `${`sizes = {}\n${endless}    sizes[i % 7] = i\n`}Net(len(sizes))(x)\nNet(16)(x)\n`,
    models: [/may|unknown|longer|follow/, 128],
  },
};

for (const [name, { text, models }] of Object.entries(cases))
  test(`a program with a statement that does not end: ${name}`, () => {
    const made = estimateModels(interpreter, { file: "net.py", source: syntax.parse(`${head}${text}`) });
    const told = made.map(({ complete, graph, notCounted }) =>
      complete ? hintOf(sum(graph.ops.map((op) => op.work.macs))) : (notCounted[0]?.why ?? ""),
    );
    assert.equal(told.length, models.length, told.join("; "));
    for (const [i, each] of models.entries()) {
      if (typeof each === "number") assert.equal(told[i], each);
      else assert.match(String(told[i]), each);
    }
  });
