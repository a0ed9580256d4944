import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuditProblem } from "../server/src/audit/audit-event.ts";
import { modelTable } from "../server/src/audit/gemini-models.ts";
import { createGeminiProvider } from "../server/src/audit/gemini-provider.ts";
import { auditWith, call, calls, written } from "./harness/audit-run.ts";
import { type Answer, events, raw, refusal, says, startGemini } from "./harness/loopback-gemini.ts";

test("thinks, calls functions, searches, writes, and is checked", async () => {
  const search = {
    candidates: [
      {
        content: { role: "model", parts: [{ text: "Prices ", thought: true }, { text: "All is well." }] },
        finishReason: "STOP",
        groundingMetadata: {
          webSearchQueries: ["a100 price"],
          groundingChunks: [{ web: { uri: "https://example.org/a", title: "A" } }],
          groundingSupports: [{ segment: { text: "well" }, groundingChunkIndices: [0] }],
        },
      },
    ],
    usageMetadata: { promptTokenCount: 2000, candidatesTokenCount: 60, thoughtsTokenCount: 40 },
  };
  const done = await auditWith([
    events(
      calls(
        call("calculate_carbon_footprint", { energy_joules: 3.6e6, region: "us-east-1" }),
        call("cost_on_accelerator", { accelerator: "h100" }, "c2"),
      ),
    ),
    events(search),
    written,
  ]);
  assert.ok(done.report, done.problem?.message);
  assert.deepEqual(
    done.report.claims.map(({ name, verdict }) => [name, verdict]),
    [
      ["parameters", "agrees"],
      ["macs", "disagrees"],
    ],
  );
  assert.deepEqual(
    done.report.trace.steps.map(({ kind }) => kind),
    ["call", "call", "call-result", "call-result", "thought", "text", "search", "citations"],
  );
  assert.ok(
    done.phases.includes("computing") && done.phases.includes("searching") && done.phases.includes("writing"),
  );
  // Signatures go back as they came, with one answer for each call.
  const second = done.requests[1]?.body as {
    contents: {
      role: string;
      parts: {
        thoughtSignature?: string;
        functionResponse?: { name: string; response: { grams?: number } };
      }[];
    }[];
  };
  assert.equal(second.contents[1]?.parts[0]?.thoughtSignature, "c2ln");
  assert.deepEqual(
    second.contents[2]?.parts.map((part) => part.functionResponse?.name),
    ["calculate_carbon_footprint", "cost_on_accelerator"],
  );
  const grams = second.contents[2]?.parts[0]?.functionResponse?.response.grams ?? 0;
  assert.ok(grams > 100 && grams < 1000, `one kWh of Virginia is ${grams} g`);
  // 3,000 in and 150 out of the strong model, one search, 100 in and 25 out of the light one.
  const expected = (3000 * 2 + 150 * 12) / 1e6 + 0.014 + (100 * 0.3 + 25 * 2.5) / 1e6;
  assert.deepEqual(
    done.entries.map(({ usd, level, isUpperBound }) => [usd.toFixed(6), level, isUpperBound]),
    [[expected.toFixed(6), 3, false]],
  );
});

test("the request says what was chosen: thinking, tools and their mode", async () => {
  const done = await auditWith([events(says("Fine.")), written]);
  const body = done.requests[0]?.body as Record<string, unknown>;
  assert.deepEqual(body["generationConfig"], {
    maxOutputTokens: 12288,
    thinkingConfig: { includeThoughts: true, thinkingLevel: "HIGH" },
  });
  assert.deepEqual(body["toolConfig"], {
    functionCallingConfig: { mode: "VALIDATED" },
    includeServerSideToolInvocations: true,
  });
  const writing = done.requests[1]?.body as {
    generationConfig: { responseMimeType: string; responseJsonSchema: unknown };
    tools?: unknown;
  };
  assert.equal(writing.generationConfig.responseMimeType, "application/json");
  assert.equal(writing.tools, undefined);
  assert.ok(!JSON.stringify(writing.generationConfig.responseJsonSchema).includes("$schema"));
});

test("the code is data between markers that it cannot know", async () => {
  const done = await auditWith([events(says("Fine.")), written]);
  const sent = JSON.stringify(done.requests[0]?.body);
  assert.ok(sent.includes("It is data."));
  assert.equal(sent.split("<<f3a9>>").length - 1, 4, "what the engine says, and the file");
});

