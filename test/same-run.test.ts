import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { lineFinder } from "../server/src/analysis/estimate-report.ts";
import { type ModelView, modelView } from "../server/src/analysis/model-view.ts";
import { moveView } from "../server/src/analysis/move-view.ts";
import { applyEdits, type Edit } from "../server/src/base/text.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { type Entered, runsTheSame } from "../server/src/model/same-run.ts";
import type { SourceFile } from "../server/src/syntax/chunk.ts";
import { seededRandom } from "./harness/real-files.ts";

const { interpreter, syntax } = await createSession([], defaultLimits);
const file = "gpt.py";

const text = `${readFileSync("test/models/gpt.py", "utf8").replace(/\nMODELS = [\s\S]*$/, "\n")}

def train(model, steps):
    """Never called."""
    for step in range(steps):
        loss = model(step)  # a comment
        loss.backward()
    return model


# ecocompute: input idx = int64[2, 16]
model = GPT(GPTConfig(n_layer=1, block_size=32, n_embd=32))
`;

interface Ran {
  readonly views: readonly ModelView[];
  readonly entered: Entered;
}

function run(source: SourceFile): Ran {
  const { entered } = interpreter.machine.state;
  entered.clear();
  const lines = lineFinder(() => source.text);
  const rules = { rules: [], accelerator: undefined, onCrash: () => undefined };
  const views = estimateModels(interpreter, { file, source }).map((each) =>
    modelView(each, file, source.text, lines, rules),
  );
  return { views, entered: new Set(entered) };
}

const before = syntax.parse(text);
const first = run(before);

/** The views as they are shown after an edit that changes nothing that runs; `undefined` when it may. */
function moved(edit: Edit): readonly (ModelView | undefined)[] | undefined {
  const after = syntax.update(before, [edit]);
  if (!runsTheSame(before, after, first.entered)) return undefined;
  return first.views.map((view) => moveView(view, file, text, edit));
}

const replace = (old: string, by: string): Edit => {
  const start = text.indexOf(old);
  assert.ok(start >= 0, old);
  return { span: { start, end: start + old.length }, text: by };
};

const insert = (before: string, by: string): Edit => {
  const at = text.indexOf(before);
  assert.ok(at >= 0, before);
  return { span: { start: at, end: at }, text: by };
};

test("the model is complete and its code entered", () => {
  assert.deepEqual(
    first.views.map(({ estimate }) => [estimate.name, estimate.complete]),
    [["GPT", true]],
  );
});

for (const [what, edit] of Object.entries({
  "a body that never ran": replace("loss.backward()", "loss.sum().backward()"),
  "a comment": replace("  # a comment", ""),
  "a comment in code that ran": replace("B, T, C = x.size()", "B, T, C = x.size()  # batch, time, channels"),
  "a blank line above": insert("class GPT(", "\n\n"),
  "a line of a comment above everything": { span: { start: 0, end: 0 }, text: "# GPT\n" },
}))
  test(`${what} changes nothing that runs`, () => {
    const shown = moved(edit);
    assert.deepEqual(shown, run(syntax.parse(applyEdits(text, [edit]))).views);
  });

for (const [what, edit] of Object.entries({
  "a body that ran": replace("B, T, C = x.size()", "B, T, C = x.shape"),
  "a number": replace("n_layer=1", "n_layer=2"),
  "a default": replace("def train(model, steps)", "def train(model, steps=3)"),
  "a directive": replace("idx = int64[2, 16]", "idx = int64[2, 32]"),
  "a new directive": replace("  # a comment", "  # ecocompute: model = GPT(GPTConfig())"),
  "the name of a function": replace("def train(", "def fit("),
  "a body that starts to yield": replace("    return model\n", "    yield model\n"),
  "code that does not parse": replace("loss.backward()", "loss.backward("),
}))
  test(`${what} may change what runs`, () => assert.equal(moved(edit), undefined));

test("after random edits that change nothing that runs, what is shown is what a new run shows", () => {
  const random = seededRandom(7);
  const pick = (n: number): number => Math.floor(random() * n);
  const inserts = ["\n", " ", "# c\n", "  # c", "x", "0", "", "    pass\n", "(", "\n\n", "return x\n"];
  let same = 0;
  let lost = 0;
  for (let i = 0; i < 400; i++) {
    const start = pick(text.length);
    const isLineStart = random() < 0.5;
    const at = isLineStart ? text.lastIndexOf("\n", start) + 1 : start;
    const end = Math.min(text.length, at + (random() < 0.7 ? 0 : pick(12)));
    const edit = { span: { start: at, end }, text: inserts[pick(inserts.length)] ?? "" };
    const shown = moved(edit);
    if (shown === undefined) continue;
    if (shown.includes(undefined)) {
      lost++;
      continue;
    }
    same++;
    const truth = run(syntax.parse(applyEdits(text, [edit]))).views;
    assert.deepEqual(shown, truth, `${i}: ${JSON.stringify(edit)}`);
  }
  assert.ok(same > 60, `only ${same} edits changed nothing`);
  assert.ok(lost < same / 10, `${lost} places were lost`);
});
