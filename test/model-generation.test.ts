import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { hintOf, printDim, sum } from "../server/src/graph/dim.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import { parseInputSpecs } from "../server/src/model/input-spec.ts";
import type { Serving } from "../server/src/model/serving.ts";

interface Phase {
  readonly macs: number;
  readonly output: readonly number[];
}

/** What test/models/record-generation.py writes. */
const recorded: {
  readonly batch: number;
  readonly context: number;
  readonly models: Readonly<Record<string, { readonly prefill: Phase; readonly decode: Phase }>>;
} = JSON.parse(readFileSync("test/models/generation.json", "utf8"));

const file = "test/models/generation.py";
const text = readFileSync(file, "utf8");
const { interpreter, syntax } = await createSession(["test/models"], defaultLimits);

function serve(entry: string, serving: Serving, input: string): ModelEstimate {
  const inputs = parseInputSpecs(input);
  assert.ok(inputs);
  const source = syntax.parse(text);
  const [made] = estimateModels(interpreter, { file, source, entry, inputs, serving });
  assert.ok(made);
  return made;
}

const macs = (made: ModelEstimate) => sum(made.graph.ops.map((op) => op.work.macs));

const firstShape = ({ output }: ModelEstimate): unknown => {
  const first = output?.kind === "sequence" ? output.items[0] : output;
  return first?.kind === "tensor" ? first.shape : undefined;
};

const { batch, context, models } = recorded;
/** Keys and values of 2 layers, 2 heads of 8, float32. */
const perPosition = batch * 2 * 2 * 16 * 4;
/** Bytes after the prompt, for each way to keep them; `Static` allocates for one more, `Buffered` for 4 texts of 32. */
const bytes = new Map([
  ["Buffered()", (perPosition / batch) * 4 * 32],
  ["Static()", perPosition * (context + 1)],
  ["Growing()", perPosition * context],
  ["Remembering()", perPosition * context],
]);

test("prefill and decode do the products that PyTorch does", async (t) => {
  assert.equal(Object.keys(models).length, 5);
  for (const [entry, truth] of Object.entries(models))
    for (const phase of ["prefill", "decode"] as const)
      await t.test(`${phase} of ${entry}`, () => {
        const made = serve(entry, { phase, context }, `int64[${batch}, 7]`);
        assert.deepEqual(made.notCounted, []);
        assert.equal(made.failure, undefined);
        assert.equal(made.complete, true);
        assert.deepEqual({ macs: macs(made), output: firstShape(made) }, truth[phase]);
        assert.equal(made.served?.context, context);
        assert.equal(made.served?.kept?.bytes, bytes.get(entry));
        assert.equal(made.served?.kept?.bytesPerPosition, bytes.has(entry) ? perPosition : undefined);
      });
});

test("a model that keeps nothing says that it computes the prefix again", () => {
  const { assumptions } = serve("Plain()", { phase: "decode", context }, "int64[1, 7]");
  assert.deepEqual(assumptions, [
    "no key-value cache: every token computes all 12 positions before it again",
  ]);
});

test("the context is as long as the call when nothing else is said", () => {
  const made = serve("Growing()", { phase: "decode" }, "int64[1, 9]");
  assert.equal(made.served?.context, 9);
  assert.deepEqual(made.assumptions, ["one token per sequence behind 9 positions that the cache holds"]);
});

test("a symbolic context gives formulas", () => {
  const made = serve("Growing()", { phase: "decode" }, "int64[1, T=9]");
  assert.equal(made.complete, true);
  assert.equal(printDim(macs(made)), "64*T + 7008");
  assert.equal(hintOf(macs(made)), hintOf(macs(serve("Growing()", { phase: "decode" }, "int64[1, 9]"))));
  assert.equal(printDim(made.served?.kept?.bytes ?? 0), "256*T");
});

test("without a sequence of tokens there is nothing to decode", () => {
  const made = serve("Growing()", { phase: "decode" }, "float32[4]");
  assert.equal(made.complete, false);
  assert.deepEqual(
    made.notCounted.map(({ what, why }) => `${what}: ${why}`),
    ["decode: no input is a sequence of tokens"],
  );
});