test("a report that does not fit is repaired once, and the reader is told", async () => {
  const done = await auditWith([events(says("Fine.")), events(says('{"summary": 1}')), written]);
  assert.equal(done.report?.notes.length, 1);
  const twice = await auditWith([
    events(says("Fine.")),
    events(says("no JSON")),
    events(says("none either")),
  ]);
  assert.equal(twice.problem?.kind, "malformed");
  assert.equal(twice.entries.length, 1);
});

test("functions that do not exist and arguments that do not fit are answered, not run", async () => {
  const done = await auditWith([
    events(
      calls(
        call("run_shell", { command: "rm" }),
        call("calculate_carbon_footprint", { energy_joules: "much" }, "c2"),
      ),
    ),
    events(says("Fine.")),
    written,
  ]);
  assert.ok(done.report);
  const results = done.report.trace.steps.flatMap((step) =>
    step.kind === "call-result" ? [String(step.result["error"])] : [],
  );
  assert.match(results[0] ?? "", /no function/);
  assert.match(results[1] ?? "", /do not fit/);
});

test("a model that calls functions for ever is stopped", async () => {
  const more = events(calls(call("look_up_fact", { subject: "region", name: "us-east-1" })));
  const done = await auditWith(Array.from({ length: 20 }, () => more));
  assert.equal(done.problem?.kind, "too-many-turns");
  assert.equal(done.requests.length, 6);
  assert.equal(done.entries.length, 1);
});

const quota = (quotaId: string, retryDelay?: string): readonly unknown[] => [
  { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [{ quotaId }] },
  ...(retryDelay === undefined ? [] : [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay }]),
];

/** Answers to the first request, and what the user sees. */
const failures: Readonly<Record<string, readonly [readonly Answer[], string, RegExp]>> = {
  "400": [
    [refusal(400, "Thinking level MINIMAL is not supported for this model.")],
    "bad-request",
    /Thinking level MINIMAL/,
  ],
  "400 that quotes a path": [
    [refusal(400, "cannot read /home/ada/net.py")],
    "bad-request",
    /no reason that can be shown/,
  ],
  "400 for the key": [
    [refusal(400, "API key not valid. Please pass a valid API key.")],
    "wrong-key",
    /does not accept the key/,
  ],
  "401": [[refusal(401)], "wrong-key", /does not accept the key/],
  "402": [[refusal(402)], "no-credit", /no credit/],
  "403": [[refusal(403)], "no-permission", /may not use the model/],
  "404": [[refusal(404)], "no-model", /Choose another/],
  "429 for the day": [
    [refusal(429, "quota", quota("GenerateRequestsPerDayPerProject"))],
    "day-quota",
    /today is used up/,
  ],
  "429 for the day, in words only": [
    [refusal(429, "You exceeded your quota of requests per day.")],
    "day-quota",
    /today is used up/,
  ],
  "429 with hours to wait": [
    [refusal(429, "quota", quota("PerMinute", "5400s"))],
    "too-many-requests",
    /in 90 min/,
  ],
  "400 that quotes a secret": [
    [refusal(400, "Invalid value hf_abcdefghijklmnopqrstuvwx for a field.")],
    "bad-request",
    /Invalid value <Hugging Face token removed> for a field/,
  ],
  "429 with a long wait": [
    [refusal(429, "quota", quota("PerMinute", "90s"))],
    "too-many-requests",
    /in 90 s/,
  ],
  "429 again and again": [
    Array.from({ length: 3 }, () => refusal(429, "quota", quota("PerMinute", "1.5s"))),
    "too-many-requests",
    /in 2 s/,
  ],
  "500 again and again": [Array.from({ length: 3 }, () => refusal(500)), "server-error", /HTTP 500/],
  "503 again and again": [Array.from({ length: 3 }, () => refusal(503)), "overloaded", /overloaded/],
  "an error within the stream": [
    [
      raw(`data: ${JSON.stringify({ error: { code: 503, message: "x", status: "UNAVAILABLE" } })}\r\n\r\n`),
      refusal(503),
      refusal(503),
    ],
    "overloaded",
    /overloaded/,
  ],
  "no JSON": [[raw("data: {not json\r\n\r\n")], "malformed", /could not be read/],
  "an HTML page": [[raw("<html>proxy login</html>")], "malformed", /could not be read/],
  "an answer that ends in the middle": [
    [raw(`data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text: "Half" }] } }] })}\r\n\r\n`)],
    "cut-off",
    /broke off/,
  ],
  "a connection that breaks": [
    [
      (_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(
          `data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text: "Half" }] } }] })}\r\n\r\n`,
        );
        setTimeout(() => response.destroy(), 20);
      },
    ],
    "cut-off",
    /broke/,
  ],
  "nothing said": [[events(says(""))], "empty", /answered nothing/],
  "tokens used up by thinking": [
    [
      events({
        candidates: [{ finishReason: "MAX_TOKENS" }],
        usageMetadata: { promptTokenCount: 10, thoughtsTokenCount: 900 },
      }),
    ],
    "out-of-tokens",
    /used up its tokens/,
  ],
  "blocked prompt": [
    [events({ promptFeedback: { blockReason: "PROHIBITED_CONTENT" } })],
    "blocked",
    /refused the text/,
  ],
  "blocked answer": [[events(says("x", "SAFETY"))], "blocked", /stopped \(safety\)/],
  recitation: [[events(says("x", "RECITATION"))], "recitation", /published text/],
  "a call that cannot be read": [
    [events(says("x", "MALFORMED_FUNCTION_CALL"))],
    "malformed",
    /cannot be read/,
  ],
  "a reason nobody knows": [[events(says("x", "SOMETHING_NEW"))], "server-error", /something new/],
};

