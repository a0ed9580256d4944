import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { estimateJson, lineFinder } from "../server/src/analysis/estimate-report.ts";
import { difference } from "../server/src/host/difference.ts";
import { createDisk } from "../server/src/host/disk.ts";
import { createInterpreter } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import { mutate } from "./harness/mutate.ts";
import { packageFolder, seededRandom } from "./harness/real-files.ts";
import { syntax } from "./harness/syntax.ts";

/** `ECOCOMPUTE_EDITS=10000` takes about ten minutes of one processor. */
const edits = Number(process.env["ECOCOMPUTE_EDITS"] ?? 300);

const models = `${packageFolder("torchvision")}/models`;
const files = [
  ...["resnet", "densenet", "swin_transformer", "vision_transformer", "efficientnet", "googlenet"].map(
    (name) => `${models}/${name}.py`,
  ),
  `${models}/video/resnet.py`,
  `${models}/optical_flow/raft.py`,
  "test/models/gpt.py",
  "test/models/llama.py",
  "test/models/unet.py",
  "test/models/sequences.py",
  "test/models/python_features.py",
].map((path) => ({ path, text: readFileSync(path, "utf8") }));

/** Files with edited text in the place of what is on disk. */
const disk = createDisk();
// Without a clock, only the number of steps ends a run: the same edits always give the same results.
const interpreter = createInterpreter({
  syntax,
  files: disk,
  roots: [packageFolder("torchvision").replace(/\/torchvision$/, "")],
  limits: { steps: 200_000, depth: 200, ops: 20_000, milliseconds: 1 },
  now: () => 0,
});

/** Whether an estimate says what it is worth: whole, or with what is missing and why. */
function isHonest({ complete, notCounted, failure, output }: ModelEstimate): boolean {
  if (complete) return notCounted.length === 0 && failure === undefined && output !== undefined;
  return notCounted.length > 0 || failure !== undefined;
}

test(`${edits} broken edits of model files: no exception, and every estimate says what it leaves out`, () => {
  const random = seededRandom(20_261_123);
  let estimates = 0;
  let broken = 0;
  for (let i = 0; i < edits; i++) {
    const file = files[i % files.length];
    assert.ok(file);
    let { text } = file;
    let source = syntax.parse(text);
    for (let round = 0; round < 1 + (i % 3); round++) {
      const next = mutate(text, random);
      if (next === text) continue;
      source = syntax.update(source, difference(text, next));
      text = next;
    }
    if (source.chunks.some(({ chunk }) => chunk.hasErrors)) broken++;
    const lines = lineFinder((path) => (path === file.path ? text : disk.readText(path)));
    try {
      for (const made of estimateModels(interpreter, { file: file.path, source })) {
        estimates++;
        assert.ok(isHonest(made), `edit ${i} of ${file.path}: ${made.entry}`);
        estimateJson(made, lines);
      }
    } catch (error) {
      throw new Error(`edit ${i} of ${file.path}`, { cause: error });
    }
  }
  assert.ok(broken > edits / 4, `only ${broken} of ${edits} edits broke the syntax`);
  assert.ok(estimates > edits / 4, `only ${estimates} estimates were made of ${edits} texts`);
});
