import assert from "node:assert/strict";
import { test } from "node:test";
import { costOf } from "../server/src/cost/estimate.ts";
import { withBatch } from "../server/src/cost/with-batch.ts";
import type { Graph } from "../server/src/graph/ir.ts";
import { graphOf, loweringIn, scenarioOn } from "./harness/costed.ts";
import { loweredOf, trainedOf } from "./harness/steps.ts";

const recurrent = (layer: string, input: string): Graph =>
  graphOf(
    [
      "import torch.nn as nn",
      "class N(nn.Module):",
      "    def __init__(self):",
      "        super().__init__()",
      `        self.a = ${layer}`,
      "    def forward(self, x):",
      "        return self.a(x)[0]",
      "",
    ].join("\n"),
    "N()",
    input,
    true,
  );

const stepOf = (graph: Graph) => {
  const step = loweredOf(graph, loweringIn("fp32")).find((s) => s.class === "recurrent");
  assert.ok(step !== undefined);
  return step;
};

test("time steps of recurrent layers follow each other, directions run side by side", () => {
  const both = "batch_first=True, bidirectional=True";
  const serial = (layer: string, input: string): number => stepOf(recurrent(layer, input)).serial;
  assert.equal(serial("nn.LSTM(8, 16, 2, batch_first=True)", "x=float32[3, 100, 8]"), 200);
  assert.equal(serial("nn.LSTM(8, 16, 2)", "x=float32[100, 3, 8]"), 200);
  assert.equal(serial(`nn.GRU(8, 16, ${both})`, "x=float32[3, 100, 8]"), 100);
  assert.equal(serial("nn.RNN(8, 16)", "x=float32[100, 8]"), 100);
});

test("the product of a recurrent layer is that of its state with the weights of all gates", () => {
  const { macs, rows, columns, inner } = stepOf(
    recurrent("nn.LSTM(16, 16, batch_first=True)", "x=float32[3, 100, 16]"),
  );
  assert.deepEqual([columns, inner, rows * columns * inner], [4 * 16, 16, macs]);
});

test("a long sequence takes its steps however small they are, and its interval says that none was measured", () => {
  const graph = recurrent("nn.LSTM(8, 16, batch_first=True)", "x=float32[1, 1000, 8]");
  const { latency } = costOf(graph, scenarioOn("h100", { precision: "fp32" }));
  assert.ok(latency.value > 8e-3 && latency.value < 9e-3, `${latency.value}`);
  assert.ok(latency.high / latency.low > 4);
  assert.ok(latency.assumptions.some((text) => text.includes("recurrent")));
  const larger = costOf(
    withBatch(graph, 8, { sizes: new Map() }),
    scenarioOn("h100", { precision: "fp32", samples: 8 }),
  );
  assert.ok(larger.latency.value < 1.2 * latency.value);
});

test("backward goes through the time steps once more, the gradient of the weights is one product", () => {
  const forward = loweredOf(recurrent("nn.GRU(8, 8)", "x=float32[50, 2, 8]"), loweringIn("fp32"));
  const serial = trainedOf(forward).flatMap((s) => (s.class === "recurrent" ? [s.serial] : []));
  assert.deepEqual(serial, [50, 50, 0]);
});
