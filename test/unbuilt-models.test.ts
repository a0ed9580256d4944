import assert from "node:assert/strict";
import { test } from "node:test";
import { createInterpreter, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { syntax } from "./harness/syntax.ts";

const layers = `import torch
from absent import registry
from torch import nn

class Plain(nn.Linear):
    def __init__(self):
        super().__init__(4, 8)

class Chance(nn.Linear):
    def __new__(cls):
        return registry(cls)

    @classmethod
    def from_coin(cls):
        return registry(cls)

class Settings:
    def __init__(self):
        if torch.rand(1).item() > 0.5:
            self.extra = nn.Linear(4, 4)
`;

/** Models that a program lists which takes its classes from another file, and why one is not counted. */
function listed(program: string): readonly string[] {
  const interpreter = createInterpreter({
    syntax,
    files: {
      isFile: (path) => path === "/p/layers.py",
      readText: (path) => (path === "/p/layers.py" ? layers : undefined),
    },
    roots: ["/p"],
    limits: defaultLimits,
    now: () => 0,
  });
  const source = syntax.parse(
    `import torch\nfrom torch import nn\nfrom layers import Plain, Chance, Settings\n${program}`,
  );
  return estimateModels(interpreter, { file: "/p/main.py", source }).map(({ name, complete, notCounted }) =>
    complete ? name : `${name}: ${notCounted.map(({ what }) => what).join(", ")}`,
  );
}

test("a model of another file that cannot be built is listed with the reason", () => {
  assert.deepEqual(listed("net = Chance()\nnet(torch.randn(2, 4))\n"), ["Chance: `net`"]);
  assert.deepEqual(listed("net = Chance().cuda().eval()\nnet(torch.randn(2, 4))\n"), ["Chance: `net`"]);
});

test("it stands behind the models that can be built, once", () => {
  const both = "one = Chance()\ntwo = Chance()\nplain = Plain()\nplain(torch.randn(2, 4))\n";
  assert.deepEqual(listed(both), ["Plain", "Chance: `one`"]);
});

test("what is no model is not listed", () => {
  assert.deepEqual(listed("settings = Settings()\nsize = torch.rand(1).item()\n"), []);
});

test("a class may be named through its module, and may build itself", () => {
  assert.deepEqual(listed("import layers\nnet = layers.Chance()\nnet(torch.randn(2, 4))\n"), [
    "Chance: `net`",
  ]);
  assert.deepEqual(listed("net = Chance.from_coin()\n"), ["Chance: `net`"]);
});

test("what a package that is not there makes is listed where the file uses it as a model", () => {
  assert.deepEqual(listed('import zoo\nnet = zoo.create("net")\nnet(torch.randn(2, 4))\n'), ["net: `net`"]);
  const program = 'net = torch.hub.load("some/where", "net")\nnet.eval()\nx = torch.randn(2, 4)\nnet(x)\n';
  assert.deepEqual(listed(program), ["net: `net`"]);
});

test("what such a package makes for something else is not listed", () => {
  const program = `from zoo import Loss, tokens, Net
x = torch.randn(2, 4)
criterion = Loss()
criterion(x, x)
tokenizer = tokens("words")
tokenizer("a b")
trainer = Net(x)
`;
  assert.deepEqual(listed(program), []);
});
