import assert from "node:assert/strict";
import { test } from "node:test";
import { hintOf } from "../server/src/graph/dim.ts";
import { isKnownShape } from "../server/src/graph/tensor.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";

const { interpreter, syntax } = await createSession([], { ...defaultLimits, steps: 2_000_000 });

const estimate = (text: string): readonly ModelEstimate[] =>
  estimateModels(interpreter, { file: "net.py", source: syntax.parse(text) });

const head = "import torch\nfrom torch import nn\nfrom torchvision import datasets, transforms\n";

/** A module `Net` of the lines of `__init__` and `forward(self, x)`. */
const net = (init: readonly string[], forward: readonly string[], params = "x"): string =>
  [
    `${head}class Net(nn.Module):`,
    "    def __init__(self):",
    "        super().__init__()",
    ...init.map((line) => `        ${line}`),
    `    def forward(self, ${params}):`,
    ...forward.map((line) => `        ${line}`),
    "",
  ].join("\n");

const anySize = net(
  ["self.conv = nn.Conv2d(3, 8, 3, padding=1)", "self.fc = nn.Linear(8, 10)"],
  ["return self.fc(self.conv(x).mean((2, 3)))"],
);
const lenet = (channels: number): string =>
  net(
    [
      `self.c1 = nn.Conv2d(${channels}, 6, 5)`,
      "self.c2 = nn.Conv2d(6, 16, 5)",
      "self.fc = nn.Linear(16 * 5 * 5, 10)",
    ],
    [
      "x = nn.functional.max_pool2d(self.c1(x), 2)",
      "x = nn.functional.max_pool2d(self.c2(x), 2)",
      "return self.fc(x.view(x.size(0), -1))",
    ],
  );
const diffusion = net(
  ["self.conv = nn.Conv2d(3, 3, 3, padding=1)", "self.emb = nn.Embedding(10, 3)"],
  ["return self.conv(x) + self.emb(t)[:, :, None, None]"],
  "x, t",
);
const called = "def test():\n    return Net()(torch.randn(2, 3, 40, 48))\n";

interface Case {
  readonly text: string;
  readonly shapes: readonly (readonly number[])[];
  /** Part of the assumption that tells where the sizes come from. */
  readonly from: string;
}

