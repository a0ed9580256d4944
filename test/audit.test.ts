import assert from "node:assert/strict";
import { test } from "node:test";
import { type GeminiModel, modelTable, priceOn, readModels } from "../server/src/audit/gemini-models.ts";
import { inertMarkdown, visibleText } from "../server/src/audit/inert.ts";
import { createLedger, type LedgerFile, sharesByLevel } from "../server/src/audit/ledger.ts";
import { redact } from "../server/src/audit/redact.ts";
import { type RouteRequest, route } from "../server/src/audit/router.ts";
import { costUsd, mostTokens, noUsage } from "../server/src/audit/spending.ts";

const modelNamed = (id: string): GeminiModel => {
  const found = modelTable([]).find((model) => model.id === id);
  assert.ok(found);
  return found;
};

test("a price holds from its day on", () => {
  const model = modelNamed("gemini-4-argon");
  assert.equal(priceOn(model, "2026-11-22")?.outputUsd, 10);
  assert.equal(priceOn(model, "2026-12-01")?.outputUsd, 20);
  assert.equal(priceOn(model, "2025-01-01")?.outputUsd, 10);
});

test("thinking is billed as output, cached tokens at their own price, long prompts at theirs", () => {
  const model = modelNamed("gemini-3.1-pro-preview");
  const day = "2026-11-22";
  assert.equal(costUsd(model, day, { ...noUsage, answerTokens: 500_000, thoughtTokens: 500_000 }, 0), 12);
  assert.equal(costUsd(model, day, { ...noUsage, promptTokens: 100_000, cachedTokens: 50_000 }, 0), 0.11);
  assert.equal(costUsd(model, day, { ...noUsage, promptTokens: 300_000 }, 0), 1.2);
  assert.ok(Math.abs(costUsd(model, day, noUsage, 1000) - 14) < 1e-9);
});

test("models of the settings are read whole or refused in words", () => {
  const model = modelNamed("gemini-3.1-pro-preview");
  assert.deepEqual(readModels([model]), { kind: "models", models: [model] });
  const wrong = readModels([{ ...model, level: 5 }]);
  assert.ok(wrong.kind === "error" && /level/.test(wrong.why), JSON.stringify(wrong));
});

test("own models stand before those of the table, and replace those of their name", () => {
  const own = { ...modelNamed("gemini-3.1-pro-preview"), outputTokens: 1 };
  const table = modelTable([own]);
  assert.equal(table[0], own);
  assert.equal(table.filter(({ id }) => id === own.id).length, 1);
});

const request: RouteRequest = {
  task: "audit-file",
  prompt: "x".repeat(10_000),
  hasLocalAnswer: false,
  forced: undefined,
  models: modelTable([]),
  day: "2026-11-22",
  allowsSearch: false,
};

test("the cheapest level that can answer is taken, and says why", () => {
  assert.equal(route({ ...request, hasLocalAnswer: true }).level, 1);
  assert.equal(route({ ...request, task: "explain-finding" }).level, 2);
  assert.equal(route(request).level, 3);
  assert.equal(route({ ...request, forced: 1 }).level, 1);
  assert.equal(route({ ...request, forced: 2, hasLocalAnswer: true }).level, 2);
  assert.deepEqual(route(request), route(request));
  for (const each of [route(request), route({ ...request, forced: 1 })]) assert.ok(each.why.length > 10);
});

test("the bound of a route holds for the longest conversation it allows", () => {
  const way = route({ ...request, allowsSearch: true });
  assert.ok(way.level === 3);
  const tokens = mostTokens(request.prompt);
  let usd = 0;
  let before = 0;
  for (let turn = 0; turn < way.maxTurns; turn++) {
    const answer = way.maxOutputTokens / way.maxTurns;
    usd += costUsd(
      way.model,
      request.day,
      { ...noUsage, promptTokens: tokens + before, answerTokens: answer },
      way.maxSearches / way.maxTurns,
    );
    before += answer + 8_000 / way.maxTurns;
  }
  usd +=
    2 *
    costUsd(
      way.writer,
      request.day,
      { ...noUsage, promptTokens: tokens + before, answerTokens: way.maxOutputTokens },
      0,
    );
  assert.ok(usd <= way.mostUsd, `${usd} > ${way.mostUsd}`);
  assert.ok(way.mostUsd < 1, `a file of 10,000 characters may cost ${way.mostUsd}`);
});

test("more text than a model takes is refused before it is sent", () => {
  const way = route({ ...request, prompt: "x".repeat(4_000_000) });
  assert.equal(way.level, "none");
  assert.match(way.why, /select a part/);
});

const caps = { perAuditUsd: 1, perDayUsd: 2 };
const entry = {
  at: "2026-11-22T10:00:00Z",
  level: 3,
  task: "audit-file",
  usd: 0.4,
  isUpperBound: false,
} as const;

