import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { built } from "./harness/built.ts";
import { type CliResult, runCli } from "./harness/cli.ts";
import { gateResult, quietResult } from "./harness/gate-result.ts";
import { fakeGitHub, type HttpRequest, json, startHttp } from "./harness/loopback-http.ts";
import { testFolder } from "./harness/workspace.ts";

interface Told extends CliResult {
  readonly requests: readonly HttpRequest[];
}

const secrets = (url: string) => ({
  SLACK_WEBHOOK_URL: `${url}/slack/s3cret`,
  ECOCOMPUTE_WEBHOOK_URL: `${url}/hook/s3cret`,
  GITHUB_API_URL: url,
  GITHUB_TOKEN: "the-token",
  GITHUB_REPOSITORY: "acme/models",
  GITHUB_REF: "refs/pull/7/merge",
  GITLAB_TOKEN: "s3cret",
  CI_API_V4_URL: `${url}/api/v4`,
  CI_PROJECT_ID: "42",
  CI_MERGE_REQUEST_IID: "7",
});

/** Runs the command line program with every token and address there is, all of this machine. */
async function tell(
  args: readonly string[],
  {
    files = {},
    environment = {},
    status = 200,
  }: {
    readonly files?: Readonly<Record<string, string>>;
    readonly environment?: Readonly<Record<string, string>>;
    readonly status?: number;
  } = {},
): Promise<Told> {
  const github = fakeGitHub();
  const server = await startHttp((request, response) => {
    if (/^\/(?:slack|hook)\//.test(request.path)) response.writeHead(status).end("ok");
    else if (request.path === "/api/v4/user") json(response, 200, { id: 5 });
    else if (request.path.startsWith("/api/v4/") && request.method === "GET") json(response, 200, []);
    else if (request.path.startsWith("/api/v4/"))
      json(response, 201, { id: 1, body: "x", author: { id: 5 } });
    else github.respond(request, response);
  });
  const folder = testFolder({
    "over.json": JSON.stringify(gateResult()),
    "quiet.json": JSON.stringify(quietResult()),
    ...files,
  });
  try {
    const result = await runCli(built("cli.js"), args, {
      cwd: folder.path,
      environment: { ...secrets(server.url), ...environment },
    });
    return { ...result, requests: server.requests };
  } finally {
    folder.remove();
    await server.close();
  }
}

describe("gate --notify", () => {
  test("tells every place that is named, once, and keeps the exit code", async () => {
    const named = "slack,webhook,github,gitlab,slack";
    const { code, stderr, requests } = await tell(["gate", "report", "over.json", "--notify", named]);
    assert.equal(code, 1);
    assert.equal(stderr, "");
    const writing = requests.filter(({ method }) => method !== "GET");
    assert.deepEqual(
      writing.map(({ path }) => path),
      [
        "/slack/s3cret",
        "/hook/s3cret",
        "/repos/acme/models/issues/7/comments",
        "/api/v4/projects/42/merge_requests/7/notes",
      ],
    );
    const [slack, hook, comment] = writing.map(({ body }) => JSON.stringify(body));
    assert.match(slack ?? "", /acme\/models #.7.*"verbatim":true/);
    assert.match(hook ?? "", /^\{"schema":"ecocompute.gate\/1"/);
    assert.match(comment ?? "", /ecocompute-gate: default -->.*blocked, over budget/);
  });

  test("is silent where nothing changes", async () => {
    const { code, requests } = await tell([
      "gate",
      "report",
      "quiet.json",
      "--notify",
      "slack,webhook,github,gitlab",
    ]);
    assert.equal(code, 0);
    assert.deepEqual(
      requests.filter(({ method }) => method !== "GET"),
      [],
    );
  });

  test("warns of what fails, without a secret, and keeps the verdict", async () => {
    const { code, stderr, stdout } = await tell(
      ["gate", "report", "over.json", "--notify", "slack,webhook,github,gitlab"],
      { status: 404, environment: { GITHUB_REF: "refs/heads/main", GITLAB_TOKEN: "" } },
    );
    assert.equal(code, 1);
    assert.equal(
      stderr,
      [
        "Nothing was told to slack: Slack answered 404: ok. The verdict stands.",
        "Nothing was told to webhook: The webhook answered 404: ok. The verdict stands.",
        "Nothing was told to github: GITHUB_REF is not that of a pull request. The verdict stands.",
        "Nothing was told to gitlab: A note needs GITLAB_TOKEN, a project access token with the scope `api`. The verdict stands.",
        "",
      ].join("\n"),
    );
    assert.doesNotMatch(stdout + stderr, /s3cret|the-token/);
  });

  test("refuses a place that there is not", async () => {
    const { code, stderr } = await tell(["gate", "report", "over.json", "--notify", "teams"]);
    assert.equal(code, 2);
    assert.match(stderr, /must be of slack, webhook, github, gitlab/);
  });
});

/** Ends the process at the first connection, however it is made. */
const noSockets = `
import net from "node:net";
net.Socket.prototype.connect = () => {
  process.stderr.write("a socket was opened");
  process.exit(99);
};
`;

describe("without --notify", () => {
  const model = (width: number): string => `import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(${width}, ${width})

    def forward(self, x):
        return self.fc(x)


Net()(torch.randn(1, ${width}))
`;
  const folders = { "base/model.py": model(64), "head/model.py": model(4096), "no-sockets.mjs": noSockets };
  const args = ["gate", "--base-dir", "base", "--head-dir", "head", "--no-cache"];
  const environment = { NODE_OPTIONS: "--import=./no-sockets.mjs" };

  test("no socket is opened, whatever the environment holds", async () => {
    const { code, stdout, stderr, requests } = await tell([...args, "--mode", "audit"], {
      files: folders,
      environment,
    });
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.match(stdout, /Net changed/);
    assert.deepEqual(requests, []);
  });

  test("the check would see one", async () => {
    const { code } = await tell(["gate", "report", "over.json", "--notify", "slack"], {
      files: folders,
      environment,
    });
    assert.equal(code, 99);
  });
});
