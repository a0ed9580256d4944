import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import type { Fact } from "../server/src/base/fact.ts";
import { decodeStep } from "../server/src/cost/decode-step.ts";
import { costOf, type GraphCost, type Scenario } from "../server/src/cost/estimate.ts";
import { passesOf } from "../server/src/cost/optimizer.ts";
import { precisions } from "../server/src/cost/precision.ts";
import { withBatch } from "../server/src/cost/with-batch.ts";
import type { Graph } from "../server/src/graph/ir.ts";
import type { Accelerator, Rate } from "../server/src/hardware/accelerator.ts";
import { accelerators } from "../server/src/hardware/find-accelerator.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { parseInputSpec } from "../server/src/model/input-spec.ts";

const sizes: Scenario["sizes"] = new Map();
const { interpreter, syntax } = await createSession([], { ...defaultLimits, milliseconds: 60_000 });

/** At batch 1. */
function graphOf(file: string, entry: string, spec: string): Graph {
  const input = parseInputSpec(spec);
  assert.ok(input !== undefined);
  const source = syntax.parse(readFileSync(file, "utf8"));
  const [model] = estimateModels(interpreter, { file, source, entry, inputs: [input] });
  assert.ok(model?.complete === true, model?.failure?.message ?? model?.notCounted[0]?.why);
  return model.graph;
}

const gpt = graphOf("test/models/gpt.py", "GPT(GPTConfig(n_layer=4))", "idx=int64[1, 64]");
const decoding = decodeStep(gpt, 48, { sizes });
assert.ok(decoding !== undefined);
const graphs: readonly (readonly [name: string, graph: Graph])[] = [
  ["GPT", gpt],
  ["GPT, one token", decoding],
  ["ResNet", graphOf("examples/resnet_bottleneck.py", "SmallResNet()", "x=float32[1, 3, 224, 224]")],
  ["MobileNet", graphOf("examples/mobilenet_v2_block.py", "SmallMobileNet()", "x=float32[1, 3, 224, 224]")],
];

const anyScenario = fc.record({
  graph: fc.constantFrom(...graphs),
  accelerator: fc.constantFrom(...accelerators),
  precision: fc.constantFrom(...precisions),
  isCompiled: fc.boolean(),
  mode: fc.constantFrom("infer" as const, "train" as const),
  batch: fc.constantFrom(1, 2, 7, 8, 64, 256),
});
type AnyScenario = typeof anyScenario extends fc.Arbitrary<infer T> ? T : never;

const cost = (s: AnyScenario, batch: number, accelerator = s.accelerator): GraphCost =>
  costOf(batch === 1 ? s.graph[1] : withBatch(s.graph[1], batch, { sizes }), {
    accelerator,
    precision: s.precision,
    mode: s.mode,
    optimizer: passesOf.adam,
    isCompiled: s.isCompiled,
    count: 1,
    samples: batch,
    sizes,
    scope: "board",
    pue: undefined,
    price: undefined,
    grid: undefined,
  });

const always = (check: (s: AnyScenario) => void): void =>
  fc.assert(fc.property(anyScenario, check), { numRuns: 600, seed: 4 });

test("on any accelerator: numbers are finite and within their intervals, power is at most the board's limit", () => {
  always((s) => {
    const { latency, energy } = cost(s, s.batch);
    for (const each of "kind" in energy ? [latency] : [latency, energy]) {
      assert.ok(each.value > 0 && Number.isFinite(each.high), JSON.stringify(each));
      assert.ok(each.low <= each.value && each.value <= each.high);
    }
    const { boardLimit, idle } = s.accelerator;
    if ("kind" in energy || boardLimit === undefined) return;
    const watts = energy.value / latency.value;
    assert.ok(watts <= boardLimit.value * 1.001, `${watts} W`);
    assert.ok(watts >= (idle?.value ?? 0) * 0.999, `${watts} W`);
  });
});

test("on any accelerator: a larger batch takes longer, and a sample of it hardly longer", () => {
  always((s) => {
    const [small, large] = [cost(s, s.batch).latency.value, cost(s, 4 * s.batch).latency.value];
    assert.ok(large >= small * 0.9999, `${large} after ${small}`);
    // What no longer fits the cache has to be read again.
    assert.ok(large <= 4 * small * 1.6, `${large} after ${small}`);
  });
});

test("arithmetic is never faster than the dense peak allows", () => {
  always((s) => {
    if (s.mode === "train" || s.accelerator.kind !== "gpu") return;
    const macs = s.graph[1].ops.reduce(
      (sum, op) => sum + (typeof op.work.macs === "number" ? op.work.macs : 0),
      0,
    );
    const peak = Math.max(...Object.values(s.accelerator.rates).map((rate) => rate.value));
    const { latency } = cost(s, s.batch);
    // Boards boost above their specification.
    assert.ok(latency.value * 1.3 > (2 * macs * s.batch) / peak, `${latency.value} s`);
  });
});

test("an accelerator with more of everything is never slower", () => {
  always((s) => {
    const faster = times(s.accelerator, 1.5);
    const [before, after] = [cost(s, s.batch), cost(s, s.batch, faster)].map((c) => c.latency.value);
    assert.ok(
      after !== undefined && before !== undefined && after <= before * 1.0001,
      `${after} after ${before}`,
    );
  });
});

/** The same board with so many times its rates, bandwidth and power. */
function times(accelerator: Accelerator, by: number): Accelerator {
  const more = (fact: Fact): Fact => ({ ...fact, value: fact.value * by });
  const rates: Partial<Record<Rate, Fact>> = {};
  for (const [rate, fact] of Object.entries(accelerator.rates)) if (isRate(rate)) rates[rate] = more(fact);
  const { boardLimit, sustained, lastLevelCache } = accelerator;
  return {
    ...accelerator,
    rates,
    bandwidth: more(accelerator.bandwidth),
    ...(boardLimit === undefined ? {} : { boardLimit: more(boardLimit) }),
    ...(sustained === undefined ? {} : { sustained: more(sustained) }),
    ...(lastLevelCache === undefined ? {} : { lastLevelCache: more(lastLevelCache) }),
  };
}

const isRate = (text: string): text is Rate => ["fp32", "tf32", "fp16", "bf16", "fp8", "int8"].includes(text);
