import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { built } from "./harness/built.ts";
import { type CliResult, runCli } from "./harness/cli.ts";
import { type TestFolder, testFolder } from "./harness/workspace.ts";

/** Two layers that do not fit, of which one is never used, and a dropout that a code rule speaks of. */
const model = (width: number): string =>
  [
    "import torch",
    "import torch.nn as nn",
    "import torch.nn.functional as F",
    "",
    "",
    "class Net(nn.Module):",
    "    def __init__(self):",
    "        super().__init__()",
    "        self.first = nn.Linear(64, 32)",
    `        self.second = nn.Linear(${width}, 10)`,
    "",
    "    def forward(self, x):",
    "        return self.second(F.dropout(self.first(x)))",
    "",
    "",
    "Net()(torch.randn(2, 64))",
    "",
  ].join("\n");

let cli: string;
before(() => {
  cli = built("cli.js");
});

const inFolder =
  (body: (folder: TestFolder, run: (...args: readonly string[]) => Promise<CliResult>) => Promise<void>) =>
  async () => {
    const folder = testFolder({
      "net.py": model(64),
      "ecocompute.toml": 'baseline = "known.json"\n',
      "known.json": '{"schema":"ecocompute.baseline/1","findings":{}}',
    });
    try {
      await body(folder, (...args) => runCli(cli, ["check", ...args], { cwd: folder.path }));
    } finally {
      folder.remove();
    }
  };

test(
  "models are interpreted when asked for, in the order of the text",
  inFolder(async (_, run) => {
    assert.doesNotMatch((await run()).stdout, /layer-shape-mismatch/);
    const { code, stdout } = await run("--models");
    assert.equal(code, 1);
    const rules = [...stdout.matchAll(/^net\.py:(\d+):\d+ \w+ ([\w-]+)/gm)].map(
      ([, line, rule]) => `${line} ${rule}`,
    );
    assert.deepEqual(rules, ["13 layer-shape-mismatch", "13 functional-dropout-always-on"]);
    assert.match(stdout, /mat1 and mat2 shapes cannot be multiplied \(2x32 and 64x10\)/);
    assert.doesNotMatch((await run("--models", "--ignore", "layers")).stdout, /layer-shape-mismatch/);
  }),
);

test(
  "a baseline keeps what models showed when they are not interpreted",
  inFolder(async (folder, run) => {
    assert.match((await run("--models", "--write-baseline")).stdout, /^Wrote 2 findings/);
    assert.equal((await run("--models")).stdout, "All clean: 1 file checked.\n");
    assert.equal(
      (await run()).stdout,
      "All clean: 1 file checked.\n",
      "nothing counts as fixed that was not looked for",
    );
    assert.match((await run("--write-baseline")).stdout, /^Wrote 2 findings/);
    assert.match(readFileSync(join(folder.path, "known.json"), "utf8"), /layer-shape-mismatch/);
  }),
);

test(
  "an accelerator that is not known is an error of usage",
  inFolder(async (_, run) => {
    const { code, stderr } = await run("--accelerator", "h10");
    assert.equal(code, 2);
    assert.match(stderr, /No accelerator is called `h10`/);
  }),
);
