import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Wire } from "../server/src/publish/exchange.ts";
import { commentMarker, publishComment } from "../server/src/publish/github-comment.ts";
import { gitlabAccess, publishNote } from "../server/src/publish/gitlab.ts";
import { postToWebhook } from "../server/src/publish/webhook.ts";
import { fakeGitHub, json, type Responder, startHttp } from "./harness/loopback-http.ts";

const marker = commentMarker("default");
const bot = "github-actions[bot]";

/** Waits are written down in place of waiting. */
function wire(timeoutMilliseconds = 2000): Wire & { readonly waits: readonly number[] } {
  const waits: number[] = [];
  return {
    fetch: globalThis.fetch,
    timeoutMilliseconds,
    waits,
    sleep: async (seconds) => {
      waits.push(seconds);
    },
  };
}

async function on<T>(respond: Responder, work: (url: string) => Promise<T>): Promise<T> {
  const server = await startHttp(respond);
  try {
    return await work(server.url);
  } finally {
    await server.close();
  }
}

const access = (apiUrl: string, token = "the-token") => ({ apiUrl, token, repository: "acme/models" });
const request = (body: string, mayCreate = true, author?: string) => ({
  pull: 7,
  key: "default",
  body,
  mayCreate,
  author,
});

describe("the comment on GitHub", () => {
  const cases = [
    { name: "is made where there is none", before: [], outcome: "created", count: 1 },
    { name: "is written over in place", before: [[bot, `${marker}\nold`]], outcome: "updated", count: 1 },
    {
      name: "is left when it says the same",
      before: [[bot, `${marker}\r\nnew`]],
      outcome: "unchanged",
      count: 1,
    },
    {
      name: "is not somebody else's with our marker",
      before: [["mallory", `${marker}\nold`]],
      outcome: "created",
      count: 2,
    },
    {
      name: "is not one that quotes our marker",
      before: [[bot, `> ${marker}\nold`]],
      outcome: "created",
      count: 2,
    },
    {
      name: "is not that of another gate",
      before: [[bot, `${commentMarker("other")}\nold`]],
      outcome: "created",
      count: 2,
    },
    {
      name: "is found behind 250 others",
      before: [...Array.from({ length: 250 }, () => ["alice", "hi"] as const), [bot, `${marker}\nold`]],
      outcome: "updated",
      count: 251,
    },
  ] as const;
  for (const { name, before, outcome, count } of cases)
    test(name, async () => {
      const github = fakeGitHub(before);
      const done = await on(github.respond, (url) => publishComment(access(url), request("new"), wire()));
      assert.equal(done.kind, outcome);
      assert.equal(github.comments.length, count);
      const written = github.comments.filter(({ body }) => body.replace("\r", "") === `${marker}\nnew`);
      assert.equal(written.length, 1);
      assert.equal(written[0]?.user.login, bot);
    });

  test("is not made where it does not matter, and is written over all the same", async () => {
    const empty = fakeGitHub();
    const none = await on(empty.respond, (url) => publishComment(access(url), request("new", false), wire()));
    assert.equal(none.kind, "none");
    const full = fakeGitHub([[bot, `${marker}\nold`]]);
    const done = await on(full.respond, (url) => publishComment(access(url), request("new", false), wire()));
    assert.equal(done.kind, "updated");
  });

  test("of a person's token or an app is found by its account or by its name", async () => {
    const person = fakeGitHub([["alice", `${marker}\nold`]], { login: "alice" });
    const done = await on(person.respond, (url) => publishComment(access(url), request("new"), wire()));
    assert.equal(done.kind, "updated");
    const app = fakeGitHub([["our-app[bot]", `${marker}\nold`]]);
    const named = await on(app.respond, (url) =>
      publishComment(access(url), request("new", true, "Our-App[bot]"), wire()),
    );
    assert.equal(named.kind, "updated");
  });

  test("fits into what GitHub takes", async () => {
    const github = fakeGitHub();
    const body = "a line of text\n".repeat(10_000);
    await on(github.respond, (url) => publishComment(access(url), request(body), wire()));
    const [made] = github.comments;
    assert.ok(made !== undefined && made.body.length < 65_536);
    assert.match(made.body, /a line of text\n\n<\/details>\n\nThe rest does not fit/);
  });

  test("is made once when the answer to it breaks off", async () => {
    const github = fakeGitHub([], {
      fail: (asked, response, index) => {
        if (index !== 1) return false;
        github.comments.push({ id: 1, user: { login: bot }, body: `${marker}\nnew`, html_url: asked.path });
        response.writeHead(201).end('{"id": 1, "bo');
        return true;
      },
    });
    const done = await on(github.respond, (url) => publishComment(access(url), request("new"), wire()));
    assert.equal(done.kind, "unchanged");
    assert.equal(github.comments.length, 1);
  });
});

