import assert from "node:assert/strict";
import { test } from "node:test";
import { ageInDays, type Fact } from "../server/src/base/fact.ts";
import type { Accelerator } from "../server/src/hardware/accelerator.ts";
import { cpuTdp } from "../server/src/hardware/cpu-tdp.ts";
import { accelerators, findAccelerator } from "../server/src/hardware/find-accelerator.ts";
import { fitsOn } from "../server/src/hardware/fits-on.ts";
import { regionRows } from "../server/src/hardware/grid.gen.ts";
import { findGrid } from "../server/src/hardware/grid.ts";
import { ownAccelerator } from "../server/src/hardware/own-accelerator.ts";
import { priceRows } from "../server/src/hardware/prices.gen.ts";
import { pricesOf } from "../server/src/hardware/prices.ts";
import { pueOf } from "../server/src/hardware/pue.ts";

function accelerator(name: string): Accelerator {
  const found = findAccelerator(name);
  assert.ok(found.kind === "found", `no ${name}`);
  return found.value;
}

const factsOf = (a: Accelerator): readonly Fact[] =>
  [...Object.values(a.rates), a.memory, a.bandwidth, a.lastLevelCache, a.boardLimit, a.idle].filter(
    (f) => f !== undefined,
  );

/** What cannot be true of a real accelerator. */
function impossible(a: Accelerator): readonly string[] {
  const { fp32, fp16, bf16, int8 } = a.rates;
  const half = bf16 ?? fp16;
  const wrong: string[] = [];
  if (half !== undefined && fp32 !== undefined && half.value < fp32.value) wrong.push("half below fp32");
  const hasTensorInt8 = !["Volta", "Pascal"].includes(a.architecture);
  if (hasTensorInt8 && int8 && half && int8.value < half.value) wrong.push("int8 below half");
  if (a.boardLimit !== undefined && a.idle !== undefined && a.idle.value >= a.boardLimit.value)
    wrong.push("idle not below the limit");
  if (a.sustained && half && a.sustained.value > half.value) wrong.push("sustained above peak");
  if (factsOf(a).some((f) => !(f.value > 0) || f.source === "" || f.readOn === "")) wrong.push("empty fact");
  return wrong;
}

test("accelerators: names are unique, numbers possible, each with source and date", () => {
  assert.ok(accelerators.length >= 50);
  const names = accelerators.flatMap((a) => [a.id, ...a.aliases]);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(
    accelerators.flatMap((a) => impossible(a).map((what) => `${a.id}: ${what}`)),
    [],
  );
});

test("impossible accelerators are seen", () => {
  const own = ownAccelerator(
    { name: "x", tflops: { fp32: 50, fp16: 10, int8: 5 }, memory: 1, bandwidth: 1, idle: 20, boardLimit: 10 },
    "2026-11-22",
  );
  assert.deepEqual(impossible(own), ["half below fp32", "int8 below half", "idle not below the limit"]);
});

test("H100 as its datasheet says: dense rates, board limit", () => {
  const h100 = accelerator("h100");
  assert.equal(h100.rates.bf16?.value, 989e12);
  assert.equal(h100.bandwidth.value, 3.35e12);
  assert.equal(h100.boardLimit?.value, 700);
});

test("names are forgiving, and a wrong one gets the nearest", () => {
  const pairs = [
    ["NVIDIA GeForce RTX 3090", "rtx3090"],
    ["RTX 4090", "rtx4090"],
    ["a100-80gb", "a100-80-sxm"],
    ["A100_40GB", "a100-40-sxm"],
    ["Tesla T4", "t4"],
    ["mi300x", "mi300x"],
    ["Apple M4 Max", "m4-max"],
  ] as const;
  for (const [name, id] of pairs) assert.equal(accelerator(name).id, id);
  assert.deepEqual(findAccelerator("rtx309"), { kind: "not-found", didYouMean: "rtx3090" });
});

test("the user's own accelerator comes before the table", () => {
  const own = ownAccelerator(
    { name: "H100", tflops: { bf16: 500 }, memory: 80, bandwidth: 3000 },
    "2026-11-22",
  );
  const found = findAccelerator("h100", [own]);
  assert.ok(found.kind === "found");
  assert.equal(found.value.rates.bf16?.value, 500e12);
});

