import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type BnbMethod,
  bnbMeasurements,
  energyChange,
  measurementsNear,
  measurementsOf,
} from "../server/src/cost/bnb-energy.ts";
import { rules } from "../server/src/rules/registry.gen.ts";

const docs = rules.find((rule) => rule.id === "bnb-int8-energy-penalty")?.docs.replace(/\s+/g, " ") ?? "";
const changes = (method: BnbMethod, billions: readonly number[], gpu?: string): readonly number[] =>
  measurementsOf(method)
    .filter((each) => billions.includes(each.billions) && (gpu === undefined || each.gpu === gpu))
    .map(energyChange);
const range = (all: readonly number[]): readonly [number, number] => [Math.min(...all), Math.max(...all)];

test("the page's figures are those of the table", () => {
  assert.ok(docs.includes(`all ${measurementsOf("int8").length} of EcoCompute's measurements`));
  assert.ok(measurementsOf("int8").every((each) => energyChange(each) > 0));
  for (const billions of [0.5, 1.1, 1.5, 3, 7]) {
    const [low, high] = range(changes("int8", [billions], "RTX 4090"));
    assert.ok(docs.includes(`| INT8 | RTX 4090 | ${billions} B | +${low} %, +${high} % |`), `${billions} B`);
  }
  const [low, high] = range(changes("int8", [7, 9, 14], "A800"));
  assert.ok(docs.includes(`| INT8 | A800 | 7 to 14 B | +${low} % to +${high} % |`));
  const [pureLow, pureHigh] = range(changes("int8-threshold-0", [7, 9, 14]));
  assert.ok(docs.includes(`| A800 | 7 to 14 B | +${pureLow} % to +${pureHigh} % |`));
});

test("what the page says of NF4 holds in the table", () => {
  const at7 = changes("nf4", [7]);
  assert.equal(at7.length, 5);
  const [most, least] = range(at7);
  assert.ok(docs.includes(`at 7 B it took ${-least} % to ${-most} % less energy`));
  const [low, high] = range(changes("nf4", [0.5, 1.1]));
  assert.ok(docs.includes(`at 0.5 and 1.1 B it took ${low} % to ${high} % more`));
  const [low3, high3] = range(changes("nf4", [3]));
  assert.ok(docs.includes(`at 3 B between ${-low3} % less and ${high3} % more`));
});

test("only sizes near to a measured one are compared with it", () => {
  const near = (billions: number): readonly number[] => [
    ...new Set(measurementsNear("int8", billions)?.map((each) => each.billions)),
  ];
  assert.deepEqual([...near(8)].sort(), [7, 9]);
  assert.deepEqual(near(6.7), [7]);
  assert.deepEqual(near(0.1), []);
  assert.deepEqual(near(70), []);
});

test("every row is a measurement of both sides", () => {
  for (const row of bnbMeasurements)
    assert.ok(row.fp16 > 0 && row.quantized > 0 && row.billions > 0, row.model);
});
