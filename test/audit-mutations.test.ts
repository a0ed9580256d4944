import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import fc from "fast-check";
import { type AuditEvent, AuditProblem } from "../server/src/audit/audit-event.ts";
import { modelTable } from "../server/src/audit/gemini-models.ts";
import { createGeminiProvider } from "../server/src/audit/gemini-provider.ts";
import { readReport } from "../server/src/audit/read-report.ts";
import { auditWith, writtenReport } from "./harness/audit-run.ts";
import { events, raw, says, startGemini } from "./harness/loopback-gemini.ts";
import { recordings } from "./harness/recordings.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const streams: readonly (readonly Json[])[] = recordings()
  .filter(({ status, chunks }) => status === 200 && chunks.length > 0)
  .map(({ chunks }) => JSON.parse(JSON.stringify(chunks)) as Json[]);

/** Every object and list within, the whole included. */
function inside(value: Json): readonly (Json[] | { [key: string]: Json })[] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Array.isArray(value) ? value : Object.values(value);
  return [value, ...inner.flatMap(inside)];
}

const records = (chunks: readonly Json[]): readonly { [key: string]: Json }[] =>
  chunks.flatMap(inside).flatMap((each) => (Array.isArray(each) ? [] : [each]));

/** Ways in which what a service says may differ from what was recorded. Each changes the chunks in place. */
const changes: Readonly<Record<string, (chunks: Json[], at: number) => void>> = {
  "fields nobody knows": (chunks) => {
    for (const record of records(chunks)) record["futureField"] = { nested: [1, { deep: true }] };
  },
  "fields in another order": (chunks) => {
    for (const record of records(chunks)) {
      const turned = Object.entries(record).reverse();
      for (const [key] of turned) delete record[key];
      Object.assign(record, Object.fromEntries(turned));
    }
  },
  "values of enumerations nobody knows": (chunks) => {
    for (const record of records(chunks))
      for (const [key, value] of Object.entries(record))
        if (typeof value === "string" && /^[A-Z_]{3,}$/.test(value)) record[key] = "VALUE_OF_TOMORROW";
  },
  "no word on tokens": (chunks) => {
    for (const record of records(chunks)) delete record["usageMetadata"];
  },
  "tokens that are no numbers": (chunks) => {
    for (const record of records(chunks))
      if (record["usageMetadata"] !== undefined)
        record["usageMetadata"] = {
          promptTokenCount: "many",
          candidatesTokenCount: -5,
          thoughtsTokenCount: 1e300,
        };
  },
  "several candidates": (chunks) => {
    for (const record of records(chunks)) {
      const all = record["candidates"];
      if (Array.isArray(all))
        all.push({ index: 1, content: { parts: [{ text: "other" }] }, finishReason: "STOP" });
    }
  },
  "no candidates": (chunks) => {
    for (const record of records(chunks)) if (record["candidates"] !== undefined) record["candidates"] = [];
  },
  "empty parts": (chunks) => {
    for (const record of records(chunks)) if (record["parts"] !== undefined) record["parts"] = [];
  },
  "no parts": (chunks) => {
    for (const record of records(chunks)) delete record["parts"];
  },
  "parts of nothing": (chunks) => {
    for (const record of records(chunks)) {
      const parts = record["parts"];
      if (Array.isArray(parts)) parts.push({}, { text: "" }, { thought: true });
    }
  },
  "no signatures": (chunks) => {
    for (const record of records(chunks)) delete record["thoughtSignature"];
  },
  "calls without ids, names or arguments": (chunks, at) => {
    for (const record of records(chunks)) {
      const call = record["functionCall"];
      if (typeof call === "object" && call !== null && !Array.isArray(call))
        delete call[["id", "name", "args"][at % 3] ?? "id"];
    }
  },
  "calls in parallel": (chunks) => {
    for (const record of records(chunks)) {
      const parts = record["parts"];
      if (Array.isArray(parts)) parts.push(...parts.map((part) => structuredClone(part)), ...parts.slice());
    }
  },
  "sources without an address": (chunks) => {
    for (const record of records(chunks))
      if (record["groundingChunks"] !== undefined)
        record["groundingChunks"] = [
          {},
          { web: {} },
          { web: { title: "x" } },
          { retrievedContext: { uri: "x" } },
        ];
  },
  "supports of sources that are not there": (chunks) => {
    for (const record of records(chunks))
      if (record["groundingSupports"] !== undefined)
        record["groundingSupports"] = [{}, { groundingChunkIndices: [99, -1] }, { segment: {} }];
  },
  "an end in the middle": (chunks, at) => {
    const one = chunks[at % chunks.length];
    if (typeof one === "object" && one !== null && !Array.isArray(one))
      one["candidates"] = [{ content: { parts: [{ text: "x" }] }, finishReason: "MAX_TOKENS" }];
  },
  "an error in the middle": (chunks, at) => {
    chunks.splice(at % chunks.length, 0, {
      error: { code: 503, message: "overloaded", status: "UNAVAILABLE" },
    });
  },
  "pieces twice": (chunks, at) => {
    chunks.splice(at % chunks.length, 0, structuredClone(chunks[at % chunks.length] ?? null));
  },
  "pieces in another order": (chunks) => void chunks.reverse(),
  "a piece that is none": (chunks, at) => {
    chunks.splice(at % chunks.length, 0, [null, 7, "x", [], {}][at % 5] ?? null);
  },
  "a huge piece": (chunks) => {
    chunks.unshift({ candidates: [{ content: { role: "model", parts: [{ text: "x".repeat(300_000) }] } }] });
  },
  "nothing where something was": (chunks, at) => {
    const all = records(chunks);
    const record = all[at % all.length];
    for (const key of Object.keys(record ?? {})) if (record !== undefined) record[key] = null;
  },
  "another type": (chunks, at) => {
    const all = records(chunks);
    const record = all[at % all.length] ?? {};
    const key = Object.keys(record)[at % Math.max(1, Object.keys(record).length)];
    if (key !== undefined) record[key] = [{}, [], "text", 7, true][at % 5] ?? null;
  },
};

