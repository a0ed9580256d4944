import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { parse } from "yaml";
import { commentMarker } from "../server/src/publish/github-comment.ts";
import { gateResult, quietResult } from "./harness/gate-result.ts";
import { type TestRepository, testRepository } from "./harness/git-repository.ts";
import { fakeGitHub, json, startHttp } from "./harness/loopback-http.ts";
import { type ActionRun, runAction, standIn } from "./harness/run-action.ts";
import { sarifProblems } from "./harness/sarif.ts";
import { testFolder } from "./harness/workspace.ts";

let repository: TestRepository;
let base: string;
let head: string;
before(() => {
  repository = testRepository({ "model.py": "import torch\n" });
  repository.git("config", "uploadpack.allowAnySHA1InWant", "true");
  base = repository.git("rev-parse", "HEAD");
  head = repository.commit({ "model.py": "import torch\nx = 1\n" });
});
after(() => repository.remove());

const pull = ({ isFork = false, labels = [] as readonly string[] } = {}) => ({
  pull_request: {
    number: 7,
    base: { sha: base, repo: { full_name: "acme/models" } },
    head: { sha: head, repo: { full_name: isFork ? "mallory/models" : "acme/models" } },
    labels: labels.map((name) => ({ name })),
  },
});

const over = { program: standIn(gateResult(), { code: 1 }) };
const quiet = { program: standIn(quietResult()) };
const audited = { program: standIn(gateResult({ mode: "audit" })) };

/** Runs the action against a loopback GitHub and, where its variable is set to `slack`, a loopback Slack. */
async function run(more: Partial<ActionRun> = {}, github = fakeGitHub(), slackStatus = 200) {
  const api = await startHttp(github.respond);
  const slack = await startHttp((_, response) => {
    response.writeHead(slackStatus).end(slackStatus === 200 ? "ok" : "no_service");
  });
  try {
    const environment = Object.fromEntries(
      Object.entries(more.environment ?? {}).map(([name, value]) => [
        name,
        value === "slack" ? `${slack.url}/services/s3cret` : value,
      ]),
    );
    const result = await runAction({
      event: "pull_request",
      payload: pull(),
      workspace: repository.path,
      ...more,
      environment: { GITHUB_API_URL: api.url, ...environment },
    });
    return { ...result, github, asked: api.requests, messages: slack.requests };
  } finally {
    await api.close();
    await slack.close();
  }
}

const marker = commentMarker("default");

