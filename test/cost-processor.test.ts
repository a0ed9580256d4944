import assert from "node:assert/strict";
import { test } from "node:test";
import { calibration } from "../server/src/cost/coefficients.gen.ts";
import { type Device, deviceOf } from "../server/src/cost/device.ts";
import type { Kernel } from "../server/src/cost/kernel.ts";
import { kernelTime } from "../server/src/cost/roofline.ts";
import { findAccelerator } from "../server/src/hardware/find-accelerator.ts";

const product = (rows: number, columns: number, inner: number): Kernel => ({
  class: "matmul",
  rate: "fp32",
  macs: rows * columns * inner,
  flops: 0,
  bytes: 4 * (rows * inner + inner * columns + rows * columns),
  fixedBytes: 4 * inner * columns,
  rows,
  columns,
  inner,
  batch: 1,
  window: 1,
  channelsFirst: false,
  serial: 0,
  op: 0,
});

function device(name: string): Device {
  const found = findAccelerator(name);
  if (found.kind !== "found") throw new Error(`no accelerator ${name}`);
  return deviceOf(found.value);
}

test("a processor multiplies rows a multiple of 4 KiB apart more slowly than slightly longer ones", () => {
  const own = calibration.time.cpu.own["cpu-i9-10940x"] ?? calibration.time.cpu.coefficients;
  const seconds = (inner: number): number =>
    kernelTime(product(4096, 1024, inner), device("cpu-i9-10940x"), own).seconds;
  assert.ok(seconds(1024) > 1.2 * seconds(1032));
  assert.ok(seconds(1000) < seconds(1032));
});

test("a GPU does not: it has no such cache in its way", () => {
  for (const execution of ["gpu-fp32", "gpu-train-fp32", "gpu-eager", "gpu-compiled", "gpu-train"] as const) {
    const { coefficients } = calibration.time[execution];
    const seconds = (inner: number): number =>
      kernelTime(product(4096, 1024, inner), device("h100"), coefficients).seconds;
    assert.ok(seconds(1024) < seconds(1032), execution);
  }
});
