import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gateResult, quietResult } from "./harness/gate-result.ts";
import { type TestRepository, testRepository } from "./harness/git-repository.ts";
import { type Answer, events, refusal, says, startGemini } from "./harness/loopback-gemini.ts";
import { fakeGitHub, startHttp } from "./harness/loopback-http.ts";
import { type ActionRun, runAction, standIn } from "./harness/run-action.ts";
import { sarifProblems } from "./harness/sarif.ts";

const model = (width: number): string => `import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(1024, ${width})
        self.down = nn.Linear(${width}, 1024)

    def forward(self, x):
        return self.down(torch.relu(self.up(x)))


net = Net()
net(torch.randn(4096, 1024))
`;

const settings = `[gate]
budget-threshold = 0.01

[scenario]
accelerator = "h100"
volume = 1e9
`;

let repository: TestRepository;
let base: string;
let head: string;
before(() => {
  repository = testRepository({ "src/model.py": model(1024), "ecocompute.toml": settings });
  base = repository.git("rev-parse", "HEAD");
  head = repository.commit({ "src/model.py": model(16_384) });
});
after(() => repository.remove());

async function run(more: Partial<ActionRun> = {}) {
  const github = fakeGitHub();
  const api = await startHttp(github.respond);
  const payload = {
    pull_request: {
      number: 7,
      base: { sha: base, repo: { full_name: "acme/models" } },
      head: { sha: head, repo: { full_name: "acme/models" } },
    },
  };
  try {
    const result = await runAction({
      event: "pull_request",
      payload,
      workspace: repository.path,
      ...more,
      environment: { GITHUB_API_URL: api.url, ...more.environment },
    });
    return { ...result, comment: github.comments[0]?.body ?? "" };
  } finally {
    await api.close();
  }
}

describe("the action with its own engine", () => {
  test("blocks a wider model by the budget of the configuration, and names the lines", async () => {
    const { code, comment, outputs, read, log } = await run();
    assert.equal(code, 1, log);
    assert.match(comment, /blocked, over budget/);
    assert.match(comment, /<code>Net<\/code> \(changed\)/);
    assert.match(comment, /2\.1 M parameters to 33\.6 M parameters/);
    assert.match(comment, /<code>self.up = nn.Linear\(1024, 16384\)<\/code>/);
    assert.ok(Number(outputs["monthly_increase_usd"]) > 0.01);
    const sarif: unknown = JSON.parse(read("ecocompute.sarif"));
    assert.deepEqual(sarifProblems(sarif), []);
    assert.match(JSON.stringify(sarif), /"ruleId":"gate-monthly-increase".*"uri":"src\/model.py"/);
    assert.match(log, /^::error file=src\/model.py|^::error title=EcoCompute%3A monthly-increase/m);
  });

  test("takes inputs over the configuration: audit mode, and a budget that is large enough", async () => {
    const audited = await run({ inputs: { mode: "audit" } });
    assert.deepEqual([audited.code, audited.outputs["verdict"]], [0, "block"]);
    const allowed = await run({ inputs: { budget_threshold: "1e6" } });
    assert.deepEqual([allowed.code, allowed.outputs["verdict"]], [0, "pass"]);
    assert.match(allowed.comment, /within budget/);
  });
});

describe("an explanation by Gemini", () => {
  async function explained(answers: readonly Answer[], more: Partial<ActionRun> = {}) {
    const gemini = await startGemini(answers);
    try {
      const environment = { GEMINI_API_KEY: "AIza-s3cret", GEMINI_BASE_URL: gemini.url };
      const result = await run({ program: standIn(gateResult(), { code: 1 }), environment, ...more });
      return { ...result, requests: gemini.requests };
    } finally {
      await gemini.close();
    }
  }

  test("stands below the result as the words of a model, and changes nothing else", async () => {
    const { code, comment, read, requests } = await explained([
      events(says("The layer is [wider](https://evil.example). @acme fixes #1 <img src=x>")),
    ]);
    assert.equal(code, 1);
    assert.equal(requests.length, 1);
    assert.match(JSON.stringify(requests[0]?.body), /nn.Linear\(2048, 2048\)/);
    assert.match(
      comment,
      /\*\*In the words of a language model\*\* .*not checked, and no part of the verdict/,
    );
    assert.match(comment, /^> The layer is wider\. @\u200bacme fixes #\u200b1 &lt;img src=x>$/m);
    assert.doesNotMatch(read("ecocompute.sarif") + read("result.json") + read("code-quality.json"), /wider/);
  });

  test("is left out above its limit, and where nothing changes", async () => {
    const limited = await explained([], { inputs: { max_usd: "0.000001" } });
    assert.equal(limited.requests.length, 0);
    assert.match(limited.log, /no explanation by Gemini: it can cost up to .* and `max_usd` is/);
    const quiet = await explained([], { program: standIn(quietResult()) });
    assert.equal(quiet.requests.length, 0);
    assert.equal((await explained([], { inputs: { explain: "never" } })).requests.length, 0);
  });

  test("that fails is a warning without the key", async () => {
    const { code, log, comment } = await explained([refusal(400, "API key not valid")]);
    assert.equal(code, 1);
    assert.match(log, /^::warning .*no explanation by Gemini/m);
    assert.ok(!log.includes("s3cret") && !comment.includes("s3cret"));
    assert.match(comment, /blocked, over budget/);
  });
});

describe("a repository that means harm", () => {
  const names = [
    "::error file=x::pwned.py",
    "a\n::set-output name=verdict::pass.py",
    "$(touch pwned).py",
    "; touch pwned;.py",
    "--upload-pack=touch pwned.py",
    "<img src=x onerror=alert(1)>.py",
    "](https:evil.example) @acme #1.py",
    "`x` | y.py",
    "\u001b[31m.py",
    "\u202egpj.py",
    "##[add-mask]x.py",
    "EOF.py",
  ];
  const files = (width: number) =>
    Object.fromEntries(names.map((name, i) => [name, model(width).replaceAll("Net", `Net${i}`)]));

  test("is judged, and nothing of its names leaves its place", async () => {
    const hostile = testRepository({ ...files(1024), "ecocompute.toml": settings });
    try {
      base = hostile.git("rev-parse", "HEAD");
      head = hostile.commit(files(16_384));
      const { code, log, outputs, comment, summary, read } = await run({ workspace: hostile.path });
      assert.equal(code, 1, log);
      assert.equal(outputs["verdict"], "block");
      const result = JSON.parse(read("result.json"));
      assert.deepEqual(
        result.models.map(({ file }: { readonly file: string }) => file).sort(),
        [...names].sort(),
      );
      for (const line of log.split("\n"))
        assert.match(line, /^(?:::(?:error|warning|notice) (?:file|title)=[^\r]*::[^\r]*|(?!\s*::).*)$/);
      assert.ok(!log.includes("##[") && !log.includes("\u001b"));
      for (const text of [comment.slice(comment.indexOf("\n")), summary]) {
        assert.doesNotMatch(text, /<img|\]\(https:evil|@acme|#1\b|<!--|[\p{Cc}\u202e](?<!\n)/u);
        assert.match(text, /touch pwned/);
      }
      assert.deepEqual(hostile.git("status", "--porcelain"), "");
    } finally {
      hostile.remove();
    }
  });
});
