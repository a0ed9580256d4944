import assert from "node:assert/strict";
import { test } from "node:test";
import { compilesChannelsLast } from "../server/src/cost/compiled-layout.ts";
import type { LowerOptions } from "../server/src/cost/lower.ts";
import type { Graph } from "../server/src/graph/ir.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { parseInputSpec } from "../server/src/model/input-spec.ts";
import { fusedOf, loweredOf, trainedOf } from "./harness/steps.ts";

const session = await createSession([], defaultLimits);

/** A module whose `__init__` and `forward` have these lines. */
function graphOf(layers: readonly string[], forward: readonly string[], input: string): Graph {
  const text = [
    "import torch",
    "import torch.nn as nn",
    "import torch.nn.functional as F",
    "class Net(nn.Module):",
    "    def __init__(self):",
    "        super().__init__()",
    ...layers.map((line) => `        ${line}`),
    "    def forward(self, x):",
    ...forward.map((line) => `        ${line}`),
    "",
  ].join("\n");
  const spec = parseInputSpec(`x=${input}`);
  assert.ok(spec !== undefined);
  const source = session.syntax.parse(text);
  const request = { file: "/net.py", source, entry: "Net()", inputs: [spec] };
  const [estimate] = estimateModels(session.interpreter, request);
  assert.ok(estimate?.complete === true, estimate?.failure?.message ?? estimate?.notCounted[0]?.why);
  return estimate.graph;
}

const options: LowerOptions = {
  precision: "fp32",
  sizes: new Map(),
  isHalfNorm: () => false,
  addsBiasApart: true,
  upcastsAttention: true,
  channelsLast: false,
};

const shown = (graph: Graph, change: Partial<LowerOptions> = {}): readonly string[] =>
  loweredOf(graph, { ...options, ...change }).map((s) => `${s.name} ${s.class} ${s.bytes}`);

const floats = (...sizes: readonly number[]): number => 4 * sizes.reduce((n, d) => n * d, 1);

test("a convolution's bias is a pass of its own over the output, but not in torch's own kernel for wide windows", () => {
  const plane = floats(2, 8, 16, 16);
  const classes = (layer: string, change: Partial<LowerOptions> = {}): readonly string[] =>
    shown(graphOf([`self.c = ${layer}`], ["return self.c(x)"], "float32[2, 8, 16, 16]"), change).map((s) =>
      s.replace(/^(\S+ \S+) .*/, "$1"),
    );
  const biased = graphOf(
    ["self.c = nn.Conv2d(8, 8, 3, padding=1)"],
    ["return self.c(x)"],
    "float32[2, 8, 16, 16]",
  );
  assert.equal(shown(biased)[1], `add_ pointwise ${2 * plane}`);
  assert.equal(shown(biased, { addsBiasApart: false }).length, 1);
  assert.deepEqual(classes("nn.Conv2d(8, 8, 3, padding=1, bias=False)"), ["conv2d convolution"]);
  const depthwise = (window: number): readonly string[] =>
    classes(`nn.Conv2d(8, 8, ${window}, padding=${(window - 1) / 2}, groups=8)`);
  assert.deepEqual(depthwise(7), ["conv2d wide-depthwise-convolution"]);
  assert.deepEqual(depthwise(5), ["conv2d depthwise-convolution", "add_ pointwise"]);
  assert.deepEqual(classes("nn.Conv2d(8, 8, 7, padding=3, groups=8)", { channelsLast: true }), [
    "conv2d wide-depthwise-channels-last",
    "add_ pointwise",
  ]);
});

test("layer norm copies what is not contiguous", () => {
  const norm = ["self.n = nn.LayerNorm(8)"];
  const permuted = graphOf(norm, ["return self.n(x.permute(0, 2, 3, 1))"], "float32[2, 8, 4, 4]");
  const plane = floats(2, 8, 4, 4);
  assert.deepEqual(
    shown(permuted).map((s) => s.split(" ")[1]),
    ["copy", "layer-norm"],
  );
  assert.equal(shown(permuted)[0], `contiguous copy ${2 * plane}`);
  const plain = graphOf(norm, ["return self.n(x)"], "float32[2, 4, 4, 8]");
  assert.equal(shown(plain).length, 1);
});

