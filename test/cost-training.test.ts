import assert from "node:assert/strict";
import { test } from "node:test";
import { costOf } from "../server/src/cost/estimate.ts";
import { launchesOf } from "../server/src/cost/launches.ts";
import { keptGradientPasses, type Passes, passesOf } from "../server/src/cost/optimizer.ts";
import type { Precision } from "../server/src/cost/precision.ts";
import { trainedBytes } from "../server/src/cost/trained-parameters.ts";
import type { Graph } from "../server/src/graph/ir.ts";
import { memoryOf, peakOf } from "../server/src/graph/memory.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { graphOf, loweringIn, scenarioOn } from "./harness/costed.ts";
import { loweredOf, trainedOf } from "./harness/steps.ts";

const model = (
  layers: readonly string[],
  forward: readonly string[],
  input = "x=float32[2, 3, 16, 16]",
): Graph =>
  graphOf(
    [
      "import torch, torch.nn as nn",
      "class N(nn.Module):",
      "    def __init__(self):",
      "        super().__init__()",
      ...layers.map((line) => `        ${line}`),
      "    def forward(self, x):",
      ...forward.map((line) => `        ${line}`),
      "",
    ].join("\n"),
    "N()",
    input,
    true,
  );

const trainedIn = (graph: Graph, precision: Precision = "fp32"): readonly number[] =>
  trainedBytes(graph, precision, new Map());

const convolution = "self.a = nn.Conv2d(3, 8, 3, bias=False)";
const norm = "self.b = nn.BatchNorm2d(8)";
const both = ["return self.b(self.a(x))"];

test("an optimizer updates parameters, not the buffers of a batch norm", () => {
  const graph = model([convolution, norm], both);
  assert.deepEqual(trainedIn(graph), [4 * 216, 4 * 8, 4 * 8]);
  const forward = loweredOf(graph, loweringIn("fp32"));
  const launches = (passes: Passes, isForeach: boolean): number =>
    trainedOf(forward, { passes, isForeach, parameters: trainedIn(graph) }).length -
    trainedOf(forward).length;
  const { sgd } = passesOf;
  // torch 1.x zeroes each gradient, adds to it, and updates.
  assert.equal(launches([...keptGradientPasses, ...sgd], false), 3 * 3);
  assert.deepEqual([launches(sgd, false), launches(sgd, true)], [3, 1]);
});

test("frozen and unused parameters are not updated, nor those under no_grad", () => {
  const frozen = [convolution, norm, "self.a.weight.requires_grad = False", "self.c = nn.Linear(4, 4)"];
  assert.deepEqual(trainedIn(model(frozen, both)), [4 * 8, 4 * 8]);
  const guarded = ["with torch.no_grad():", "    y = self.a(x)", "return self.b(y)"];
  assert.deepEqual(trainedIn(model([convolution, norm], guarded)), [4 * 8, 4 * 8]);
  const whole = [convolution, norm, "self.requires_grad_(False)"];
  assert.deepEqual(trainedIn(model(whole, both)), []);
});

test("a parameter counts as a whole where only views of it are read, and once where it is shared", () => {
  const views = model(
    ["self.w = nn.Parameter(torch.zeros(48, 16))"],
    ["q, k, v = self.w.chunk(3)", "return x @ q.T + x @ k.T + x @ v.T"],
    "x=float32[2, 16]",
  );
  assert.deepEqual(trainedIn(views), [4 * 48 * 16]);
  const tied = ["self.e = nn.Embedding(10, 16)", "self.h = nn.Linear(16, 10, bias=False)"];
  const graph = model(
    [...tied, "self.h.weight = self.e.weight"],
    ["return self.h(self.e(x))"],
    "x=int64[2, 4]",
  );
  assert.deepEqual(trainedIn(graph), [4 * 160]);
});

test("parameters are updated in the precision they are stored in", () => {
  const graph = model([convolution], ["return self.a(x)"]);
  assert.deepEqual(
    (["fp32", "bf16", "amp-bf16"] as const).map((precision) => trainedIn(graph, precision)),
    [[864], [432], [864]],
  );
});