test("memory: fits, only without the reserve, not at all", () => {
  const h100 = accelerator("h100");
  assert.equal(fitsOn(h100, 60e9).kind, "fits");
  assert.equal(fitsOn(h100, 84e9).kind, "tight");
  assert.equal(fitsOn(h100, 100e9).kind, "too-large");
  assert.match(fitsOn(h100, 1).assumptions.join(), /1\.5 GB/);
  assert.match(fitsOn(accelerator("xeon-8480"), 1).assumptions.join(), /how much is installed is not known/);
});

test("prices: on demand and spot, by cloud, none invented", () => {
  const h100 = accelerator("h100");
  const onDemand = pricesOf(h100, { purchase: "on-demand" });
  assert.ok(onDemand.length >= 5);
  assert.deepEqual(
    onDemand.map((p) => p.perAccelerator.value),
    onDemand.map((p) => p.perAccelerator.value).sort((a, b) => a - b),
  );
  const aws = pricesOf(h100, { purchase: "on-demand", cloud: "aws" });
  assert.deepEqual([...new Set(aws.map((p) => p.perAccelerator.value))], [6.88]);
  const spot = pricesOf(h100, { purchase: "spot", cloud: "gcp", region: "us-central1" });
  assert.ok(spot.every((p) => p.perAccelerator.value < 11.06) && spot.length > 0);
  assert.ok(spot.every(({ perAccelerator }) => perAccelerator.confidence === "low"));
  assert.match(spot[0]?.perAccelerator.note ?? "", /spot price of that day/);
  assert.deepEqual(pricesOf(accelerator("rtx3090"), { purchase: "on-demand" }), []);
});

test("grid: cloud regions, countries, states; the spread holds what sources say", () => {
  const iowa = findGrid("us-central1");
  assert.ok(iowa.kind === "found");
  const { intensity, spread } = iowa.value;
  assert.equal(intensity.value, 412.72);
  assert.ok(intensity.value * spread.low <= 394 && intensity.value * spread.high >= 479);
  for (const name of ["us-east-1", "eastus", "azure/eastus", "FRA", "France", "texas", "SE1", "world"])
    assert.equal(findGrid(name).kind, "found", name);
  for (const [code, country] of [
    ["fr", "FRA"],
    ["US", "USA"],
    ["uk", "GBR"],
    ["FI", "FI"],
  ]) {
    const found = findGrid(code ?? "");
    assert.equal(found.kind === "found" && found.value.code, country);
  }
  assert.equal(findGrid("xx").kind, "not-found");
  assert.deepEqual(findGrid("us-est-1"), { kind: "not-found", didYouMean: "us-east-1" });
});

test("grid: no source is off by its unit, and where a price is listed the intensity is known", () => {
  for (const { code, intensity, low, high } of regionRows) {
    assert.ok(intensity > 2 && intensity < 1000, `${code}: ${intensity} gCO2e/kWh`);
    assert.ok(low <= intensity && intensity <= high && high < 1000, code);
  }
  for (const { cloud, region } of priceRows) {
    const found = findGrid(region);
    assert.deepEqual([found.kind, found.kind === "found" && found.value.cloud], ["found", cloud], region);
    assert.equal(found.kind === "found" && found.value.code, region);
  }
});

test("PUE: site, provider, industry", () => {
  assert.equal(pueOf("gcp", "us-central1")?.value, 1.11);
  assert.equal(pueOf("gcp", "us-west2")?.readOn, "2025");
  assert.equal(pueOf("azure", "southcentralus")?.value, 1.28);
  assert.equal(pueOf("aws", "us-east-1")?.value, 1.15);
  assert.equal(pueOf(undefined)?.value, 1.59);
});

test("CPU: thermal design power by the name the system reports", () => {
  assert.equal(cpuTdp("Intel(R) Core(TM) i9-10940X CPU @ 3.30GHz")?.value, 165);
  assert.equal(cpuTdp("Intel Core i5-11400")?.value, 65);
  assert.equal(cpuTdp("no such CPU"), undefined);
});

test("stale facts say their age", () => {
  const fact: Fact = { value: 1, unit: "USD", source: "s", readOn: "2026-07-20", confidence: "high" };
  assert.equal(ageInDays(fact, "2026-11-22"), 125);
  assert.equal(ageInDays({ ...fact, readOn: "2024-02-28" }, "2024-03-01"), 2);
  assert.equal(ageInDays({ ...fact, readOn: "2021-23" }, "2026-11-22"), undefined);
});
