import assert from "node:assert/strict";
import { before, test } from "node:test";
import { built } from "./harness/built.ts";
import { type CliResult, runCli } from "./harness/cli.ts";
import { testFolder } from "./harness/workspace.ts";

const files = {
  "requirements.txt": "torch\n",
  "train.py": "import torch\nfrom models.net import Net\n\nNet(8)(torch.randn(2, 4))\n",
  "models/net.py":
    "import torch.nn as nn\n\n\nclass Net(nn.Module):\n    def __init__(self, width):\n        super().__init__()\n        self.fc = nn.Linear(4, width)\n\n    def forward(self, x):\n        return self.fc(x)\n",
};

let cli: string;
before(() => {
  cli = built("cli.js");
});

async function estimate(...args: readonly string[]): Promise<CliResult> {
  const folder = testFolder(files);
  try {
    return await runCli(cli, ["estimate", ...args], { cwd: folder.path });
  } finally {
    folder.remove();
  }
}

test("a model is built and called as another file of the project does it", async () => {
  const { code, stdout } = await estimate("models/net.py", "--format", "json");
  assert.equal(code, 0);
  const [model] = JSON.parse(stdout).models;
  assert.equal(model.parameters, 40);
  assert.deepEqual([model.isBuilt, model.complete, model.output], [true, true, [2, 8]]);
  assert.match(model.builtAt.file, /\/train\.py$/);
  assert.deepEqual(model.missingArguments, []);
});

test("a folder that is named comes before what is only taken for the project, as in PYTHONPATH", async () => {
  const folder = testFolder({
    "requirements.txt": "torch\n",
    "src/sizes/__init__.py": "",
    "src/sizes/sizes.py": "width = 5\n",
    "src/net/net.py":
      "import torch.nn as nn\nfrom sizes import width\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(4, width)\n\n    def forward(self, x):\n        return self.fc(x)\n",
  });
  const args = ["estimate", "src/net/net.py", "--model", "Net()", "--input", "float32[2,4]"];
  const { stdout } = await runCli(cli, [...args, "--python-path", "src/sizes", "--format", "json"], {
    cwd: folder.path,
  });
  folder.remove();
  const [model] = JSON.parse(stdout).models;
  assert.deepEqual([model.complete, model.parameters, model.output], [true, 25, [2, 5]]);
});

test("a module of a package takes its imports from the named folder that holds the package", async () => {
  const folder = testFolder({
    "utils/__init__.py": "width = 5\n",
    "parts/__init__.py": "",
    "parts/utils/__init__.py": "",
    "parts/net.py":
      "import torch.nn as nn\nfrom utils import width\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(4, width)\n\n    def forward(self, x):\n        return self.fc(x)\n",
  });
  const args = ["estimate", "parts/net.py", "--model", "Net()", "--input", "float32[2,4]"];
  const { stdout } = await runCli(cli, [...args, "--python-path", ".", "--format", "json"], {
    cwd: folder.path,
  });
  folder.remove();
  const [model] = JSON.parse(stdout).models;
  assert.deepEqual([model.complete, model.parameters, model.output], [true, 25, [2, 5]]);
});

const refusals: Readonly<Record<string, readonly [args: readonly string[], code: number, stderr: RegExp]>> = {
  "a name that the file does not have": [
    ["models/net.py", "--model", "Nope()"],
    2,
    /^--model Nope\(\): NameError: name 'Nope' is not defined$/m,
  ],
  "a model that cannot be built": [
    ["models/net.py", "--model", "Net()"],
    1,
    /^--model Net\(\): TypeError: .*missing 1 required positional argument: 'width'$/m,
  ],
  "a model that raises": [
    ["models/net.py", "--model", "Net(8)", "--input", "x=float32[2, 5]"],
    1,
    /^--model Net\(8\): RuntimeError: mat1 and mat2 shapes cannot be multiplied \(2x5 and 4x8\)$/m,
  ],
  "an expression that is no model": [["models/net.py", "--model", "nn"], 1, /it is no nn\.Module/],
  "a folder": [["models"], 2, /^models: this is a folder; name a Python file in it/m],
  "a file that is not there": [["models/none.py"], 2, /no such file/],
};

for (const [name, [args, expected, message]] of Object.entries(refusals))
  test(`the exit code and the reason tell of ${name}`, async () => {
    const { code, stderr } = await estimate(...args);
    assert.equal(code, expected);
    assert.match(stderr, message);
  });
