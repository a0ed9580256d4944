import assert from "node:assert/strict";
import { test } from "node:test";
import type { Estimate, Fact } from "../server/src/base/fact.ts";
import type { Unknown } from "../server/src/base/known.ts";
import { embodiedCarbon, operationalCarbon } from "../server/src/cost/carbon.ts";
import { deviceOf } from "../server/src/cost/device.ts";
import { costOf, type Scenario } from "../server/src/cost/estimate.ts";
import { estimate, exact, within } from "../server/src/cost/interval.ts";
import { electricity, rent, times } from "../server/src/cost/money.ts";
import { type Passes, passesOf } from "../server/src/cost/optimizer.ts";
import { boardPower } from "../server/src/cost/power.ts";
import { widened } from "../server/src/cost/scope.ts";
import type { Step } from "../server/src/cost/step.ts";
import { trainedBytes } from "../server/src/cost/trained-parameters.ts";
import { GraphBuilder } from "../server/src/graph/builder.ts";
import { type Dim, mul, product, symbol } from "../server/src/graph/dim.ts";
import type { Graph } from "../server/src/graph/ir.ts";
import { refOf, type Tensor } from "../server/src/graph/tensor.ts";
import { findGrid } from "../server/src/hardware/grid.ts";
import { pricesOf } from "../server/src/hardware/prices.ts";
import { pueOf } from "../server/src/hardware/pue.ts";
import { accelerator, loweringIn } from "./harness/costed.ts";
import { fusedOf, loweredOf, trainedOf } from "./harness/steps.ts";

const h100 = accelerator("h100");
const onDemand = pricesOf(h100, { purchase: "on-demand", cloud: "aws" })[0]?.perAccelerator;

const scenario = (change: Partial<Scenario> = {}): Scenario => ({
  accelerator: h100,
  precision: "bf16",
  mode: "infer",
  optimizer: passesOf.adam,
  isCompiled: false,
  count: 1,
  samples: 1,
  sizes: new Map(),
  scope: "board",
  pue: undefined,
  price: onDemand,
  grid: undefined,
  ...change,
});

/** `layers` times a linear layer of `width` and a ReLU, on `rows` rows of float32. */
function mlp(rows: Dim, width: number, layers: number): Graph {
  const site = { modulePath: "", place: undefined, stack: [], checkpoint: undefined };
  const g = new GraphBuilder(() => site);
  const input = g.tensor({ shape: [rows, width], dtype: "float32", role: "input" });
  const state: Tensor[] = [];
  const bytes = (...shape: Dim[]): Dim => mul(4, product(shape));
  let x = input;
  for (let i = 0; i < layers; i++) {
    const weight = g.tensor({
      shape: [width, width],
      dtype: "float32",
      role: "parameter",
      requiresGrad: true,
    });
    state.push(weight);
    const y = g.tensor({ shape: [rows, width], dtype: "float32", producer: g.nextOp, requiresGrad: true });
    g.emit({
      name: "mm",
      inputs: [x, weight],
      outputs: [y],
      factors: [0, 1],
      attributes: { m: rows, n: width, k: width },
      work: {
        macs: product([rows, width, width]),
        flops: 0,
        bytesRead: bytes(rows, width),
        bytesWritten: bytes(rows, width),
      },
    });
    const z = g.tensor({ shape: [rows, width], dtype: "float32", producer: g.nextOp, requiresGrad: true });
    const work = {
      macs: 0,
      flops: product([rows, width]),
      bytesRead: bytes(rows, width),
      bytesWritten: bytes(rows, width),
    };
    g.emit({ name: "relu", inputs: [y], outputs: [z], work });
    x = z;
  }
  const records = state.map((t, i) => ({
    tensor: refOf(t),
    role: "parameter" as const,
    names: [`w${i}`],
    persistent: true,
    place: undefined,
  }));
  return g.graph(records, [refOf(input)], [refOf(x)]);
}

const known = (value: Estimate | Unknown): Estimate => {
  assert.ok(!("kind" in value), "kind" in value ? value.why : "");
  return value;
};

const lowered = (graph: Graph, precision: Scenario["precision"]): readonly Step[] =>
  loweredOf(graph, loweringIn(precision));

test("every number has an interval around it, and says what it rests on", () => {
  const cost = costOf(mlp(4096, 4096, 4), scenario({ grid: gridOf("us-east-1") }));
  for (const e of [cost.latency, cost.energy, cost.costPerMillion, cost.co2ePerMillion].map(known)) {
    assert.ok(0 < e.low && e.low < e.value && e.value < e.high, JSON.stringify(e));
    assert.ok(e.assumptions.length > 0 && e.facts.length > 0);
  }
});

