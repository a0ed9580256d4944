import assert from "node:assert/strict";
import { afterEach, before, beforeEach, test } from "node:test";
import { auditedCode, auditedReport, relayNetwork } from "./harness/audited.ts";
import { built } from "./harness/built.ts";
import { events, type LoopbackGemini, says, startGemini } from "./harness/loopback-gemini.ts";
import { type Json, type LspClient, startServer } from "./harness/lsp-client.ts";
import { type TestFolder, testFolder } from "./harness/workspace.ts";

const thought = {
  candidates: [{ content: { role: "model", parts: [{ text: "Is it twice?\u202E\u200B", thought: true }] } }],
};

let program: string;
let folder: TestFolder;
let client: LspClient;
let gemini: LoopbackGemini;
let uri: string;
let settings: Json;

before(() => {
  program = built("server.cjs");
});
beforeEach(async () => {
  folder = testFolder();
  process.env["XDG_STATE_HOME"] = folder.path;
  uri = folder.uriOf("net.py");
  settings = {};
  gemini = await startGemini([
    events(thought, says("Twice, I say.")),
    events(says(JSON.stringify(auditedReport))),
    events(thought, says("Because of the\u200B zero: 8,393,728 parameters, and 77 % wasted.")),
    events(says("Again.")),
  ]);
  client = startServer(process.execPath, [program, "--stdio"]);
  relayNetwork(client);
});
afterEach(async () => {
  assert.equal(await client.shutdown(), 0);
  await gemini.close();
  folder.remove();
});

async function start(): Promise<void> {
  await client.initialize({ folders: [folder.uri], settings: () => settings });
  client.open(uri, auditedCode);
  await client.diagnostics(uri);
}

const plan = (more: Json = {}): Promise<Json> =>
  client.request("ecocompute/audit/plan", {
    uri,
    task: "audit-model",
    focus: "class Net",
    question: null,
    level: null,
    search: false,
    baseUrl: gemini.url,
    maxUsd: 1,
    maxUsdPerDay: 5,
    models: [],
    ...more,
  });
const run = ({ id }: Json): Promise<Json> => client.request("ecocompute/audit/run", { id });
const textOf = (index: number): string => JSON.stringify(gemini.requests[index]?.body ?? null);

test("steps are told as they come, and the report as plain data that hides nothing", async () => {
  await start();
  const planned = await plan();
  assert.match(planned.text, /The part in question:\n<<\w+>>\nclass Net/);
  const { kind, shown } = await run(planned);
  assert.equal(kind, "report");
  const steps = client.received.filter(({ method }) => method === "ecocompute/audit/step");
  assert.deepEqual(
    steps.map(({ params }) => [params.id, params.step.kind, params.step.text]),
    [
      [planned.id, "thought", "Is it twice?"],
      [planned.id, "text", "Twice, I say."],
    ],
  );
  assert.equal(shown.schema, "ecocompute.shown-audit/1");
  assert.equal(shown.subject, "Net");
  assert.deepEqual(
    shown.claims.map(({ name, verdict }: Json) => [name, verdict]),
    [["Energy as it is", "disagrees"]],
  );
  const [change] = shown.recommendations;
  assert.equal(change.verdict.kind, "holds");
  assert.equal(change.edits.length, 1);
  assert.deepEqual(shown.together, change.edits);
  assert.ok(shown.saving.low < shown.saving.percent && shown.saving.percent < shown.saving.high);
  assert.doesNotMatch(JSON.stringify(shown), /[\u202E\u200B]/);
});

test("a change is made from the document as it is, and from nothing else", async () => {
  await start();
  const { edits } = auditedReport.recommendations[0] ?? { edits: [] };
  const change = (): Promise<Json> => client.request("ecocompute/audit/change", { uri, edits });
  const made = await change();
  assert.equal(made.kind, "text");
  assert.ok(made.text.includes('TOKEN = "hf_abcdefghijklmnopqrstuvwx"'), "secrets stay in the file");
  assert.ok(!made.text.includes("again"));
  client.edit(uri, 2, [14, 0], [14, 0], "        # moved\n");
  assert.match((await change()).why, /not in the file/);
  const nowhere = { uri: folder.uriOf("other.py"), edits };
  assert.equal((await client.request("ecocompute/audit/change", nowhere)).kind, "none");
});