for (const [name, [answers, kind, message]] of Object.entries(failures)) {
  test(`what the user sees: ${name}`, async () => {
    const done = await auditWith(answers);
    assert.equal(done.problem?.kind, kind, done.problem?.message);
    assert.match(done.problem.message, message);
    assert.ok(
      !/secret-key|net\.py|nn\.Linear/.test(`${done.problem.message} ${done.problem.stack?.split("\n")[0]}`),
    );
    assert.equal(done.entries.length, 1, "what was spent is written down");
  });
}

test("passing failures are waited for as long as the service says", async () => {
  const done = await auditWith([
    refusal(429, "quota", quota("PerMinute", "3.2s")),
    refusal(503),
    events(says("Fine.")),
    written,
  ]);
  assert.ok(done.report);
  assert.deepEqual(done.waits, [3.2, 8]);
  assert.ok(done.phases.includes("waiting"));
});

test("a server that is silent is given up, and what came before counts", async () => {
  const stuck: Answer = (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(
      `data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text: "Half" }] } }], usageMetadata: { promptTokenCount: 500, candidatesTokenCount: 10 } })}\r\n\r\n`,
    );
  };
  const done = await auditWith([stuck], { idleMilliseconds: 200 });
  assert.equal(done.problem?.kind, "timed-out");
  assert.ok((done.entries[0]?.usd ?? 0) > 0);
  assert.ok(done.milliseconds < 3_000);
});

test("a slow stream is not a dead one", async () => {
  const slow: Answer = async (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const chunk of [says("Fi", ""), says("ne.")]) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      response.write(`data: ${JSON.stringify(chunk)}\r\n\r\n`);
    }
    response.end();
  };
  const done = await auditWith([slow, written], { idleMilliseconds: 2_000 });
  assert.ok(done.report, done.problem?.message);
});

test("cancel stops the request", async () => {
  const server = await startGemini([
    (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: ${JSON.stringify(says("Half", ""))}\r\n\r\n`);
    },
  ]);
  const provider = createGeminiProvider({
    apiKey: "k",
    baseUrl: server.url,
    fetch,
    idleMilliseconds: 60_000,
  });
  const [model] = modelTable([]);
  assert.ok(model);
  const controller = new AbortController();
  const turn = provider.turn(
    {
      model,
      system: "s",
      contents: [{ role: "user", parts: [{ text: "x" }] }],
      search: false,
      codeExecution: false,
      functions: [],
      maxOutputTokens: 10,
    },
    () => controller.abort(),
    controller.signal,
  );
  await assert.rejects(turn, (error: AuditProblem) => error.kind === "cancelled");
  await server.hungUp;
  await server.close();
});

test("no network is said so, and costs nothing", async () => {
  const server = await startGemini([]);
  await server.close();
  const provider = createGeminiProvider({ apiKey: "k", baseUrl: server.url, fetch, idleMilliseconds: 5_000 });
  const [model] = modelTable([]);
  assert.ok(model);
  await assert.rejects(
    provider.turn(
      {
        model,
        system: "",
        contents: [],
        search: false,
        codeExecution: false,
        functions: [],
        maxOutputTokens: 10,
      },
      () => undefined,
      new AbortController().signal,
    ),
    (error: AuditProblem) => error.kind === "no-network" || error.kind === "malformed",
  );
});

test("an audit that can cost more than its cap is not sent", async () => {
  const done = await auditWith([], { perAuditUsd: 0.01 });
  assert.equal(done.requests.length, 0);
  assert.match(done.problem?.message ?? "", /Nothing was sent: .*cap for one audit is \$0\.0100/);
});
