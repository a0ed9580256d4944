import assert from "node:assert/strict";
import { test } from "node:test";
import { hintOf } from "../server/src/graph/dim.ts";
import { isKnownShape } from "../server/src/graph/tensor.ts";
import { createCallerIndex } from "../server/src/host/callers.ts";
import { createDisk } from "../server/src/host/disk.ts";
import { lookForCallers, questionsOf } from "../server/src/host/look-for-callers.ts";
import { createInterpreter, defaultLimits } from "../server/src/host/model-session.ts";
import { parserBinaries } from "../server/src/host/parser-binaries.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import { loadPythonParser } from "../server/src/syntax/parser.ts";
import { createSyntax } from "../server/src/syntax/source-file.ts";
import { testFolder } from "./harness/workspace.ts";

const syntax = createSyntax(await loadPythonParser(parserBinaries()));

/** The models of `net.py` in a project of these files, as an editor tells them when it has looked through the others. */
async function models(files: Readonly<Record<string, string>>): Promise<readonly ModelEstimate[]> {
  const folder = testFolder(files);
  try {
    const disk = createDisk();
    const file = `${folder.path}/net.py`;
    const roots = [folder.path];
    const now = (): number => performance.now();
    const interpreter = createInterpreter({ syntax, files: disk, roots, limits: defaultLimits, now });
    const source = syntax.parse(disk.readText(file) ?? "");
    const own = estimateModels(interpreter, { file, source });
    const questions = questionsOf(interpreter, source, own);
    assert.ok(questions);
    const index = createCallerIndex({ folder: folder.path, files: disk, syntax, now });
    await index.prepare();
    const callers = lookForCallers({ file, source, questions, index, syntax, files: disk, roots, now });
    return estimateModels(interpreter, { file, source, callers });
  } finally {
    folder.remove();
  }
}

const net = `import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, width, classes=10):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        return self.head(self.conv(x).mean((2, 3)))
`;

/** Of \`Net\`. */
const parameters = (width: number, classes = 10): number => 28 * width + (width + 1) * classes;

interface Case {
  readonly files: Readonly<Record<string, string>>;
  readonly parameters: number;
  /** Where it is built, or called: \`train.py:3\`. */
  readonly at: string;
  readonly input?: readonly number[];
  readonly assumed?: RegExp;
}

const cases: Readonly<Record<string, Case>> = {
  "a script that builds it at its top": {
    files: { "train.py": "from net import Net\n\nmodel = Net(8)\n" },
    parameters: parameters(8),
    at: "train.py:3",
  },
  "defaults of a command line, in a function that the script runs": {
    files: {
      "train.py": `import argparse
from net import Net

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--width", type=int, default=12)
    args = parser.parse_args()
    data = open("no-such-file").read()
    model = Net(args.width, classes=5)

if __name__ == "__main__":
    main()
`,
    },
    parameters: parameters(12, 5),
    at: "train.py:9",
    assumed: /command line are taken to have their defaults/,
  },
  "a function that nobody runs, whose caller stands in another file": {
    files: {
      "factory.py":
        "from net import Net\n\ndef build(cfg, classes):\n    return Net(cfg['width'], classes)\n",
      "run.py":
        "import factory\n\ndef work():\n    settings = {'width': 6}\n    factory.build(settings, classes=7)\n",
    },
    parameters: parameters(6, 7),
    at: "factory.py:4",
  },
  "a method of a trainer that takes its settings": {
    files: {
      "config.py":
        "from dataclasses import dataclass\n\n@dataclass\nclass Config:\n    width: int = 4\n    classes: int = 3\n",
      "main.py": `from net import Net
from config import Config
from unknown_library import something

class Trainer:
    def __init__(self, config):
        self.config = config
        something(config)

    def build(self):
        config = self.config
        self.model = Net(config.width, config.classes)

if something:
    trainer = Trainer(Config(width=5))
    trainer.build()
`,
    },
    parameters: parameters(5, 3),
    at: "main.py:12",
  },
  "a JSON file of settings": {
    files: {
      "settings.json": '{"model": {"width": 9, "classes": 2}}',
      "train.py":
        "import json\nfrom net import Net\n\nwith open('settings.json') as f:\n    config = json.load(f)\nmodel = Net(**config['model'])\n",
    },
    parameters: parameters(9, 2),
    at: "train.py:6",
  },
  "a branch that is not known to be taken": {
    files: {
      "train.py":
        "import sys\nfrom net import Net\n\nif len(sys.argv) > 3:\n    model = Net(11)\nelse:\n    model = None\n",
    },
    parameters: parameters(11),
    at: "train.py:5",
  },
  "what a script calls it with": {
    files: {
      "example.py":
        "import torch\nfrom net import Net\n\ndef check():\n    model = Net(8).eval()\n    out = model(torch.zeros(4, 3, 17, 19))\n",
    },
    parameters: parameters(8),
    at: "example.py:5",
    input: [4, 3, 17, 19],
  },
  "a program before a test": {
    files: {
      "tests/test_net.py": "from net import Net\n\ndef test():\n    Net(2)\n",
      "train.py": "from net import Net\n\nNet(3)\n",
    },
    parameters: parameters(3),
    at: "train.py:3",
    assumed: /\(1 other file names it\)/,
  },
  "a test whose arguments are known before a program whose are not": {
    files: {
      "tests/test_net.py": "from net import Net\n\ndef test():\n    Net(2)\n",
      "train.py": "import sys\nfrom net import Net\n\nNet(int(sys.argv[1]))\n",
    },
    parameters: parameters(2),
    at: "test_net.py:4",
  },
  "a model that holds it, called as that one calls it": {
    files: {
      "whole.py": `import torch.nn as nn
from net import Net

class Whole(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 3, 2, 2)
        self.net = Net(6)

    def forward(self, image):
        return self.net(self.stem(image))
`,
      "train.py": "import torch\nfrom whole import Whole\n\nWhole()(torch.randn(2, 1, 20, 20))\n",
    },
    parameters: parameters(6),
    at: "whole.py:8",
    input: [2, 3, 10, 10],
    assumed: /`Net` is looked at as a part of `Whole` in `whole.py`/,
  },
  "a file that imports the model's file, which imports it": {
    files: {
      "net.py": `from helper import make\n${net}`,
      "helper.py": "import net\n\ndef make():\n    return net.Net(7)\n",
    },
    parameters: parameters(7),
    at: "helper.py:4",
  },
};

