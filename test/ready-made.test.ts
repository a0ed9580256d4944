import assert from "node:assert/strict";
import { test } from "node:test";
import { estimateJson, lineFinder } from "../server/src/analysis/estimate-report.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import type { Interpreter } from "../server/src/model/interpreter.ts";

const warm = await createSession([], defaultLimits);

/** Everything that is told of the models of a text, parameters with their lines. */
function told(interpreter: Interpreter, text: string): readonly unknown[] {
  const source = warm.syntax.parse(text);
  return estimateModels(interpreter, { file: "m.py", source }).map((each) => ({
    json: estimateJson(
      each,
      lineFinder(() => text),
    ),
    state: [...each.graph.parameters, ...each.graph.buffers].map(({ tensor: { meta }, ...rest }) => ({
      ...rest,
      shape: meta.shape,
      dtype: meta.dtype,
      device: meta.device,
      strides: meta.strides,
      data: meta.storage.data,
      version: meta.storage.version,
      requiresGrad: meta.requiresGrad,
      producer: meta.producer,
    })),
    storages: new Set([...each.graph.parameters, ...each.graph.buffers].map((s) => s.tensor.meta.storage))
      .size,
  }));
}

const model = (build: string, before = "", forward = "return self.b(self.a(x))", size = "4, 8"): string => `
import torch
from torch import nn
${before}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
${build.replace(/^/gm, "        ")}

    def forward(self, x):
        ${forward}

model = Net()
model(torch.randn(${size}))
`;

const two = "self.a = nn.Linear(8, 8)\nself.b = nn.Linear(8, 8)";
const images = `self.a = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
self.b = nn.Sequential(nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8), nn.ReLU())`;

/** Programs in which two layers are made alike, and what makes them differ all the same. */
const programs = {
  "layers made twice": model(two),
  "images, with buffers and lists": model(images, "", undefined, "1, 3, 16, 16"),
  "one layer changed after it was made": model(`${two}\nself.a.bias = None\nself.a.extra = 3`),
  "weights tied": model(`${two}\nself.b.weight = self.a.weight`),
  "a weight filled": model(`${two}\nwith torch.no_grad():\n    self.a.weight.fill_(2.0)`),
  "another dtype from here on": model(
    "self.a = nn.Linear(8, 8)\ntorch.set_default_dtype(torch.float64)\nself.b = nn.Linear(8, 8)\ntorch.set_default_dtype(torch.float32)",
  ),
  "a patched layer": model(
    two,
    "def init(self, a, b):\n    nn.Module.__init__(self)\n    self.weight = nn.Parameter(torch.zeros(b, a))\n    self.bias = None\nnn.Linear.__init__ = init\n",
  ),
  "a function of torch patched": model(
    two,
    "empty = torch.empty\ntorch.empty = lambda *size, **kw: empty(*size, dtype=torch.float16)\n",
  ),
  "an encoder with layers inside": model(
    "self.a = nn.TransformerEncoderLayer(8, 2, 16)\nself.b = nn.TransformerEncoderLayer(8, 2, 16)",
    "",
    undefined,
    "4, 2, 8",
  ),
  "made while it runs": model(two, "", "return nn.Linear(8, 8)(self.b(self.a(x)))"),
  "arguments that look alike": model(
    "self.a = nn.Dropout(0)\nself.b = nn.Dropout(0.0)\nself.c = nn.LayerNorm((8,), eps=1)\nself.d = nn.LayerNorm((8,), eps=1.0)",
    "",
    "return self.d(self.c(self.b(self.a(x))))",
  ),
  "wrong arguments": model("self.a = nn.Linear(8, '8')\nself.b = nn.Linear(8, 8)"),
} as const;

for (const [what, text] of Object.entries(programs))
  test(`a model tells the same when its layers were made before: ${what}`, async () => {
    const fresh = (await createSession([], defaultLimits)).interpreter;
    const first = told(fresh, text);
    assert.ok(first.length > 0);
    assert.deepEqual(told(fresh, text), first, "the second run of an interpreter");
    const other = (await createSession([], defaultLimits)).interpreter;
    told(other, programs["layers made twice"]);
    told(other, programs["images, with buffers and lists"]);
    assert.deepEqual(told(other, text), first, "after other programs");
  });

/** What one run shows of the model of a text: dtypes of its parameters, names of its ops, its output. */
function shown(text: string): readonly string[] {
  const [first] = estimateModels(warm.interpreter, { file: "m.py", source: warm.syntax.parse(text) });
  const { graph, output, complete } = first ?? assert.fail("no model");
  return [
    graph.parameters.map(({ tensor }) => tensor.meta.dtype).join(" "),
    graph.ops.map(({ name }) => name).join(" "),
    output?.kind === "tensor" && Array.isArray(output.shape) ? output.shape.join("x") : String(output?.kind),
    complete ? "complete" : "incomplete",
  ];
}

test("layers made alike under different default dtypes differ", () => {
  const [dtypes] = shown(programs["another dtype from here on"]);
  assert.equal(dtypes, "float32 float32 float64 float64");
});

test("a layer that is made in the forward pass is part of it", () => {
  const [, ops] = shown(programs["made while it runs"]);
  assert.equal(ops, "empty empty transpose addmm transpose addmm transpose addmm");
});

test("containers of one layer are not those of another that was made alike", () => {
  const text = model(
    `${two}\nself.c = nn.Conv2d(1, 1, 1)\nself.d = nn.Conv2d(1, 1, 1)\nself.c._reversed_padding_repeated_twice.append(0)`,
    "",
    "return x.reshape(-1)[: len(self.d._reversed_padding_repeated_twice)]",
  );
  assert.deepEqual(shown(text).slice(2), ["4", "complete"]);
});

test("copies are told with the line that makes them", () => {
  const text = model(two);
  const [first] = estimateModels(warm.interpreter, { file: "m.py", source: warm.syntax.parse(text) });
  const lines = first?.graph.parameters.map(({ place }) => text.slice(place?.span.start, place?.span.end));
  assert.deepEqual(
    lines,
    Array.from({ length: 4 }, () => "nn.Linear(8, 8)"),
  );
  const starts = new Set(first?.graph.parameters.map(({ place }) => place?.span.start));
  assert.equal(starts.size, 2);
});

test("copying a layer takes as many steps as making it", () => {
  const steps = (width: number): number => {
    const text = model(images.replaceAll("8", String(width)), "", undefined, "1, 3, 16, 16");
    estimateModels(warm.interpreter, { file: "m.py", source: warm.syntax.parse(text) });
    return warm.interpreter.machine.state.steps;
  };
  // The first run reads the layers' code, too.
  const [, made, copied] = [steps(8), steps(24), steps(24)];
  assert.equal(copied, made);
});
