import assert from "node:assert/strict";
import { test } from "node:test";
import { auditWith, call, calls, written } from "./harness/audit-run.ts";
import { type Answer, events, raw, refusal, says } from "./harness/loopback-gemini.ts";

const event = (chunk: unknown): string => `data: ${JSON.stringify(chunk)}\r\n\r\n`;
const half = { candidates: [{ content: { parts: [{ text: "Half" }] } }] };
const usage = { promptTokenCount: 1000, candidatesTokenCount: 100, thoughtsTokenCount: 400 };
/** The strong model asks $2 for a million tokens in and $12 for a million out. */
const told = (1000 * 2 + 500 * 12) / 1e6;
/** Its limit of tokens out alone. */
const limit = (12_288 * 12) / 1e6;

const broken: Answer = (_, response) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(event({ ...half, usageMetadata: usage }));
  setTimeout(() => response.destroy(), 20);
};
const silent: Answer = (_, response) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(event({ ...half, usageMetadata: usage }));
};
const nothingAtAll: Answer = () => undefined;

type Spent = "nothing" | "as told" | "at most";

/** How the first request ends, and what is written down of it. */
const endings: Readonly<Record<string, readonly [readonly Answer[], Spent]>> = {
  "a wrong key": [[refusal(401)], "nothing"],
  "a refused request": [[refusal(400)], "nothing"],
  "a quota": [
    [refusal(429, "quota", [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "900s" }])],
    "nothing",
  ],
  "an overloaded service": [Array.from({ length: 3 }, () => refusal(503)), "nothing"],
  "thinking that used up all tokens": [
    [events({ candidates: [{ finishReason: "MAX_TOKENS" }], usageMetadata: usage })],
    "as told",
  ],
  "a blocked prompt": [
    [events({ promptFeedback: { blockReason: "SAFETY" }, usageMetadata: usage })],
    "as told",
  ],
  "a blocked answer": [[events(says("x", "SAFETY", usage))], "as told"],
  recitation: [[events(says("x", "RECITATION", usage))], "as told"],
  "an empty answer": [[events(says("", "STOP", usage))], "as told"],
  "a call that cannot be read": [[events(says("", "MALFORMED_FUNCTION_CALL", usage))], "as told"],
  "a stream that ends too early": [[raw(event({ ...half, usageMetadata: usage }))], "at most"],
  "a connection that breaks": [[broken], "at most"],
  "a service that falls silent": [[silent], "at most"],
  "a service that never answers": [[nothingAtAll], "at most"],
  "no JSON behind some JSON": [
    [raw(`${event({ ...half, usageMetadata: usage })}data: {no\r\n\r\n`)],
    "at most",
  ],
  "an answer without a word on its tokens": [
    [events({ candidates: [{ content: { parts: [{ text: "x" }] }, finishReason: "SAFETY" }] })],
    "at most",
  ],
};

for (const [name, [answers, spent]] of Object.entries(endings)) {
  test(`what is written down: ${name}`, async () => {
    const done = await auditWith(answers, { idleMilliseconds: 400 });
    assert.ok(done.problem);
    assert.equal(done.entries.length, 1);
    const { usd = Number.NaN, isUpperBound } = done.entries[0] ?? {};
    assert.equal(isUpperBound, spent === "at most", done.problem.message);
    if (spent === "nothing") assert.equal(usd, 0);
    if (spent === "as told") assert.ok(Math.abs(usd - told) < 1e-12, `$${usd}`);
    if (spent === "at most") assert.ok(usd >= limit && usd < 2 * limit, `$${usd}`);
  });
}

test("a cancelled audit is written down with what it can have cost", async () => {
  const done = await auditWith([silent], { cancelAfter: 300 });
  assert.equal(done.problem?.kind, "cancelled");
  assert.ok(done.milliseconds < 3_000);
  assert.equal(done.entries[0]?.isUpperBound, true);
  assert.ok((done.entries[0]?.usd ?? 0) >= limit);
});

test("an answer that tells no tokens is counted at its most, and the report is made all the same", async () => {
  const untold = { candidates: [{ content: { parts: [{ text: "Fine." }] }, finishReason: "STOP" }] };
  const done = await auditWith([events(untold), written]);
  assert.ok(done.report);
  assert.equal(done.entries[0]?.isUpperBound, true);
  assert.ok((done.entries[0]?.usd ?? 0) >= limit);
  assert.equal(done.report.spentUsd, done.entries[0]?.usd);
});

test("searches of an audit that fails are counted", async () => {
  const searched = {
    candidates: [
      {
        content: { parts: [{ text: "x" }] },
        finishReason: "SAFETY",
        groundingMetadata: { webSearchQueries: ["a", "b"] },
      },
    ],
    usageMetadata: usage,
  };
  const done = await auditWith([events(searched)]);
  assert.ok(Math.abs((done.entries[0]?.usd ?? 0) - told - 2 * 0.014) < 1e-12);
});

test("a call whose signature a gateway lost is sent back with the one that stands for none", async () => {
  const unsigned = {
    functionCall: { name: "look_up_fact", args: { subject: "accelerator", name: "h100" } },
  };
  const done = await auditWith([events(calls(unsigned, unsigned)), events(says("Fine.")), written]);
  assert.ok(done.report, done.problem?.message);
  const second = done.requests[1]?.body as
    | { contents: { parts: { thoughtSignature?: string; functionResponse?: object }[] }[] }
    | undefined;
  const contents = second?.contents ?? [];
  assert.deepEqual(
    contents[1]?.parts.map(({ thoughtSignature }) => thoughtSignature),
    ["skip_thought_signature_validator", undefined],
    "parallel calls share the first one's",
  );
  assert.equal(contents[2]?.parts.length, 2);
});

test("more calls than anybody needs are answered without work", async () => {
  const many = Array.from({ length: 60 }, (_, i) =>
    call("look_up_fact", { subject: "accelerator", name: "h100" }, `c${i}`),
  );
  const done = await auditWith([events(calls(...many)), events(says("Fine.")), written]);
  assert.ok(done.report, done.problem?.message);
  const results = done.report.trace.steps.flatMap((step) =>
    step.kind === "call-result" ? [step.result["error"] === undefined] : [],
  );
  assert.equal(results.length, 60, "every call has its answer");
  assert.ok(results.filter(Boolean).length <= 32);
});