for (const [name, each] of Object.entries(cases))
  test(`built as in ${name}`, async () => {
    const [model] = await models({ "net.py": net, ...each.files });
    assert.ok(model);
    assert.equal(model.complete, true, JSON.stringify([model.notCounted, model.failure]));
    const count = model.graph.parameters.reduce(
      (sum, { tensor: { meta } }) =>
        sum +
        (isKnownShape(meta.shape) ? meta.shape.reduce<number>((all, d) => all * (hintOf(d) ?? 0), 1) : 0),
      0,
    );
    assert.equal(count, each.parameters);
    const { builtAt } = model;
    assert.ok(builtAt);
    assert.equal(`${builtAt.file.replace(/^.*\//, "")}:${builtAt.line}`, each.at);
    if (each.input !== undefined) {
      assert.deepEqual(model.inputs[0]?.meta.shape, each.input);
      assert.equal(model.inputSource, "call");
      assert.match(model.inputOrigins[0]?.from ?? "", /^`\w+\.py:\d+`$/);
    }
    assert.ok(model.assumptions.some((text) => text.includes(each.at)));
    if (each.assumed !== undefined) {
      const { assumed } = each;
      assert.ok(
        model.assumptions.some((text) => assumed.test(text)),
        model.assumptions.join("\n"),
      );
    }
  });

test("a caller that lies about the arguments is told, and nothing is counted", async () => {
  const [model] = await models({
    "net.py": net,
    "train.py": "from net import Net\n\nmodel = Net(8, 10, 12)\n",
  });
  assert.equal(model?.complete, false);
  assert.match(model?.notCounted[0]?.why ?? "", /built as in `train.py:3`, it fails: TypeError: /);
  assert.equal(model?.failure, undefined);
});

test("an argument that cannot be known is not guessed: its parameter is asked for", async () => {
  const [model] = await models({
    "net.py": net,
    "train.py": "import sys\nfrom net import Net\n\nmodel = Net(int(sys.argv[1]))\n",
  });
  assert.equal(model?.complete, false);
  assert.deepEqual(model?.missingArguments, ["width"]);
  assert.deepEqual(model?.builtAt?.line, 4);
});

test("keyword arguments that are not known are no lie of the caller", async () => {
  const [model] = await models({
    "net.py": net,
    "train.py": "from net import Net\nfrom nowhere import settings\n\nmodel = Net(**settings)\n",
  });
  assert.match(
    model?.notCounted[0]?.why ?? "",
    /built as in `train.py:4`, its `\*\*` arguments are not known/,
  );
  assert.deepEqual(model?.missingArguments, ["width"]);
});

test("a model that a program chooses by name is built as the others are, which is said", async () => {
  const [model] = await models({
    "net.py": net,
    "train.py":
      "import sys\nfrom importlib import import_module\nimport net\n\nmodule = import_module(sys.argv[1])\nmodel = getattr(module, 'Net')(8)\n",
  });
  assert.equal(model?.complete, true);
  assert.ok(model.assumptions.includes("the model chosen there is taken to be `Net` of this file"));
});

test("a class that nobody builds is asked for", async () => {
  const [model] = await models({ "net.py": net, "other.py": "class Net:\n    pass\n\nNet(3)\n" });
  assert.ok(model);
  assert.equal(model.isBuilt, false);
  assert.equal(model.complete, false);
  assert.deepEqual(model.missingArguments, ["width"]);
  assert.ok(model.place);
});

test("what a directive or the file itself says comes first", async () => {
  const train = "from net import Net\n\nNet(8)\n";
  const [directed] = await models({
    "net.py": `${net}\n\n# ecocompute: model = Net(2)\n`,
    "train.py": train,
  });
  assert.deepEqual([directed?.entry, directed?.builtAt], ["Net(2)", undefined]);
  const [own] = await models({ "net.py": `${net}\n\nmodel = Net(5)\n`, "train.py": train });
  assert.deepEqual([own?.entry, own?.builtAt], ["model", undefined]);
});

test("a huge file is not read for callers, and a program that never ends is left", async () => {
  const huge = `from net import Net\n\nNet(8)\n${"x = 1\n".repeat(60_000)}`;
  const endless = "from net import Net\n\nwhile True:\n    pass\n\nNet(4)\n";
  const began = performance.now();
  const [model] = await models({ "net.py": net, "main.py": huge, "train.py": endless });
  assert.equal(model?.builtAt?.file.endsWith("train.py"), true);
  assert.ok(performance.now() - began < 20_000);
});

test("nothing that a script sets on a library reaches the model", async () => {
  const [model] = await models({
    "net.py": net,
    "train.py":
      "import torch\nimport torch.nn as nn\nfrom net import Net\n\nnn.Linear.forward = lambda self, x: x\ntorch.set_default_dtype(torch.float64)\nNet(8)\n",
  });
  assert.equal(model?.complete, true);
  assert.equal(model?.graph.parameters[0]?.tensor.meta.dtype, "float32");
  assert.ok(model?.graph.ops.some((op) => op.name === "addmm"));
});
