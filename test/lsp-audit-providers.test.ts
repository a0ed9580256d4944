import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { type AuditSession, startAuditSession } from "./harness/audit-session.ts";
import { auditedReport, relayNetwork } from "./harness/audited.ts";
import { type Answer, events, type LoopbackGemini, refusal, says } from "./harness/loopback-gemini.ts";
import type { Json, LspClient } from "./harness/lsp-client.ts";

let client: LspClient;
let gemini: LoopbackGemini;
let answers: Answer[] = [];
let session: AuditSession;

beforeEach(async () => {
  answers = [events(says("Twice.")), events(says(JSON.stringify(auditedReport)))];
  session = await startAuditSession(answers);
  ({ client, gemini } = session);
});
afterEach(() => session.close());

/** With searches allowed, where there are any. */
const plan = (more: Json = {}): Promise<Json> => session.plan({ search: true, ...more });
const vertex = { kind: "vertex", project: "my-project", location: "europe-west4" };
const googleBaseUrl = "https://generativelanguage.googleapis.com";

test("Gemini on Google Cloud is asked in its project and location, and the plan says so", async () => {
  const planned = await plan({ provider: vertex, baseUrl: googleBaseUrl });
  assert.equal(planned.host, "europe-west4-aiplatform.googleapis.com");
  assert.match(planned.service, /Google Cloud, project my-project/);
  const world = await plan({ provider: { ...vertex, location: "global" }, baseUrl: googleBaseUrl });
  assert.equal(world.host, "aiplatform.googleapis.com");

  relayNetwork(client);
  const through = await plan({ provider: vertex });
  const answer = await client.request("ecocompute/audit/run", { id: through.id });
  assert.equal(answer.kind, "report", answer.message);
  const [asked] = gemini.requests;
  assert.match(
    asked?.path ?? "",
    /^\/v1beta1\/projects\/my-project\/locations\/europe-west4\/publishers\/google\/models\/gemini-[\w.-]+:streamGenerateContent/,
  );
  const body = asked?.body as { toolConfig?: object; tools: object[] };
  assert.equal(body.toolConfig, undefined, "this service refuses what the other asks for");
  assert.deepEqual(
    body.tools.map((tool) => Object.keys(tool)),
    [["functionDeclarations"]],
  );
});

test("names of projects and locations that lead elsewhere are refused", async () => {
  for (const [project, location] of [
    ["my-project", "evil.example/x"],
    ["my-project", "a@evil.example#"],
    ["../../x", "global"],
    ["", "global"],
  ]) {
    const planned = await plan({ provider: { kind: "vertex", project, location }, baseUrl: googleBaseUrl });
    assert.equal(planned.kind, "none");
    assert.match(planned.why, /no (?:name of a project|location) of Google Cloud/);
  }
});

test("no credentials end an audit on Google Cloud with what to do, and cost nothing", async () => {
  client.answer("ecocompute/audit/fetch", () => ({ kind: "failed", why: "no-credentials" }));
  const planned = await plan({ provider: vertex });
  const answer = await client.request("ecocompute/audit/run", { id: planned.id });
  assert.equal(answer.problem, "no-credentials");
  assert.match(answer.message, /gcloud auth application-default login/);
  const spent = await client.request("ecocompute/audit/spending", null);
  assert.equal(spent.totalUsd, 0);
});

test("refusals of Google Cloud are told in its words", async () => {
  relayNetwork(client);
  for (const [status, problem, says] of [
    [401, "no-credentials", /gcloud auth/],
    [403, "no-permission", /Vertex AI API.*Vertex AI User/],
  ] as const) {
    answers.splice(0, answers.length, ...Array.from({ length: 9 }, () => refusal(status)));
    const planned = await plan({ provider: vertex });
    const answer = await client.request("ecocompute/audit/run", { id: planned.id });
    assert.equal(answer.problem, problem);
    assert.match(answer.message, says);
  }
});

const editor = { kind: "editor", model: "copilot/gpt-5" };

test("a model of the editor is asked the same text, and its report is checked the same", async () => {
  const asked: Json[] = [];
  client.answer("ecocompute/audit/chat", (params: Json) => {
    asked.push(params);
    return {
      kind: "said",
      text:
        asked.length === 1 ? "It runs twice." : `Here: \`\`\`json\n${JSON.stringify(auditedReport)}\n\`\`\``,
    };
  });
  const planned = await plan({ provider: editor });
  assert.equal(planned.mostUsd, 0);
  assert.equal(planned.search, false);
  assert.match(planned.service, /editor's own language model copilot\/gpt-5/);
  const answer = await client.request("ecocompute/audit/run", { id: planned.id });
  assert.equal(answer.kind, "report", answer.message);
  assert.equal(gemini.connections(), 0);
  const [first, second] = asked;
  assert.equal(first.id, planned.id);
  const sent = [...first.messages, ...second.messages].map(({ text }: Json) => text).join("\n");
  assert.ok(!sent.includes("hf_abc"), "secrets are taken out");
  assert.ok(
    planned.text.split("\n").every((line: string) => sent.includes(line)),
    "what was shown is what is sent",
  );
  assert.match(second.messages.at(-1).text, /JSON schema/);
  assert.match(answer.markdown, /disagrees/);
  assert.match(answer.markdown, /A lesser audit: .*copilot\/gpt-5/);
  assert.match(answer.markdown, /Saves \d+\.\d % .* computed/);
  const spent = await client.request("ecocompute/audit/spending", null);
  assert.deepEqual([spent.totalUsd, spent.isUpperBound], [0, false]);
});

const chatFailures = {
  "no-model": "no-model",
  "no-permission": "no-permission",
  blocked: "blocked",
  cancelled: "cancelled",
  failed: "server-error",
} as const;

test("what goes wrong with a model of the editor is told with what to do", async () => {
  for (const [why, problem] of Object.entries(chatFailures)) {
    client.answer("ecocompute/audit/chat", () => ({ kind: "failed", why }));
    const planned = await plan({ provider: editor });
    const answer = await client.request("ecocompute/audit/run", { id: planned.id });
    assert.equal(answer.problem, problem);
    assert.match(answer.message, /\.$/);
  }
  client.answer("ecocompute/audit/chat", () => ({ kind: "said", text: " " }));
  const planned = await plan({ provider: editor });
  assert.equal((await client.request("ecocompute/audit/run", { id: planned.id })).problem, "empty");
});

test("a test of a key counts a word, sends no code and costs nothing", async () => {
  relayNetwork(client);
  answers.splice(0, 0, (_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end('{"totalTokens": 2}');
  });
  const ask = (more: Json = {}): Promise<Json> =>
    client.request("ecocompute/audit/test", { baseUrl: gemini.url, models: [], ...more });
  const accepted = await ask();
  assert.equal(accepted.kind, "accepted", accepted.message);
  assert.match(accepted.message, /gemini-[\w.-]+ answered/);
  const [request] = gemini.requests;
  assert.match(request?.path ?? "", /:countTokens/);
  assert.ok(!JSON.stringify(request?.body).includes("nn."));
  answers.splice(
    1,
    answers.length,
    refusal(400, "API key not valid. Please pass a valid API key."),
    refusal(401),
  );
  assert.equal((await ask()).problem, "wrong-key");
  assert.equal((await ask({ provider: vertex })).problem, "no-credentials");
  assert.equal((await ask({ provider: editor })).problem, "bad-request");
  assert.equal((await ask({ models: [{ id: "mine" }] })).problem, "bad-request");
  const spent = await client.request("ecocompute/audit/spending", null);
  assert.equal(spent.totalUsd, 0);
});
