import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { difference } from "../server/src/host/difference.ts";
import { createDisk } from "../server/src/host/disk.ts";
import { placesMoved } from "../server/src/host/last-runs.ts";
import { createInterpreter, createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { createCallMemory, type RememberedCalls } from "../server/src/model/call-memory.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import type { Interpreter } from "../server/src/model/interpreter.ts";
import { goneFrom } from "../server/src/model/same-run.ts";
import type { SourceFile } from "../server/src/syntax/chunk.ts";
import { packageFolder, seededRandom } from "./harness/real-files.ts";
import { toldEstimate } from "./harness/told-graph.ts";

const { syntax } = await createSession([], defaultLimits);
const path = "/project/net.py";
const packages = dirname(packageFolder("torchvision"));

const newInterpreter = (): Interpreter =>
  createInterpreter({
    syntax,
    files: createDisk(),
    roots: ["/project", packages],
    limits: defaultLimits,
    now: () => 0,
  });

const plain = newInterpreter();
const withoutMemory = (text: string): readonly unknown[] =>
  estimateModels(plain, { file: path, source: syntax.parse(text) }).map(toldEstimate);

/** A file as it is edited: every run knows the calls of the one before. */
class Edited {
  readonly #interpreter = newInterpreter();
  #calls: RememberedCalls | undefined;
  #source: SourceFile | undefined;
  repeated = 0;

  tell(text: string): readonly unknown[] {
    const { machine, run } = this.#interpreter;
    const before = this.#source;
    const source =
      before === undefined ? syntax.parse(text) : syntax.update(before, difference(before.text, text));
    this.#source = source;
    const calls = createCallMemory(
      run,
      this.#calls,
      text,
      (old) => placesMoved(path, difference(old, text)[0]),
      before === undefined ? () => false : goneFrom(before, source),
    );
    machine.state.calls = calls;
    const told = estimateModels(this.#interpreter, { file: path, source }).map(toldEstimate);
    machine.state.calls = undefined;
    this.#calls = calls.remembered();
    for (const { repeated } of this.#calls.values()) this.repeated += repeated;
    return told;
  }
}

interface Program {
  /** Before the classes. */
  readonly before?: string;
  readonly init?: string;
  readonly forward?: string;
  /** Of `Net`, where `h` is the input and `self.blocks` are four blocks. */
  readonly body?: string;
  readonly after?: string;
  /** Edits that only this program knows. */
  readonly edits?: typeof edits;
}

const indented = (text: string): string => text.replace(/^(?=.)/gm, "        ");

const textOf = ({ before = "", init = "", forward, body, after = "" }: Program): string => `import torch
import torch.nn.functional as F
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import count
from torch import nn
from torch.utils.checkpoint import checkpoint
${before}

class Inner(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.lin = nn.Linear(width, width)

    def forward(self, x):
        y = self.lin(x)
        return F.relu(y)

class Block(nn.Module):
    scale = 2

    def __init__(self, width=8, index=0):
        super().__init__()
        self.index = index
        self.width = width
        self.inner = Inner(width)
        self.norm = nn.BatchNorm1d(width)
        self.act = nn.Sequential(nn.ReLU(inplace=True), nn.Dropout(0.1))
${indented(init)}

    def forward(self, x, *rest):
${indented(forward ?? "y = self.inner(x)\nreturn x + self.act(self.norm(y))")}

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(4))
        self.head = nn.Sequential(Inner(8), nn.Linear(8, 2))

    def forward(self, h):
${indented(body ?? "for block in self.blocks:\n    h = block(h)")}
        h = h + 0
        return self.head(h)

model = Net()
${after}
model(torch.randn(4, 8))
`;

/** What a memory of calls could get wrong. */
const programs: Readonly<Record<string, Program>> = {
  "blocks that are alike": {},
  "a counter that decides": {
    init: "self.calls = 0",
    forward: "self.calls += 1\nreturn x.repeat(1, self.calls)[:, :8]",
    body: "for _ in range(3):\n    h = self.blocks[0](h)",
  },
  "a counter that is put back": {
    init: "self.calls = 0",
    forward: "self.calls += 1\nfor _ in range(self.calls):\n    x = F.relu(x)\nreturn x",
    body: "for _ in range(3):\n    h = self.blocks[0](h)\nself.blocks[0].calls = 0",
  },
  "a counter of all blocks": {
    before: "calls = 0",
    forward: "global calls\ncalls += 1\nfor _ in range(calls):\n    x = F.relu(x)\nreturn x",
  },
  "a name that is only written": {
    before: "last = 0",
    forward: "global last\nlast = self.index\nreturn x",
    body: "for block in self.blocks:\n    h = block(h)\nfor _ in range(last + 1):\n    h = F.relu(h)",
  },
  "a name that is read on one path": {
    before: "gain = 2",
    forward: "for _ in range(gain if self.index else 1):\n    x = F.relu(x)\nreturn x",
    after: "for i, block in enumerate(model.blocks):\n    block.index = i % 2",
    edits: [
      ["gain = 2", "gain = 3"],
      ["gain = 2", "gain = 4"],
    ],
  },
  "a class and a function that building reads on one path": {
    before: "gain = 1\ndef more(n):\n    return n * gain",
    init: "self.extra = nn.ModuleList(Inner(width) for _ in range(more(index) if index else 1))",
    forward: "for extra in self.extra:\n    x = extra(x)\nreturn x",
    after: "model.blocks = nn.ModuleList(Block(8, i % 2) for i in range(4))",
    edits: [
      ["gain = 1", "gain = 3"],
      ["return n * gain", "return n * gain + 1"],
    ],
  },
  "text that reads like nothing": {
    before: "mode = None",
    init: "self.mode = mode",
    forward: "return F.relu(x) if self.mode is None else x",
    edits: [
      ["mode = None", "mode = 'none'"],
      ["mode = None", "mode = ..."],
      ["mode = None", "mode = 'ellipsis'"],
    ],
  },
  "a counter of the class": {
    forward: "Block.scale += 1\nfor _ in range(Block.scale):\n    x = F.relu(x)\nreturn x",
  },
  "a counter in a closure": {
    before:
      "def counter():\n    n = 0\n    def up():\n        nonlocal n\n        n += 1\n        return n\n    return up\ntick = counter()",
    forward: "for _ in range(tick()):\n    x = F.relu(x)\nreturn x",
  },
  "an iterator that moves on": {
    before: "numbers = count(1)",
    forward: "for _ in range(next(numbers)):\n    x = F.relu(x)\nreturn x",
  },
  "a default that is changed": {
    before: "def note(x, seen=[]):\n    seen.append(1)\n    return len(seen)",
    forward: "for _ in range(note(x)):\n    x = F.relu(x)\nreturn x",
  },
  "a list that is given and changed": {
    forward: "rest[0].append(x)\nreturn F.relu(x)",
    body: "seen = []\nfor block in self.blocks:\n    h = block(h, seen)\nh = h + sum(seen)",
  },
  "an item replaced by one like it": {
    forward: "rest[0][0] = F.relu(x)\nreturn rest[0][0]",
    body: "seen = [h]\nfor block in self.blocks:\n    h = block(h, seen)\n    seen[0] = seen[0] * 2\nh = h + seen[0]",
  },
  "a tensor kept for the next call": {
    init: "self.kept = None",
    forward: "y = x if self.kept is None else x + self.kept\nself.kept = F.relu(y)\nreturn y",
    body: "for _ in range(4):\n    h = self.blocks[0](h)",
  },
  "a flag that the caller sets": {
    init: "self.flag = False",
    forward: "return F.relu(x) if self.flag else torch.tanh(x)",
    body: "for block in self.blocks:\n    block.flag = block is self.blocks[2]\n    h = block(h)\n    block.flag = False",
  },
  "a cached function": {
    before: "@lru_cache\ndef table(n):\n    return torch.arange(n).float() * 2",
    forward: "return x + table(8)",
  },
  "a cache in a dictionary": {
    before: "tables = {}",
    forward: "if 8 not in tables:\n    tables[8] = torch.arange(8).float() * 2\nreturn x + tables[8]",
  },
  "a hook": {
    after:
      "model.blocks[1].register_forward_hook(lambda m, i, o: o.abs())\nmodel.blocks[2].inner.register_forward_pre_hook(lambda m, i: (i[0] * 2,))",
  },
  "one block called again": { body: "for _ in range(3):\n    h = self.blocks[0](self.blocks[1](h))" },
  "weights tied": {
    after:
      "model.blocks[1].inner.lin.weight = model.blocks[0].inner.lin.weight\nmodel.blocks[3].inner = model.blocks[2].inner",
  },
  checkpoints: { body: "for block in self.blocks:\n    h = checkpoint(block, h)" },
  "a checkpoint among plain calls": {
    body: "h = self.blocks[2](self.blocks[1](self.blocks[0](h)))\nh = checkpoint(self.blocks[3], h)",
  },
  autocast: {
    body: 'with torch.autocast("cuda", dtype=torch.float16):\n    for block in self.blocks:\n        h = block(h)\nh = self.blocks[0](h.float())',
  },
  "autocast inside": {
    forward:
      'with torch.autocast("cuda", dtype=torch.float16):\n    x = self.inner(self.inner(x))\nreturn x.float()',
  },
  "a mode of gradients": {
    body: "with torch.no_grad():\n    h = self.blocks[0](h)\nfor block in self.blocks:\n    h = block(h)\n    torch.set_grad_enabled(not torch.is_grad_enabled())",
  },
  "a mode set inside": {
    forward: "torch.set_grad_enabled(self.index == 0)\nreturn self.inner(x)",
  },
  "an input written in place": {
    forward: "x.add_(1)\nreturn self.act(x)",
    body: "for block in self.blocks:\n    block(h)\nh = self.act(h) if False else h",
  },
  "a result written in place": { body: "for block in self.blocks:\n    h = F.relu(block(h), inplace=True)" },
  "a view of the input": {
    forward: "return x.view(2, 2, 8).transpose(0, 1)",
    body: "for block in self.blocks:\n    h = block(h).reshape(4, 8)",
  },
  "the input itself": { forward: "return x", body: "for block in self.blocks:\n    h = block(h) + block(h)" },
  "a parameter": { forward: "return x @ self.inner.lin.weight.t()\n" },
  "a parameter given back": {
    forward: "return self.inner.lin.weight",
    body: "for block in self.blocks:\n    h = h @ block(h)",
  },
  "a list of results": {
    forward: "y = self.inner(x)\nreturn [x, y, {'a': y, 'b': (y, self.inner)}]",
    body: "for block in self.blocks:\n    x, y, rest = block(h)\n    h = rest['b'][1](x) + rest['a']",
  },
  "a list of results that is changed": {
    forward: "return [self.inner(x)]",
    body: "for block in self.blocks:\n    made = block(h)\n    made.append(h)\n    h = sum(made)",
  },
  "a data class": {
    before: "@dataclass\nclass Out:\n    y: object\n    n: int = 1",
    forward: "return Out(self.inner(x))",
    body: "for block in self.blocks:\n    out = block(h)\n    out.n += 1\n    h = out.y * out.n",
  },
  "a function given back": {
    forward: "return lambda y: self.inner(y) + x",
    body: "for block in self.blocks:\n    h = block(h)(h)",
  },
  "a generator given back": {
    forward: "return (F.relu(x) for _ in range(2))",
    body: "for block in self.blocks:\n    h = sum(block(h))",
  },
  "constants known by value": {
    init: "self.register_buffer('order', torch.arange(8).flip(0))",
    forward: "return x[:, self.order] + (self.order * 2).float()",
  },
  "a buffer that changes": {
    init: "self.register_buffer('seen', torch.zeros(1))",
    forward: "self.seen += 1\nreturn x * self.seen",
  },
  "an attribute of a tensor": {
    forward: "x.mark = self.index\nreturn F.relu(x)",
    body: "for block in self.blocks:\n    h = block(h)\n    for _ in range(getattr(h, 'mark', 2)):\n        h = F.relu(h)",
  },
  "an attribute of a tensor that comes late": {
    forward: "for _ in range(getattr(x, 'mark', 1)):\n    x = F.relu(x)\nreturn x",
    body: "h = self.blocks[2](self.blocks[1](self.blocks[0](h)))\nh.mark = 3\nh = self.blocks[3](h)",
  },
  "a call of something unknown": {
    before: "import unheard",
    forward: "unheard.log(x)\nreturn self.inner(x)",
  },
  "a module of another block": {
    after: "model.blocks[3].inner = model.blocks[2].inner",
  },
  "blocks that differ": {
    after: "for i, block in enumerate(model.blocks):\n    block.index = i",
    forward: "for _ in range(self.index):\n    x = F.relu(x)\nreturn self.inner(x)",
  },
  "widths that differ": {
    init: "self.out = nn.Linear(width, 8)",
    forward: "return self.out(self.inner(x))",
    after: "model.blocks[1] = Block(8)\nmodel.blocks[2].out = nn.Linear(8, 8, bias=False)",
  },
  "weights without gradients": {
    after: "for p in model.blocks[1].parameters():\n    p.requires_grad = False",
  },
  training: { after: "model.train()" },
  "half precision": {
    after: "model.half()",
    body: "h = h.half()\nfor block in self.blocks:\n    h = block(h)",
  },
  "a module made on the way": { forward: "return nn.Linear(8, 8)(self.inner(x))" },
  "something unknown": { forward: "import unheard\nreturn unheard.of(x) if self.index else self.inner(x)" },
  "a size that only the run knows": {
    forward: "return x[x.sum(1) > 0].sum(0, keepdim=True) + self.inner(x)",
  },
  "an exception that is caught": {
    forward: "if self.index == 0:\n    raise ValueError('no')\nreturn x",
    body: "for block in self.blocks:\n    try:\n        h = block(h)\n    except ValueError:\n        h = F.relu(h)",
  },
  "a branch on a value of the same work": {
    init: "self.other = Inner(width)",
    forward: "if x.sum() > 0:\n    y = self.inner(x)\nelse:\n    y = self.other(x)\nreturn y + x",
  },
  "a branch on a value that changes elements": {
    forward: "y = self.inner(x)\nif y.max() > 1:\n    y = y.clamp(-1, 1) * 2\nreturn y",
  },
  "a branch on a value that writes in place": {
    forward: "if x.max() > 1:\n    x.clamp_(-1, 1)\nreturn self.inner(x)",
  },
  "a branch on a value that keeps what it made": {
    init: "self.last = None",
    forward:
      "if x.sum() > 0:\n    self.last = x + 1\nelse:\n    self.last = x * 2\nreturn self.inner(self.last)",
  },
  "a branch on a value that counts": {
    init: "self.calls = 0",
    forward: "if x.sum() > 0:\n    self.calls += 1\nreturn F.relu(x) if self.calls else torch.tanh(x)",
    body: "for _ in range(3):\n    h = self.blocks[0](h)",
  },
  "a branch on a value that ends early": {
    forward: "if x.sum() > 0:\n    return self.inner(x)\nreturn self.inner(x).abs()",
  },
  "a wrong shape": { after: "model.blocks[2].inner.lin = nn.Linear(7, 8)" },
  "settings in an object": {
    before: "class Config:\n    def __init__(self):\n        self.depth = 1\nconfig = Config()",
    init: "self.config = config\nself.extra = nn.ModuleList(Inner(width) for _ in range(config.depth))",
    forward: "for extra in self.extra:\n    x = extra(x)\nreturn x",
  },
  "settings that building changes": {
    before: "made = []",
    init: "made.append(self)\nself.extra = nn.ModuleList(Inner(width) for _ in made)",
    forward: "for extra in self.extra:\n    x = extra(x)\nreturn x",
  },
  "a number that building counts up": {
    before: "total = 0",
    init: "global total\ntotal += 1\nself.extra = nn.ModuleList(Inner(width) for _ in range(total))",
    forward: "for extra in self.extra:\n    x = extra(x)\nreturn x",
  },
  "a partial function and a method": {
    init: "self.make = partial(F.dropout, p=0.5)\nself.call = self.inner.forward",
    forward: "return self.call(self.make(x))",
  },
  "a table by members of an enumeration": {
    before: "from enum import Enum\nclass Mode(Enum):\n    A = 1\n    B = 2",
    init: "self.table = {Mode.A: 2, (Mode.B, 1): 3, 'x': 1}",
    forward:
      "for _ in range(self.table.get(Mode.A, 1) + self.table.get((Mode.B, 1), 1)):\n    x = F.relu(x)\nreturn x",
  },
  "a table by modules": {
    init: "self.table = {self.inner: 2, Inner: 1}",
    forward: "for _ in range(self.table.get(self.inner, 1)):\n    x = self.inner(x)\nreturn x",
  },
  "an object's own dictionary": {
    before: "class Bag:\n    pass",
    init: "self.bag = Bag()\nself.view = vars(self.bag)",
    forward: "for _ in range(self.view.get('extra', 1)):\n    x = self.inner(x)\nreturn x",
    after: "model.blocks[2].bag.extra = 3",
  },
  "the dictionary of an object that nobody else holds": {
    before: "class Bag:\n    pass",
    init: "self.view = vars(Bag())",
    forward: "for _ in range(self.view.get('extra', 1)):\n    x = self.inner(x)\nreturn x",
    after: "for i, block in enumerate(model.blocks):\n    block.view['extra'] = i + 1",
  },
  "a function made by the class": { init: "self.f = lambda y: self.inner(y)", forward: "return self.f(x)" },
  "weights filled": {
    init: "nn.init.zeros_(self.inner.lin.weight)\nwith torch.no_grad():\n    self.inner.lin.bias.fill_(1.0)",
  },
};

/** Edits that follow each other; each replaces the text of the program, or leaves it. */
const edits: readonly (readonly [old: string, by: string])[] = [
  ["", ""],
  ["        h = h + 0", "        pass\n        h = h + 0"],
  ["        h = h + 0", "        h = h * 2"],
  ["", ""],
  ["class Inner", "spare = 1\n\nclass Inner"],
  ["class Net", "spare = 2\n\nclass Net"],
  ["        y = self.lin(x)", "        y = self.lin(x)\n        y = y + 1"],
  ["        y = self.lin(x)", "        pass\n        y = self.lin(x)"],
  ["self.head = nn.Sequential(", "self.head = nn.Sequential(nn.ReLU(), "],
  ["range(4))", "range(5))"],
  ["torch.randn(4, 8)", "torch.randn(8, 8)"],
  ["scale = 2", "scale = 3"],
  ["", ""],
  ["    def forward(self, h):", "    def forward(self, h):\n        h = self.blocks[3](h)"],
  ["", ""],
];

for (const [what, program] of Object.entries(programs))
  test(`edits of a program tell what a run without memory tells: ${what}`, () => {
    const text = textOf(program);
    const edited = new Edited();
    for (const [i, [old, by]] of [...edits, ...(program.edits ?? [])].entries()) {
      assert.ok(text.includes(old), old);
      const next = text.replace(old, () => by);
      assert.deepEqual(edited.tell(next), withoutMemory(next), `edit ${i}: ${by}`);
    }
  });

test("a class that is written a second time above itself does not take the lines of the first", () => {
  const text = textOf({});
  const cut = text.indexOf("class Inner");
  const inner = text.slice(cut, text.indexOf("class Block"));
  const edited = new Edited();
  for (const between of ["", "", "", "spare = 1\n\n", inner, inner]) {
    const next = text.slice(0, cut) + between + text.slice(cut);
    assert.deepEqual(edited.tell(next), withoutMemory(next), between);
  }
});

test("calls of blocks that are alike are made again, within a run and in the next one", () => {
  const text = textOf({});
  const edited = new Edited();
  for (let i = 0; i < 3; i++) edited.tell(text);
  const before = edited.repeated;
  edited.tell(text.replace("h = h + 0", "h = h * 2"));
  assert.ok(edited.repeated >= before + 5, `${before} to ${edited.repeated}`);
  edited.tell(text.replace("return F.relu(y)", "return F.gelu(y)"));
  assert.ok(edited.repeated >= before + 8, `${before} to ${edited.repeated}`);
});

/** Real model code as a user's file that builds one model. */
const real: readonly (readonly [name: string, text: string])[] = [
  ...(
    [
      ["resnet", "resnet18(num_classes=7)"],
      ["swin_transformer", "swin_t()"],
      ["efficientnet", "efficientnet_b0()"],
      ["vision_transformer", "vit_b_16()"],
      ["densenet", "densenet121()"],
      ["mobilenetv3", "mobilenet_v3_small()"],
    ] as const
  ).map(([name, build]): readonly [string, string] => {
    const code = readFileSync(`${packages}/torchvision/models/${name}.py`, "utf8")
      .replace(/^from \.\.(?=[\w ])/gm, "from torchvision.")
      .replace(/^from torchvision\. /gm, "from torchvision ")
      .replace(/^from \.(?=\w)/gm, "from torchvision.models.")
      .replace(/^@register_model\(.*\n/gm, "");
    return [name, `import torch\n${code}\n\nmodel = ${build}\nmodel(torch.randn(1, 3, 224, 224))\n`];
  }),
  ...["gpt", "llama", "unet", "python_features"].map((name): readonly [string, string] => [
    name,
    readFileSync(`test/models/${name}.py`, "utf8"),
  ]),
];

for (const [name, text] of real)
  test(`edits of ${name} tell what runs without memory tell`, () => {
    const random = seededRandom(7);
    const edited = new Edited();
    const starts = [...text.matchAll(/^( +)def (?:forward|__init__)\((?:.|\n)*?:\n/gm)];
    for (let i = 0; i < 10; i++) {
      const found = starts[Math.floor(random() * starts.length)];
      assert.ok(found);
      const at = found.index + found[0].length;
      const line = ["pass", "", "spare = 1; del spare", "# a remark"][i % 4];
      const next = i % 3 === 0 ? text : `${text.slice(0, at)}${found[1]}    ${line}\n${text.slice(at)}`;
      assert.deepEqual(edited.tell(next), withoutMemory(next), `edit ${i}`);
    }
    assert.ok(name === "python_features" || edited.repeated > 20, String(edited.repeated));
  });