describe("a pull request over its budget", () => {
  test("fails the job and tells it everywhere", async () => {
    const { code, outputs, summary, log, github, read } = await run(over);
    assert.equal(code, 1);
    assert.deepEqual(
      [outputs["verdict"], outputs["monthly_increase_usd"], outputs["comment_url"]],
      ["block", "3000", "https://github.com/acme/models/pull/7#issuecomment-100"],
    );
    const [comment] = github.comments;
    assert.equal(comment?.body, `${marker}\n${read("report.md")}`);
    assert.equal(summary.trim(), read("report.md").trim());
    assert.match(summary, /^### EcoCompute: blocked, over budget\n/);
    assert.match(log, /^::error title=EcoCompute%3A monthly-increase::The change adds \$3,000 per month/m);
    assert.match(log, /^::notice file=src\/model.py,line=7,title=EcoCompute%3A Net::\+3.0 M parameters$/m);
    assert.equal(JSON.parse(read("result.json")).schema, "ecocompute.gate/1");
    assert.equal(JSON.parse(read("run.json")).pull, 7);
    assert.deepEqual(sarifProblems(JSON.parse(read("ecocompute.sarif"))), []);
    assert.equal(JSON.parse(read("code-quality.json"))[0].check_name, "missing-zero-grad");
  });

  test("starts the reader of code without a token, a key or an address", async () => {
    const { call } = await run({
      ...over,
      inputs: {
        mode: "block",
        budget_threshold: "500",
        carbon_limit: "10.5",
        volume: "2e6",
        accelerator: "--help",
        token: "the-token",
      },
      environment: {
        SLACK_WEBHOOK_URL: "slack",
        GEMINI_API_KEY: "",
        GITHUB_TOKEN: "ghs_x",
        ACTIONS_RUNTIME_TOKEN: "x",
        NODE_OPTIONS: "--no-warnings",
      },
      payload: pull({ labels: ["ecocompute:allow-cost", "--mode=audit"] }),
    });
    assert.ok(typeof call === "object" && call !== null && "args" in call && "variables" in call);
    assert.ok(Array.isArray(call.args) && Array.isArray(call.variables));
    assert.deepEqual(call.args, [
      "gate",
      `--base=${base}`,
      "--head=HEAD",
      "--mode=block",
      "--budget-threshold=500",
      "--carbon-limit=10.5",
      "--volume=2000000",
      "--accelerator=--help",
      "--label=ecocompute:allow-cost",
      "--label=--mode=audit",
      "--format=json",
    ]);
    assert.deepEqual(
      call.variables.filter((name) => /TOKEN|KEY|SECRET|WEBHOOK|INPUT|GITHUB|NODE_OPTIONS/.test(name)),
      [],
    );
  });

  test("in audit mode passes, and sends a message", async () => {
    const { code, outputs, messages, log } = await run({
      ...audited,
      environment: { ECOCOMPUTE_SLACK_WEBHOOK_URL: "slack" },
    });
    assert.equal(code, 0);
    assert.equal(outputs["verdict"], "block");
    assert.equal(messages.length, 1);
    assert.match(
      JSON.stringify(messages[0]?.body),
      /<https:\/\/github.com\/acme\/models\/pull\/7\|the change>/,
    );
    assert.ok(!log.includes("s3cret"));
    assert.match(log, /^::warning title=EcoCompute%3A monthly-increase::/m);
    assert.doesNotMatch(log, /^::error/m);
  });

  test("in block mode sends a message only when asked to", async () => {
    const environment = { SLACK_WEBHOOK_URL: "slack" };
    assert.equal((await run({ ...over, environment })).messages.length, 0);
    assert.equal((await run({ ...over, environment, inputs: { slack: "always" } })).messages.length, 1);
    assert.equal((await run({ ...audited, environment, inputs: { slack: "never" } })).messages.length, 0);
  });

  test("keeps its verdict when Slack and GitHub refuse, and says neither's secret", async () => {
    const github = fakeGitHub([], {
      fail: (_, response) => {
        json(response, 403, { message: "Resource not accessible by integration" });
        return true;
      },
    });
    const { code, log } = await run(
      { ...over, inputs: { slack: "always" }, environment: { SLACK_WEBHOOK_URL: "slack" } },
      github,
      404,
    );
    assert.equal(code, 1);
    assert.match(
      log,
      /^::warning .*There is no comment: GitHub answered 403.*pull-requests: write.*The verdict stands/m,
    );
    assert.match(log, /^::warning .*No message was sent: Slack answered 404: no_service/m);
    assert.doesNotMatch(log, /the-token|s3cret/);
  });
});

describe("a pull request that changes nothing", () => {
  test("makes no comment and no annotation", async () => {
    const { code, github, log, outputs } = await run(quiet);
    assert.deepEqual([code, github.comments.length, outputs["verdict"]], [0, 0, "pass"]);
    assert.doesNotMatch(log, /^::/m);
  });

  test("writes over the comment of an earlier push", async () => {
    const github = fakeGitHub([["github-actions[bot]", `${marker}\nold`]]);
    await run(quiet, github);
    assert.match(github.comments[0]?.body ?? "", /within budget[\s\S]*No model changes what it costs/);
  });

  test("makes one when it is asked to", async () => {
    assert.equal((await run({ ...quiet, inputs: { comment: "always" } })).github.comments.length, 1);
    assert.equal((await run({ ...over, inputs: { comment: "never" } })).github.comments.length, 0);
  });
});

describe("a fork", () => {
  const report = async () => (await run({ ...over, payload: pull({ isFork: true }) })).read("run.json");

  test("is judged without a word to GitHub", async () => {
    const { code, asked, log, read } = await run({ ...over, payload: pull({ isFork: true }) });
    assert.deepEqual([code, asked.length], [1, 0]);
    assert.match(log, /comes from a fork/);
    assert.equal(JSON.parse(read("run.json")).head, head);
  });

  const completed = (repositoryOfHead = "mallory/models") => ({
    workflow_run: { head_sha: head, head_repository: { full_name: repositoryOfHead } },
  });
  const pulls = (sha: string, name = "mallory/models", state = "open") => ({
    "7": { number: 7, state, head: { sha, repo: { full_name: name } } },
  });

  /** The job that has the right to comment, in a workspace that holds what the fork's run left. */
  async function comment(
    text: string,
    github = fakeGitHub([], { pulls: pulls(head) }),
    payload: unknown = completed(),
  ) {
    const folder = testFolder({ "reports/run.json": text });
    try {
      const inputs = { report: "reports" };
      return await run(
        { event: "workflow_run", payload, inputs, workspace: folder.path, program: "process.exit(3)" },
        github,
      );
    } finally {
      folder.remove();
    }
  }

  test("is commented by a job of the base, which says whose figures they are", async () => {
    const { code, github } = await comment(await report());
    assert.deepEqual([code, github.comments.length], [0, 1]);
    assert.match(
      github.comments[0]?.body ?? "",
      /blocked, over budget[\s\S]*the author of this change controls/,
    );
  });

  test("cannot make that job comment elsewhere", async () => {
    const text = await report();
    const changed = (more: object) => JSON.stringify({ ...JSON.parse(text), ...more });
    const refused: readonly (readonly [string, ReturnType<typeof comment>, RegExp])[] = [
      ["another pull request", comment(changed({ pull: 8 })), /404/],
      [
        "a pull request of another commit",
        comment(text, fakeGitHub([], { pulls: pulls("c".repeat(40)) })),
        /not the one/,
      ],
      [
        "a pull request of another fork",
        comment(text, fakeGitHub([], { pulls: pulls(head, "eve/models") })),
        /not the one/,
      ],
      [
        "a closed one",
        comment(text, fakeGitHub([], { pulls: pulls(head, "mallory/models", "closed") })),
        /closed/,
      ],
      ["another commit", comment(changed({ head: "d".repeat(40) })), /another commit/],
      ["no number", comment(changed({ pull: "7/../8" })), /not of a gate/],
      ["no result", comment(changed({ result: { schema: "ecocompute.gate/1" } })), /not of a gate/],
      ["no JSON", comment("{"), /no JSON/],
      ["another event", comment(text, undefined, {}), /event that GitHub wrote/],
    ];
    for (const [name, done, message] of refused) {
      const { github, log } = await done;
      assert.equal(github.comments.length, 0, name);
      assert.match(log, message, name);
    }
  });

  test("does nothing where `report` is given on another event", async () => {
    const { code, github, log } = await run({ ...over, inputs: { report: "reports" } });
    assert.deepEqual([code, github.comments.length], [0, 0]);
    assert.match(log, /is for jobs on `workflow_run`/);
  });
});

describe("what cannot be judged", () => {
  const cases = [
    ["a mode that there is not", { inputs: { mode: "warn" } }, /`mode` must be one of block, audit/],
    [
      "a budget that is no number",
      { inputs: { budget_threshold: "$500" } },
      /`budget_threshold` must be a number/,
    ],
    [
      "a budget below 0",
      { inputs: { budget_threshold: "-1" } },
      /`budget_threshold` must be a number from 0 on/,
    ],
    ["an event without a base", { event: "schedule", payload: {} }, /no base: name one/],
    ["a new branch", { event: "push", payload: { before: "0".repeat(40) } }, /made a new branch/],
    ["a base that is nowhere", { inputs: { base: "f".repeat(40) } }, /could not be fetched/],
    ["a base that is an option", { inputs: { base: "--upload-pack=x" } }, /names neither/],
    ["a base that is a command", { inputs: { base: "x;touch pwned" } }, /names neither|is not in this clone/],
    ["a folder outside", { inputs: { working_directory: "../.." } }, /must be in the workspace/],
    ["a privileged event", { event: "pull_request_target", payload: pull }, /runs on `pull_request_target`/],
    ["a payload of another kind", { payload: { pull_request: { number: "7" } } }, /event that GitHub wrote/],
    [
      "a gate that fails",
      { program: standIn("", { code: 2, stderr: "ecocompute.toml:1: broken\n" }) },
      /ended with 2/,
    ],
    ["a gate that writes no JSON", { program: standIn("{") }, /wrote no JSON/],
    [
      "a result of another version",
      { program: standIn({ schema: "ecocompute.gate/9" }) },
      /of another version/,
    ],
  ] as const;
  for (const [name, more, message] of cases)
    test(`${name} fails the job and says why`, async () => {
      const payload =
        "payload" in more && typeof more.payload === "function"
          ? more.payload()
          : (more as Partial<ActionRun>).payload;
      const { code, log, outputs, github } = await run({
        ...over,
        ...more,
        ...(payload === undefined ? {} : { payload }),
      });
      assert.equal(code, 1);
      assert.match(log, /^::error title=EcoCompute::/m);
      assert.match(log, message);
      assert.equal(outputs["verdict"], "error");
      assert.equal(github.comments.length, 0);
    });

  test("is a warning in audit mode", async () => {
    const { code, log, summary } = await run({
      program: standIn("", { code: 2 }),
      inputs: { mode: "audit" },
    });
    assert.equal(code, 0);
    assert.match(summary, /^### EcoCompute could not judge this change\n\nThe gate ended with 2\.\n/);
    assert.match(log, /^::warning title=EcoCompute::The gate ended with 2/m);
  });

  test("shows what the gate says, but carries none of it out", async () => {
    const stderr = "::add-mask::a\n  ::set-output name=verdict::pass\n##[error]x\n\u001b[31mred\n";
    const { log } = await run({ program: standIn("", { code: 2, stderr }) });
    assert.doesNotMatch(log, /^\s*::(?!error title=EcoCompute::)/m);
    assert.ok(!log.includes("##[") && !log.includes("\u001b"));
    assert.match(log, /add-mask/);
  });
});

describe("a clone", () => {
  /** A clone as `actions/checkout` makes it. */
  function clone(
    revision: string,
    depth: number | undefined,
    work: (path: string, git: (...args: readonly string[]) => string) => Promise<void>,
  ) {
    const folder = testFolder();
    const git = (...args: readonly string[]): string =>
      execFileSync("git", args, {
        cwd: folder.path,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      }).trim();
    git("init", "--quiet");
    git("remote", "add", "origin", pathToFileURL(repository.path).href);
    git("fetch", "--quiet", ...(depth === undefined ? [] : [`--depth=${depth}`]), "origin", revision);
    git("checkout", "--quiet", "FETCH_HEAD");
    return work(folder.path, git).finally(() => folder.remove());
  }
  const baseOf = (call: unknown): unknown =>
    typeof call === "object" && call !== null && "args" in call && Array.isArray(call.args)
      ? call.args[1]
      : undefined;

  test("of the merge, as shallow as can be, is compared with the merge's first parent", async () => {
    repository.git("checkout", "--quiet", "-b", "moved", base);
    const moved = repository.commit({ "other.py": "y = 2\n" });
    repository.git("merge", "--quiet", "--no-ff", "--message=m", head);
    const merge = repository.git("rev-parse", "HEAD");
    repository.git("checkout", "--quiet", "main");
    await clone(merge, 1, async (workspace, git) => {
      const { call, log } = await run({ ...quiet, workspace });
      assert.equal(baseOf(call), `--base=${moved}`);
      assert.match(log, /Fetched the base/);
      assert.equal(git("merge-base", moved, "HEAD"), moved);
    });
  });

  test("of the head is deepened until both sides meet", async () => {
    await clone(head, 1, async (workspace, git) => {
      const { call } = await run({ ...quiet, workspace });
      assert.equal(baseOf(call), `--base=${base}`);
      assert.equal(git("merge-base", base, "HEAD"), base);
    });
  });

  test("with its whole history is left as it is", async () => {
    await clone(head, undefined, async (workspace, git) => {
      const { call, log } = await run({ ...quiet, workspace, inputs: { base: "main" } });
      assert.equal(baseOf(call), `--base=${head}`);
      assert.match(log, /verdict: pass/);
      assert.equal(git("rev-parse", "--is-shallow-repository"), "false");
    });
  });
});

test("action.yml names the inputs and outputs that there are, and a current runtime", () => {
  const action = parse(readFileSync("action.yml", "utf8"));
  const source = ["inputs", "action", "tell", "comment-on-run"]
    .map((name) => readFileSync(`server/src/action/${name}.ts`, "utf8"))
    .join("\n");
  const read = [...source.matchAll(/(?:given|oneOf|amount|choice)\("(\w+)"/g)].map(([, name]) => name ?? "");
  const written = [...source.matchAll(/output\("(\w+)"/g)].map(([, name]) => name ?? "");
  assert.deepEqual(Object.keys(action.inputs).sort(), [...new Set(read)].sort());
  assert.deepEqual(Object.keys(action.outputs).sort(), [...new Set(written)].sort());
  assert.deepEqual(action.runs, { using: "node24", main: "dist/action.mjs" });
});
