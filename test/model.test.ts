import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { hintOf, sum } from "../server/src/graph/dim.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import { parseInputSpec } from "../server/src/model/input-spec.ts";
import { elements, shapes } from "./harness/model-shapes.ts";

/** What test/models/record.py writes. */
interface Expected {
  readonly inputs: readonly string[];
  readonly parameters: number;
  readonly buffers: number;
  readonly macs: number;
  readonly output: unknown;
}

const expected: Readonly<Record<string, Expected>> = JSON.parse(
  readFileSync("test/models/expected.json", "utf8"),
);
const session = await createSession(["test/models"], defaultLimits);

function estimate(file: string, text: string, entry: string, inputs: readonly string[]): ModelEstimate {
  const specs = inputs.map((spec) => {
    const parsed = parseInputSpec(spec);
    assert.ok(parsed, spec);
    return parsed;
  });
  const [made] = estimateModels(session.interpreter, {
    file,
    source: session.syntax.parse(text),
    entry,
    inputs: specs,
  });
  assert.ok(made);
  return made;
}

test("models agree with what PyTorch recorded", async (t) => {
  assert.ok(Object.keys(expected).length >= 15, "the fixture is too small to prove anything");
  for (const [key, truth] of Object.entries(expected)) {
    const [name = "", ...rest] = key.split(":");
    const file = `test/models/${name}`;
    await t.test(key, () => {
      const made = estimate(file, readFileSync(file, "utf8"), rest.join(":"), truth.inputs);
      assert.deepEqual(made.notCounted, []);
      assert.equal(made.failure, undefined);
      assert.deepEqual(
        {
          parameters: elements(made.graph.parameters),
          buffers: elements(made.graph.buffers),
          macs: hintOf(sum(made.graph.ops.map((op) => op.work.macs))),
          output: shapes(made.output),
          complete: made.complete,
        },
        {
          parameters: truth.parameters,
          buffers: truth.buffers,
          macs: truth.macs,
          output: truth.output,
          complete: true,
        },
      );
    });
  }
});