const cases: Readonly<Record<string, Case>> = {
  "nothing but a layer": { text: anySize, shapes: [[1, 3, 224, 224]], from: "the first layer" },
  "a size that makes the linear layer fit": {
    text: lenet(3),
    shapes: [[1, 3, 32, 32]],
    from: "the first layer",
  },
  "a size of another rank of trust that does not fit is passed over": {
    text: `${lenet(1)}data = datasets.MNIST('.', transform=transforms.Compose([transforms.Resize(32)]))\n`,
    shapes: [[1, 1, 32, 32]],
    from: "`Resize` in line",
  },
  "an example tensor in a function that is not run": {
    text: anySize + called,
    shapes: [[2, 3, 40, 48]],
    from: "`torch.randn` in line",
  },
  "an example of other channels is none": {
    text: `${anySize}def test():\n    return torch.randn(1, 4, 40, 40)\n`,
    shapes: [[1, 3, 224, 224]],
    from: "the first layer",
  },
  "an example comes before a dataset": {
    text: `${anySize + called}data = datasets.CIFAR10('.')\n`,
    shapes: [[2, 3, 40, 48]],
    from: "`torch.randn` in line",
  },
  "a dataset": {
    text: `${anySize}def data():\n    return datasets.CIFAR100('.', train=True)\n`,
    shapes: [[1, 3, 32, 32]],
    from: "the images of CIFAR100",
  },
  "a crop comes before the dataset it is taken of": {
    text: `${anySize}def data():\n    return datasets.STL10('.', transform=transforms.RandomCrop(64, padding=4))\n`,
    shapes: [[1, 3, 64, 64]],
    from: "`RandomCrop` in line",
  },
  "a size that the model keeps": {
    text: anySize.replace("super().__init__()", "super().__init__()\n        self.img_size = (64, 96)"),
    shapes: [[1, 3, 64, 96]],
    from: "`img_size` of `Net`",
  },
  "a shape in a comment": {
    text: `# x: (B, 3, 48, 48)\n${anySize}`,
    shapes: [[1, 3, 48, 48]],
    from: "the shape in line 1",
  },
  "a summary of the model": {
    text: `${anySize}def show():\n    from torchsummary import summary\n    summary(Net(), (3, 72, 72))\n`,
    shapes: [[1, 3, 72, 72]],
    from: "the size in line",
  },
  "features as images": {
    text: net(["self.fc = nn.Linear(784, 10)"], ["b, c, h, w = x.shape", "return self.fc(x.reshape(b, -1))"]),
    shapes: [[1, 1, 28, 28]],
    from: "the first layer",
  },
  "tokens no more than there are positions": {
    text: net(
      ["self.block_size = 32", "self.emb = nn.Embedding(100, 8)", "self.pos = nn.Embedding(32, 8)"],
      ["return self.emb(x) + self.pos(torch.arange(x.shape[1]))"],
    ),
    shapes: [[1, 32]],
    from: "`block_size` of `Net`",
  },
  "a layer that is made first and not the first that the input comes to": {
    text: net(
      ["self.head = nn.Conv2d(16, 8, 1)", "self.stem = nn.Conv2d(3, 16, 3)"],
      ["return self.head(self.stem(x))"],
    ),
    shapes: [[1, 3, 224, 224]],
    from: "the layer that it comes to first",
  },
  "a recurrent layer": {
    text: net(["self.rnn = nn.LSTM(5, 7, batch_first=True)"], ["return self.rnn(x)[0]"]),
    shapes: [[1, 128, 5]],
    from: "the first layer",
  },
  "a step of diffusion": {
    text: diffusion,
    shapes: [[1, 3, 224, 224], [1]],
    from: "the first layer",
  },
  "the second of two images": {
    text: net(["self.conv = nn.Conv2d(3, 8, 3)"], ["return self.conv(x1) - self.conv(x2)"], "x1, x2"),
    shapes: [
      [1, 3, 224, 224],
      [1, 3, 224, 224],
    ],
    from: "the first layer",
  },
  "labels that may be left out and are needed": {
    text: net(
      ["self.conv = nn.Conv2d(3, 8, 3)", "self.emb = nn.Embedding(10, 8)"],
      ["return self.conv(x).mean((2, 3)) + self.emb(y)"],
      "x, y=None",
    ),
    shapes: [[1, 3, 224, 224], [1]],
    from: "`y` is taken to be int64",
  },
  "any number of inputs": {
    text: net(["self.conv = nn.Conv2d(3, 8, 3)"], ["return self.conv(inputs[0])"], "*inputs"),
    shapes: [[1, 3, 224, 224]],
    from: "`inputs` is taken to be",
  },
  "what a generator starts from": {
    text: net(
      ["self.z_dim = 16", "self.emb = nn.Embedding(10, 4)", "self.fc = nn.Linear(20, 8)"],
      ["return self.fc(torch.cat([z, self.emb(labels)], 1))"],
      "z, labels",
    ),
    shapes: [[1, 16], [1]],
    from: "`z_dim` of `Net`",
  },
};

test("inputs that no code says are guessed, and the guess says what it is after", async (t) => {
  for (const [name, { text, shapes, from }] of Object.entries(cases))
    await t.test(name, () => {
      const [made, ...others] = estimate(text);
      assert.ok(made !== undefined && others.length === 0);
      assert.deepEqual(made.notCounted, []);
      assert.equal(made.complete, true);
      assert.equal(made.inputSource, "guess");
      assert.deepEqual(
        made.inputs.map(({ meta }) => (isKnownShape(meta.shape) ? meta.shape.map((dim) => hintOf(dim)) : [])),
        shapes,
      );
      assert.match(made.assumptions.join("\n"), new RegExp(from.replace(/[.()]/g, "\\$&")));
    });
});

const sources: Readonly<Record<string, readonly [text: string, ...kinds: string[]]>> = {
  "a directive": [`# ecocompute: input x = float32[2, 3, 40, 48]\n${anySize}`, "directive"],
  "a call in the file": [`${anySize}Net()(torch.randn(2, 3, 40, 48))\n`, "call"],
  annotations: [
    anySize.replace("forward(self, x)", 'forward(self, x: Float[Tensor, "1 3 64 64"])'),
    "annotation",
  ],
  "an example": [anySize + called, "example"],
  "a data set": [`${anySize}def data():\n    return datasets.CIFAR100('.', train=True)\n`, "dataset"],
  "a transform": [`${anySize}crop = transforms.RandomCrop(64)\n`, "transform"],
  "a comment": [`# x: (B, 3, 48, 48)\n${anySize}`, "comment"],
  "a setting": [
    anySize.replace("super().__init__()", "super().__init__()\n        self.img_size = (64, 96)"),
    "setting",
  ],
  "a layer, and a name": [diffusion, "layer", "name"],
};

