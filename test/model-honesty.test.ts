import assert from "node:assert/strict";
import { test } from "node:test";
import { printDim } from "../server/src/graph/dim.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import { parseInputSpecs } from "../server/src/model/input-spec.ts";

const { interpreter, syntax } = await createSession([], { ...defaultLimits, steps: 300_000 });

const head = `
import random
import torch
import unheard_of
from torch import nn
from unheard_of.layers import Block, helper
flag = unheard_of.enabled()
sizes = {unheard_of.key(): 3}
`;

/** A module `Net` around the lines of `__init__` and `forward`. */
const net = (init: string, forward: string, before = ""): string =>
  `${head}${before}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
${indent(init)}

    def forward(self, x):
${indent(forward)}
`;

const indent = (text: string): string =>
  text
    .split("\n")
    .map((line) => `        ${line}`)
    .join("\n");

function estimate(text: string): ModelEstimate {
  const inputs = parseInputSpecs("float32[2, 4]");
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

/** Each depends on something that cannot be known from here. */
const unknowable: Readonly<Record<string, string>> = {
  "a branch on an unknown value": net("pass", "if flag:\n    x = self.fc(x)\nreturn self.fc(x)"),
  "a branch on a tensor's value": net("pass", "if x.sum() > 0:\n    x = self.fc(x)\nreturn self.fc(x)"),
  "another name of a plain type": net(
    'self.more = nn.Linear(4, 4 if isinstance("relu", unheard_of.string_types) else 8)',
    "return self.fc(x)",
  ),
  "an abstract base of a package that is missing": net(
    "pass",
    "return self.fc(x) if isinstance((1, 2), unheard_of.Iterable) else x",
  ),
  "a conditional expression on chance": net("pass", "return self.fc(x) if random.random() > 0.5 else x"),
  "a loop of unknown length": net(
    "pass",
    "for _ in range(unheard_of.count()):\n    x = self.fc(x)\nreturn x",
  ),
  "a loop over what is unknown": net("pass", "for layer in unheard_of.layers():\n    x = layer(x)\nreturn x"),
  "a loop over nonzero elements": net("pass", "for i in x.nonzero():\n    x = self.fc(x)\nreturn x"),
  "a while loop on a tensor": net("pass", "while x.max() < 3:\n    x = self.fc(x)\nreturn x"),
  "an unknown module": net("self.block = Block(4)", "return self.fc(x)"),
  "an unknown function on the input": net("pass", "helper(x)\nreturn self.fc(x)"),
  "an unknown function in the output": net("pass", "return helper(self.fc(x))"),
  "an unknown width": net("self.out = nn.Linear(4, unheard_of.width())", "return self.out(x)"),
  "an unknown base class": `${head}class Net(unheard_of.Base):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(4, 4)\n    def forward(self, x):\n        return self.fc(x)\n`,
  "an unknown decorator": net("pass", "return self.fc(x)").replace(
    "    def forward",
    "    @unheard_of.wrap\n    def forward",
  ),
  "an unknown key": net(
    "pass",
    "d = {}\nd[unheard_of.key()] = self.fc\nfor layer in d.values():\n    x = layer(x)\nreturn x",
  ),
  "a dictionary with an unknown key": net("pass", "for _ in sizes:\n    x = self.fc(x)\nreturn x"),
  "an unknown keyword": net("self.out = nn.Linear(4, 4, **unheard_of.options())", "return self.out(x)"),
  "an unknown setattr": net("setattr(self, unheard_of.name(), nn.Linear(4, 4))", "return self.fc(x)"),
  "an unknown filter": net("pass", "for f in [self.fc for i in range(3) if flag]:\n    x = f(x)\nreturn x"),
  "an unknown context manager": net("pass", "with unheard_of.precision():\n    return self.fc(x)"),
  "an unknown order": net(
    "pass",
    "d = sorted([1, 2, unheard_of.n()])\nfor _ in range(d[0]):\n    x = self.fc(x)\nreturn x",
  ),
  "an unknown any": net("pass", "if any([flag, False]):\n    x = self.fc(x)\nreturn x"),
  "an op that is not modelled": net("pass", "return torch.igamma_of_the_future(self.fc(x), x)"),
  "code that runs text": net("exec(unheard_of.text())", "return self.fc(x)"),
  "a value set under an unknown condition at import": net(
    "self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(depth))",
    "return self.fc(x)",
    "depth = 1\nif flag:\n    depth = 5\n",
  ),
  "a class chosen by an unknown condition at import": net(
    "self.act = Act()",
    "return self.act(self.fc(x))",
    "if flag:\n    class Act(nn.Linear):\n        def __init__(self):\n            super().__init__(4, 4)\nelse:\n    Act = nn.ReLU\n",
  ),
  "a table built from something unknown at import": net(
    "self.layers = nn.ModuleList(nn.Linear(4, w) for w in table)",
    "return self.fc(x)",
    "def build():\n    made = [4]\n    if flag:\n        made.append(8)\n    return made\ntable = build()\n",
  ),
  "a global changed by an unknown function": net(
    "self.layers = nn.ModuleList(nn.Linear(4, w) for w in table)",
    "return self.fc(x)",
    "table = [4]\nif flag:\n    table.append(8)\n",
  ),
  "an unknown number of arguments": net("pass", "return self.fc(x.view(*unheard_of.shape()))"),
  "a layer of an unknown number of arguments": net(
    "self.out = nn.Linear(*unheard_of.sizes(), 4, 4)",
    "return self.out(x)",
  ),
  "a random choice of layers": net(
    "self.out = random.choice([nn.Linear(4, 4), nn.Linear(4, 8)])",
    "return self.fc(x)",
  ),
  "layers in a random order": net(
    "layers = [nn.Linear(4, 4), nn.Linear(4, 4, bias=False)]\nrandom.shuffle(layers)\nself.out = layers[0]",
    "return self.fc(x)",
  ),
  "a limit": net("pass", "for _ in range(10_000_000):\n    pass\nreturn self.fc(x)"),
  "code that is not Python": net("pass", "x = = 3\nreturn self.fc(x)"),
  "an exception that the program raises": net("pass", "raise ValueError('no')"),
  "a shape that does not fit": net("self.out = nn.Linear(5, 4)", "return self.out(self.fc(x))"),
};

/** Each looks doubtful and is not. */
const knowable: Readonly<Record<string, string>> = {
  "an unknown value that only guards an exception": net(
    "pass",
    "if flag:\n    raise ValueError('no')\nreturn self.fc(x)",
  ),
  "an unknown value that is only reported": net(
    "pass",
    "print(unheard_of.version(), flag)\nreturn self.fc(x)",
  ),
  "an unknown import that nothing uses": net("pass", "return self.fc(x)"),
  "an optional package that is missing": net(
    "self.fast = fused is not None",
    "return fused(x) if self.fast else self.fc(x)",
    "try:\n    from fused_kernels import fused\nexcept ImportError:\n    fused = None\n",
  ),
  "a tensor's value that is only logged": net(
    "pass",
    "if x.abs().mean() > 50:\n    logger = unheard_of.get_logger()\n    logger.warning('large')\nreturn self.fc(x)",
  ),
  "the larger of two tensors": net(
    "pass",
    "return self.fc(torch.max(x, torch.tensor(torch.finfo(x.dtype).min)))",
  ),
  "an assertion on a tensor": net("pass", "assert x.sum() > 0\nreturn self.fc(x)"),
  "a side of `and` that settles it": net("pass", "if flag and False:\n    x = self.fc(x)\nreturn self.fc(x)"),
};

test("what depends on something unknown is never complete", async (t) => {
  for (const [name, text] of Object.entries(unknowable))
    await t.test(name, () => {
      const made = estimate(text);
      assert.equal(made.complete, false);
      assert.ok(made.notCounted.length > 0 || made.failure !== undefined, "no reason given");
    });
});

test("what does not depend on anything unknown is complete", async (t) => {
  for (const [name, text] of Object.entries(knowable))
    await t.test(name, () => {
      const made = estimate(text);
      assert.deepEqual(made.notCounted, []);
      assert.equal(made.complete, true);
    });
});

test("a run goes on where a size is a number that only the run knows", () => {
  const many = "n = (x[:, 0] > 0).sum().item()\n";
  for (const forward of [
    "h = torch.zeros(n, 4) + torch.ones(n, 4)\nreturn self.fc(h)",
    "return self.fc(self.fc(x).topk(n, dim=0)[0])",
    "return self.fc(self.fc(x)[:1].expand(n, 4))",
  ]) {
    const made = estimate(net("pass", many + forward));
    assert.equal(made.complete, false);
    const output = made.output?.kind === "tensor" ? made.output.shape : undefined;
    assert.ok(Array.isArray(output), forward);
    assert.deepEqual(
      output.map((size) => (typeof size === "number" ? size : printDim(size))),
      ["u0", 4],
      forward,
    );
  }
});

test("dir() of a torch module lists the functions it has natively", () => {
  const made = estimate(
    net(
      "self.out = nn.Linear(4, 2) if 'silu' in dir(torch.nn.functional) else nn.Linear(4, 8)",
      "return self.out(x)",
    ),
  );
  const output = made.output?.kind === "tensor" ? made.output.shape : undefined;
  assert.deepEqual(output, [2, 2]);
});

const entriesOf = (text: string): readonly string[] =>
  estimateModels(interpreter, { file: "net.py", source: syntax.parse(text) }).map((made) => made.entry);

const takes = (params: string): string => `
from dataclasses import dataclass
from torch import nn

class Net(nn.Module):
    def __init__(self, ${params}):
        super().__init__()
        self.fc = nn.Linear(4, 4)
    def forward(self, x):
        return self.fc(x)
`;

test("a file offers what it builds itself", () => {
  assert.deepEqual(entriesOf(takes("width=4")), ["Net()"]);
  const functions =
    "def test():\n    return 1\ndef small():\n    return Net(4)\ndef large():\n    return Net(8)\n";
  assert.deepEqual(entriesOf(takes("width") + functions), ["small()"]);
  assert.deepEqual(entriesOf(`${takes("width")}def build(width):\n    return Net(width)\n`), []);
  const settings = "@dataclass\nclass NetConfig:\n    width: int = 4\n";
  assert.deepEqual(entriesOf(takes("config") + settings), ["Net(NetConfig())"]);
  assert.deepEqual(entriesOf(takes("config, width") + settings), []);
  assert.deepEqual(entriesOf(takes("config") + settings.replace(" = 4", "")), []);
  assert.deepEqual(entriesOf(takes("config")), []);
});

test("a function whose code is replaced is told as unknown, not as failing", () => {
  const made = estimate(
    net(
      "pass",
      "return wide(self.fc(x))",
      `
def other(x):
    return x.repeat(1, 2)

def wide(x):
    wide.__globals__.update(other.__globals__)
    wide.__code__ = other.__code__
    return wide(x)
`,
    ),
  );
  assert.ok(!made.complete);
  assert.equal(made.failure, undefined);
  assert.ok(made.notCounted.some(({ why }) => why === "its code was replaced by the program"));
});

test("layers that the forward pass makes or removes are counted as they are behind it, and that is said", () => {
  const said = (text: string): boolean =>
    estimate(text.replace(head, "from torch import nn\n")).assumptions.some((each) =>
      each.startsWith("the forward pass makes or removes layers"),
    );
  const late = 'if not hasattr(self, "late"):\n    self.late = nn.Linear(4, 3)\nreturn self.late(self.fc(x))';
  assert.ok(said(net("pass", late)));
  assert.ok(said(net("self.late = nn.Linear(4, 3)", "y = self.late(x)\ndel self.late\nreturn y")));
  assert.ok(said(net("self.late = nn.LazyLinear(3)", "return self.late(self.fc(x))")));
  assert.ok(!said(net("self.late = nn.Linear(4, 3)", "self.last = self.late(x)\nreturn self.last")));
});

test("a product with a sparse matrix is counted as PyTorch counts it, and that is said", () => {
  const said = (left: string): boolean =>
    estimate(
      `import torch\nfrom torch import nn\n\nclass Net(nn.Module):\n    def forward(self, x):\n        return ${left} @ x\n`,
    ).assumptions.some((each) => each.startsWith("products of sparse matrices are counted as if"));
  assert.ok(said("torch.eye(2).to_sparse()"));
  assert.ok(!said("torch.eye(2)"));
});

test("what only a started program does is no doubt of a model that is built as if the file were imported", () => {
  const program = `
from torch import nn

class Net(nn.Module):
    width = 4

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, self.width)

    def forward(self, x):
        return self.fc(x)

class Set(Net):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, sizes["out"])

def main():
    if open("mode").read() == "wide":
        Net.width = 8

if __name__ == "__main__":
    sizes = {"out": 5}
    net = Set()
    main()
`;
  const inputs = parseInputSpecs("float32[2, 4]") ?? [];
  const made = (entry: string, given: typeof inputs | undefined): ModelEstimate | undefined =>
    estimateModels(interpreter, {
      file: "net.py",
      source: syntax.parse(program),
      entry,
      ...(given === undefined ? {} : { inputs: given }),
    })[0];
  assert.equal(made("Net()", inputs)?.complete, true);
  assert.equal(made("Net()", undefined)?.complete, false);
  for (const entry of ["Set()", "net"]) {
    const { failure, output } = made(entry, inputs) ?? {};
    assert.equal(failure, undefined);
    assert.equal(output?.kind === "tensor" && JSON.stringify(output.shape), "[2,5]");
  }
});

test("attributes of an instance are found through super()", () => {
  const init =
    "for key in super().__dict__:\n    if key == 'fc':\n        raise KeyError(key)\nself.late = 'training' in super().__dict__";
  const made = estimate(
    net(init, "return self.fc(x) if self.late else x").replace(head, "from torch import nn\n"),
  );
  assert.equal(made.failure, undefined);
  assert.equal(made.complete, true);
  assert.ok(made.graph.ops.length > 0);
});