describe("what GitHub refuses", () => {
  const refusals = [
    { status: 401, waits: [], message: "GitHub answered 401: Bad credentials." },
    { status: 403, waits: [], message: "GitHub answered 403: Resource not accessible by integration." },
    {
      status: 403,
      headers: { "x-ratelimit-remaining": "0" },
      waits: [1, 4],
      message: "GitHub answered 403: slow down.",
    },
    { status: 404, waits: [], message: "GitHub answered 404: Not Found." },
    { status: 422, waits: [], message: "GitHub answered 422: Validation Failed." },
    { status: 429, headers: { "retry-after": "7" }, waits: [7, 7], message: "GitHub answered 429: wait." },
    {
      status: 429,
      headers: { "retry-after": "3600" },
      waits: [],
      message: "GitHub answered 429: wait an hour.",
    },
    { status: 429, headers: { "retry-after": "-1" }, waits: [1, 4], message: "GitHub answered 429: odd." },
    { status: 500, waits: [1, 4], message: "GitHub answered 500: oops." },
    { status: 502, body: "<html>Bad gateway</html>", waits: [1, 4], message: "GitHub answered 502." },
    {
      status: 301,
      headers: { location: "https://evil.example/" },
      waits: [],
      message: "GitHub answered 301: moved.",
    },
    {
      status: 200,
      body: '[{"id": 1, "bo',
      waits: [1, 4],
      message: "GitHub answered with JSON that breaks off or is none.",
    },
    {
      status: 200,
      body: '{"message": "no list"}',
      waits: [],
      message: "GitHub answered with something that is not expected.",
    },
    {
      status: 403,
      body: '{"message": "\\u001b[31m::set-output::\\nx"}',
      waits: [],
      message: "GitHub answered 403: \\x1b[31m::set-output::\\nx.",
    },
  ] as const;
  for (const { status, waits, message, ...more } of refusals)
    test(`${status}: ${message}`, async () => {
      const said = message.replace(/^GitHub answered \d+: |\.$/g, "");
      const headers = "headers" in more ? more.headers : {};
      const text = "body" in more ? more.body : JSON.stringify({ message: said });
      const used = wire();
      const done = await on(
        (_, response) => {
          response.writeHead(status, { ...headers }).end(text);
        },
        (url) => publishComment(access(url), request("new"), used),
      );
      assert.equal(done.kind === "failure" && done.message, message);
      assert.deepEqual(used.waits, waits);
    });

  test("a server that does not answer, or is not there, is left after three attempts", async () => {
    const silent = wire(50);
    const done = await on(
      () => undefined,
      (url) => publishComment(access(url), request("new"), silent),
    );
    assert.equal(done.kind === "failure" && done.message, "GitHub did not answer in time.");
    assert.deepEqual(silent.waits, [1, 4]);
    const gone = await publishComment(access("http://127.0.0.1:9"), request("new"), wire());
    assert.match(gone.kind === "failure" ? gone.message : "", /^GitHub could not be reached( \(\w+\))?\.$/);
  });

  test("what passes is tried again until it works", async () => {
    const github = fakeGitHub([], {
      fail: (_, response, index) => {
        if (index > 1) return false;
        json(response, 503, { message: "busy" });
        return true;
      },
    });
    const used = wire();
    const done = await on(github.respond, (url) => publishComment(access(url), request("new"), used));
    assert.equal(done.kind, "created");
    assert.deepEqual(used.waits, [1, 4]);
  });

  test("the token is in no message", async () => {
    for (const status of [400, 401, 500]) {
      const done = await on(
        (_, response) => json(response, status, { message: "no" }),
        (url) => publishComment(access(url, "ghp_secret"), request("new"), wire()),
      );
      assert.ok(!JSON.stringify(done).includes("ghp_secret"));
    }
  });
});

