import assert from "node:assert/strict";
import { test } from "node:test";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";

const { interpreter, syntax } = await createSession([], { ...defaultLimits, steps: 1_000_000 });

/** What is said of the first model of a program: why it fails, and why something is not counted. */
function reasons(text: string): readonly string[] {
  const source = syntax.parse(`import torch\nfrom torch import nn\n${text}`);
  const [made] = estimateModels(interpreter, { file: "/p/net.py", source });
  assert.ok(made);
  const { failure, notCounted } = made;
  return [
    ...(failure === undefined ? [] : [`fails: ${failure.message}`]),
    ...notCounted.map(({ what, why }) => `${what}: ${why}`),
  ];
}

test("what fails behind a loop that is left out is not said to fail", () => {
  const said = reasons(`
def read(path):
    parts = []
    with open(path) as file:
        for line in file:
            parts.append(torch.tensor([len(line)]))
    return torch.cat(parts)

ids = read("ids.txt")
net = nn.Linear(4, 5)
net(torch.randn(len(ids), 4))
`);
  assert.ok(said.some((each) => each.includes("the content of a file")));
  assert.deepEqual(
    said.filter((each) => /fail|non-empty/.test(each)),
    [],
  );
});

test("a file that fails is named, not called `__main__`", () => {
  const said = reasons(`
size = int("four")
net = nn.Linear(4, 5)
net(torch.randn(size, 4))
`);
  assert.ok(
    said.some((each) =>
      each.endsWith("running `net.py` fails: ValueError: invalid literal for int() with base 10: 'four'"),
    ),
    said.join("\n"),
  );
});

test("settings that were read from somewhere are not said to be missing", () => {
  const said = reasons(`
import unheard_of

class Settings(dict):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.__dict__ = self

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        read = unheard_of.read()
        settings, more = Settings(read), {"height": 3}
        more.update(read)
        self.fc = nn.Linear(settings.width, more.copy()["depth"])
        self.last = nn.Linear(4, 4 if "bias" in more else 8)
    def forward(self, x):
        return self.fc(x)

net = Net()
net(torch.randn(2, 4))
`);
  assert.ok(said.length > 0);
  assert.deepEqual(
    said.filter((each) => /has no attribute|KeyError/.test(each)),
    [],
  );
});

test("a class that extends defaultdict is given what makes its items", () => {
  const said = reasons(`
from collections import defaultdict

class Keyed(defaultdict):
    def __missing__(self, key):
        self[key] = made = self.default_factory(key)
        return made

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.sizes = Keyed(self.size)
    def size(self, key):
        return key * 2
    def forward(self, x):
        return self.fc(x.view(self.sizes[2], self.sizes[2]))

net = Net()
net(torch.randn(2, 8))
`);
  assert.deepEqual(said, []);
});

test("a static forward is called with all of its parameters", () => {
  const said = reasons(`
class Swish(nn.Module):
    @staticmethod
    def forward(x):
        return x * torch.sigmoid(x)
`);
  assert.deepEqual(
    said.filter((each) => each.includes("missing 1 required")),
    [],
  );
});

test("an unknown value need not equal itself: it may be a tensor", () => {
  const said = reasons(`
import unheard_of

class Net(nn.Module):
    def forward(self, x):
        y = unheard_of.mask(x)
        if not (y == y).all():
            raise ValueError("not a number")
        return x

net = Net()
net(torch.randn(2, 4))
`);
  assert.deepEqual(
    said.filter((each) => each.includes("has no attribute")),
    [],
  );
});

test("what is not known is told by its cause, through operators and text", () => {
  const said = reasons(`
import unheard_of

flag = unheard_of.flag()
name = f"{flag}-{1}"

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4 if not flag else 8)
        self.b = nn.Linear(4, 4 if name == "x" else 8)
        self.c = nn.Linear(4, 4 if isinstance(flag, str) else 8)
        self.d = nn.Linear(4, 4 if flag in (1, 2) else 8)

net = Net()
net(torch.randn(2, 4))
`);
  assert.ok(said.some((each) => each.includes("package `unheard_of` was not found")));
  assert.deepEqual(
    said.filter((each) => each.includes("something unknown")),
    [],
  );
});

