import assert from "node:assert/strict";
import { test } from "node:test";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import { parseInputSpecs } from "../server/src/model/input-spec.ts";

const { interpreter, syntax } = await createSession([], defaultLimits);

const classes = `
import random
import torch
from torch import nn

class Chance(nn.Module):
    def __init__(self):
        super().__init__()
        self.width = 3
        if random.random() > 0.5:
            self.body = nn.Linear(8, 8)
            self.width = 5
        else:
            self.body = nn.Sequential(nn.Linear(8, 16), nn.Linear(16, 8))

    def forward(self, x):
        return self.body(x)

class Alike(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(8, 8)
        if torch.rand(1) > 0.5:
            self.flip = True
        else:
            self.flip = False

    def forward(self, x):
        return self.body(x)

class Plain(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Linear(8, width)

    def forward(self, x):
        return self.body(x)

class Global(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(8, 8)

    def forward(self, x):
        return self.body(x) if net.width == 3 else x

`;

/** The last model that the program calls. */
function last(program: string): ModelEstimate {
  const made = estimateModels(interpreter, { file: "net.py", source: syntax.parse(classes + program) });
  const found = made.at(-1);
  if (found === undefined) throw new Error("no model found");
  return found;
}

const whys = (made: ModelEstimate): readonly string[] => made.notCounted.map(({ why }) => why);
const chance = /which side is taken is unknown: a random number/;

test("a model whose constructor leaves something open is built, called and told", () => {
  const made = last("net = Chance()\nnet(torch.randn(2, 8))");
  assert.equal(made.complete, false);
  assert.equal(made.output?.kind, "tensor");
  assert.match(whys(made).join("\n"), chance);
});

test("where both sides of its constructor come to the same, nothing is open", () => {
  assert.equal(last("net = Alike()\nnet(torch.randn(2, 8))").complete, true);
});

/** Models that rest on an open one; each is what Python would build, if the other side is taken. */
const resting: Readonly<Record<string, string>> = {
  "one of its values": "net = Chance()\nother = Plain(net.width)\nother(torch.randn(2, 8))",
  "one of its values under another name":
    "net = Chance()\nwidth = net.width\nother = Plain(width)\nother(torch.randn(2, 8))",
  "the model itself": "net = Chance()\nother = nn.Sequential(net, Plain(3))\nother(torch.randn(2, 8))",
  "a function that reads it":
    "net = Chance()\ndef make():\n    return Plain(net.width + 1)\nother = make()\nother(torch.randn(2, 8))",
  "a forward pass that reads it": "net = Chance()\nother = Global()\nother(torch.randn(2, 8))",
  "a local name":
    "def main():\n    net = Chance()\n    other = Plain(net.width * 2)\n    other(torch.randn(2, 8))\nmain()",
  "its input": "net = Chance()\nother = Plain(4)\nother(torch.randn(net.width, 8))",
};

for (const [name, program] of Object.entries(resting))
  test(`what rests on an open model is open: ${name}`, () => {
    const made = last(program);
    assert.equal(made.complete, false);
    assert.match(whys(made).join("\n"), chance);
  });

/** What functions of the program decide by chance before they build a model; `main` runs as it would. */
const decided: Readonly<Record<string, string>> = {
  "a branch": "width = 3\n    if random.random() > 0.5:\n        width = 5\n    net = Plain(width)",
  "a branch that does more":
    "net = Plain(8)\n    if random.random() > 0.5:\n        net = nn.Sequential(net, nn.Linear(8, 8))",
  "a loop":
    "layers = []\n    for _ in range(int(torch.rand(1) * 9)):\n        layers.append(nn.Linear(8, 8))\n    net = nn.Sequential(*layers)",
  "the arguments of a call":
    "sizes = {'width': 3} if random.random() > 0.5 else {'width': 5}\n    Plain(**sizes)(torch.randn(2, 8))\n    net = Plain(**sizes)",
  "a comprehension":
    "kept = [i for i in range(4) if random.random() > 0.5]\n    net = nn.Sequential(*[nn.Linear(8, 8) for _ in kept])",
};

for (const [name, body] of Object.entries(decided))
  test(`what the program decides by chance is open: ${name}`, () => {
    const made = last(`def main():\n    ${body}\n    net(torch.randn(2, 8))\nmain()`);
    assert.equal(made.complete, false);
    assert.notEqual(made.notCounted.length, 0);
  });