describe("a webhook", () => {
  const address = (url: string) => ({
    name: "Slack",
    variable: "SLACK_WEBHOOK_URL",
    address: `${url}/services/T0/B0/s3cret`,
  });

  test("takes a message, after a second attempt where it is busy", async () => {
    let asked = 0;
    const bodies: unknown[] = [];
    const sent = await on(
      ({ body }, response) => {
        bodies.push(body);
        response.writeHead(asked++ === 0 ? 503 : 200).end("ok");
      },
      (url) => postToWebhook(address(url), { text: "hi" }, wire()),
    );
    assert.equal(sent.kind, "sent");
    assert.deepEqual(bodies, [{ text: "hi" }, { text: "hi" }]);
  });

  const refusals = [
    [400, "invalid_payload", "Slack answered 400: invalid_payload."],
    [404, "no_service", "Slack answered 404: no_service."],
    [410, "channel_is_archived", "Slack answered 410: channel_is_archived."],
  ] as const;
  for (const [status, said, message] of refusals)
    test(`says that it was refused: ${said}`, async () => {
      const done = await on(
        (_, response) => {
          response.writeHead(status).end(said);
        },
        (url) => postToWebhook(address(url), {}, wire()),
      );
      assert.equal(done.kind === "failure" && done.message, message);
    });

  test("keeps its address to itself, even where the service says it back", async () => {
    const done = await on(
      ({ path, headers }, response) => {
        response.writeHead(404).end(`no http://${headers.host}${path}`);
      },
      (url) => postToWebhook(address(url), {}, wire()),
    );
    assert.equal(done.kind === "failure" && done.message, "Slack answered 404: no ***.");
    const gone = await postToWebhook(address("http://127.0.0.1:9"), {}, wire());
    assert.ok(!JSON.stringify(gone).includes("s3cret"));
  });

  for (const bad of [
    "",
    "hooks.slack.com/x",
    "http://hooks.slack.com/x",
    "file:///etc/passwd",
    "http://127.0.0.1@evil.example/",
  ])
    test(`is https or this machine, not ${JSON.stringify(bad)}`, async () => {
      const done = await postToWebhook(
        { name: "Slack", variable: "SLACK_WEBHOOK_URL", address: bad },
        {},
        wire(),
      );
      assert.equal(done.kind === "failure" && done.message, "SLACK_WEBHOOK_URL holds no https address.");
    });
});

describe("the note on GitLab", () => {
  const environment = (url: string) => ({
    GITLAB_TOKEN: "glpat-secret",
    CI_MERGE_REQUEST_IID: "7",
    CI_PROJECT_ID: "42",
    CI_API_V4_URL: `${url}/api/v4`,
  });
  const notes = "/api/v4/projects/42/merge_requests/7/notes";

  async function publish(before: readonly (readonly [author: number, body: string])[], mayCreate = true) {
    const stored = before.map(([id, body], i) => ({ id: i + 1, body, author: { id } }));
    const done = await on(
      ({ method, path, headers, body }, response) => {
        if (headers["private-token"] !== "glpat-secret") json(response, 401, { message: "401 Unauthorized" });
        else if (path === "/api/v4/user") json(response, 200, { id: 5 });
        else if (method === "GET" && path.startsWith(`${notes}?`)) {
          const query = new URLSearchParams(path.slice(notes.length));
          const size = Number(query.get("per_page"));
          json(response, 200, stored.slice(size * (Number(query.get("page")) - 1)).slice(0, size));
        } else if (method === "POST" && path === notes) {
          stored.push({ id: 1000, author: { id: 5 }, ...(body as { readonly body: string }) });
          json(response, 201, stored.at(-1));
        } else if (method === "PUT") {
          const index = stored.findIndex(({ id }) => path === `${notes}/${id}`);
          stored[index] = { id: index + 1, author: { id: 5 }, ...(body as { readonly body: string }) };
          json(response, 200, stored[index]);
        } else json(response, 404, { message: "404 Not found" });
      },
      async (url) => {
        const read = gitlabAccess(environment(url));
        assert.ok(read.kind === "access");
        return publishNote(read.access, { key: "default", body: "new", mayCreate }, wire());
      },
    );
    return { kind: done.kind, bodies: stored.map(({ body }) => body) };
  }

  test("is made, written over in place, and never another person's", async () => {
    assert.deepEqual(await publish([]), { kind: "created", bodies: [`${marker}\nnew`] });
    assert.deepEqual(await publish([[5, `${marker}\nold`]]), { kind: "updated", bodies: [`${marker}\nnew`] });
    assert.deepEqual(await publish([[5, `${marker}\nnew`]]), {
      kind: "unchanged",
      bodies: [`${marker}\nnew`],
    });
    assert.deepEqual(await publish([[6, `${marker}\nold`]]), {
      kind: "created",
      bodies: [`${marker}\nold`, `${marker}\nnew`],
    });
    assert.deepEqual(await publish([], false), { kind: "none", bodies: [] });
  });

  test("is found behind 150 others", async () => {
    const others = Array.from({ length: 150 }, () => [6, "hi"] as const);
    const { kind, bodies } = await publish([...others, [5, `${marker}\nold`]]);
    assert.equal(kind, "updated");
    assert.equal(bodies.at(-1), `${marker}\nnew`);
  });

  const missing = [
    [{ CI_MERGE_REQUEST_IID: undefined }, /no pipeline of a merge request/],
    [{ CI_MERGE_REQUEST_IID: "7/../8" }, /must be numbers/],
    [{ CI_API_V4_URL: "http://gitlab.example/api/v4" }, /no https address/],
    [{ GITLAB_TOKEN: "" }, /needs GITLAB_TOKEN/],
  ] as const;
  for (const [changed, message] of missing)
    test(`says what is missing: ${message.source}`, () => {
      const read = gitlabAccess({ ...environment("http://127.0.0.1:9"), ...changed });
      assert.match(read.kind === "failure" ? read.message : "", message);
    });
});