const widened = `
class Net(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.fc = nn.Linear(4, n + 1)
    def forward(self, x):
        return self.fc(x)
`;

/** What a program does with the lines of a file before it builds a model as wide as they are many. */
const counting: Readonly<Record<string, string>> = {
  "a list that is filled": "words = []\nfor line in open(path):\n    words.append(line)\nn = len(words)",
  "a list that is filled under a number":
    "words = []\nfor i, line in enumerate(open(path)):\n    words.append(i)\nn = len(words)",
  "a dictionary that is filled":
    "words = {}\nwith open(path) as file:\n    for line in file:\n        words[line] = 1\nn = len(words)",
  "a count": "n = 0\nfor line in open(path):\n    n += 1",
  "an object that counts": "seen = Seen()\nfor line in open(path):\n    seen.add(line)\nn = seen.count",
  "an object inside an object":
    "both = Holder()\nfor line in open(path):\n    both.seen.add(line)\nn = both.seen.count",
  "a list that a function fills": "words = []\nfor line in open(path):\n    put(words, line)\nn = len(words)",
  "a comprehension": "n = len([put([], line) for line in open(path)])",
  "a set of what a generator gives": "n = len(set(put([], line) for line in open(path)))",
  "a map": "n = len(list(map(len, open(path))))",
  "a sum": "n = sum(put([], line) for line in open(path))",
  "a loop with a way out":
    "n = 0\nfile = open(path)\nwhile True:\n    line = file.readline()\n    if not line:\n        break\n    n += 1",
};

const helpers = `
class Seen:
    def __init__(self):
        self.count = 0
    def add(self, line):
        self.count += 1

class Holder:
    def __init__(self):
        self.seen = Seen()

def put(words, line):
    words.append(line)
    return len(words)
`;

test("what a loop over unknown items fills has no known size", async (t) => {
  for (const [name, lines] of Object.entries(counting))
    await t.test(name, () => {
      const body = lines.split("\n").map((line) => `    ${line}`);
      const program = ["def main(path):", ...body, "    net = Net(n)", "    net(torch.randn(2, 4))"];
      const said = reasons(`${widened}${helpers}\n${program.join("\n")}\nmain("words.txt")\n`);
      assert.notDeepEqual(said, []);
    });
});

test("a call with what a left-out loop would have bound says nothing of the inputs", () => {
  const said = reasons(`
import unheard_of

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 4)
    def forward(self, x):
        return self.fc(x)

net = Net()
for epoch in range(2):
    for i, (x, _) in enumerate(unheard_of.batches()):
        net(x.view(-1, 784))
    net(x)
`);
  assert.deepEqual(said, []);
});

test("a module that its package's stand-in lacks is said to be not modelled: the package itself is there", () => {
  const said = reasons(`
import scipy.sparse as sparse
import nowhere.sparse

class Net(nn.Module):
    def forward(self, x):
        return x @ torch.tensor(sparse.eye(4).toarray()), nowhere.sparse.eye(x)

Net()(torch.zeros(4, 4))
`);
  assert.ok(
    said.some((each) => each.includes("`scipy.sparse` is not modelled")),
    said.join("\n"),
  );
  assert.ok(said.some((each) => each.includes("package `nowhere` was not found")));
  assert.ok(!said.some((each) => each.includes("package `scipy`")));
});

test("why a key is not known is told of what is read or stored under it", () => {
  const said = reasons(`
import random

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.ways = nn.ModuleDict({"a": nn.Linear(4, 4), "b": nn.Linear(4, 5)})
    def forward(self, x):
        seen = {random.random(): x}
        return self.ways[random.choice(["a", "b"])](x)

Net()(torch.zeros(4, 4))
`);
  assert.ok(
    said.some((each) => /read under an unknown key: .*random number/.test(each)),
    said.join("\n"),
  );
  assert.ok(said.some((each) => /stored under an unknown key: a random number/.test(each)));
});
