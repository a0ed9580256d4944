import assert from "node:assert/strict";
import { test } from "node:test";
import { hintOf, sum } from "../server/src/graph/dim.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";

const { interpreter, syntax } = await createSession([], { ...defaultLimits, steps: 2_000_000 });

const net = `import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, width, depth=1, act=None):
        super().__init__()
        self.first = nn.Linear(8, width)
        self.rest = nn.Sequential(*[nn.Linear(width, width) for _ in range(depth)])

    def forward(self, x):
        return self.rest(self.first(x))

x = torch.randn(2, 8)
`;

interface Case {
  readonly text: string;
  /** Name, what gives it, MACs, and the text that stands where it is shown. */
  readonly models: readonly (readonly [name: string, entry: string, macs: number, shownAt: string])[];
}

const macs = (width: number, depth = 1): number => 2 * (8 * width + depth * width * width);

const cases: Readonly<Record<string, Case>> = {
  "other arguments make another model": {
    text: "small = Net(10)\nbig = Net(100)\nsmall(x)\nbig(x)\n",
    models: [
      ["Net", "Net(10)", macs(10), "Net"],
      ["Net(100)", "Net(100)", macs(100), "Net(100)"],
    ],
  },
  "the same arguments, and eval(), do not": {
    text: "one = Net(10)\nother = Net(10, depth=1).eval()\none(x)\nother(x)\nNet(width=10)(x)\n",
    models: [["Net", "Net(...)", macs(10), "Net"]],
  },
  "another call of a model is not another model: the first one counts": {
    text: "one = Net(10)\none(x)\none(torch.randn(64, 8))\n",
    models: [["Net", "Net(...)", macs(10), "Net"]],
  },
  "models that nobody calls": {
    text: "small = Net(10)\nbig = Net(100)\nagain = Net(100)\n",
    models: [
      ["Net", "small", macs(10), "Net"],
      ["Net(100)", "big", macs(100), "Net(100)"],
    ],
  },
  "a function that makes them is told by its calls": {
    text: "def build(n):\n    return Net(n)\n\na, b = build(10), build(20)\na(x)\nb(x)\n",
    models: [
      ["Net", "build(10)", macs(10), "Net"],
      ["build(20)", "build(20)", macs(20), "build(20)"],
    ],
  },
  "a loop that makes them is told by what it gives": {
    text: "for depth in (1, 2, 3):\n    Net(10, depth=depth)(x)\n",
    models: [
      ["Net", "Net(10, depth=1)", macs(10), "Net"],
      ["Net(10, depth=2)", "Net(10, depth=2)", macs(10, 2), "Net(10, depth=depth)"],
      ["Net(10, depth=3)", "Net(10, depth=3)", macs(10, 3), "Net(10, depth=depth)"],
    ],
  },
  "what is given and has no text is numbered": {
    text: "for act in (nn.ReLU(), nn.GELU()):\n    m = Net(10)\n    m.act = act\n    m(x)\n",
    models: [
      ["Net", "Net(10)", macs(10), "Net"],
      ["Net(10) #2", "Net(10) #2", macs(10), "Net(10)"],
    ],
  },
  "parts of a model are no models beside it": {
    text: "one, other = Net(10), Net(20)\nboth = nn.ModuleDict({'one': one, 'other': other})\nNet(30)(x)\n",
    models: [
      ["Net", "Net(...)", macs(30), "Net"],
      ["ModuleDict", "both", 0, "nn.ModuleDict({'one': one, 'other': other})"],
    ],
  },
  "what one gives goes into another of its class": {
    text: "one = Net(8)\nother = Net(8, 2)\nother(one(x))\n",
    models: [
      ["Net", "Net(8)", macs(8), "Net"],
      ["Net(8, 2)", "Net(8, 2)", macs(8, 2), "Net(8, 2)"],
    ],
  },
  "what a function of autograd calls": {
    text: "class Apply(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, net, x):\n        return net(x)\n\nApply.apply(Net(10), x)\n",
    models: [["Net", "Net(...)", macs(10), "Net"]],
  },
  "long arguments are cut": {
    text: "for a in ('x' * 20, 'y' * 20):\n    m = Net(10, depth=1, act='z' * 20 + a)\n    m(x)\n    m.act = a\n",
    models: [
      ["Net", "Net(10, depth=1, …)", macs(10), "Net"],
      ["Net(10, depth=1, …) #2", "Net(10, depth=1, …) #2", macs(10), "Net(10, depth=1, act='z' * 20 + a)"],
    ],
  },
  "layers of torch are shown where they are made": {
    text: "nn.Linear(3, 4)(torch.randn(1, 3))\nnn.Linear(3, 5)(torch.randn(1, 3))\n",
    models: [
      ["Linear", "nn.Linear(3, 4)", 12, "nn.Linear(3, 4)"],
      ["nn.Linear(3, 5)", "nn.Linear(3, 5)", 15, "nn.Linear(3, 5)"],
    ],
  },
};

for (const [name, { text, models }] of Object.entries(cases))
  test(`models of a file: ${name}`, () => {
    const whole = `${net}${text}`;
    const made = estimateModels(interpreter, { file: "net.py", source: syntax.parse(whole) });
    const shown = made.map(({ name: own, entry, graph, madeAt, place }) => {
      const { span } = madeAt ?? place ?? { span: { start: 0, end: 0 } };
      const word = /^\w+/.exec(whole.slice(span.start))?.[0] ?? "";
      const at = madeAt === undefined ? word : whole.slice(span.start, span.end);
      return [own, entry, hintOf(sum(graph.ops.map((op) => op.work.macs))), at];
    });
    assert.deepEqual(shown, models);
  });

test("a class that leaves methods to others is no model of its file", () => {
  const text = `import abc
import torch
from torch import nn

class Noise(nn.Module, abc.ABC):
    def forward(self, t):
        return self.rate(t)

    @abc.abstractmethod
    def rate(self, t): ...

class Linear(Noise):
    def __init__(self):
        super().__init__()
        self.slope = nn.Linear(1, 1)

    def rate(self, t):
        return self.slope(t)
`;
  const made = estimateModels(interpreter, { file: "noise.py", source: syntax.parse(text) });
  assert.deepEqual(
    made.map(({ name }) => name),
    ["Linear"],
  );
});