test("a follow-up goes on in the conversation, shows what it sends, and counts as spent", async () => {
  await start();
  const audit = await plan();
  const { shown, spentUsd } = await run(audit);
  const followUp = {
    audit: audit.id,
    report: JSON.stringify({ summary: shown.summary }),
    turns: [{ question: "What is it?", answer: "A net." }],
  };
  const question = "Why, with the key hf_abcdefghijklmnopqrstuvwx?";
  const planned = await plan({ task: "follow-up", focus: null, question, followUp });
  assert.equal(planned.kind, "plan", planned.why);
  assert.equal(planned.level, 2);
  assert.match(planned.text, /Twice, I say\.[\s\S]*The first layer runs twice[\s\S]*A net\.[\s\S]*Why, with/);
  assert.doesNotMatch(planned.text, /hf_abc/);
  assert.ok(planned.removed.some(({ what }: Json) => what === "Hugging Face token"));
  const answer = await run(planned);
  assert.equal(answer.kind, "reply", answer.message);
  assert.equal(answer.reply.answer, "Because of the zero: 8,393,728 parameters, and 77 % wasted.");
  assert.deepEqual(answer.reply.notes, ["Figures in this answer that the engine does not confirm: 77 %."]);
  assert.deepEqual(
    answer.reply.steps.map(({ kind }: Json) => kind),
    ["thought"],
  );
  assert.ok(answer.spentUsd > 0);
  for (const part of ["Twice, I say.", "A net.", "Why, with the key"])
    assert.ok(textOf(2).includes(part), part);
  assert.ok(!textOf(2).includes("hf_abc"));
  const spent = await client.request("ecocompute/audit/spending", null);
  assert.ok(Math.abs(spent.totalUsd - spentUsd - answer.spentUsd) < 1e-12);
  const refused = await run(
    await plan({ task: "follow-up", question, followUp, maxUsdPerDay: spent.totalUsd }),
  );
  assert.match(refused.message, /Nothing was sent: .* are spent or set aside/);
  assert.equal(gemini.requests.length, 3);
});

test("a follow-up to an audit of before is rebuilt from the file as it is and the report", async () => {
  await start();
  const followUp = { audit: 0, report: '{"summary":"The first layer runs twice."}', turns: [] };
  const planned = await plan({ task: "follow-up", focus: null, question: "Why?", followUp });
  assert.match(planned.text, /self\.wide = nn\.Linear\(1024, 4096\)[\s\S]*runs twice[\s\S]*Why\?/);
  assert.equal(gemini.connections(), 0);
});

test("an edited file starts the conversation anew: what is asked is about the file as it is", async () => {
  await start();
  const audit = await plan();
  await run(audit);
  client.edit(uri, 2, [0, 0], [0, 0], "# another file\n");
  const followUp = { audit: audit.id, report: "{}", turns: [] };
  const planned = await plan({ task: "follow-up", focus: null, question: "Why?", followUp });
  assert.match(planned.text, /# another file/);
  assert.doesNotMatch(planned.text, /Twice, I say/);
});

test("the link above a model is there when the editor wants it and the workspace is trusted", async () => {
  settings = { auditLens: true };
  await start();
  const lenses = async (): Promise<Json[]> => {
    const all: Json[] = await client.request("textDocument/codeLens", { textDocument: { uri } });
    return all.map(({ command }) => command).filter(({ command }) => command !== "");
  };
  const deadline = Date.now() + 20_000;
  let found = await lenses();
  while (found.length === 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    found = await lenses();
  }
  assert.deepEqual(found, [
    { title: "Audit with Gemini", command: "ecocompute.auditModel", arguments: [uri, "Net"] },
  ]);
  for (const changed of [{ auditLens: true, readsPackages: false }, { auditLens: false }, {}]) {
    settings = changed;
    client.notify("workspace/didChangeConfiguration", { settings: null });
    const until = Date.now() + 20_000;
    while ((await lenses()).length > 0 && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(await lenses(), [], JSON.stringify(changed));
  }
});