/** What such a function changes outlives it. */
const changing: Readonly<Record<string, string>> = {
  "a model":
    "def change(net):\n    if random.random() > 0.5:\n        net.body = nn.Linear(8, 5)\nnet = Plain(3)\nchange(net)",
  "a class":
    "class Sizes:\n    width = 3\ndef change():\n    if random.random() > 0.5:\n        Sizes.width = 5\nchange()\nnet = Plain(Sizes.width)",
  "a global name":
    "width = 3\ndef change():\n    global width\n    if random.random() > 0.5:\n        width = 5\nchange()\nnet = Plain(width)",
  "an enclosing name":
    "def build():\n    width = 3\n    def change():\n        nonlocal width\n        if random.random() > 0.5:\n            width = 5\n    change()\n    return Plain(width)\nnet = build()",
  "what torch makes by default":
    "def change():\n    if random.random() > 0.5:\n        torch.set_default_dtype(torch.float64)\nchange()\nnet = Plain(3)",
  "a dictionary":
    "sizes = {'width': 3}\ndef change():\n    if random.random() > 0.5:\n        sizes['width'] = 5\nchange()\nnet = Plain(sizes['width'])",
};

for (const [name, program] of Object.entries(changing))
  test(`what the program changes by chance is open: ${name}`, () => {
    assert.equal(last(`${program}\nnet(torch.randn(2, 8))`).complete, false);
  });

test("what is decided behind a call is not its doubt", () => {
  const behind = "if random.random() > 0.5:\n        width = 5\n        net = Plain(width)";
  assert.equal(
    last(`def main():\n    net = Plain(4)\n    net(torch.randn(2, 8))\n    ${behind}\nmain()`).complete,
    true,
  );
});

test("what does not rest on it is not, even under its name", () => {
  assert.equal(
    last("net = Chance()\nnet(torch.randn(2, 8))\nother = Plain(4)\nother(torch.randn(2, 8))").complete,
    true,
  );
  assert.equal(
    last("net = Chance()\nnet(torch.randn(2, 8))\nnet = Plain(4)\nnet(torch.randn(2, 8))").complete,
    true,
  );
});

test("a call of another model has nothing to tell where inputs are given", () => {
  const source = syntax.parse(`${classes}made = Plain(random.choice([4, 8]))\nmade(torch.randn(2, 8))`);
  const given = { file: "net.py", source, inputs: parseInputSpecs("float32[2, 8]") ?? [] };
  const [own] = estimateModels(interpreter, { ...given, entry: "Plain(4)" });
  assert.deepEqual([own?.complete, own?.notCounted], [true, []]);
  const [made] = estimateModels(interpreter, { ...given, entry: "made" });
  assert.equal(made?.complete, false);
});

test("a distribution of what a model says that is not run leaves no model open", () => {
  const program = `
from torch.distributions import Categorical, Normal

class Agent:
    def __init__(self):
        self.net = Plain(8)

    def act(self, state):
        mean = self.net(state)
        chosen = Normal(mean, mean.exp())
        action = chosen.sample()
        drawn = Categorical(logits=mean).sample()
        return action.item(), chosen.log_prob(action), drawn.item()

agent = Agent()
for _ in range(2):
    agent.act(torch.zeros(1, 8))
made = Plain(3)
made(torch.zeros(2, 8))
`;
  const made = last(program);
  assert.deepEqual(made.notCounted, []);
  assert.equal(made.complete, true);
});

for (const read of [
  "import yaml\n    read = yaml.safe_load(open('a.yaml'))",
  "import json\n    read = json.load(open('a.json'))",
  "from omegaconf import OmegaConf\n    read = OmegaConf.load('a.yaml')",
])
  test(`a settings file that the program reads is no doubt of a model of other settings: ${read}`, () => {
    const text = `${classes}if __name__ == "__main__":\n    ${read}\n    Plain(read.width)(torch.randn(2, 8))\n`;
    const given = {
      file: "net.py",
      source: syntax.parse(text),
      inputs: parseInputSpecs("float32[2, 8]") ?? [],
    };
    const [made] = estimateModels(interpreter, { ...given, entry: "Plain(4)" });
    assert.deepEqual(made && whys(made), []);
  });
