import assert from "node:assert/strict";
import { test } from "node:test";
import { modelTable } from "../server/src/audit/gemini-models.ts";
import { auditWith, call, calls, written, writtenReport } from "./harness/audit-run.ts";
import { events, says } from "./harness/loopback-gemini.ts";

interface Body {
  readonly generationConfig: { responseJsonSchema?: object; thinkingConfig: { includeThoughts: boolean } };
  readonly tools?: readonly object[];
  readonly contents: readonly { parts: readonly { text?: string }[] }[];
}
const bodies = (requests: readonly { readonly body: unknown }[]): readonly Body[] =>
  requests.map(({ body }) => body as Body);

test("a model that is documented to combine tools and a schema writes its report in the same conversation", async () => {
  const done = await auditWith(
    [
      events(calls(call("look_up_fact", { subject: "accelerator", name: "h100" }))),
      events(says(JSON.stringify(writtenReport))),
    ],
    { search: false },
  );
  assert.ok(done.report, done.problem?.message);
  assert.equal(done.requests.length, 2, "no request for the report alone");
  const [first, second] = bodies(done.requests);
  for (const body of [first, second]) {
    assert.ok(body?.generationConfig.responseJsonSchema);
    assert.equal(body.generationConfig.thinkingConfig.includeThoughts, true);
  }
  assert.ok(first?.tools);
  assert.match(
    first?.contents[0]?.parts[0]?.text ?? "",
    /write the report of this audit in the given JSON schema/,
  );
  assert.ok(
    done.report.trace.steps.every(({ kind }) => kind !== "text"),
    "JSON is no step of the trace",
  );
  assert.ok(!done.phases.includes("writing"));
});

test("what is no report goes on to the second phase", async () => {
  const done = await auditWith([events(says("mid-sentence, no JSON")), written], { search: false });
  assert.ok(done.report, done.problem?.message);
  assert.equal(done.requests.length, 2);
  assert.ok(done.phases.includes("writing"));
});

test("with searches there are two phases: a schema silences them", async () => {
  const done = await auditWith([events(says("Fine.")), written]);
  const [first, second] = bodies(done.requests);
  assert.equal(first?.generationConfig.responseJsonSchema, undefined);
  assert.ok(second?.generationConfig.responseJsonSchema);
  assert.equal(second?.tools, undefined);
});

test("a model of nobody's documentation is asked in two phases, with its own thinking", async () => {
  const [model] = modelTable([]).filter(({ id }) => id === "gemini-2.5-pro");
  assert.ok(model);
  const done = await auditWith([events(says("Fine.")), written], { models: [model], search: false });
  const [first] = bodies(done.requests);
  assert.deepEqual(first?.generationConfig.thinkingConfig, { includeThoughts: true, thinkingBudget: 1024 });
  assert.equal(first?.generationConfig.responseJsonSchema, undefined);
  assert.deepEqual(
    first?.tools?.map((tool) => Object.keys(tool)),
    [["functionDeclarations"]],
    "built-in tools and ours exclude each other there: ours compute what the report needs",
  );
});
