import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { auditCommand } from "./harness/audit-command.ts";
import { type Answer, events, says, startGemini } from "./harness/loopback-gemini.ts";

const folder = mkdtempSync(join(tmpdir(), "audit-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const file = join(folder, "net.py");
writeFileSync(
  file,
  'import torch\nfrom torch import nn\n\nHF_TOKEN = "hf_abcdefghijklmnopqrstuvwx"\nmodel = nn.Sequential(nn.Linear(64, 64), nn.Linear(64, 64))\ny = model(torch.randn(8, 64))\n',
);

const audit = (flags: readonly string[], key: string | undefined) =>
  auditCommand(folder, flags, key === undefined ? {} : { GEMINI_API_KEY: key });

const report = {
  summary: "Two layers without anything between them. See [here](https://evil.example).",
  energyModel: "By the engine.",
  claims: {
    originalEnergyJoules: 5,
    optimizedEnergyJoules: null,
    savingPercent: null,
    savingPercentLow: null,
    savingPercentHigh: null,
    carbonSavedGrams: null,
    costSavedUsdPerMillion: null,
    parameters: 8320,
    macs: null,
    latencySeconds: null,
  },
  assumptions: [],
  citations: [],
  breakdown: [],
  recommendations: [],
  criticalBugs: [],
  benchmark: null,
};
const answers: readonly Answer[] = [events(says("Fine.")), events(says(JSON.stringify(report)))];

test("nothing is sent without a yes: no socket is opened", async () => {
  const server = await startGemini(answers);
  const asked = await audit([file, "--base-url", server.url], "secret-key");
  assert.equal(asked.code, 2);
  assert.equal(server.connections(), 0);
  assert.match(asked.err, /nn\.Linear\(64, 64\)/, "the exact text is shown");
  assert.match(asked.err, /Hugging Face token removed/);
  assert.ok(!asked.err.includes("hf_abc"));
  assert.match(asked.err, /127\.0\.0\.1.*gemini-3\.1-pro-preview.*level 3/);
  assert.match(asked.err, /can cost up to \$0\.\d+/);
  assert.match(asked.err, /unpaid tier/);
  await server.close();
});

test("without a key and on level 1 it works on this machine alone", async () => {
  const server = await startGemini(answers);
  const none = await audit([file, "--yes", "--base-url", server.url], undefined);
  assert.equal(none.code, 2);
  assert.match(none.err, /GEMINI_API_KEY/);
  const local = await audit([file, "--level", "1", "--format", "json", "--base-url", server.url], undefined);
  assert.equal(local.code, 0);
  const words = await audit([file, "--question", "how many parameters are there?"], undefined);
  assert.equal(words.code, 0, words.err);
  assert.match(words.out, /\| parameters \| 8,320 \|[\s\S]*the engine counts parameters itself, at no cost/);
  assert.equal(JSON.parse(local.out).models[0].parameters, 8320);
  assert.equal(server.connections(), 0);
  await server.close();
});

test("a yes sends, checks, reports and writes down what was spent", async () => {
  const server = await startGemini([...answers, ...answers]);
  const done = await audit([file, "--yes", "--base-url", server.url], "secret-key");
  assert.equal(done.code, 0, done.err);
  assert.match(done.out, /\| original energy joules \| 5 J \| .* disagrees: \d+ times too high/);
  assert.match(done.out, /\| parameters \| 8320 +\| 8320 +\| agrees/);
  assert.ok(!done.out.includes("evil.example)"));
  assert.ok(!JSON.stringify(server.requests.map(({ body }) => body)).includes("hf_abc"));
  const json = await audit([file, "--yes", "--format", "json", "--base-url", server.url], "secret-key");
  assert.equal(JSON.parse(json.out).schema, "ecocompute.audit/1");
  const ledger = readFileSync(join(folder, "state/ecocompute/ledger.json"), "utf8");
  const { entries } = JSON.parse(ledger) as { entries: { usd: number; level: number }[] };
  assert.deepEqual(
    entries.map(({ level }) => level),
    [1, 1, 3, 3],
  );
  assert.ok(!/secret-key|net\.py|nn\.Linear/.test(ledger));
  await server.close();
});

test("a file that is kept from services is not sent", async () => {
  const server = await startGemini(answers);
  writeFileSync(join(folder, ".aiexclude"), "net.py\n");
  const kept = await audit([file, "--yes", "--base-url", server.url], "secret-key");
  rmSync(join(folder, ".aiexclude"));
  assert.equal(kept.code, 2);
  assert.match(kept.err, /\.aiexclude excludes it/);
  assert.equal(server.connections(), 0);
  await server.close();
});

test("a day's cap and a broken ledger stop an audit before it starts", async () => {
  const server = await startGemini(answers);
  const capped = await audit(
    [file, "--yes", "--max-usd-per-day", "0.0001", "--base-url", server.url],
    "secret-key",
  );
  assert.equal(capped.code, 2);
  assert.match(capped.err, /Nothing was sent/);
  writeFileSync(join(folder, "state/ecocompute/ledger.json"), "{}");
  const broken = await audit([file, "--yes", "--base-url", server.url], "secret-key");
  assert.equal(broken.code, 2);
  assert.match(broken.err, /no ledger of ours/);
  assert.equal(server.connections(), 0);
  await server.close();
});