test("each input tells who says its shape", () => {
  const told = Object.entries(sources).map(([name, [text]]) => {
    const [made] = estimate(text);
    return [name, ...(made?.inputOrigins.map(({ kind }) => kind) ?? [])];
  });
  assert.deepEqual(
    told,
    Object.entries(sources).map(([name, [, ...kinds]]) => [name, ...kinds]),
  );
});

test("when no guess fits, the first one tells why", () => {
  const [made] = estimate(
    net(
      ["self.conv = nn.Conv2d(3, 8, 3)"],
      ["assert x.shape[2] == 1234, 'wrong size'", "return self.conv(x)"],
    ),
  );
  assert.equal(made?.complete, false);
  assert.equal(made?.failure, undefined);
  assert.match(
    made?.notCounted[0]?.why ?? "",
    /what was taken for granted fails: AssertionError: wrong size/,
  );
  assert.deepEqual(made?.inputs[0]?.meta.shape, [1, 3, 224, 224]);
});

test("a loss beside a model is no model, and alone it is one", () => {
  const loss = "criterion = nn.MSELoss()\n";
  assert.deepEqual(
    estimate(`${anySize + loss}`).map((made) => made.name),
    ["Net"],
  );
  assert.deepEqual(
    estimate(`${head + loss}`).map((made) => made.name),
    ["MSELoss"],
  );
});

const sized = anySize.replace("(self)", "(self, width)").replaceAll("8", "width");
const bare = "class Swish(nn.Module):\n    def forward(self, x):\n        return x * x.sigmoid()\n";
const made: Readonly<Record<string, readonly [text: string, ...entries: string[]]>> = {
  "nobody makes it": [sized + bare, "Swish()"],
  "a function that nobody runs makes it": [
    `${sized + bare}def test(width):\n    return Net(width), Net(12)(torch.ones(1, 3, 8, 8))\n`,
    "Net(12)",
  ],
  "a name of that function hides the one of the module": [
    `${sized}size = 4\ndef a():\n    size = 5\n    return [Net(size)]\ndef b():\n    return [Net(size + 1)]\n`,
    "Net(size + 1)",
  ],
  "a part of another model is no model": [
    `${sized}class Other(nn.Module):\n    def __init__(self, n):\n        super().__init__()\n        self.net = Net(4)\n`,
  ],
  "a function returns what it made before": [
    `${sized + bare}def small(pretrained=False):\n    net = Net(4)\n    if pretrained:\n        pass\n    return net\n`,
    "small()",
  ],
  "settings that an annotation names": [
    `${sized.replace("width)", "c: Sizes)").replaceAll("width", "c.width")}`.replace(
      "class Net",
      "class Sizes:\n    width: int = 6\nclass Net",
    ),
    "Net(Sizes())",
  ],
  "an activation beside it": [anySize + bare, "Net()"],
};

test("models are found by how a file makes them; what holds no parameters is none beside one that does", () => {
  const told = Object.entries(made).map(([name, [text]]) => [
    name,
    ...estimate(text).map(({ entry }) => entry),
  ]);
  assert.deepEqual(
    told,
    Object.entries(made).map(([name, [, ...entries]]) => [name, ...entries]),
  );
});

test("the command line is taken to be empty, and that is said", () => {
  const text = `${head}import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--hidden-size", "-s", type=int, default="24")
parser.add_argument("--bias", action="store_true")
parser.add_argument("--no-norm", action="store_false", dest="norm")
group = parser.add_argument_group("more")
group.add_argument("--depth", type=int, required=True)
group.add_argument("--name")
opt, rest = parser.parse_known_args()
layers = [nn.Linear(8, opt.hidden_size, bias=opt.bias)] + ([nn.BatchNorm1d(24)] if opt.norm and opt.name is None else [])
model = nn.Sequential(*layers)
`;
  const [made] = estimate(text);
  assert.equal(made?.complete, true);
  assert.deepEqual(
    made?.graph.parameters.map(({ tensor }) => tensor.meta.shape),
    [[24, 8], [24], [24]],
  );
  assert.deepEqual(made?.assumptions[0], "arguments of the command line are taken to have their defaults");
});
