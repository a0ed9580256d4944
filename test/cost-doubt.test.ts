import assert from "node:assert/strict";
import { test } from "node:test";
import { calibration } from "../server/src/cost/coefficients.gen.ts";
import { deviceOf } from "../server/src/cost/device.ts";
import { type Doubt, doubtOf } from "../server/src/cost/doubt.ts";
import { classCode, type KernelClass } from "../server/src/cost/kernel.ts";
import { StepTable } from "../server/src/cost/step-table.ts";
import { rateCode } from "../server/src/hardware/accelerator.ts";
import { findAccelerator } from "../server/src/hardware/find-accelerator.ts";

function launches(macs: Readonly<Partial<Record<KernelClass, number>>>): StepTable {
  const table = new StepTable(4);
  for (const [kind, each] of Object.entries(macs)) {
    const code = classCode(kind === "convolution" ? "convolution" : "matmul");
    const row = table.add(0, kind, code, rateCode("fp32"));
    table.macs[row] = each;
  }
  return table;
}

function doubt(
  id: string,
  execution: Parameters<typeof doubtOf>[2],
  macs: Parameters<typeof launches>[0],
): Doubt {
  const found = findAccelerator(id);
  if (found.kind !== "found") throw new Error(`no accelerator ${id}`);
  return doubtOf(found.value.id, deviceOf(found.value), execution, launches(macs));
}

const convolutions = { convolution: 3, matmul: 1 };
const products = { convolution: 1, matmul: 3 };

test("float32 convolutions have the errors of the rows that measured them, on boards of transformers too", () => {
  const { time, energy } = calibration.convolution;
  for (const execution of ["gpu-fp32", "gpu-train-fp32"] as const)
    for (const id of ["a40", "v100-pcie-32", "h100"]) {
      const of = doubt(id, execution, convolutions);
      assert.equal(of.time, time);
      assert.equal(Math.hypot(of.base, of.power), energy);
      assert.match(of.assumption ?? "", /measured steps of training/);
    }
  assert.ok(energy < time);
});

test("float32 products keep those of transformers, and power adds to time", () => {
  const { residual } = calibration.time["gpu-fp32"];
  const of = doubt("v100-pcie-32", "gpu-fp32", products);
  assert.equal(of.time, residual.newFamily);
  assert.equal(of.base, of.time);
  assert.equal(of.power, calibration.power.residual.newDevice);
});

test("half precision on boards that outrun the rest has the errors of energy itself", () => {
  const { residual, energy } = calibration.feed;
  const of = doubt("h100-sxm", "gpu-eager", convolutions);
  assert.equal(of.time, Math.max(calibration.time["gpu-eager"].residual.newDevice, residual.newFamily));
  assert.ok(Math.abs(Math.hypot(of.base, of.power) - energy.newFamily) < 1e-9);
});

test("a capped board is in no less doubt than such boards were", () => {
  assert.ok(doubt("t4", "gpu-eager", products).time >= calibration.capped.newDevice);
  assert.ok(doubt("t4", "gpu-fp32", convolutions).time >= calibration.capped.newDevice);
});
