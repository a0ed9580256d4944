import assert from "node:assert/strict";
import { test } from "node:test";
import { hintOf, sum } from "../server/src/graph/dim.ts";
import type { Graph } from "../server/src/graph/ir.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import { parseInputSpec, parseInputSpecs } from "../server/src/model/input-spec.ts";
import { shapes } from "./harness/model-shapes.ts";

const { interpreter, syntax } = await createSession([], defaultLimits);

const text = `
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(1000, 64)
        self.lstm = nn.LSTM(64, 128, batch_first=True, bidirectional=True)
        self.out = nn.Linear(256, 10)

    def forward(self, ids, lengths, is_first: bool = False):
        packed = pack_padded_sequence(self.embed(ids), lengths.cpu(), batch_first=True, enforce_sorted=False)
        hidden, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        if is_first:
            hidden = hidden[:, :1]
        return self.out(hidden)
`;

function estimate(source: string, inputs?: readonly string[]): ModelEstimate {
  const specs = inputs?.flatMap((input) => parseInputSpec(input) ?? []);
  assert.equal(specs?.length, inputs?.length);
  const [made] = estimateModels(interpreter, {
    file: "/tagger.py",
    source: syntax.parse(source),
    ...(specs === undefined ? {} : { entry: "Tagger()", inputs: specs }),
  });
  assert.ok(made);
  return made;
}

const macsOf = ({ ops }: Graph): number | undefined => hintOf(sum(ops.map((op) => op.work.macs)));

/** Of torch 1.13, which counts the steps that the lengths leave. */
const perStep = 2 * (64 * 512 + 128 * 512);

test("sequences are packed by the lengths that are given", () => {
  for (const lengths of ["[30, 25, 20, 12]", "[12, 25, 20, 30]"]) {
    const { complete, graph, output } = estimate(text, ["int64[4, 32]", `lengths=int64[4]=${lengths}`]);
    assert.ok(complete);
    assert.equal(macsOf(graph), 87 * perStep + 4 * 30 * 2560);
    assert.deepEqual(shapes(output), [4, 30, 10]);
  }
});

test("lengths that nobody gives stay unknown", () => {
  assert.equal(estimate(text, ["int64[4, 32]", "lengths=int64[4]"]).complete, false);
});

test("a directive gives values too, beside other inputs", () => {
  const directive =
    "# ecocompute: input ids = int64[2, 9], lengths = int64[2] = [9, 4], is_first = bool[] = True\n";
  const { complete, graph, output } = estimate(`${text}\n${directive}model = Tagger()\n`);
  assert.ok(complete);
  assert.equal(macsOf(graph), 13 * perStep + 2 * 2560);
  assert.deepEqual(shapes(output), [2, 1, 10]);
});

test("values that do not fill the tensor, or are none, are refused", () => {
  for (const wrong of ["[1, 2]", "[1, 2, 3, 4]", "[1, a, 3]", "[]", "[1, , 3]", "1"])
    assert.equal(parseInputSpec(`n=int64[3]=${wrong}`), undefined, wrong);
  assert.equal(parseInputSpec("n=int64[B=3]=[1, 2, 3]"), undefined);
  assert.deepEqual(parseInputSpec("n = float32[2, 2] = [1, -2.5, 1e3, True]")?.values, [1, -2.5, 1000, 1]);
  assert.deepEqual(
    parseInputSpecs("a=int64[2]=[1, 2], b=float32[3]; c=int64[]=7")?.map(({ values }) => values),
    [[1, 2], undefined, [7]],
  );
});

test("values may be nested as the dimensions are", () => {
  const nested = parseInputSpec("ids = int64[2, 3] = [[1, 2, 3], [4, 0, 0]]");
  assert.deepEqual(nested?.values, [1, 2, 3, 4, 0, 0]);
  assert.deepEqual(parseInputSpec("bool[1,2,1]=[[[True],[False]]]")?.values, [1, 0]);
  for (const wrong of [
    "[[1, 2], [3, 4], [5, 6]]",
    "[[1, 2, 3], 4, 0, 0]",
    "[[1, 2, 3], [4, 0, 0]",
    "[[1, 2, 3], [4, 0]]",
  ])
    assert.equal(parseInputSpec(`ids=int64[2, 3]=${wrong}`), undefined, wrong);
  assert.equal(parseInputSpec("ids=int64[B=2, 1]=[[1], [2]]"), undefined);
  assert.deepEqual(
    parseInputSpecs("a=int64[2, 1]=[[1], [2]], b=float32[3]; c=int64[]=7")?.map(({ values }) => values),
    [[1, 2], undefined, [7]],
  );
});
