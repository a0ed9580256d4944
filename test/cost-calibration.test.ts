import assert from "node:assert/strict";
import { test } from "node:test";
import type { Execution } from "../server/src/cost/calibration.ts";
import { calibration } from "../server/src/cost/coefficients.gen.ts";
import { deviceOf } from "../server/src/cost/device.ts";
import { type Serving, servingCost } from "../server/src/cost/serving.ts";
import { findAccelerator } from "../server/src/hardware/find-accelerator.ts";
import { countedSeconds } from "../server/tools/calibrate/counted.ts";
import { readImageRows } from "../server/tools/calibrate/image-latency.ts";
import { imageStudies } from "../server/tools/calibrate/image-study.ts";
import { leastSquares } from "../server/tools/calibrate/least-squares.ts";
import { powerRows, wattsOf } from "../server/tools/calibrate/power.ts";
import { checkQuantization } from "../server/tools/calibrate/quantization.ts";
import {
  conformalHalfWidth,
  crossHeld,
  heldWithin,
  mean,
  median,
  quantile,
  share,
} from "../server/tools/calibrate/robust.ts";
import { costOf, leaveGroupOut, readServingRows } from "../server/tools/calibrate/serving.ts";
import { readModelRows } from "../server/tools/calibrate/transformer-latency.ts";
import { checkWallPower, rankCorrelation } from "../server/tools/calibrate/wall-power.ts";

const off = (errors: readonly number[]): readonly number[] => errors.map((e) => Math.abs(Math.exp(e) - 1));

/** Rows that were fitted are covered at least as often as an interval promises, unless it is far too narrow. */
function assertCovers(errors: readonly number[], halfWidth: number, what: string): void {
  const held = share(heldWithin(errors, halfWidth));
  assert.ok(held >= 0.85, `${what}: ${held} of ${errors.length} within ${halfWidth}`);
}

test("least squares finds what made the data, and stays at the prior where the data says nothing", () => {
  const x = [1, 2, 4, 8];
  const fit = leastSquares(
    [
      { name: "a", start: 1, spread: 5 },
      { name: "b", start: 1, spread: 5 },
      { name: "unused", start: 3, spread: 1 },
    ],
    ([a = 0, b = 0]) => Float64Array.from(x, (v) => 1e3 * Math.log((a + b * v) / (5 + 0.25 * v))),
  );
  assert.deepEqual(
    fit.values.map((v) => Math.round(v * 1000) / 1000),
    [5, 0.25, 3],
  );
});

test("conformal intervals cover nine rows of ten, and a narrow one is seen", () => {
  const errors = Array.from({ length: 200 }, (_, i) => Math.sin(i * 12.9898) * 0.3);
  const half = conformalHalfWidth(errors);
  assert.ok(Math.abs(share(heldWithin(errors, half)) - 0.9) < 0.02);
  assert.ok(share(heldWithin(errors, half / 3)) < 0.5);
  assert.ok(Math.abs(share(crossHeld(errors)) - 0.9) < 0.05);
  const shifted = errors.map((e, i) => (i < 50 ? e + 1 : e / 10));
  assert.ok(share(crossHeld(shifted)) < 0.8);
  assert.equal(quantile([1, 2, 3, 4], 0.5), 2.5);
});

const bounds: Readonly<Record<string, number>> = {
  "gpu-eager": 0.065,
  "gpu-compiled": 0.075,
  "gpu-train": 0.085,
  cpu: 0.12,
};

for (const { execution } of Object.values(imageStudies))
  test(`${execution}: the coefficients in use predict the rows they came from`, () => {
    const { own, coefficients, residual } = calibration.time[execution];
    const errors = readImageRows(execution).map((row) => {
      const predicted = countedSeconds(row.kernels, row.device, own[row.accelerator] ?? coefficients);
      return Math.log(predicted / row.seconds);
    });
    assert.ok(errors.length > 400, `${errors.length} rows`);
    assert.ok(mean(off(errors)) < (bounds[execution] ?? 0), `${mean(off(errors))}`);
    assertCovers(errors, residual.newFamily, execution);
  });