function gridOf(name: string): NonNullable<Scenario["grid"]> {
  const found = findGrid(name);
  assert.ok(found.kind === "found");
  return found.value;
}

test("what is not known is said, never 0", () => {
  const rtx = accelerator("rtx3090");
  const cost = costOf(mlp(64, 64, 1), scenario({ accelerator: rtx, price: undefined }));
  assert.deepEqual(cost.costPerMillion, {
    kind: "unknown",
    why: "no price of GeForce RTX 3090 is known",
    where: undefined,
  });
  const tpu = costOf(mlp(64, 64, 1), scenario({ accelerator: accelerator("tpu-v5e") }));
  assert.ok("kind" in tpu.energy && /no board power/.test(tpu.energy.why));
});

test("a large product runs near the peak, and no faster", () => {
  const cost = costOf(mlp(8192, 8192, 1), scenario());
  const ideal = (2 * 8192 ** 3) / 989e12;
  assert.ok(
    cost.latency.value > ideal && cost.latency.value < 3 * ideal,
    `${cost.latency.value} against ${ideal}`,
  );
});

test("twice the batch takes longer, per sample less", () => {
  const one = costOf(mlp(64, 1024, 8), scenario()).latency.value;
  const two = costOf(mlp(128, 1024, 8), scenario()).latency.value;
  assert.ok(two >= one && two < 2 * one);
});

test("symbolic sizes are filled in from the scenario", () => {
  const graph = mlp(mul(symbol("B", 1), 128), 2048, 2);
  const small = costOf(graph, scenario()).latency.value;
  const large = costOf(graph, scenario({ sizes: new Map([["B", 512]]) })).latency.value;
  assert.ok(large > 2 * small);
});

test("autocast: weights are cast once, activations before every product, and none for what stays in half", () => {
  const graph = mlp(256, 256, 2);
  const classes = lowered(graph, "amp-fp16").map((s) => `${s.class}:${s.rate}`);
  assert.deepEqual(classes, [
    "cast:fp32",
    "cast:fp32",
    "matmul:fp16",
    "pointwise:fp16",
    "cast:fp32",
    "matmul:fp16",
    "pointwise:fp16",
  ]);
  const relu = lowered(graph, "amp-fp16").find((s) => s.class === "pointwise");
  assert.equal(relu?.bytesRead, 256 * 256 * 2);
});

test("half precision halves the traffic of everything", () => {
  const total = (steps: readonly Step[]): number => steps.reduce((sum, s) => sum + s.bytes, 0);
  const graph = mlp(256, 256, 2);
  assert.equal(total(lowered(graph, "bf16")) * 2, total(lowered(graph, "fp32")));
});

test("fusion: a chain of loops between two products becomes one, and only its ends reach memory", () => {
  const steps = lowered(mlp(256, 256, 2), "fp32");
  const fused = fusedOf(steps);
  assert.equal(steps.length, 4);
  assert.deepEqual(
    fused.map((k) => k.class),
    ["matmul", "matmul", "fused", "fused"],
  );
  const relu = steps.find((s) => s.class === "pointwise");
  assert.ok(relu !== undefined);
  const three = fusedOf([
    { ...relu, writes: [{ key: 901, bytes: 10, isFixed: false }] },
    {
      ...relu,
      reads: [{ key: 901, bytes: 10, isFixed: false }],
      writes: [{ key: 902, bytes: 10, isFixed: false }],
    },
    {
      ...relu,
      reads: [{ key: 902, bytes: 10, isFixed: false }],
      writes: [{ key: 903, bytes: 10, isFixed: false }],
    },
  ]);
  assert.equal(three.length, 1);
  assert.equal(three[0]?.bytes, relu.bytesRead + 10);
});

test("training: a product has two gradients of its own size, the optimizer passes over the weights", () => {
  const graph = mlp(256, 256, 2);
  const forward = lowered(graph, "fp32");
  const macs = (steps: readonly Step[]): number => steps.reduce((sum, s) => sum + s.macs, 0);
  const parameters = trainedBytes(graph, "fp32", new Map());
  const trained = (passes: Passes): readonly Step[] =>
    trainedOf(forward, { passes, parameters, isForeach: true });
  assert.equal(macs(trained(passesOf.sgd)), 3 * macs(forward) - macs(forward.slice(0, 1)));
  const bytes = (steps: readonly Step[]): number => steps.reduce((sum, s) => sum + s.bytes, 0);
  const passed = (passes: Passes): number =>
    (bytes(trained(passes)) - bytes(trainedOf(forward))) / (2 * 256 * 256 * 4);
  assert.deepEqual(Object.values(passesOf).map(passed), [3, 8, 11, 18, 13, 7, 4]);
});

