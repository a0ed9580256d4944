import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { perceptron } from "./gate/models.ts";
import { built } from "./harness/built.ts";
import { type CliResult, runCli } from "./harness/cli.ts";
import { type TestRepository, testRepository } from "./harness/git-repository.ts";

let cli: string;
let repository: TestRepository;

before(() => {
  cli = built("cli.js");
  repository = testRepository({ "net.py": perceptron(2048), "tests/test_net.py": perceptron(64) });
  repository.git("checkout", "--quiet", "-b", "topic");
  repository.commit({ "net.py": perceptron(4096), "tests/test_net.py": perceptron(8192) });
});
after(() => repository.remove());

const gate = (...args: readonly string[]): Promise<CliResult> =>
  runCli(cli, ["gate", "--no-cache", "--volume=1e9", ...args], { cwd: repository.path });

const codes: readonly (readonly [args: readonly string[], code: number, said: RegExp])[] = [
  [["--base=main"], 0, /^within budget\n/],
  [["--base=main", "--budget-threshold=0.1"], 1, /^blocked, over budget\n/],
  [["--base=main", "--budget-threshold=0.1", "--mode=audit"], 0, /over budget/],
  [["--base=main", "--budget-threshold=0.1", "--override-reason=agreed"], 0, /allowed by option/],
  [["--base=main", "--budget-threshold=0.1", "--label=ecocompute:allow-cost"], 0, /allowed by label/],
  [["--base=topic", "--budget-threshold=0"], 0, /0 files changed/],
  [["--base=nowhere"], 2, /There is no revision `nowhere`/],
  [["--base=main", "--head=nowhere"], 2, /There is no revision `nowhere`/],
  [["--base=main", "--base-dir=."], 2, /Name two folders/],
  [[], 2, /Name what the change is held against/],
  [["--base=main", "--mode=never"], 2, /Allowed choices are block, audit/],
  [["--base=main", "--budget-threshold=much"], 2, /expected a number from 0 on/],
  [["--base=main", "--shard=3/2"], 2, /expected a part and how many there are/],
  [["--base=main", "--accelerator=h1000"], 2, /no accelerator is called `h1000`/],
  [["--base=main", "--config=missing.toml"], 2, /cannot be read or says nothing/],
  [["merge", "missing.json"], 2, /missing\.json cannot be read/],
  [["report", "net.py"], 2, /net\.py is no result of a gate/],
];

for (const [args, code, said] of codes)
  test(`\`gate ${args.join(" ")}\` ends with ${code}`, async () => {
    const result = await gate(...args);
    assert.match(result.stdout + result.stderr, said);
    assert.equal(result.code, code);
    if (code !== 2) assert.equal(result.stderr, "", "no progress where nobody watches");
  });

test("models of tests are left out unless they are asked for", async () => {
  const text = (await gate("--base=main")).stdout;
  assert.match(text, /1 model compared/);
  repository.write("own.toml", '[gate]\nexclude = ["!tests/", "!test_*.py"]\n');
  assert.match((await gate("--base=main", "--head=HEAD", "--config=own.toml")).stdout, /2 models compared/);
});

test("a result goes to a file in the format that is named", async () => {
  const file = join(repository.path, ".git", "result.xml");
  const { stdout, code } = await gate("--base=main", "--budget-threshold=0.1", "--format=junit", "-o", file);
  assert.deepEqual([stdout, code], ["", 1]);
  assert.match(readFileSync(file, "utf8"), /^<\?xml.*<failure type="monthly-increase"/s);
});