test("float32 transformers on seven devices", () => {
  const { coefficients, residual } = calibration.time["gpu-fp32"];
  const rows = readModelRows();
  const errors = rows.map((r) => Math.log(countedSeconds(r.kernels, r.device, coefficients) / r.seconds));
  assert.ok(rows.length > 60);
  assert.ok(mean(off(errors)) < 0.1, `${mean(off(errors))}`);
  assertCovers(errors, residual.newFamily, "transformers");
});

test("LLM serving: joules per token, and board power by the measured time", () => {
  const rows = readServingRows();
  const { coefficients, residual } = calibration.serving;
  const errors = rows.map((r) => Math.log(costOf(r)(coefficients).joulesPerToken / r.joulesPerToken));
  assert.ok(rows.length > 300);
  assert.ok(median(off(errors)) < 0.14, `${median(off(errors))}`);
  assertCovers(errors, residual.newFamily, "J/token");
  const power = powerRows(rows).map((r) => Math.log(wattsOf(r, calibration.power.coefficients) / r.watts));
  assertCovers(power, calibration.power.residual.newFamily, "power");
});

const llama = {
  layers: 32,
  attentionLayers: 32,
  hidden: 4096,
  keyValueHeads: 8,
  headSize: 128,
  parameters: 8e9,
  activeParameters: 8e9,
  experts: 0,
  activeExperts: 0,
  isStateSpace: false,
} as const;

function served(change: Partial<Serving>): ReturnType<typeof servingCost> {
  const h100 = findAccelerator("h100");
  assert.ok(h100.kind === "found" && h100.value.boardLimit !== undefined);
  const serving: Serving = {
    count: 1,
    split: "none",
    batch: 8,
    promptTokens: 100,
    outputTokens: 400,
    weightBytes: 2,
    cacheBytes: 2,
    ...change,
  };
  return servingCost(
    llama,
    serving,
    deviceOf(h100.value),
    h100.value.boardLimit.value,
    calibration.serving.coefficients,
  );
}

test("serving: a larger batch costs less per token, a longer context more, two boards never less together", () => {
  const at = (change: Partial<Serving>): number => served(change).joulesPerToken;
  assert.ok(at({ batch: 64 }) < at({ batch: 8 }));
  assert.ok(at({ promptTokens: 4000, outputTokens: 4000 }) > at({ promptTokens: 0, outputTokens: 400 }));
  assert.ok(at({ count: 2, split: "tensor" }) > at({}));
  assert.ok(served({ batch: 512 }).watts <= 700);
});

test("the interval of a device that was not measured is never the narrower one", () => {
  const executions: readonly Execution[] = [
    "gpu-fp32",
    "gpu-compiled-fp32",
    "gpu-train-fp32",
    "gpu-eager",
    "gpu-compiled",
    "gpu-train",
    "cpu",
  ];
  for (const execution of executions) {
    const { residual, devices, rows } = calibration.time[execution];
    assert.ok(residual.newDevice >= residual.newFamily, execution);
    assert.ok(devices.length > 0 && rows > 60, execution);
  }
});

test("wall power and the sign of quantization", () => {
  for (const { name, figure, isMet } of [...checkWallPower(), ...checkQuantization()])
    assert.ok(isMet, `${name}: ${figure}`);
});

test("rank correlation: one for the same order, minus one for the opposite, ties share a rank", () => {
  assert.equal(rankCorrelation([1, 2, 3], [10, 20, 40]), 1);
  assert.equal(rankCorrelation([1, 2, 3], [3, 2, 1]), -1);
  assert.equal(rankCorrelation([1, 1, 2], [5, 5, 9]), 1);
});

test("the next GPU generation: language models on H100 from a fit to A100, and the reverse", () => {
  const held = leaveGroupOut(readServingRows("llm-serving-2024"), (r) => r.accelerator);
  const errors = held.map(({ row, cost }) => Math.log(cost.joulesPerToken / row.joulesPerToken));
  assert.ok(errors.length > 100);
  assert.ok(median(off(errors)) < 0.22, `${median(off(errors))}`);
});
