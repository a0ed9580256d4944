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
  const given = inputs?.flatMap((input) => parseInputSpec(input) ?? []);
  assert.equal(given?.length, inputs?.length);
  const [made] = estimateModels(interpreter, {
    file: "/tagger.py",
    source: syntax.parse(source),
    ...(given === undefined ? {} : { entry: "Tagger()", inputs: given }),
  });
  assert.ok(made);
  return made;
}

const valuesOf = (inputs: string): readonly unknown[] | undefined =>
  parseInputSpecs(inputs)?.map(({ value }) => (value.kind === "tensor" ? value.spec.values : value));

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
  assert.deepEqual(valuesOf("n = float32[2, 2] = [1, -2.5, 1e3, True]"), [[1, -2.5, 1000, 1]]);
  assert.deepEqual(valuesOf("a=int64[2]=[1, 2], b=float32[3]; c=int64[]=7"), [[1, 2], undefined, [7]]);
});

test("values may be nested as the dimensions are", () => {
  assert.deepEqual(valuesOf("ids = int64[2, 3] = [[1, 2, 3], [4, 0, 0]]"), [[1, 2, 3, 4, 0, 0]]);
  assert.deepEqual(valuesOf("bool[1,2,1]=[[[True],[False]]]"), [[1, 0]]);
  for (const wrong of [
    "[[1, 2], [3, 4], [5, 6]]",
    "[[1, 2, 3], 4, 0, 0]",
    "[[1, 2, 3], [4, 0, 0]",
    "[[1, 2, 3], [4, 0]]",
  ])
    assert.equal(parseInputSpec(`ids=int64[2, 3]=${wrong}`), undefined, wrong);
  assert.equal(parseInputSpec("ids=int64[B=2, 1]=[[1], [2]]"), undefined);
  assert.deepEqual(valuesOf("a=int64[2, 1]=[[1], [2]], b=float32[3]; c=int64[]=7"), [[1, 2], undefined, [7]]);
});

const pyramid = `
import torch
from torch import nn

class Pyramid(nn.Module):
    def __init__(self):
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(c, 16, 1) for c in (32, 64))
        self.refine = nn.Linear(16, 16)

    def forward(self, batch, sizes=(1, 1), mode="train", steps=1, mask=None, scale=1.0):
        maps = [conv(x) for conv, x in zip(self.lateral, batch["maps"])]
        y = maps[0].mean((2, 3))
        for _ in range(steps):
            y = self.refine(y) * scale
        if mode == "test" and mask is None:
            return {"y": y, "top": maps[1][..., : sizes[1]]}
        return y
`;

test("lists, dicts and plain values are given as they are written", () => {
  const { complete, graph, output, inputs } = estimate(`${pyramid}\nTagger = Pyramid\n`, [
    "{'maps': [float32[2, 32, 8, 8], float32[2, 64, 4, 4]], \"id\": 'a'}",
    "sizes=(4, 3)",
    "mode='test'",
    "steps=3",
    "mask=None",
    "scale=0.5",
  ]);
  assert.ok(complete);
  assert.equal(macsOf(graph), 2 * 64 * 32 * 16 + 2 * 16 * 64 * 16 + 3 * 2 * 16 * 16);
  assert.deepEqual(shapes(output), { y: [2, 16], top: [2, 16, 4, 3] });
  assert.deepEqual(
    inputs.map(({ meta }) => meta.name),
    ['input0["maps"][0]', 'input0["maps"][1]'],
  );
});

test("what is no value is refused", () => {
  const wrong = [
    "",
    "x",
    "x=",
    "x=y",
    "[1, 2",
    "(1",
    "{1: 2}",
    "{'a' 1}",
    "float[2",
    "nothing[2]",
    "1 2",
    "x=1,,2",
    "'a\\'b'",
    "1.2.3",
  ];
  for (const text of wrong) assert.equal(parseInputSpec(text), undefined, text);
  assert.equal(parseInputSpec("[".repeat(10_000)), undefined);
  assert.deepEqual(parseInputSpec("x = (1,)"), {
    name: "x",
    value: { kind: "tuple", items: [{ kind: "int", value: 1 }] },
  });
  assert.deepEqual(parseInputSpec("(True)")?.value, { kind: "bool", value: true });
  assert.deepEqual(parseInputSpec(" -1e3 ")?.value, { kind: "float", value: -1000 });
});

test("a directive that cannot be read is told", () => {
  const { assumptions } = estimate(
    "from torch import nn\n# ecocompute: input x = flot32[1, 8]\nnet = nn.Linear(4, 2)\n",
  );
  assert.ok(
    assumptions.includes(
      "the comment `# ecocompute: input x = flot32[1, 8]` is left out: an input is written like `x = float32[1, 3, 224, 224]`",
    ),
  );
});
