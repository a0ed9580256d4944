import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type AuditSession, startAuditSession } from "./harness/audit-session.ts";
import { auditedReport, relayNetwork } from "./harness/audited.ts";
import { events, type LoopbackGemini, says } from "./harness/loopback-gemini.ts";
import type { Json, LspClient } from "./harness/lsp-client.ts";

let client: LspClient;
let gemini: LoopbackGemini;
let session: AuditSession;

beforeEach(async () => {
  session = await startAuditSession([events(says("Twice.")), events(says(JSON.stringify(auditedReport)))]);
  ({ client, gemini } = session);
});
afterEach(() => session.close());

const plan = (more: Json = {}): Promise<Json> => session.plan(more);

test("a plan shows what would be sent, to whom and for how much, and sends nothing", async () => {
  const planned = await plan();
  assert.equal(planned.kind, "plan", planned.why);
  assert.match(planned.text, /self\.wide = nn\.Linear\(1024, 4096\)/);
  assert.ok(!planned.text.includes("hf_abc"));
  assert.deepEqual(planned.removed, [{ what: "Hugging Face token", count: 1 }]);
  assert.equal(planned.host, new URL(gemini.url).host);
  assert.ok(planned.mostUsd > 0 && planned.mostUsd < 1);
  assert.equal(gemini.connections(), 0);
});

test("an audit goes through the client, is checked, and offers changes of the file as it is", async () => {
  relayNetwork(client);
  const planned = await plan();
  const answer = await client.request("ecocompute/audit/run", { id: planned.id });
  assert.equal(answer.kind, "report", answer.message);
  assert.match(answer.markdown, /disagrees/);
  assert.match(answer.markdown, /Saves \d+\.\d % .* computed/);
  const [change] = answer.changes;
  assert.ok(change.text.includes('TOKEN = "hf_abcdefghijklmnopqrstuvwx"'), "secrets stay in the file");
  assert.ok(!change.text.includes("again"));
  const phases = client.received
    .filter(({ method }) => method === "ecocompute/audit/progress")
    .map(({ params }) => params.phase);
  assert.ok(phases.includes("thinking") && phases.includes("writing"), phases.join());
  assert.ok(!JSON.stringify(gemini.requests.map(({ body }) => body)).includes("hf_abc"));
  const again = await client.request("ecocompute/audit/run", { id: planned.id });
  assert.equal(again.kind, "problem", "a plan is good for one audit");
});

test("what audits cost is told, by level and with the share of each", async () => {
  relayNetwork(client);
  const ask = (): Promise<Json> => client.request("ecocompute/audit/spending", null);
  assert.equal((await ask()).totalUsd, 0);
  const planned = await plan();
  const answer = await client.request("ecocompute/audit/run", { id: planned.id });
  const spent = await ask();
  assert.equal(spent.kind, "spending", spent.why);
  assert.equal(spent.todayUsd, answer.spentUsd);
  const shares = spent.levels.map(({ level, percent }: Json) => [level, percent]);
  assert.deepEqual(shares, [
    [1, 0],
    [2, 0],
    [3, 100],
  ]);
  writeFileSync(join(session.folder, "ecocompute/ledger.json"), "{");
  assert.equal((await ask()).kind, "unreadable");
});

test("what rules and engine can answer is answered here, counts as level 1, and a level can be forced", async () => {
  const question = "How many parameters are there?";
  const local = await plan({ question });
  assert.equal(local.kind, "local");
  assert.match(local.markdown, /8,393,728/);
  assert.match(local.why, /at no cost/);
  assert.equal((await plan({ question, level: 2 })).kind, "plan");
  const all = await plan({ level: 1 });
  assert.match(all.markdown, /Where the energy goes/);
  const { levels } = await client.request("ecocompute/audit/spending", null);
  assert.deepEqual(levels[0], { level: 1, requests: 2, percent: 100, usd: 0 });
  assert.equal(gemini.connections(), 0);
});

test("a client that refuses the network ends the audit with what to do", async () => {
  client.answer("ecocompute/audit/fetch", () => ({ kind: "failed" }));
  const planned = await plan();
  const answer = await client.request("ecocompute/audit/run", { id: planned.id });
  assert.equal(answer.problem, "no-network");
  assert.equal(gemini.connections(), 0);
});

test("cancel stops the request and the server goes on", async () => {
  let asked = (): void => undefined;
  const wasAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  client.answer("ecocompute/audit/fetch", () => {
    asked();
    return { kind: "head", status: 200, contentType: "text/event-stream" };
  });
  const planned = await plan();
  const answer = client.cancel("ecocompute/audit/run", { id: planned.id }, 3_000);
  await wasAsked;
  const outcome = await answer.then(
    (value) => value,
    (error: Error) => error,
  );
  assert.ok(outcome instanceof Error || outcome.problem === "cancelled", JSON.stringify(outcome));
  await client.take("ecocompute/audit/abort");
  assert.equal((await plan()).kind, "plan");
});

test("nonsense is refused in words", async () => {
  assert.equal((await plan({ baseUrl: "javascript:1" })).kind, "none");
  assert.equal((await plan({ uri: "file:///nowhere.py" })).kind, "none");
  assert.match((await plan({ models: [{ id: "mine" }] })).why, /models of the settings do not fit/);
  assert.equal((await client.request("ecocompute/audit/run", { id: 999 })).kind, "problem");
});
