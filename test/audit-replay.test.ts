import assert from "node:assert/strict";
import { test } from "node:test";
import { type AuditEvent, AuditProblem } from "../server/src/audit/audit-event.ts";
import { modelTable } from "../server/src/audit/gemini-models.ts";
import { createGeminiProvider } from "../server/src/audit/gemini-provider.ts";
import type { TurnRequest } from "../server/src/audit/provider.ts";
import { refusal, startGemini } from "./harness/loopback-gemini.ts";
import { type Recording, recordings } from "./harness/recordings.ts";

const [model] = modelTable([]);
assert.ok(model);
const request: TurnRequest = {
  model,
  system: "Be brief.",
  contents: [{ role: "user", parts: [{ text: "hello" }] }],
  search: false,
  codeExecution: false,
  functions: [],
  maxOutputTokens: 100,
};

/** What the recording says, read without our client. */
function expected({ status, chunks }: Recording): {
  readonly text: string;
  readonly outcome: string;
  readonly calls: readonly string[];
} {
  const candidates = chunks.flatMap((chunk) => chunk.candidates?.[0] ?? []);
  const parts = candidates.flatMap((candidate) => candidate.content?.parts ?? []);
  const text = parts.map((part) => (part.thought === true ? "" : (part.text ?? ""))).join("");
  const calls = parts.flatMap((part) => part.functionCall?.name ?? []);
  const reason = candidates.findLast((candidate) => candidate.finishReason !== undefined)?.finishReason;
  if (status !== 200)
    return {
      text,
      calls,
      outcome: status === 429 ? "too-many-requests" : status === 404 ? "no-model" : "bad-request",
    };
  if (reason === undefined) return { text, calls, outcome: "cut-off" };
  if (reason === "SAFETY") return { text, calls, outcome: "blocked" };
  if (reason === "MAX_TOKENS")
    return { text, calls, outcome: text.trim() === "" ? "out-of-tokens" : "out-of-tokens (some text)" };
  assert.equal(reason, "STOP");
  return { text, calls, outcome: calls.length > 0 ? "calls" : text.trim() === "" ? "empty" : "complete" };
}

test("every recorded answer is read as what it is", async (t) => {
  const all = recordings();
  assert.ok(all.length >= 40, `only ${all.length} recordings`);
  const outcomes = new Set<string>();
  for (const recording of all) {
    await t.test(recording.name, async () => {
      const isError = recording.status !== 200;
      const server = await startGemini([
        (_, response) => {
          response
            .writeHead(recording.status, {
              "content-type": isError ? "application/json" : "text/event-stream",
            })
            .end(isError ? JSON.stringify(recording.chunks[0]) : recording.body);
        },
      ]);
      const provider = createGeminiProvider({
        apiKey: "k",
        baseUrl: server.url,
        fetch,
        idleMilliseconds: 5_000,
      });
      const seen: AuditEvent[] = [];
      try {
        const said = expected(recording);
        const outcome = await provider
          .turn(request, (event) => seen.push(event), new AbortController().signal)
          .then(
            (turn) => {
              assert.equal(turn.text, said.text);
              return turn.finish === "out-of-tokens" ? "out-of-tokens (some text)" : turn.finish;
            },
            (error: unknown) => {
              assert.ok(error instanceof AuditProblem, String(error));
              return error.kind;
            },
          );
        assert.equal(outcome, said.outcome);
        assert.deepEqual(
          seen.flatMap((event) => (event.kind === "call" ? event.name : [])),
          said.calls,
        );
        outcomes.add(outcome);
      } finally {
        await server.close();
      }
    });
  }
  for (const wanted of ["complete", "calls", "blocked", "out-of-tokens", "too-many-requests"])
    assert.ok(outcomes.has(wanted), `no recording ends with ${wanted}`);
});

test("searches, their sources and code that ran are told", async () => {
  const kinds = new Map<string, number>();
  for (const recording of recordings().filter(({ status }) => status === 200)) {
    const server = await startGemini([
      (_, response) =>
        void response.writeHead(200, { "content-type": "text/event-stream" }).end(recording.body),
    ]);
    const provider = createGeminiProvider({
      apiKey: "k",
      baseUrl: server.url,
      fetch,
      idleMilliseconds: 5_000,
    });
    await provider
      .turn(
        request,
        (event) => kinds.set(event.kind, (kinds.get(event.kind) ?? 0) + 1),
        new AbortController().signal,
      )
      .catch(() => undefined);
    await server.close();
  }
  for (const kind of ["thought", "text", "code", "code-result", "search", "citations", "call"])
    assert.ok((kinds.get(kind) ?? 0) > 0, `no recording has ${kind}`);
});

test("the key travels in a header, to the given address only", async () => {
  const server = await startGemini([refusal(404)]);
  const provider = createGeminiProvider({
    apiKey: "secret-key",
    baseUrl: server.url,
    fetch,
    idleMilliseconds: 5_000,
  });
  await assert.rejects(
    provider.turn(request, () => undefined, new AbortController().signal),
    (error: AuditProblem) => {
      assert.equal(error.kind, "no-model");
      assert.ok(!`${error.message}${error.stack}`.includes("secret-key"));
      return true;
    },
  );
  const [sent] = server.requests;
  assert.equal(sent?.headers["x-goog-api-key"], "secret-key");
  assert.ok(!sent?.path.includes("secret-key"));
  assert.match(sent?.path ?? "", /^\/v1beta\/models\/gemini-3\.5-flash-lite:streamGenerateContent/);
  await server.close();
});