test("attention that no fused kernel takes is two products, a softmax and the passes around them", () => {
  const attend = (input: string): Graph =>
    graphOf(["pass"], ["return F.scaled_dot_product_attention(x, x, x)"], input);
  assert.deepEqual(
    shown(attend("float32[2, 4, 16, 8]")).map((s) => s.split(" ")[1]),
    ["attention"],
  );
  const five = attend("float16[2, 3, 4, 16, 8]");
  const steps = loweredOf(five, { ...options, precision: "as-written" });
  const products = steps.filter((s) => s.class === "matmul");
  assert.deepEqual(
    products.map((s) => [s.rate, s.macs]),
    [
      ["fp32", 24 * 16 * 16 * 8],
      ["fp32", 24 * 16 * 16 * 8],
    ],
  );
  assert.ok(steps.some((s) => s.class === "softmax" && s.bytes === 2 * floats(24, 16, 16)));
  const old = loweredOf(five, { ...options, precision: "as-written", upcastsAttention: false });
  assert.ok(old.every((s) => s.class !== "cast" && s.rate !== "fp32"));
  assert.ok(old.length < steps.length);
});

test("bilinear resizing goes through the planes of all samples, with channels first", () => {
  const resized = (text: string): number =>
    loweredOf(graphOf(["pass"], [`return ${text}`], "float32[2, 8, 4, 4]"), options).reduce(
      (n, s) => n + s.serial,
      0,
    );
  assert.equal(resized('F.interpolate(x, scale_factor=2, mode="bilinear")'), 16);
  assert.equal(resized('F.interpolate(x, scale_factor=2, mode="nearest")'), 0);
  assert.equal(
    resized('F.interpolate(x.to(memory_format=torch.channels_last), scale_factor=2, mode="bilinear")'),
    0,
  );
});

test("compiled: what a call reads in half precision is stored in half precision, once", () => {
  const layers = ["self.a = nn.Linear(64, 64, bias=False)", "self.b = nn.Linear(64, 64, bias=False)"];
  const graph = graphOf(layers, ["return self.b(torch.exp(self.a(x)))"], "float32[32, 64]");
  const fused = fusedOf(loweredOf(graph, { ...options, precision: "amp-fp16" })).filter(
    (k) => k.class === "fused",
  );
  const between = fused.find((k) => k.flops > 0);
  assert.equal(between?.bytes, (2 + 2) * 32 * 64);
});

test("compiled: global pooling ends a nest, and what cost little is computed again after it", () => {
  const layers = ["self.a = nn.Conv2d(8, 8, 1, bias=False)", "self.b = nn.Conv2d(8, 8, 1, bias=False)"];
  const forward = ["y = torch.relu(self.a(x))", "return y * self.b(y.mean((2, 3), keepdim=True))"];
  const kernels = fusedOf(loweredOf(graphOf(layers, forward, "float32[2, 8, 16, 16]"), options));
  const plane = floats(2, 8, 16, 16);
  const small = floats(2, 8);
  assert.deepEqual(
    kernels.filter((k) => k.class.startsWith("fused")).map((k) => [k.class, k.bytes]),
    [
      ["fused-sums", plane + small],
      ["fused", 2 * plane + small],
    ],
  );
});

test("compiled: grouped convolutions keep channels first, others do not", () => {
  const layout = (layer: string): boolean =>
    compilesChannelsLast(graphOf([`self.c = ${layer}`], ["return self.c(x)"], "float32[1, 128, 8, 8]"));
  assert.equal(layout("nn.Conv2d(128, 128, 3)"), true);
  assert.equal(layout("nn.Conv2d(128, 128, 3, groups=4)"), false);
  assert.equal(layout("nn.Conv2d(128, 128, 3, groups=128)"), true);
});

test("training: no gradient goes to the input of the model, and a sum has none of its own work", () => {
  const layers = ["self.a = nn.Linear(64, 64, bias=False)", "self.b = nn.Linear(64, 64, bias=False)"];
  const graph = graphOf(layers, ["return self.b(self.a(x))"], "float32[32, 64]");
  const steps = trainedOf(loweredOf(graph, options));
  assert.equal(steps.filter((s) => s.class === "matmul").length, 2 + 1 + 2);
});