test("autocast converts a parameter once, but views of it and what is frozen each time", () => {
  const casts = (layers: readonly string[], forward: readonly string[]): number =>
    loweredOf(model(layers, forward, "x=float32[4, 16]"), loweringIn("amp-fp16")).filter(
      (s) => s.class === "cast" && s.fixedBytes > 0,
    ).length;
  const linear = "self.a = nn.Linear(16, 16, bias=False)";
  assert.equal(casts([linear], ["return self.a(self.a(x))"]), 1);
  assert.equal(casts([linear, "self.a.weight.requires_grad = False"], ["return self.a(self.a(x))"]), 2);
  const whole = ["self.w = nn.Parameter(torch.zeros(32, 16))"];
  assert.equal(casts(whole, ["q, k = self.w.chunk(2)", "return x @ q.T + x @ k.T"]), 2);
});

test("a compiled step updates its parameters, too", () => {
  const graph = model([convolution, norm], both);
  const updates = (isCompiled: boolean): number => {
    const way = { precision: "bf16", mode: "train", optimizer: passesOf.adam, isGpu: true } as const;
    const { bytes, fixedBytes } = launchesOf(graph, { ...way, isCompiled, sizes: new Map() });
    return bytes.filter((all, i) => all === fixedBytes[i] && all >= 2 * 2 * (216 + 8 + 8)).length;
  };
  assert.deepEqual([updates(false), updates(true)], [7, 7]);
});

test("gradients that several accelerators exchange are those of trained parameters", () => {
  const seconds = (layers: readonly string[]): number => {
    const graph = model(
      [...layers, "self.h = nn.Linear(4096, 4096)"],
      ["return self.h(x)"],
      "x=float32[8, 4096]",
    );
    const shared = { mode: "train", count: 2, parallel: "batch", samples: 8 } as const;
    return costOf(graph, scenarioOn("h100", shared)).latency.value;
  };
  assert.equal(seconds([]), seconds(["self.unused = nn.Linear(4096, 4096)"]));
});

test("a step that trains a part of a model needs at least the memory of its forward pass", () => {
  const layers = ["self.a = nn.Conv2d(3, 64, 3)", "self.h = nn.Linear(64, 2)"];
  const forward = ["return self.h(torch.relu(self.a(x)).mean((2, 3)))"];
  const graph = model([...layers, "self.a.requires_grad_(False)"], forward, "x=float32[8, 3, 64, 64]");
  const memory = memoryOf(graph, new Map());
  const state = memory.parameters + memory.buffers + memory.optimizer;
  assert.ok(memory.savedActivations + memory.transient < memory.inferenceActivations / 100);
  assert.equal(memory.trainingPeak, state + memory.inferenceActivations);
  assert.equal(peakOf(graph, new Map(), "train"), memory.trainingPeak);
});

test("a file that calls its model without gradients does not take them from a training step", async () => {
  const { interpreter, syntax } = await createSession([], defaultLimits);
  const saved = (around: string, decorator: string): number => {
    const text = [
      "import contextlib, torch, torch.nn as nn",
      "class N(nn.Module):",
      "    def __init__(self):",
      "        super().__init__()",
      "        self.a = nn.Linear(8, 8)",
      "        self.b = nn.Linear(8, 8)",
      `    ${decorator}`,
      "    def forward(self, x):",
      "        return self.b(torch.relu(self.a(x)) ** 2)",
      "if __name__ == '__main__':",
      "    m = N()",
      `    with ${around}:`,
      "        m(torch.randn(1024, 8))",
      "",
    ].join("\n");
    const [found] = estimateModels(interpreter, {
      file: "/m.py",
      source: syntax.parse(text),
      training: true,
    });
    assert.ok(found?.complete === true, found?.notCounted[0]?.why ?? found?.failure?.message);
    return memoryOf(found.graph, new Map()).savedActivations;
  };
  const kept = saved("contextlib.nullcontext()", "");
  assert.ok(kept >= 3 * 1024 * 8 * 4, `${kept}`);
  assert.equal(saved("torch.no_grad()", ""), kept);
  assert.equal(saved("torch.inference_mode()", ""), kept);
  assert.equal(saved("contextlib.nullcontext()", "@torch.no_grad()"), 0);
});