test("power: idle when nothing runs, the limit and no more at full use", () => {
  const c = { active: 0.5, compute: 1, memory: 0.5 };
  const watts = (compute: number, memory: number, busy: number): number | undefined =>
    boardPower(h100, { compute, memory, busy }, c)?.watts;
  assert.equal(Math.round(watts(0, 0, 0) ?? 0), 70);
  assert.equal(watts(1, 1, 1), 700);
  assert.equal(watts(0.1, 0.2, 1), 700 * 0.7);
  assert.equal(boardPower(accelerator("tpu-v5e"), { compute: 1, memory: 1, busy: 1 }, c), undefined);
});

const joules = estimate(100, within(1.2), { unit: "J", basis: "computed" });
const seconds = estimate(1, within(1.1), { unit: "s", basis: "computed" });

test("scopes widen, never mix: board, node, wall", () => {
  const wall = (pue: Fact | undefined, scope: Scenario["scope"]): number =>
    widened(joules, seconds, { scope, count: 1, pue }).value;
  assert.equal(wall(pueOf("aws"), "board"), 100);
  assert.equal(wall(pueOf("aws"), "node"), 215);
  assert.equal(wall(pueOf("aws"), "wall"), 215 * 1.15);
  assert.equal(wall(undefined, "wall"), 215);
  const desk = widened(joules, seconds, { scope: "wall", count: 1, pue: pueOf("aws"), isOwnHost: true });
  assert.equal(desk.value, 100);
  assert.match(desk.assumptions.join(), /in no data center/);
});

test("carbon: energy times grid, making the hardware by its share of a working life", () => {
  const france = operationalCarbon(
    estimate(3.6e6, exact, { unit: "J", basis: "computed" }),
    gridOf("France"),
  );
  assert.equal(france.value, 56.039);
  assert.ok(france.low <= 56.039 * 0.8 && france.high >= 56.039 * 1.2);
  const year = estimate(365.25 * 24 * 3600, exact, { unit: "s", basis: "computed" });
  assert.equal(embodiedCarbon(year, 1, { kilograms: 400, years: 4, utilization: 1 }).value, 100_000);
});

test("money: an hour costs the hourly price, electricity its kilowatt-hours, other currencies their rate", () => {
  const hour = estimate(3600, exact, { unit: "s", basis: "computed" });
  assert.ok(onDemand !== undefined);
  assert.equal(rent(hour, 8, onDemand).value, 8 * onDemand.value);
  assert.equal(electricity(estimate(3.6e6, exact, { unit: "J", basis: "computed" }), 0.3).value, 0.3);
  assert.equal(times(rent(hour, 1, onDemand), 0.5).high, onDemand.value / 2);
});

test("a device that was not measured has the wider interval, and says so", () => {
  const width = (name: string): number => {
    const { latency } = costOf(
      mlp(4096, 1024, 4),
      scenario({ accelerator: accelerator(name), precision: "fp32" }),
    );
    return latency.high / latency.low;
  };
  assert.ok(width("v100-pcie-32") <= width("h100"));
  const { latency } = costOf(mlp(64, 64, 1), scenario({ precision: "fp32" }));
  assert.match(latency.assumptions.join("; "), /none of them on H100/);
});

test("a processor was measured compiled: eager runs and training are in more doubt, and say so", () => {
  const cpu = { accelerator: accelerator("cpu-i9-10940x"), precision: "fp32" } as const;
  const compiled = costOf(mlp(64, 64, 1), scenario({ ...cpu, isCompiled: true })).latency;
  assert.equal(compiled.basis, "calibrated");
  for (const other of [{ isCompiled: false }, { isCompiled: true, mode: "train" }] as const) {
    const { latency } = costOf(mlp(64, 64, 1), scenario({ ...cpu, ...other }));
    assert.equal(latency.basis, "computed");
    assert.ok(latency.high / latency.value > compiled.high / compiled.value);
    assert.match(latency.assumptions.join("; "), /this way to run was not/);
  }
});

test("a board that cannot hold its clock is told from one that can", () => {
  assert.equal(deviceOf(h100).peak.bf16, 989e12);
  const t4 = deviceOf(accelerator("t4"));
  assert.ok(t4.peak.fp32 < 0.7 * 8.1e12);
  assert.match(t4.assumptions.join(), /% of its peak/);
});

test("1,000 ops are costed in under 2 ms", () => {
  const graph = mlp(256, 256, 500);
  for (let i = 0; i < 100; i++) costOf(graph, scenario());
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 100; i++) {
    const start = process.cpuUsage();
    costOf(graph, scenario());
    best = Math.min(best, process.cpuUsage(start).user / 1000);
  }
  assert.ok(best < 2, `${best} ms`);
});
