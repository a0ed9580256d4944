import assert from "node:assert/strict";
import { test } from "node:test";
import { calibration } from "../server/src/cost/coefficients.gen.ts";
import { costOf } from "../server/src/cost/estimate.ts";
import { issueOf } from "../server/src/cost/host-pace.ts";
import { classCode } from "../server/src/cost/kernel.ts";
import { lower } from "../server/src/cost/lower.ts";
import type { Graph } from "../server/src/graph/ir.ts";
import { graphOf, loweringIn, scenarioOn } from "./harness/costed.ts";

const chain = (layer: string, input: string): Graph =>
  graphOf(
    [
      "import torch, torch.nn as nn",
      "class N(nn.Module):",
      "    def __init__(self):",
      "        super().__init__()",
      `        self.a = ${layer}`,
      "    def forward(self, x):",
      "        for _ in range(50):",
      "            x = torch.relu(self.a(x))",
      "        return x",
      "",
    ].join("\n"),
    "N()",
    input,
  );

const linear = chain("nn.Linear(8, 8, bias=False)", "x=float32[1, 8]");
const convolution = chain("nn.Conv2d(8, 8, 1, bias=False)", "x=float32[1, 8, 1, 1]");

test("a host issues launches of plain products faster than those of networks with convolutions", () => {
  const { issue } = calibration.pace;
  const launches = (graph: Graph) => lower(graph, loweringIn("bf16"));
  assert.deepEqual([issueOf(launches(linear), 42e-6), issueOf(launches(convolution), 42e-6)], [issue, 42e-6]);
  assert.equal(issueOf(launches(linear), 1e-6), 1e-6);
  const { classes } = launches(linear);
  const one = classes.map((each, i) => (i === 0 ? classCode("convolution") : each));
  const between = issueOf({ ...launches(linear), classes: one }, 42e-6);
  assert.ok(between > issue && between < 42e-6, `${between}`);
});

test("where the host sets the pace, the interval is a factor of two wider and says so", () => {
  const { latency } = costOf(linear, scenarioOn("h100"));
  const each = latency.value / 100;
  assert.ok(each > calibration.pace.issue && each < 1.1 * calibration.pace.issue, `${each}`);
  assert.ok(latency.high / latency.value > 2 && latency.value / latency.low > 2);
  assert.ok(latency.assumptions.some((text) => text.includes("the host sets the pace")));
});

test("compiled code waits for its host, too: few small launches take no less than that issues them in", () => {
  for (const precision of ["bf16", "fp32"] as const) {
    const { latency } = costOf(convolution, scenarioOn("h100", { precision, isCompiled: true }));
    const count = lower(convolution, loweringIn(precision)).length;
    assert.ok(latency.value > 0.4 * count * calibration.feed.issue, `${precision}: ${latency.value}`);
    assert.ok(latency.assumptions.some((text) => text.includes("the host sets the pace")));
  }
});

test("compiled code in float32 reaches what products in float32 reach", () => {
  const wide = graphOf(
    "import torch.nn as nn\nclass N(nn.Linear):\n    pass\n",
    "N(4096, 4096)",
    "input=float32[8192, 4096]",
  );
  const at = (isCompiled: boolean): number =>
    costOf(wide, scenarioOn("v100", { precision: "fp32", isCompiled })).latency.value;
  assert.ok(Math.abs(at(true) / at(false) - 1) < 0.02, `${at(true)} ${at(false)}`);
});