const mutated = fc.record({
  stream: fc.nat(streams.length - 1),
  changed: fc.array(fc.record({ how: fc.constantFrom(...Object.keys(changes)), at: fc.nat(40) }), {
    maxLength: 3,
  }),
  framing: fc.constantFrom("\r\n\r\n", "\n\n", "\n\n: keep-alive\n\n", "\r\n\r\nevent: message\r\n"),
  /** Share of the body that arrives; 1 is all. */
  share: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
  pieces: fc.integer({ min: 1, max: 6 }),
});
type Mutated = typeof mutated extends fc.Arbitrary<infer T> ? T : never;

function bodyOf({ stream, changed, framing, share }: Mutated): Buffer {
  const chunks = structuredClone(streams[stream] ?? []) as Json[];
  for (const { how, at } of changed) changes[how]?.(chunks, at);
  const whole = Buffer.from(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}${framing}`).join(""));
  return whole.subarray(0, Math.floor(whole.length * share));
}

/** A server that always has the next answer, so that thousands of requests need one. */
async function provide() {
  let body: Mutated | undefined;
  const answer = async (_: unknown, response: ServerResponse): Promise<void> => {
    assert.ok(body);
    const bytes = bodyOf(body);
    response.writeHead(200, { "content-type": "text/event-stream" });
    const size = Math.ceil(bytes.length / body.pieces) || 1;
    for (let i = 0; i < bytes.length; i += size) response.write(bytes.subarray(i, i + size));
    response.end();
  };
  const next = (mutation: Mutated): void => {
    body = mutation;
  };
  const server = await startGemini(Array.from({ length: 10_000 }, () => answer));
  const provider = createGeminiProvider({ apiKey: "k", baseUrl: server.url, fetch, idleMilliseconds: 5_000 });
  return { server, provider, next };
}

const [model] = modelTable([]);
assert.ok(model);

test("whatever becomes of a recorded stream, it ends as an answer or as a problem in words", async () => {
  const { server, provider, next } = await provide();
  const seen = new Map<string, number>();
  try {
    await fc.assert(
      fc.asyncProperty(mutated, async (mutation) => {
        next(mutation);
        const told: AuditEvent[] = [];
        const request = {
          model,
          system: "s",
          contents: [{ role: "user", parts: [{ text: "x" }] }],
          search: false,
          codeExecution: false,
          functions: [],
          maxOutputTokens: 100,
        };
        const kind = await provider
          .turn(request, (event) => told.push(event), new AbortController().signal)
          .then(
            ({ finish, usage, text }) => {
              for (const count of Object.values(usage)) assert.ok(count >= 0);
              assert.equal(typeof text, "string");
              return finish as string;
            },
            (error: unknown) => {
              assert.ok(error instanceof AuditProblem, error instanceof Error ? error.stack : String(error));
              assert.match(error.message, /\.$/, "a sentence");
              assert.notEqual(error.kind, "no-network");
              return error.kind;
            },
          );
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
        assert.equal(typeof JSON.stringify(told), "string");
      }),
      { numRuns: 600, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
    );
  } finally {
    await server.close();
  }
  for (const kind of ["complete", "calls", "cut-off", "out-of-tokens", "empty", "malformed"])
    assert.ok((seen.get(kind) ?? 0) > 0, `no mutation ends as ${kind}: ${JSON.stringify([...seen])}`);
});

test("a recorded stream cut at any event is told as cut, and its end as its end", async () => {
  const longest = [...streams].sort((a, b) => b.length - a.length)[0] ?? [];
  for (let length = 0; length < longest.length; length += Math.max(1, Math.floor(longest.length / 15))) {
    const done = await auditWith([events(...longest.slice(0, length))], { idleMilliseconds: 5_000 });
    assert.equal(done.problem?.kind, "cut-off", `after ${length} events`);
    assert.equal(done.entries[0]?.isUpperBound, true);
  }
});

test("a whole audit over a changed recording ends in a checked report or a problem, and is paid for once", async () => {
  const written = events(says(JSON.stringify(writtenReport)));
  await fc.assert(
    fc.asyncProperty(mutated, async (mutation) => {
      const done = await auditWith([raw(bodyOf(mutation).toString()), written, written, written, written]);
      assert.ok((done.report === undefined) !== (done.problem === undefined));
      assert.equal(done.entries.length, 1);
      const { usd = Number.NaN } = done.entries[0] ?? {};
      assert.ok(usd >= 0 && usd < 10, `$${usd}`);
      if (done.report !== undefined) assert.equal(done.report.claims[0]?.verdict, "agrees");
      for (const step of done.report?.trace.steps ?? [])
        if (step.kind === "citations") assert.ok(step.citations.every(({ uri }) => /^https?:/.test(uri)));
    }),
    {
      // A call of a function whose name is no text; code and calls that are null.
      examples: [
        [{ stream: 0, changed: [{ how: "another type", at: 13 }], framing: "\r\n\r\n", share: 1, pieces: 1 }],
        [
          {
            stream: 4,
            changed: [{ how: "nothing where something was", at: 22 }],
            framing: "\r\n\r\n",
            share: 1,
            pieces: 1,
          },
        ],
        [
          {
            stream: 0,
            changed: [
              { how: "fields in another order", at: 0 },
              { how: "nothing where something was", at: 33 },
            ],
            framing: "\r\n\r\n",
            share: 1,
            pieces: 1,
          },
        ],
      ],
      numRuns: 60,
      interruptAfterTimeLimit: 60_000,
      markInterruptAsFailure: false,
    },
  );
});

const json = JSON.stringify(writtenReport);

/** How a report may be written down, and whether it can be read. */
const forms: Readonly<Record<string, readonly [string, boolean]>> = {
  plain: [json, true],
  indented: [JSON.stringify(writtenReport, null, 2), true],
  fenced: [`\`\`\`json\n${json}\n\`\`\``, true],
  "fenced without a language": [`\`\`\`\n${json}\n\`\`\`\n`, true],
  "fenced behind words": [`Here it is:\n\`\`\`json\n${json}\n\`\`\`\nI hope it helps.`, true],
  "with words around it": [`Sure! ${json} That is all.`, true],
  "with a mark of byte order": [`\ufeff${json}`, true],
  "with fields nobody knows": [JSON.stringify({ ...writtenReport, mood: "good" }), true],
  "cut off": [json.slice(0, -20), false],
  twice: [`${json}${json}`, false],
  "a list": [`[${json}]`, false],
  nothing: ["", false],
  null: ["null", false],
  "numbers as text": [json.replace("8393728", '"8393728"'), false],
  "lists that are null": [json.replace('"citations":[]', '"citations":null'), false],
  "no number": [json.replace("8393728", "NaN"), false],
  "a category of tomorrow": [
    JSON.stringify({ ...writtenReport, recommendations: [{ title: "t", category: "quantum" }] }),
    false,
  ],
};

for (const [name, [text, isReadable]] of Object.entries(forms)) {
  test(`a report that is ${name} is ${isReadable ? "read" : "sent back"}`, () => {
    const read = readReport(text);
    assert.equal(read.kind, isReadable ? "read" : "unreadable");
    if (read.kind === "unreadable") assert.ok(read.why.length > 0 && read.why.length < 2_000);
  });
}

test("a huge report is read in no time or refused", () => {
  const long = "y".repeat(200_000);
  const assumptions = Array.from({ length: 500 }, () => long.slice(0, 1_000));
  const began = performance.now();
  assert.equal(readReport(JSON.stringify({ ...writtenReport, summary: long, assumptions })).kind, "read");
  assert.equal(readReport("{".repeat(100_000)).kind, "unreadable");
  assert.equal(readReport(`${"```json\n".repeat(20_000)}`).kind, "unreadable");
  assert.ok(performance.now() - began < 5_000);
});