test("money is set aside before and settled after", () => {
  let saved: LedgerFile | undefined;
  const ledger = createLedger({ version: 1, entries: [] }, caps, (file) => {
    saved = file;
  });
  const first = ledger.reserve(0.9, "2026-11-22");
  const second = ledger.reserve(0.9, "2026-11-22");
  assert.ok(first.kind === "reserved" && second.kind === "reserved");
  assert.equal(ledger.reserve(0.9, "2026-11-22").kind, "refused", "two reservations stand open");
  assert.equal(ledger.reserve(0.9, "2026-11-23").kind, "reserved", "another day");
  first.reservation.settle(entry);
  first.reservation.settle(entry);
  assert.equal(saved?.entries.length, 1, "settled once");
  assert.equal(ledger.reserve(0.7, "2026-11-22").kind, "reserved");
  const refused = ledger.reserve(1.5, "2026-11-22");
  assert.ok(refused.kind === "refused" && /cap for one audit is \$1\.00/.test(refused.why));
});

test("shares of levels are told", () => {
  const entries = [1, 1, 1, 2, 3].map((level) => ({ ...entry, level: level as 1 | 2 | 3 }));
  assert.deepEqual(
    [...sharesByLevel(entries)],
    [
      [1, 60],
      [2, 20],
      [3, 20],
    ],
  );
});

/** Text and what must be gone from it. */
const secrets: Readonly<Record<string, readonly [string, string]>> = {
  "AWS access key": ['key = "AKIAIOSFODNN7EXAMPLE"', "AKIAIOSFODNN7EXAMPLE"],
  "Google API key": ["genai(AIzaSyA1234567890abcdefghijklmnopqrstuv)", "AIzaSyA1234567890"],
  "GitHub token": ["ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_abc"],
  "Hugging Face token": ['login("hf_abcdefghijklmnopqrstuvwx")', "hf_abc"],
  "OpenAI key": ["sk-proj-abcdefghijklmnopqrstuv", "sk-proj"],
  "Slack webhook": ["https://hooks.slack.com/services/T00/B00/XXXX", "T00/B00"],
  "private key": ["-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----", "MIIE"],
  "password in an address": ["postgres://ada:hunter2hunter2@db/x", "hunter2"],
  "secret by its name": ['DB_PASSWORD = "correct horse"', "correct horse"],
  "secret in a dict": ['{"api_key": "0123456789abcdef"}', "0123456789abcdef"],
  "JSON web token": ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmN", "eyJzdWIi"],
  "e-mail address": ["# written by ada.lovelace@example.org", "ada.lovelace"],
  "home folder": ['torch.load("/home/ada/models/x.pt")', "ada"],
  "home folder on Windows": ['torch.load("C:\\\\Users\\\\Ada\\\\x.pt")', "Ada"],
};

for (const [name, [text, gone]] of Object.entries(secrets)) {
  test(`${name}: taken out before anything is shown or sent`, () => {
    const { text: after, removed } = redact(text);
    assert.ok(!after.includes(gone), after);
    assert.ok([...removed.values()].some((count) => count > 0));
    assert.equal(after.split("\n").length, text.split("\n").length, "line numbers stay true");
  });
}

test("code without secrets stays as it is", () => {
  const text =
    'self.key = nn.Linear(d, d)\ntoken = tokenizer("hello world")\nx = a @ b\npassword = getpass()\n"/data/imagenet"\n';
  assert.deepEqual(redact(text), { text, removed: new Map() });
});

test("what hides is taken out of answers", () => {
  assert.equal(visibleText("a\u202eb\u200bc\u{e0041}d\u0007e\nf\tg"), "abcde\nf\tg");
});

/** Markdown that would do something, were it rendered as it is. */
const live: readonly string[] = [
  "![x](https://evil.example/p.png)",
  "[click](https://evil.example)",
  "[a]: https://evil.example",
  "[click][a]",
  "<img src=x onerror=alert(1)>",
  "<script>alert(1)</script>",
  "https://evil.example",
  "www.evil.example",
  "[run](command:workbench.action.terminal.new)",
  "vscode://file/etc/passwd",
  "javascript:alert(1)",
  "&lt;img&gt; <b>",
];

for (const text of live) {
  test(`an answer does nothing: ${text}`, () => {
    const inert = inertMarkdown(text);
    assert.ok(
      !/\]\(|^\[[^\]]+\]:|<[a-z/]|\b(?:https?|javascript|command|vscode):|www\./im.test(inert),
      inert,
    );
  });
}

test("fenced code stays code", () => {
  const text = "Use\n```py\nx = a[b](c)  # https://x\n```\n";
  assert.equal(inertMarkdown(text), text);
});
